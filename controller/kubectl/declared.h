/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inventory documents in a simulation: the slices that the nodes' plugins would publish for them.
 */

#include "controller/kubectl/simulation.h"

/* The slices of DOCUMENT on NODE, if it is for that node. */
nodiscard struct error *declared_add(struct simulation *simulation, const struct value *document,
                                     const char *node);
