/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stocks: devices that draw on common counters, or a shared device, of which several requests take their
 * shares. What one of them uses up is a word, and so is what is left, as packing.h has it: a field for each
 * counter or capacity, in units of the greatest common divisor of all that is used up of it.
 *
 * Left out are fields that never run short, and those of amounts beyond our arithmetic; where a word does
 * not hold all fields, those at its end. Then more seems to fit than does, which is no harm: bounds say what
 * does not fit even so. A shared device draws on counters once, for its first share, so it counts as drawing
 * nothing.
 */

#include "controller/allocate/prune/pruning.h"

#include <stdlib.h>

/* So that sums stay within our arithmetic. */
static const __int128 MAX_NANOS = (__int128)1 << 96;

/* What is used up of one field by each column, or for each row: by INDEX. */
struct amounts {
    __int128 *nanos;
    uint32_t *counts; /* how many there are of it */
    size_t length;
    bool is_odd;
};

static void amount_add(struct amounts *amounts, size_t index, const struct quantity *amount)
{
    amounts->is_odd |= amount->huge || amount->nanos < 0 || amount->nanos > MAX_NANOS;
    if (!amounts->is_odd)
        amounts->nanos[index] += amount->nanos;
}

static __int128 greatest_divisor(__int128 a, __int128 b)
{
    while (b) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static unsigned count_bits(uint64_t number)
{
    return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

/* Nanos; none of those that are used by the search is beyond our arithmetic. */
static __int128 field_left(const struct field *field)
{
    __int128 left = field->most - field->used->nanos;
    return left > 0 ? left : 0;
}

static __int128 capacity_most(const struct candidate *candidate, size_t index)
{
    const struct capacity *capacity = &candidate->common->capacities[index];
    const struct device_use *use = candidate->entry->use;
    struct quantity left = capacity->value;
    for (size_t i = 0; i < use->consumed.length; i++) {
        if (strcmp(use->consumed.items[i].name, capacity->name) == 0)
            quantity_sub(&left, &use->consumed.items[i].value);
    }
    return left.nanos;
}

/* Adds the field to the stock and the amounts to SIZES, if it can run short and there is space in the word.
 */
static void stock_add_field(struct pruning *pruning, struct stock *stock, struct field field,
                            const struct amounts *amounts, uint64_t *sizes)
{
    __int128 unit = 0, total = 0, largest = 0;
    for (size_t i = 0; i < amounts->length && !amounts->is_odd; i++) {
        unit = greatest_divisor(amounts->nanos[i], unit);
        total += amounts->nanos[i] * amounts->counts[i];
        largest = amounts->nanos[i] > largest ? amounts->nanos[i] : largest;
    }
    __int128 left = field_left(&field);
    stock->n_fields++;
    vec_push(&pruning->fields, field);
    if (!amounts->is_odd && left >= total)
        return;
    stock->is_exact &= !amounts->is_odd;
    if (amounts->is_odd)
        return;
    largest = left > largest ? left : largest;
    unsigned shift = count_bits(stock->guards);
    unsigned width = largest / unit > INT64_MAX ? 64 : count_bits((uint64_t)(largest / unit));
    stock->is_exact &= shift + width + 1 <= 64;
    if (shift + width + 1 > 64)
        return;
    vec_last(&pruning->fields)->unit = unit;
    vec_last(&pruning->fields)->shift = shift;
    stock->guards |= UINT64_C(1) << (shift + width);
    for (size_t i = 0; i < amounts->length; i++)
        sizes[i] |= (uint64_t)(amounts->nanos[i] / unit) << shift;
}

void stocks_measure(struct pruning *pruning)
{
    vec_each (&pruning->stocks, stock) {
        stock->room = stock->guards;
        for (size_t i = 0; i < stock->n_fields; i++) {
            const struct field *field = &pruning->fields.items[stock->first_field + i];
            if (field->unit)
                stock->room |= (uint64_t)(field_left(field) / field->unit) << field->shift;
        }
    }
}

bool stocks_tell(const struct pruning *pruning, size_t column, bool *out)
{
    const struct pool_view *pool = pruning->samples[column]->pool;
    uint32_t number = pruning->stock_of[column];
    if (!number || !pruning->stocks.items[number - 1].is_exact || pool->is_overdrawn || pool->n_group_sets)
        return false;
    const struct stock *stock = &pruning->stocks.items[number - 1];
    *out = ((stock->room - pruning->sizes[column]) & stock->guards) == stock->guards;
    return true;
}

/* Counters */

struct usage {
    const struct counter *counter;
    size_t n_users;
};

/* Who is used by few comes first: packing.c is done with low fields early. */
static int compare_usages(const void *left, const void *right)
{
    const struct usage *a = left, *b = right;
    if (a->n_users != b->n_users)
        return a->n_users < b->n_users ? -1 : 1;
    return (a->counter > b->counter) - (a->counter < b->counter);
}

typedef VEC(struct usage) usage_list;

static void usages_add(usage_list *usages, const struct counter *counter)
{
    vec_each (usages, usage) {
        if (usage->counter == counter) {
            usage->n_users++;
            return;
        }
    }
    vec_push(usages, (struct usage){ counter, 1 });
}

static void stock_add_counter(struct search *search, struct stock *stock, const struct counter *counter,
                              struct amounts *amounts)
{
    struct pruning *pruning = search->pruning;
    amounts->is_odd = false;
    for (size_t i = 0; i < stock->n_columns; i++) {
        const struct candidate *sample = pruning->samples[stock->columns[i]];
        amounts->nanos[i] = 0;
        amounts->counts[i] = pruning->n_free[stock->columns[i]];
        for (size_t d = 0; d < sample->n_draws; d++) {
            if (sample->draws[d].counter == counter)
                amount_add(amounts, i, sample->draws[d].amount);
        }
    }
    stock_add_field(pruning, stock,
                    (struct field){ .used = &counter->used, .most = counter->available.nanos }, amounts,
                    stock->sizes);
}

/* Of devices that draw on common counters. */
static void stock_add_counters(struct search *search, struct stock *stock)
{
    usage_list usages = { 0 };
    struct amounts amounts = { .length = stock->n_columns };
    amounts.nanos = arena_make_array(search->arena, __int128, stock->n_columns);
    amounts.counts = arena_make_array(search->arena, uint32_t, stock->n_columns);
    stock->sizes = arena_make_array(search->arena, uint64_t, stock->n_columns);
    for (size_t i = 0; i < stock->n_columns; i++) {
        const struct candidate *sample = search->pruning->samples[stock->columns[i]];
        for (size_t d = 0; d < sample->n_draws; d++)
            usages_add(&usages, sample->draws[d].counter);
    }
    qsort(usages.items, usages.length, sizeof(usages.items[0]), compare_usages);
    vec_each (&usages, usage)
        stock_add_counter(search, stock, usage->counter, &amounts);
    vec_done(&usages);
}

/* Shared devices: sizes are by row */

static void stock_add_capacities(struct search *search, struct stock *stock)
{
    struct pruning *pruning = search->pruning;
    const struct candidate *sample = pruning->samples[stock->columns[0]];
    struct amounts amounts = { .length = pruning->n_rows };
    amounts.nanos = arena_make_array(search->arena, __int128, pruning->n_rows);
    amounts.counts = arena_make_array(search->arena, uint32_t, pruning->n_rows);
    stock->sizes = arena_make_array(search->arena, uint64_t, pruning->n_rows);
    for (size_t c = 0; c < sample->common->n_capacities; c++) {
        amounts.is_odd = false;
        for (size_t row = 0; row < pruning->n_rows; row++) {
            struct quantity amount = { 0 };
            bool is_possible = pruning->possible[row * pruning->n_columns + stock->columns[0]];
            amounts.nanos[row] = 0;
            amounts.counts[row] = is_possible;
            if (is_possible && is_harmless(capacity_amount(&sample->common->capacities[c],
                                                           pruning->rows[row].demand->request,
                                                           candidate_rules(search, sample), &amount)))
                amount_add(&amounts, row, &amount);
        }
        stock_add_field(pruning, stock,
                        (struct field){ .used = &sample->consuming[c], .most = capacity_most(sample, c) },
                        &amounts, stock->sizes);
    }
}

/* Making */

static struct stock *stock_of(struct search *search, uint32_t column, uint32_t *of_root)
{
    struct pruning *pruning = search->pruning;
    const struct candidate *sample = pruning->samples[column];
    uint32_t *number = &of_root[pruning->links[sample->place]];
    if (!sample->is_shared && !sample->n_draws)
        return NULL;
    if (!sample->is_shared && *number)
        return &pruning->stocks.items[*number - 1];
    vec_push(&pruning->stocks, (struct stock){ .is_shared = sample->is_shared });
    if (!sample->is_shared)
        *number = (uint32_t)pruning->stocks.length;
    return vec_last(&pruning->stocks);
}

/* Columns, stock by stock. */
static void stocks_collect(struct search *search)
{
    struct pruning *pruning = search->pruning;
    uint32_t *of_root = arena_make_array(search->arena, uint32_t, search->view.n_candidates); /* plus one */
    uint32_t *columns = arena_make_array(search->arena, uint32_t, pruning->n_columns);
    for (uint32_t column = 0; column < pruning->n_columns; column++) {
        struct stock *stock = stock_of(search, column, of_root);
        pruning->shares_draw |= pruning->samples[column]->is_shared && pruning->samples[column]->n_draws;
        if (!stock)
            continue;
        pruning->stock_of[column] = (uint32_t)(stock - pruning->stocks.items) + 1;
        stock->n_columns++;
    }
    vec_each (&pruning->stocks, stock) {
        stock->columns = columns;
        columns += stock->n_columns;
        stock->n_columns = 0;
    }
    for (uint32_t column = 0; column < pruning->n_columns; column++) {
        if (!pruning->stock_of[column])
            continue;
        struct stock *stock = &pruning->stocks.items[pruning->stock_of[column] - 1];
        stock->columns[stock->n_columns++] = column;
    }
}

void stocks_make(struct search *search, struct pruning *pruning)
{
    pruning->stock_of = arena_make_array(search->arena, uint32_t, pruning->n_columns);
    pruning->sizes = arena_make_array(search->arena, uint64_t, pruning->n_columns);
    stocks_collect(search);
    vec_each (&pruning->stocks, stock) {
        stock->first_field = pruning->fields.length;
        stock->is_exact = !pruning->shares_draw;
        if (stock->is_shared)
            stock_add_capacities(search, stock);
        else
            stock_add_counters(search, stock);
        for (size_t i = 0; i < stock->n_columns && !stock->is_shared; i++)
            pruning->sizes[stock->columns[i]] = stock->sizes[i];
    }
}
