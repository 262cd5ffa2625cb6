/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 8. Choices. All devices that a matchAttribute covers have some value in common. So a solution is one
 * still if all units that lack this value are struck off the table where the constraint covers the row; then
 * the bounds hold for what is left. A solution also chooses one alternative of each list, and is one still if
 * the others are struck off. If the bounds fail for every value, or every alternative, there is no solution;
 * and so on through the constraints and the lists, one choice of each at a time (table_may_fit).
 *
 * The value is one of those that all devices placed so far have. A constraint that covers nothing in a
 * solution is no exception: striking off units of demands that it does not choose harms nobody. Where some
 * attribute is no single value and may not be a list either, the constraint is passed over.
 */

#include "controller/allocate/prune/pruning.h"

enum { MAX_TRIALS = 128 };

static size_t row_find(const struct pruning *pruning, const struct demand *demand)
{
    size_t row = 0;
    while (pruning->rows[row].demand != demand)
        row++;
    return row;
}

/* Whether all devices that the constraint has seen have the value. */
static bool is_common(const struct search *search, const struct limiting *limiting, uint32_t value)
{
    const struct claim_state *claim = &search->claims[limiting->claim];
    for (uint32_t i = 0; i < claim->n_placed; i++) {
        const struct placed *placed = &claim->placed[i];
        size_t column = search->pruning->column_of[placed->candidate->place];
        if (placed->demand->covered[limiting->place] &&
            !cell_has_value(search->pruning, limiting, row_find(search->pruning, placed->demand), column,
                            value))
            return false;
    }
    return true;
}

static void row_list_values(const struct pruning *pruning, const struct table *table, size_t row,
                            struct limiting *limiting)
{
    const uint8_t *units = table_units(pruning, table, row);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        size_t count;
        const uint32_t *values = cell_values(pruning, limiting, row, column, &count);
        for (size_t i = 0; units[column] && i < count; i++)
            limiting->is_present[values[i]] = true;
    }
}

/* Which values units have that the constraint has to choose among; returns how many. */
static size_t values_list(const struct search *search, const struct table *table, struct limiting *limiting)
{
    const struct pruning *pruning = search->pruning;
    size_t n_values = value_sets_count(&limiting->sets), n_present = 0;
    memset(limiting->is_present, 0, n_values * sizeof(bool));
    for (size_t row = table->first; row < table->end; row++) {
        if (table->wanted[row] > 0 && row_is_covered(&pruning->rows[row], limiting))
            row_list_values(pruning, table, row, limiting);
    }
    for (uint32_t value = 0; value < n_values; value++) {
        limiting->is_present[value] = limiting->is_present[value] && is_common(search, limiting, value);
        n_present += limiting->is_present[value];
    }
    return n_present;
}

/* For the next choice. */
static struct table *table_copy(const struct pruning *pruning, struct table *table)
{
    struct table *copy = table + 1;
    size_t first = table->first, n_rows = table->end - first;
    copy->first = first;
    copy->end = table->end;
    memcpy(table_units(pruning, copy, first), table_units(pruning, table, first),
           n_rows * pruning->n_columns);
    memcpy(copy->wanted + first, table->wanted + first, n_rows * sizeof(*copy->wanted));
    memcpy(copy->offered + first, table->offered + first, n_rows * sizeof(*copy->offered));
    return copy;
}

static void row_keep_value(const struct pruning *pruning, struct table *table, size_t row,
                           const struct limiting *limiting, uint32_t value)
{
    uint8_t *units = table_units(pruning, table, row);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        if (!units[column] || cell_has_value(pruning, limiting, row, column, value))
            continue;
        table->offered[row] -= units[column];
        units[column] = 0;
    }
}

static bool table_may_fit(struct search *search, struct table *table, size_t next, size_t *n_trials);

static bool some_value_may_fit(struct search *search, struct table *table, size_t next, size_t *n_trials)
{
    const struct pruning *pruning = search->pruning;
    const struct limiting *limiting = &pruning->limitings.items[next];
    for (uint32_t value = 0; value < value_sets_count(&limiting->sets); value++) {
        if (!limiting->is_present[value])
            continue;
        if (++*n_trials > MAX_TRIALS)
            return true;
        struct table *kept = table_copy(pruning, table);
        for (size_t row = kept->first; row < kept->end; row++) {
            if (row_is_covered(&pruning->rows[row], limiting))
                row_keep_value(pruning, kept, row, limiting, value);
        }
        if (table_may_fit(search, kept, next + 1, n_trials))
            return true;
    }
    return false;
}

static bool some_alternative_may_fit(struct search *search, struct table *table, size_t from, size_t to,
                                     size_t *n_trials)
{
    for (size_t row = from; row < to; row++) {
        if (!row_is_viable(table, row))
            continue;
        if (++*n_trials > MAX_TRIALS)
            return true;
        struct table *chosen = table_copy(search->pruning, table);
        for (size_t other = from; other < to; other++)
            chosen->wanted[other] = other == row ? table->wanted[row] : -1;
        if (table_may_fit(search, chosen, search->pruning->limitings.length, n_trials))
            return true;
    }
    return false;
}

static bool is_open_list(const struct table *table, size_t from, size_t to)
{
    size_t n_viable = 0;
    for (size_t row = from; row < to; row++)
        n_viable += row_is_viable(table, row);
    return n_viable > 1;
}

/* The constraints from NEXT on have not chosen their values yet. */
static bool table_may_fit(struct search *search, struct table *table, size_t next, size_t *n_trials)
{
    struct pruning *pruning = search->pruning;
    if (!table_fits(search, table))
        return false;
    if (table + 1 == &pruning->tables[MAX_TABLES])
        return true;
    for (; next < pruning->limitings.length; next++) {
        struct limiting *limiting = &pruning->limitings.items[next];
        if (limiting->is_match && !limiting->sets.has_odd && values_list(search, table, limiting) > 1)
            return some_value_may_fit(search, table, next, n_trials);
    }
    wants_each(pruning, table, from, to)
    {
        if (is_open_list(table, from, to))
            return some_alternative_may_fit(search, table, from, to, n_trials);
    }
    return true;
}

bool choices_fit(struct search *search)
{
    size_t n_trials = 0;
    return table_may_fit(search, &search->pruning->tables[0], 0, &n_trials);
}
