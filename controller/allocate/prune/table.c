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
 * Most rows ask what another one asks, word for word: what holds for all time is found out for one of them.
 *
 * Wants with admin access may take what others hold, so they do not count where that matters. Left out is
 * whatever stands at or behind a demand that may end in an error: the plain search gets there only through a
 * solution for all before it.
 */

#include "api/resource/tables.h"
#include "api/resource/typed.h"
#include "controller/allocate/prune/pruning.h"
#include "controller/allocate/view/groups.h"

enum { MAX_CELLS = 1 << 22 };

static bool demand_is_bound(const struct search *search, const struct claim_state *claim,
                            const struct demand *demand)
{
    for (size_t i = 0; i < claim->n_constraints; i++) {
        if (demand->covered[i] && claim->constraints[i].source != search->ignored)
            return true;
    }
    return false;
}

/* What the row asks of a device, but for how many: a number for it; rows of equal numbers accept the same. */
static size_t row_like(const struct pruning *pruning, const struct claim_state *claim, struct map *firsts,
                       size_t row)
{
    const struct demand *demand = pruning->rows[row].demand;
    struct exact_request asked = *demand->request;
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    asked.name = NULL;
    asked.count = 0;
    schema_key(&sub_request_schema, &asked, &key);
    buf_add_char(&key, demand->admin ? 'a' : 'o');
    if (claim->n_constraints) {
        buf_append(&key, &claim, sizeof(claim));
        buf_append(&key, demand->covered, claim->n_constraints);
    }
    uintptr_t first = (uintptr_t)map_find(firsts, buf_span(&key));
    if (!first)
        map_set(firsts, buf_span(&key), (void *)((uintptr_t)row + 1));
    return first ? first - 1 : row;
}

void rows_make(struct search *search, struct pruning *pruning)
{
    const struct request_state *latest = NULL;
    cleanup_map struct map firsts = { 0 };
    demands_each(search, claim, demand) pruning->n_rows++;
    pruning->rows = arena_make_array(search->arena, struct row, pruning->n_rows);
    size_t row = 0;
    demands_each(search, claim, demand)
    {
        bool is_bound = demand_is_bound(search, claim, demand);
        pruning->n_wants += request_ != latest;
        latest = request_;
        pruning->has_admin |= demand->admin;
        pruning->rows[row] = (struct row){ .claim = (size_t)(claim - search->claims),
                                           .request = (size_t)(request_ - claim->requests),
                                           .want = pruning->n_wants - 1,
                                           .demand = demand,
                                           .is_bound = is_bound,
                                           .is_risky = demand->all && is_bound };
        pruning->rows[row].like = row_like(pruning, claim, &firsts, row);
        row++;
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

static void columns_count(struct search *search, size_t start)
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

/* Which cells may ever be used. */
static void row_start(struct search *search, size_t index)
{
    struct pruning *pruning = search->pruning;
    const struct row *row = &pruning->rows[index];
    uint8_t *possible = &pruning->possible[index * pruning->n_columns];
    if (row->like != index) {
        memcpy(possible, &pruning->possible[row->like * pruning->n_columns], pruning->n_columns);
        return;
    }
    for (size_t column = 0; column < pruning->n_columns; column++) {
        if (candidate_would_do(search, row->claim, row->demand, pruning->samples[column]))
            possible[column] = UINT8_MAX;
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
    pruning->open = arena_make_array(arena, uint8_t, pruning->n_columns);
    pruning->open_ahead = arena_make_array(arena, uint8_t, pruning->n_columns);
    pruning->possible = arena_make_array(arena, uint8_t, n_cells);
    pruning->filled = arena_make_array(arena, size_t, pruning->n_rows);
    for (size_t i = 0; i < MAX_TABLES; i++) {
        pruning->tables[i].units = arena_make_array(arena, uint8_t, n_cells);
        pruning->tables[i].wanted = arena_make_array(arena, int64_t, pruning->n_rows);
        pruning->tables[i].offered = arena_make_array(arena, int64_t, pruning->n_rows);
    }
    columns_count(search, 0);
    for (size_t row = 0; row < pruning->n_rows; row++)
        row_start(search, row);
}

/* Columns, as far as that does not depend on who asks */

bool candidate_could_draw(struct search *search, struct candidate *candidate)
{
    size_t mark = undo_mark(&search->undo);
    bool could = !groups_join(candidate, &search->undo) && !candidate_draw(candidate, &search->undo);
    undo_to(&search->undo, mark);
    return could;
}

static bool column_is_open(struct search *search, size_t column)
{
    struct candidate *sample = search->pruning->samples[column];
    bool is_open = true;
    if (!sample->is_shared && sample->common->n_consumes && !stocks_tell(search->pruning, column, &is_open))
        is_open = candidate_could_draw(search, sample);
    return is_open;
}

static uint8_t units_of(uint32_t count)
{
    return count > UINT8_MAX ? UINT8_MAX : (uint8_t)count;
}

static void columns_open(struct search *search)
{
    struct pruning *pruning = search->pruning;
    for (size_t column = 0; column < pruning->n_columns; column++) {
        bool is_open = pruning->n_free[column] && column_is_open(search, column);
        pruning->open[column] = is_open ? units_of(pruning->n_free[column]) : 0;
        pruning->open_ahead[column] = is_open ? units_of(pruning->n_ahead[column]) : 0;
    }
}

/* Filling */

static void limitings_ask(struct search *search, size_t claim)
{
    vec_each (&search->pruning->limitings, limiting) {
        if (limiting->claim >= claim)
            limiting_ask(search, limiting);
    }
}

/* Returns the sum. */
static int64_t row_fill(struct search *search, const uint8_t *open, size_t index, uint8_t *units)
{
    struct pruning *pruning = search->pruning;
    const struct row *row = &pruning->rows[index];
    const uint8_t *possible = &pruning->possible[index * pruning->n_columns];
    int64_t sum = 0;
    for (size_t column = 0; column < pruning->n_columns; column++)
        units[column] = possible[column] & open[column];
    vec_each (&pruning->stocks, stock) {
        uint32_t column = stock->columns[0];
        if (stock->is_shared && units[column] &&
            !candidate_would_do(search, row->claim, row->demand, pruning->samples[column]))
            units[column] = 0;
    }
    vec_each (&pruning->limitings, limiting) {
        const uint32_t *sets = &limiting->set_of[index * pruning->n_columns];
        for (size_t column = 0; row_is_covered(row, limiting) && column < pruning->n_columns; column++)
            units[column] = limiting->accepts[sets[column]] ? units[column] : 0;
    }
    for (size_t column = 0; column < pruning->n_columns; column++)
        sum += units[column];
    return sum;
}

/* Admin access minds nobody else, so every candidate is asked. */
static int64_t row_fill_admin(struct search *search, size_t start, size_t index, uint8_t *units)
{
    const struct pruning *pruning = search->pruning;
    const struct row *row = &pruning->rows[index];
    int64_t sum = 0;
    memset(units, 0, pruning->n_columns);
    for (size_t i = start; i < search->view.n_candidates; i++) {
        struct candidate *candidate = search_candidate(search, i);
        uint8_t *unit = &units[pruning->column_of[candidate->place]];
        bool would_do = *unit < UINT8_MAX && candidate_would_do(search, row->claim, row->demand, candidate);
        *unit += would_do;
        sum += would_do;
    }
    return sum;
}

static int64_t row_wants(const struct row *row, const struct standing *at)
{
    bool is_here = at->demand && row->claim == at->claim && row->request == at->request;
    if (is_here && row->demand != at->demand)
        return -1;
    if (row->is_over || (row->demand->all && !row->demand->n_devices))
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

static void table_fill_row(struct search *search, const struct standing *at, struct table *table, size_t row)
{
    struct pruning *pruning = search->pruning;
    const struct row *asks = &pruning->rows[row];
    uint8_t *units = table_units(pruning, table, row);
    size_t *filled = &pruning->filled[asks->like];
    bool is_here = at->demand == asks->demand;
    if (asks->demand->admin) {
        table->offered[row] = row_fill_admin(search, is_here ? at->start : 0, row, units);
    } else if (is_here) {
        table->offered[row] = row_fill(search, pruning->open_ahead, row, units);
    } else if (*filled) {
        memcpy(units, table_units(pruning, table, *filled - 1), pruning->n_columns);
        table->offered[row] = table->offered[*filled - 1];
    } else {
        table->offered[row] = row_fill(search, pruning->open, row, units);
        *filled = row + 1;
    }
}

void table_fill(struct search *search, const struct standing *at, struct table *table)
{
    struct pruning *pruning = search->pruning;
    table->first = table_find_first(pruning, at);
    risks_ask(search, table->first);
    table->end = table_find_end(pruning, at, table->first);
    columns_count(search, at->start);
    stocks_measure(pruning);
    columns_open(search);
    limitings_ask(search, at->claim);
    memset(pruning->filled, 0, pruning->n_rows * sizeof(*pruning->filled));
    for (size_t row = table->first; row < table->end; row++) {
        table->wanted[row] = row_wants(&pruning->rows[row], at);
        if (table->wanted[row] > 0)
            table_fill_row(search, at, table, row);
    }
}
