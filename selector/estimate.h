/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The worst case of an expression's cost, which the API server bounds at admission.
 */

#include "selector/program.h"

/* UINT64_MAX where it is unbounded. */
uint64_t estimate(const struct selector *sel);
