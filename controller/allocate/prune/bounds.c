/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 5. Pigeonholes. The devices that a solution takes are different ones, unless they are shared. So every
 * want can be given as many units as its cheapest alternative wants, of columns that some alternative
 * accepts, and no column gives more than it has free. If no such assignment exists, neither does a solution
 * (columns_fit).
 *
 * Rule 6. Distinct values. The devices that a distinctAttribute covers have no value in common. Let each
 * stand for one of its values, whichever: then those values are different, and none is one that the
 * constraint has seen, since such units are not in the table. So every want can be given as many values as
 * its cheapest alternative wants under the constraint, of the units of its alternatives, and each value is
 * given once (values_fit).
 */

#include "controller/allocate/prune/pruning.h"

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rule 5 */

/* What one alternative needs and may use. Those of a want are taken together: the least, and the most. */
static void holes_add_row(struct pruning *pruning, const struct table *table, size_t want, size_t row)
{
    const uint8_t *units = table_units(pruning, table, row);
    uint8_t *limits = holes_limit(&pruning->holes, want, 0);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        if (units[column] > limits[column])
            limits[column] = units[column];
    }
}

static bool columns_fit(struct pruning *pruning, const struct table *table)
{
    struct holes *holes = &pruning->holes;
    holes_clear(holes, table_count_wants(pruning, table), pruning->n_columns);
    for (size_t column = 0; column < pruning->n_columns; column++)
        holes->rooms[column] = column_room(pruning, column);
    wants_each(pruning, table, from, to)
    {
        size_t want = table_want(pruning, table, from);
        int64_t least = HOLE_MAX_LIMIT;
        for (size_t row = from; row < to; row++) {
            if (!row_is_viable(table, row))
                continue;
            least = lesser(least, row_takes(pruning, table, row));
            if (row_takes(pruning, table, row))
                holes_add_row(pruning, table, want, row);
        }
        holes->wants[want] = (uint32_t)least;
    }
    return holes_fit(holes);
}

/* Rule 6 */

static void holes_add_values(struct pruning *pruning, const struct table *table,
                             const struct limiting *limiting, size_t want, size_t row)
{
    const uint8_t *units = table_units(pruning, table, row);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        size_t count;
        const uint32_t *values = cell_values(pruning, limiting, row, column, &count);
        for (size_t i = 0; units[column] && i < count; i++)
            *holes_limit(&pruning->holes, want, values[i]) = 1;
    }
}

static bool values_fit(struct pruning *pruning, const struct table *table, const struct limiting *limiting)
{
    struct holes *holes = &pruning->holes;
    size_t n_values = value_sets_count(&limiting->sets);
    holes_clear(holes, table_count_wants(pruning, table), n_values);
    for (size_t value = 0; value < n_values; value++)
        holes->rooms[value] = 1;
    wants_each(pruning, table, from, to)
    {
        size_t want = table_want(pruning, table, from);
        int64_t least = HOLE_MAX_LIMIT;
        for (size_t row = from; row < to && pruning->rows[row].claim == limiting->claim; row++) {
            bool is_covered = row_is_covered(&pruning->rows[row], limiting);
            if (!row_is_viable(table, row))
                continue;
            least = lesser(least, is_covered ? table->wanted[row] : 0);
            if (is_covered && table->wanted[row])
                holes_add_values(pruning, table, limiting, want, row);
        }
        if (pruning->rows[from].claim == limiting->claim)
            holes->wants[want] = (uint32_t)least;
    }
    return holes_fit(holes);
}

bool table_fits(struct search *search, const struct table *table)
{
    struct pruning *pruning = search->pruning;
    if (!columns_fit(pruning, table))
        return false;
    vec_each (&pruning->limitings, limiting) {
        if (!limiting->is_match && !values_fit(pruning, table, limiting))
            return false;
    }
    return prices_fit(search, table);
}
