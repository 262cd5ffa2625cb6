/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 7. Prices. Put a price on each kind of device that is wanted, any price. Whatever a solution takes is
 * worth no less than what the cheapest alternative of every want costs. It comes out of stocks: devices that
 * draw on common counters, a shared device with its capacities, or a device alone; and no stock gives more
 * than its best packing is worth. So if all wants cost more than all stocks are worth, there is no solution
 * (prices_fit).
 *
 * Prices are found in rounds. What lacks in the best packings at some prices is a column of a game (duel.c);
 * its weights are the next prices: the best against all packings so far. If they are no good against some mix
 * of those, then no prices are. Prices that refuted stay for the next time, since what is short here is short
 * nearby.
 */

#include "controller/allocate/prune/duel.h"
#include "controller/allocate/prune/packing.h"
#include "controller/allocate/prune/pruning.h"

enum { NO_KIND = UINT32_MAX, MAX_PRICE = 1 << 30 };

/* What a column has for a kind. */
struct offer {
    uint64_t size;
    uint32_t column, kind, count;
};

/* Stocks that offer the same. */
struct lot {
    const struct stock *stock; /* one of them */
    int64_t count;
    size_t first, end; /* of its offers */
};

struct market {
    size_t n_kinds;                    /* rows that accept the same of everything are one kind */
    uint32_t *kind_of;                 /* by row */
    uint32_t *amounts;                 /* by row: a number for what it takes of shared devices */
    size_t *rows;                      /* by kind: the first of its rows */
    uint32_t *n_wants;                 /* by kind: how many wants may choose it */
    int64_t *latest;                   /* by row: prices of last time */
    int64_t *prices, *demand, *supply; /* by kind */
    uint32_t *taken;                   /* by item */
    VEC(struct offer) offers;
    VEC(struct lot) lots;
    VEC(struct item) items;
    size_t n_in_stocks; /* offers; those of other columns stand behind */
    struct duel duel;
    struct packing packing;
};

void market_free(struct market *market)
{
    if (!market)
        return;
    packing_done(&market->packing);
    vec_done(&market->offers);
    vec_done(&market->lots);
    vec_done(&market->items);
    free(market);
}

static void amounts_number(struct pruning *pruning, struct market *market)
{
    for (size_t row = 0; row < pruning->n_rows; row++) {
        bool is_same = false;
        for (size_t other = 0; other < row && !is_same; other++) {
            is_same = true;
            vec_each (&pruning->stocks, stock)
                is_same = is_same && (!stock->is_shared || stock->sizes[other] == stock->sizes[row]);
            market->amounts[row] = is_same ? market->amounts[other] : (uint32_t)row;
        }
    }
}

void market_make(struct search *search, struct pruning *pruning)
{
    struct arena *arena = search->arena;
    struct market *market = pruning->market = NEW(struct market);
    size_t n_rows = pruning->n_rows, n_columns = pruning->n_columns;
    market->kind_of = arena_make_array(arena, uint32_t, n_rows);
    market->amounts = arena_make_array(arena, uint32_t, n_rows);
    market->rows = arena_make_array(arena, size_t, n_rows);
    market->n_wants = arena_make_array(arena, uint32_t, n_rows);
    market->prices = arena_make_array(arena, int64_t, n_rows);
    market->demand = arena_make_array(arena, int64_t, n_rows);
    market->supply = arena_make_array(arena, int64_t, n_rows);
    market->latest = arena_make_array(arena, int64_t, n_rows);
    market->taken = arena_make_array(arena, uint32_t, 2 * n_columns + n_rows);
    duel_init(&market->duel, n_rows, arena);
    for (size_t row = 0; row < n_rows; row++)
        market->latest[row] = MAX_PRICE;
    amounts_number(pruning, market);
}

/* Kinds */

static uint32_t kind_find(const struct pruning *pruning, const struct table *table, size_t row)
{
    struct market *market = pruning->market;
    const uint8_t *units = table_units(pruning, table, row);
    for (uint32_t kind = 0; kind < market->n_kinds; kind++) {
        size_t other = market->rows[kind];
        if (market->amounts[row] == market->amounts[other] &&
            memcmp(units, table_units(pruning, table, other), pruning->n_columns) == 0)
            return kind;
    }
    market->rows[market->n_kinds] = row;
    market->n_wants[market->n_kinds] = 0;
    market->prices[market->n_kinds] = market->latest[row];
    return (uint32_t)market->n_kinds++;
}

static void kinds_make(const struct pruning *pruning, const struct table *table)
{
    struct market *market = pruning->market;
    market->n_kinds = 0;
    wants_each(pruning, table, from, to)
    {
        for (size_t row = from; row < to; row++) {
            bool is_wanted = row_takes(pruning, table, row) > 0 && row_is_viable(table, row);
            market->kind_of[row] = is_wanted ? kind_find(pruning, table, row) : NO_KIND;
            if (is_wanted)
                market->n_wants[market->kind_of[row]]++;
        }
    }
}

/* What is wanted */

/* What the cheapest alternative costs; it goes to the demand. */
static int64_t want_cost(const struct pruning *pruning, const struct table *table, size_t from, size_t to)
{
    struct market *market = pruning->market;
    int64_t least = INT64_MAX;
    size_t cheapest = from;
    for (size_t row = from; row < to; row++) {
        uint32_t kind = market->kind_of[row];
        if (!row_is_viable(table, row))
            continue;
        int64_t cost = kind == NO_KIND ? 0 : market->prices[kind] * table->wanted[row];
        if (cost < least)
            cheapest = row;
        least = cost < least ? cost : least;
    }
    if (market->kind_of[cheapest] != NO_KIND)
        market->demand[market->kind_of[cheapest]] += table->wanted[cheapest];
    return least;
}

static int64_t wants_cost(const struct pruning *pruning, const struct table *table)
{
    int64_t cost = 0;
    memset(pruning->market->demand, 0, pruning->market->n_kinds * sizeof(int64_t));
    wants_each(pruning, table, from, to) cost += want_cost(pruning, table, from, to);
    return cost;
}

/* What there is */

static uint8_t kind_units(const struct pruning *pruning, const struct table *table, size_t kind,
                          size_t column)
{
    return table_units(pruning, table, pruning->market->rows[kind])[column];
}

static bool columns_are_alike(const struct pruning *pruning, const struct table *table, size_t a, size_t b)
{
    if (pruning->sizes[a] != pruning->sizes[b] || pruning->n_free[a] != pruning->n_free[b])
        return false;
    for (size_t kind = 0; kind < pruning->market->n_kinds; kind++) {
        if (kind_units(pruning, table, kind, a) != kind_units(pruning, table, kind, b))
            return false;
    }
    return true;
}

static bool stocks_are_alike(const struct pruning *pruning, const struct table *table, const struct stock *a,
                             const struct stock *b)
{
    if (a->room != b->room || a->guards != b->guards || a->n_columns != b->n_columns ||
        a->is_shared != b->is_shared)
        return false;
    for (size_t kind = 0; kind < pruning->market->n_kinds && a->is_shared; kind++) {
        size_t row = pruning->market->rows[kind];
        if (a->sizes[row] != b->sizes[row])
            return false;
    }
    for (size_t i = 0; i < a->n_columns; i++) {
        if (!columns_are_alike(pruning, table, a->columns[i], b->columns[i]))
            return false;
    }
    return true;
}

static struct lot *lot_find(const struct pruning *pruning, const struct table *table,
                            const struct stock *stock)
{
    vec_each (&pruning->market->lots, lot) {
        if (stocks_are_alike(pruning, table, lot->stock, stock))
            return lot;
    }
    return NULL;
}

static void column_offer(const struct pruning *pruning, const struct table *table, uint32_t column,
                         uint64_t size)
{
    struct market *market = pruning->market;
    for (uint32_t kind = 0; kind < market->n_kinds; kind++) {
        uint32_t count = kind_units(pruning, table, kind, column);
        if (count == UINT8_MAX || count > pruning->n_free[column])
            count = pruning->n_free[column];
        if (count)
            vec_push(&market->offers, (struct offer){ size, column, kind, count });
    }
}

/* Every kind takes a share of its own. */
static void shared_offer(const struct pruning *pruning, const struct table *table, const struct stock *stock)
{
    struct market *market = pruning->market;
    for (uint32_t kind = 0; kind < market->n_kinds; kind++) {
        if (kind_units(pruning, table, kind, stock->columns[0]))
            vec_push(&market->offers, (struct offer){ stock->sizes[market->rows[kind]], stock->columns[0],
                                                      kind, market->n_wants[kind] });
    }
}

static void stock_offer(const struct pruning *pruning, const struct table *table, const struct stock *stock)
{
    struct market *market = pruning->market;
    struct lot *known = lot_find(pruning, table, stock);
    if (known) {
        known->count++;
        return;
    }
    struct lot lot = { .stock = stock, .count = 1, .first = market->offers.length };
    if (stock->is_shared)
        shared_offer(pruning, table, stock);
    for (size_t i = 0; i < stock->n_columns && !stock->is_shared; i++)
        column_offer(pruning, table, stock->columns[i], stock->sizes[i]);
    lot.end = market->offers.length;
    vec_push(&market->lots, lot);
}

static void offers_make(const struct pruning *pruning, const struct table *table)
{
    struct market *market = pruning->market;
    vec_clear(&market->offers);
    vec_clear(&market->lots);
    for (size_t i = 0; i < pruning->stocks.length; i++)
        stock_offer(pruning, table, &pruning->stocks.items[i]);
    market->n_in_stocks = market->offers.length;
    for (uint32_t column = 0; column < pruning->n_columns; column++) {
        if (!pruning->stock_of[column])
            column_offer(pruning, table, column, 0);
    }
}

static struct item item_of(const struct market *market, const struct offer *offer)
{
    return (struct item){ offer->size, market->prices[offer->kind], offer->count, offer->kind };
}

/* A column goes to those who pay most for it: as many as they may have, the rest to those who pay next.
 * Returns where the next column's offers start. */
static size_t column_add_items(const struct pruning *pruning, size_t first, size_t end)
{
    struct market *market = pruning->market;
    const struct offer *offers = market->offers.items;
    struct item best = { 0 }, next = { 0 };
    size_t i = first;
    for (; i < end && offers[i].column == offers[first].column; i++) {
        struct item item = item_of(market, &offers[i]);
        if (item.price <= next.price)
            continue;
        next = item.price > best.price ? best : item;
        best = item.price > best.price ? item : best;
    }
    next.count = pruning->n_free[offers[first].column] - best.count;
    if (best.price)
        vec_push(&market->items, best);
    if (next.price && next.count)
        vec_push(&market->items, next);
    return i;
}

static int64_t lot_sell(const struct pruning *pruning, const struct lot *lot)
{
    struct market *market = pruning->market;
    vec_clear(&market->items);
    for (size_t i = lot->first; i < lot->end && !lot->stock->is_shared;)
        i = column_add_items(pruning, i, lot->end);
    for (size_t i = lot->first; i < lot->end && lot->stock->is_shared; i++)
        vec_push(&market->items, item_of(market, &market->offers.items[i]));
    int64_t worth = packing_best(&market->packing, market->items.items, market->items.length,
                                 lot->stock->room, lot->stock->guards, market->taken);
    for (size_t i = 0; i < market->items.length; i++)
        market->supply[market->items.items[i].kind] += market->taken[i] * lot->count;
    return worth * lot->count;
}

static int64_t stocks_sell(const struct pruning *pruning)
{
    struct market *market = pruning->market;
    int64_t worth = 0;
    memset(market->supply, 0, market->n_kinds * sizeof(int64_t));
    vec_clear(&market->items);
    for (size_t i = market->n_in_stocks; i < market->offers.length;)
        i = column_add_items(pruning, i, market->offers.length);
    vec_each (&market->items, item) {
        worth += item->price * item->count;
        market->supply[item->kind] += item->count;
    }
    vec_each (&market->lots, lot)
        worth += lot_sell(pruning, lot);
    return worth;
}

/* Rounds */

/* What lacks most in all rounds so far gets a price, and what is left over the least that there is, so that
 * it is taken where there is room; false: some mix of the rounds lacks nothing. */
static bool prices_change(struct market *market)
{
    double most = 0;
    for (size_t kind = 0; kind < market->n_kinds; kind++)
        market->supply[kind] = market->demand[kind] - market->supply[kind];
    if (duel_add(&market->duel, market->supply) <= 0)
        return false;
    for (size_t kind = 0; kind < market->n_kinds; kind++)
        most = market->duel.weights[kind] > most ? market->duel.weights[kind] : most;
    for (size_t kind = 0; kind < market->n_kinds; kind++)
        market->prices[kind] = 1 + (int64_t)(market->duel.weights[kind] / most * MAX_PRICE);
    return true;
}

bool prices_fit(struct search *search, const struct table *table)
{
    const struct pruning *pruning = search->pruning;
    struct market *market = pruning->market;
    if (!pruning->stocks.length)
        return true;
    kinds_make(pruning, table);
    offers_make(pruning, table);
    /* no kind is ever offered more than that */
    duel_start(&market->duel, market->n_kinds,
               (double)search->view.n_candidates * (double)(pruning->n_rows + 1) + 1);
    for (int round = 0; round < DUEL_MAX_COLUMNS && market->n_kinds; round++) {
        if (wants_cost(pruning, table) > stocks_sell(pruning)) {
            for (size_t kind = 0; kind < market->n_kinds; kind++)
                market->latest[market->rows[kind]] = market->prices[kind];
            return false;
        }
        if (!prices_change(market))
            return true;
    }
    return true;
}
