/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A game of two, solved by the simplex method: one mixes rows by weights for the most, the other one mixes
 * columns for the least. With an offset all numbers are positive; then the other one's mix, divided by what
 * the game comes to, is the solution of
 *
 *     the largest sum of amounts, so that in each row the columns, as many times as amounts say, come to 1
 *
 * and weights are its dual. No amounts at all are a start that is allowed, and stays so with more columns.
 * Numbers are rounded: whoever asks has to prove what follows from the weights.
 */

#include "controller/allocate/prune/duel.h"

#include <string.h>

enum { NO_COLUMN = UINT32_MAX, MAX_PIVOTS = 64 };

static const double TINY = 1e-9;

void duel_init(struct duel *duel, size_t most_rows, struct arena *arena)
{
    *duel = (struct duel){
        .columns = arena_make_array(arena, double, most_rows *DUEL_MAX_COLUMNS),
        .weights = arena_make_array(arena, double, most_rows),
        .inverse = arena_make_array(arena, double, most_rows *most_rows),
        .amounts = arena_make_array(arena, double, most_rows),
        .change = arena_make_array(arena, double, most_rows),
        .basis = arena_make_array(arena, uint32_t, most_rows),
    };
}

void duel_start(struct duel *duel, size_t n_rows, double offset)
{
    duel->n_rows = n_rows;
    duel->n_columns = 0;
    duel->offset = offset;
    memset(duel->inverse, 0, n_rows * n_rows * sizeof(double));
    for (size_t row = 0; row < n_rows; row++) {
        duel->inverse[row * n_rows + row] = 1;
        duel->amounts[row] = 1;
        duel->basis[row] = NO_COLUMN;
    }
}

static void duel_weigh(struct duel *duel)
{
    memset(duel->weights, 0, duel->n_rows * sizeof(double));
    for (size_t row = 0; row < duel->n_rows; row++) {
        for (size_t i = 0; i < duel->n_rows && duel->basis[row] != NO_COLUMN; i++)
            duel->weights[i] += duel->inverse[row * duel->n_rows + i];
    }
}

static double column_gain(const struct duel *duel, size_t column)
{
    double gain = 1;
    for (size_t i = 0; i < duel->n_rows; i++)
        gain -= duel->weights[i] * duel->columns[column * duel->n_rows + i];
    return gain;
}

/* The column by which the amounts can grow most, or a row (behind all columns) that need not be full. */
static size_t duel_find_entry(const struct duel *duel)
{
    size_t best = SIZE_MAX;
    double most = TINY;
    for (size_t i = 0; i < duel->n_columns + duel->n_rows; i++) {
        double gain = i < duel->n_columns ? column_gain(duel, i) : -duel->weights[i - duel->n_columns];
        if (gain > most)
            best = i;
        most = gain > most ? gain : most;
    }
    return best;
}

static double entry_change(const struct duel *duel, size_t entry, size_t row)
{
    const double *inverse = &duel->inverse[row * duel->n_rows];
    double change = 0;
    if (entry >= duel->n_columns)
        return inverse[entry - duel->n_columns];
    for (size_t i = 0; i < duel->n_rows; i++)
        change += inverse[i] * duel->columns[entry * duel->n_rows + i];
    return change;
}

/* The row that the entry takes over: the first that would fall below zero. */
static size_t duel_find_exit(const struct duel *duel)
{
    size_t exit = SIZE_MAX;
    for (size_t row = 0; row < duel->n_rows; row++) {
        if (duel->change[row] > TINY && (exit == SIZE_MAX || duel->amounts[row] * duel->change[exit] <
                                                                 duel->amounts[exit] * duel->change[row]))
            exit = row;
    }
    return exit;
}

static void duel_pivot(struct duel *duel, size_t entry, size_t exit)
{
    size_t n = duel->n_rows;
    double *pivot = &duel->inverse[exit * n], by = duel->change[exit];
    for (size_t i = 0; i < n; i++)
        pivot[i] /= by;
    duel->amounts[exit] /= by;
    for (size_t row = 0; row < n; row++) {
        double times = duel->change[row];
        if (row == exit || times == 0)
            continue;
        for (size_t i = 0; i < n; i++)
            duel->inverse[row * n + i] -= times * pivot[i];
        duel->amounts[row] -= times * duel->amounts[exit];
    }
    duel->basis[exit] = entry < duel->n_columns ? (uint32_t)entry : NO_COLUMN;
}

static void duel_solve(struct duel *duel)
{
    duel_weigh(duel);
    for (int i = 0; i < MAX_PIVOTS; i++) {
        size_t entry = duel_find_entry(duel);
        for (size_t row = 0; row < duel->n_rows && entry != SIZE_MAX; row++)
            duel->change[row] = entry_change(duel, entry, row);
        size_t exit = entry == SIZE_MAX ? SIZE_MAX : duel_find_exit(duel);
        if (exit == SIZE_MAX)
            return;
        duel_pivot(duel, entry, exit);
        duel_weigh(duel);
    }
}

double duel_add(struct duel *duel, const int64_t *column)
{
    double sum = 0;
    for (size_t i = 0; i < duel->n_rows; i++)
        duel->columns[duel->n_columns * duel->n_rows + i] = (double)column[i] + duel->offset;
    duel->n_columns++;
    duel_solve(duel);
    for (size_t i = 0; i < duel->n_rows; i++)
        sum += duel->weights[i];
    for (size_t i = 0; i < duel->n_rows; i++)
        duel->weights[i] = duel->weights[i] > 0 ? duel->weights[i] / sum : 0;
    return 1 / sum - duel->offset;
}
