/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A checked tree into a program.
 */

#include "selector/program.h"

/* Fills in code, constants, calls, reads and sizes. ERROR_INVALID if a constant cannot be computed. */
nodiscard struct error *emit(struct selector *sel, struct node *root);
