/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is still wanted, and what is left for it. Rows are demands, columns are classes of equals, or single
 * shared candidates:
 *
 *                  wanted   class 0   class 1   shared
 *     gpu/large      1         0         0        1        alternatives of one want
 *     gpu/small      2         3         0        1
 *     nic            1         0         2        0
 *
 * What one of equals that are free passes, all do, so one of them is tested. A test that refuses a candidate
 * now refuses it further down as well, so whatever a solution takes further down is among the units here.
 * That is all that the bounds rely on: a solution takes, for each want, at least as many devices as one of
 * its alternatives wants, from that alternative's units; those that are not shared, once.
 *
 * Left out are wants with admin access, which may take what others hold, and whatever stands at or behind a
 * demand that may end in an error: the plain search gets there only through a solution for all before it.
 */

#include "controller/allocate/prune/pruning.h"

enum { MAX_CELLS = 1 << 20 };

static bool demand_is_bound(const struct search *search, const struct claim_state *claim,
                            const struct demand *demand)
{
    for (size_t i = 0; i < claim->n_constraints; i++) {
        if (demand->covered[i] && claim->constraints[i].source != search->ignored)
            return true;
    }
    return false;
}

void rows_make(struct search *search, struct pruning *pruning)
{
    const struct request_state *latest = NULL;
    demands_each(search, claim, demand) pruning->n_rows++;
    pruning->rows = arena_make_array(search->arena, struct row, pruning->n_rows);
    size_t row = 0;
    demands_each(search, claim, demand)
    {
        bool is_bound = demand_is_bound(search, claim, demand);
        pruning->n_wants += request_ != latest;
        latest = request_;
        pruning->is_ordered |= demand->admin;
        pruning->rows[row++] = (struct row){ .claim = (size_t)(claim - search->claims),
                                             .request = (size_t)(request_ - claim->requests),
                                             .want = pruning->n_wants - 1,
                                             .demand = demand,
                                             .is_bound = is_bound,
                                             .is_risky = demand->all && is_bound };
    }
}

/* Columns */

static void columns_make(struct search *search, struct pruning *pruning)
{
    uint32_t *of_class = arena_make_array(search->arena, uint32_t, pruning->n_classes); /* plus one */
    pruning->column_of = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        const struct candidate *candidate = &search->view.candidates[i];
        uint32_t *column = &of_class[pruning->classes[i]];
        if (candidate->is_shared || !*column)
            *column = (uint32_t)++pruning->n_columns;
        pruning->column_of[i] = *column - 1;
    }
}

static void columns_count(const struct search *search, size_t start)
{
    struct pruning *pruning = search->pruning;
    memset(pruning->n_free, 0, pruning->n_columns * sizeof(*pruning->n_free));
    memset(pruning->n_ahead, 0, pruning->n_columns * sizeof(*pruning->n_ahead));
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        struct candidate *candidate = search_candidate(search, i);
        uint32_t column = pruning->column_of[candidate->place];
        if (candidate->taken_by)
            continue;
        pruning->samples[column] = candidate;
        pruning->n_free[column]++;
        pruning->n_ahead[column] += i >= start;
    }
}

void table_start(struct search *search, struct pruning *pruning)
{
    struct arena *arena = search->arena;
    columns_make(search, pruning);
    if (!pruning->n_rows || pruning->n_columns > MAX_CELLS / pruning->n_rows) {
        pruning->n_columns = 0;
        return;
    }
    size_t n_cells = pruning->n_rows * pruning->n_columns;
    pruning->samples = arena_make_array(arena, struct candidate *, pruning->n_columns);
    pruning->n_free = arena_make_array(arena, uint32_t, pruning->n_columns);
    pruning->n_ahead = arena_make_array(arena, uint32_t, pruning->n_columns);
    pruning->is_contended = arena_make_array(arena, bool, pruning->n_columns);
    pruning->possible = arena_make_array(arena, bool, n_cells);
    for (size_t i = 0; i < MAX_TABLES; i++) {
        pruning->tables[i].units = arena_make_array(arena, uint8_t, n_cells);
        pruning->tables[i].wanted = arena_make_array(arena, int64_t, pruning->n_rows);
    }
    columns_count(search, 0);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        struct candidate *sample = pruning->samples[column];
        pruning->is_contended[column] = sample->is_shared || sample->common->n_consumes;
        for (size_t row = 0; row < pruning->n_rows; row++)
            pruning->possible[row * pruning->n_columns + column] =
                candidate_would_do(search, pruning->rows[row].claim, pruning->rows[row].demand, sample);
    }
}

/* Filling */

static bool cell_is_open(struct search *search, const struct row *row, size_t column)
{
    const struct pruning *pruning = search->pruning;
    if (!row->is_bound && !pruning->is_contended[column])
        return true;
    return candidate_would_do(search, row->claim, row->demand, pruning->samples[column]);
}

static void row_fill(struct search *search, const uint32_t *n_free, size_t index, uint8_t *units)
{
    const struct pruning *pruning = search->pruning;
    const struct row *row = &pruning->rows[index];
    const bool *possible = &pruning->possible[index * pruning->n_columns];
    for (size_t column = 0; column < pruning->n_columns; column++) {
        uint32_t count = possible[column] ? n_free[column] : 0;
        if (count && !cell_is_open(search, row, column))
            count = 0;
        units[column] = count > UINT8_MAX ? UINT8_MAX : (uint8_t)count;
    }
}

static int64_t row_wants(const struct row *row, const struct standing *at)
{
    bool is_here = at->demand && row->claim == at->claim && row->request == at->request;
    if (row->demand->admin)
        return 0;
    if (is_here && row->demand != at->demand)
        return -1;
    if (row->demand->all && !row->demand->n_devices)
        return -1;
    int64_t missing = row->demand->n_devices - (is_here ? at->n_taken : 0);
    return missing > 0 ? missing : 0;
}

/* The alternatives that were not chosen do not matter, whatever they may end in. */
static bool is_risky_here(const struct row *row, const struct standing *at)
{
    return row->is_risky && row_wants(row, at) >= 0;
}

static size_t table_find_end(const struct pruning *pruning, const struct standing *at, size_t first)
{
    size_t end = first;
    while (end < pruning->n_rows && !is_risky_here(&pruning->rows[end], at))
        end++;
    while (end < pruning->n_rows && end > first && pruning->rows[end - 1].want == pruning->rows[end].want)
        end--;
    return end;
}

static size_t table_find_first(const struct pruning *pruning, const struct standing *at)
{
    size_t first = 0;
    while (first < pruning->n_rows &&
           (pruning->rows[first].claim < at->claim ||
            (pruning->rows[first].claim == at->claim && pruning->rows[first].request < at->request)))
        first++;
    return first;
}

void table_find(const struct pruning *pruning, const struct standing *at, struct table *table)
{
    table->first = table_find_first(pruning, at);
    table->end = table_find_end(pruning, at, table->first);
}

void table_fill(struct search *search, const struct standing *at, struct table *table)
{
    const struct pruning *pruning = search->pruning;
    columns_count(search, at->start);
    table_find(pruning, at, table);
    for (size_t row = table->first; row < table->end; row++) {
        bool is_here = at->demand && pruning->rows[row].demand == at->demand;
        table->wanted[row] = row_wants(&pruning->rows[row], at);
        if (table->wanted[row] > 0)
            row_fill(search, is_here ? pruning->n_ahead : pruning->n_free, row,
                     table_units(pruning, table, row));
    }
}

bool row_is_viable(const struct pruning *pruning, const struct table *table, size_t row)
{
    const uint8_t *units = table_units(pruning, table, row);
    int64_t missing = table->wanted[row];
    for (size_t column = 0; column < pruning->n_columns && missing > 0; column++)
        missing -= units[column];
    return table->wanted[row] >= 0 && missing <= 0;
}
