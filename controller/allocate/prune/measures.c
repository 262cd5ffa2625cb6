/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 7. Counters and capacities. What devices use up of one thing, the counters of one name or the shared
 * capacities of one, comes out of pots: a counter, a capacity of a device. A pot never gives more than is
 * left in it, so
 *
 *     - a pot from which every one of some wants takes W at least serves left / W of their devices, rounded
 *       down: pigeonholes once more, where pots are holes, and so are columns that use up nothing. That holds
 *       for any selection of the wants; we try those that take at least so much, for each much there is
 *       (pots_fit).
 *     - all wants together take at least what the cheapest of their units take, and that is no more than
 *       is left in all pots (total_fits).
 *
 * A shared device draws on counters once, for its first share, so it counts as taking nothing of them.
 */

#include "controller/allocate/prune/pruning.h"

enum { MAX_LOOKS = 8 };

static const __int128 INFINITE = (__int128)(((unsigned __int128)1 << 127) - 1);

static __int128 sum(__int128 a, __int128 b)
{
    __int128 result;
    return __builtin_add_overflow(a, b, &result) ? INFINITE : result;
}

static __int128 product(__int128 a, __int128 b)
{
    __int128 result;
    return __builtin_mul_overflow(a, b, &result) ? INFINITE : result;
}

/* Making */

static struct measure *measure_find(struct search *search, const char *name, bool is_capacity)
{
    struct pruning *pruning = search->pruning;
    vec_each (&pruning->measures, measure) {
        if (measure->is_capacity == is_capacity && strcmp(measure->name, name) == 0)
            return measure;
    }
    size_t n_rows = is_capacity ? pruning->n_rows : 1;
    struct measure measure = { .name = name, .is_capacity = is_capacity };
    measure.pot_of = arena_make_array(search->arena, uint32_t, pruning->n_columns);
    measure.weights = arena_make_array(search->arena, __int128, n_rows * pruning->n_columns);
    for (size_t column = 0; column < pruning->n_columns; column++)
        measure.pot_of[column] = NO_POT;
    vec_push(&pruning->measures, measure);
    return vec_last(&pruning->measures);
}

static uint32_t measure_find_counter(struct measure *measure, const struct counter *counter)
{
    for (uint32_t i = 0; i < measure->pots.length; i++) {
        if (measure->pots.items[i].counter == counter)
            return i;
    }
    vec_push(&measure->pots, (struct pot){ .counter = counter });
    return (uint32_t)measure->pots.length - 1;
}

/* Of two counters of one name the first one counts. */
static void measures_add_draws(struct search *search, size_t column)
{
    const struct candidate *sample = search->pruning->samples[column];
    for (size_t i = 0; i < sample->n_draws && !sample->is_shared; i++) {
        const struct draw *draw = &sample->draws[i];
        struct measure *measure = measure_find(search, draw->counter->name, false);
        uint32_t pot = measure_find_counter(measure, draw->counter);
        measure->is_odd = measure->is_odd || draw->amount->huge || quantity_sign(draw->amount) < 0;
        if (measure->pot_of[column] == NO_POT)
            measure->pot_of[column] = pot;
        if (measure->pot_of[column] == pot)
            measure->weights[column] = sum(measure->weights[column], draw->amount->nanos);
    }
}

static void measures_add_capacities(struct search *search, size_t column)
{
    struct pruning *pruning = search->pruning;
    const struct candidate *sample = pruning->samples[column];
    for (size_t i = 0; i < sample->common->n_capacities && sample->is_shared; i++) {
        const struct capacity *capacity = &sample->common->capacities[i];
        struct measure *measure = measure_find(search, capacity->name, true);
        if (measure->pot_of[column] != NO_POT)
            continue;
        measure->pot_of[column] = (uint32_t)measure->pots.length;
        vec_push(&measure->pots, (struct pot){ .candidate = sample, .capacity = i });
        for (size_t row = 0; row < pruning->n_rows; row++) {
            struct quantity amount = { 0 };
            size_t cell = row * pruning->n_columns + column;
            if (!pruning->possible[cell] ||
                !is_harmless(capacity_amount(capacity, pruning->rows[row].demand->request,
                                             candidate_rules(search, sample), &amount)))
                continue;
            measure->is_odd = measure->is_odd || amount.huge;
            measure->weights[cell] = amount.nanos;
        }
    }
}

void measures_make(struct search *search, struct pruning *pruning)
{
    for (size_t column = 0; column < pruning->n_columns; column++) {
        measures_add_draws(search, column);
        measures_add_capacities(search, column);
    }
    vec_each (&pruning->measures, measure) {
        measure->lefts = arena_make_array(search->arena, __int128, measure->pots.length);
        measure->leasts = arena_make_array(search->arena, __int128, measure->pots.length);
        measure->takes = arena_make_array(search->arena, __int128, pruning->n_wants);
    }
}

/* What is left */

static __int128 pot_left(const struct pot *pot)
{
    struct quantity left;
    if (pot->counter) {
        left = pot->counter->available;
        quantity_sub(&left, &pot->counter->used);
    } else {
        const struct capacity *capacity = &pot->candidate->common->capacities[pot->capacity];
        const struct device_use *use = pot->candidate->entry->use;
        left = capacity->value;
        for (size_t i = 0; i < use->consumed.length; i++) {
            if (strcmp(use->consumed.items[i].name, capacity->name) == 0)
                quantity_sub(&left, &use->consumed.items[i].value);
        }
        quantity_sub(&left, &pot->candidate->consuming[pot->capacity]);
    }
    if (left.huge)
        return INFINITE;
    return left.nanos > 0 ? left.nanos : 0;
}

static __int128 cell_weight(const struct pruning *pruning, const struct measure *measure, size_t row,
                            size_t column)
{
    if (measure->pot_of[column] == NO_POT)
        return 0;
    return measure->weights[(measure->is_capacity ? row * pruning->n_columns : 0) + column];
}

static __int128 row_least(const struct pruning *pruning, const struct table *table,
                          const struct measure *measure, size_t row)
{
    const uint8_t *units = table_units(pruning, table, row);
    __int128 least = INFINITE;
    for (size_t column = 0; column < pruning->n_columns && table->wanted[row]; column++) {
        __int128 weight = cell_weight(pruning, measure, row, column);
        if (units[column] && weight < least)
            least = weight;
    }
    return table->wanted[row] ? least : 0;
}

/* Together */

static bool total_fits(const struct pruning *pruning, const struct table *table,
                       const struct measure *measure)
{
    __int128 taken = 0, left = 0;
    wants_each(pruning, table, from, to)
    {
        __int128 least = INFINITE;
        for (size_t row = from; row < to; row++) {
            if (!row_is_viable(pruning, table, row))
                continue;
            __int128 taking = product(row_least(pruning, table, measure, row), table->wanted[row]);
            least = taking < least ? taking : least;
        }
        taken = sum(taken, least);
    }
    for (size_t pot = 0; pot < measure->pots.length; pot++)
        left = sum(left, measure->lefts[pot]);
    return taken <= left || taken == INFINITE;
}

/* Pot by pot */

/* The least that the want takes out of any pot; INFINITE if it uses none. */
static __int128 want_least(const struct pruning *pruning, const struct table *table,
                           const struct measure *measure, size_t from, size_t to)
{
    __int128 least = INFINITE;
    for (size_t row = from; row < to; row++) {
        const uint8_t *units = table_units(pruning, table, row);
        for (size_t column = 0; column < pruning->n_columns && table->wanted[row] > 0; column++) {
            if (!units[column] || measure->pot_of[column] == NO_POT)
                continue;
            __int128 weight = cell_weight(pruning, measure, row, column);
            least = weight < least ? weight : least;
        }
    }
    return least;
}

static void pots_clear(struct pruning *pruning, const struct table *table, const struct measure *measure)
{
    struct holes *holes = &pruning->holes;
    size_t n_pots = measure->pots.length;
    holes_clear(holes, table_count_wants(pruning, table), n_pots + pruning->n_columns);
    for (size_t pot = 0; pot < n_pots; pot++)
        measure->leasts[pot] = INFINITE;
    for (size_t column = 0; column < pruning->n_columns; column++) {
        uint32_t pot = measure->pot_of[column];
        holes->rooms[pot == NO_POT ? n_pots + column : pot] += column_room(pruning, column);
    }
}

static void pots_add_row(struct pruning *pruning, const struct table *table, const struct measure *measure,
                         size_t want, size_t row)
{
    const uint8_t *units = table_units(pruning, table, row);
    for (size_t column = 0; column < pruning->n_columns; column++) {
        uint32_t pot = measure->pot_of[column];
        __int128 weight = cell_weight(pruning, measure, row, column);
        if (!units[column])
            continue;
        holes_allow(&pruning->holes, want, pot == NO_POT ? measure->pots.length + column : pot,
                    units[column]);
        if (pot != NO_POT && weight < measure->leasts[pot])
            measure->leasts[pot] = weight;
    }
}

static void pots_add_want(struct pruning *pruning, const struct table *table, const struct measure *measure,
                          size_t from, size_t to)
{
    size_t want = table_want(pruning, table, from);
    int64_t least = HOLE_MAX_LIMIT;
    for (size_t row = from; row < to; row++) {
        if (!row_is_viable(pruning, table, row))
            continue;
        least = table->wanted[row] < least ? table->wanted[row] : least;
        if (table->wanted[row])
            pots_add_row(pruning, table, measure, want, row);
    }
    pruning->holes.wants[want] = (uint32_t)least;
}

/* Of the wants that take HEAVY at least, out of whichever pot. */
static bool pots_fit(struct pruning *pruning, const struct table *table, const struct measure *measure,
                     __int128 heavy)
{
    pots_clear(pruning, table, measure);
    wants_each(pruning, table, from, to)
    {
        if (measure->takes[table_want(pruning, table, from)] >= heavy)
            pots_add_want(pruning, table, measure, from, to);
    }
    for (size_t pot = 0; pot < measure->pots.length; pot++) {
        __int128 least = measure->leasts[pot];
        uint32_t *room = &pruning->holes.rooms[pot];
        if (least && measure->lefts[pot] / least < *room)
            *room = (uint32_t)(measure->lefts[pot] / least);
    }
    return holes_fit(&pruning->holes);
}

/* Whether some want before WANT takes as much: that was looked at then. */
static bool is_repeated(const struct measure *measure, size_t want)
{
    for (size_t i = 0; i < want; i++) {
        if (measure->takes[i] == measure->takes[want])
            return true;
    }
    return false;
}

static bool measure_fits(struct pruning *pruning, const struct table *table, const struct measure *measure)
{
    size_t n_wants = table_count_wants(pruning, table), n_looks = 0;
    for (size_t pot = 0; pot < measure->pots.length; pot++)
        measure->lefts[pot] = pot_left(&measure->pots.items[pot]);
    if (!total_fits(pruning, table, measure))
        return false;
    wants_each(pruning, table, from, to) measure->takes[table_want(pruning, table, from)] =
        want_least(pruning, table, measure, from, to);
    for (size_t want = 0; want < n_wants && n_looks < MAX_LOOKS; want++) {
        __int128 heavy = measure->takes[want];
        if (!heavy || heavy == INFINITE || is_repeated(measure, want))
            continue;
        n_looks++;
        if (!pots_fit(pruning, table, measure, heavy))
            return false;
    }
    return true;
}

bool measures_fit(struct pruning *pruning, const struct table *table)
{
    vec_each (&pruning->measures, measure) {
        if (!measure->is_odd && !measure_fits(pruning, table, measure))
            return false;
    }
    return true;
}
