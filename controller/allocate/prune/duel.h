/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Weights that make the best of the worst: for columns of numbers, added one by one, the weights (none below
 * zero, one in all) whose sum over the column is largest for that column where it is smallest.
 */

#include "api/base/arena.h"

#include <stdint.h>

struct duel {
    size_t n_rows, n_columns;
    double *columns; /* all above zero */
    double *weights;
    /* the simplex: of each row, which column answers it (or, from n_columns on, none), and how much of it */
    double *inverse, *amounts, *change;
    uint32_t *basis;
    double offset;
};

enum { DUEL_MAX_COLUMNS = 64 };

void duel_init(struct duel *duel, size_t most_rows, struct arena *arena);
/* No columns. What is in them will be greater than -OFFSET. */
void duel_start(struct duel *duel, size_t n_rows, double offset);
/* The weights are for all columns then; returns what they come to, the column at its smallest. */
double duel_add(struct duel *duel, const int64_t *column);
