/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of a pool's counters, so that a device that could no longer draw on them does not count as
 * free when nodes are chosen (whether it can be had is for the search to say, which looks for itself).
 *
 *     a claim holds a device ──► its sets give what it consumes ──► members for which that is too little now
 *
 * Devices of one kind consume alike: they run short together, as a party, so that a claim costs what it
 * changes and not a look at every member.
 *
 * Sets are those of the pool's highest generation, members the devices that some node's slice lists. A change
 * of slices spoils them; they are made anew when somebody asks.
 */

#include "controller/allocate/inventory/index.h"

/* Sets */

struct set_counter {
    const char *name;
    struct quantity left; /* may be negative */
};

struct party {
    const struct counter_consumption *consumption; /* of its kind */
    bool is_short;
    VEC(struct device_use *) members;
};

enum { PARTIES_LOOKED_AT = 16 }; /* for a newcomer's: one more of the same kind does no harm */

struct pool_set {
    VEC(struct set_counter) counters;
    VEC(struct party) parties;
};

static void set_free(struct pool_set *set)
{
    vec_each (&set->parties, party)
        vec_done(&party->members);
    vec_done(&set->counters);
    vec_done(&set->parties);
    free(set);
}

static void sets_clear(struct pool_record *pool)
{
    map_each (&pool->sets, entry)
        set_free(entry->value);
    map_done(&pool->sets);
}

/* Mostly devices list the counters as the set does, so GUESS is tried first. */
static struct set_counter *set_find_counter(struct pool_set *set, const char *name, size_t guess)
{
    for (size_t i = 0; i < set->counters.length; i++) {
        struct set_counter *counter = &set->counters.items[(guess + i) % set->counters.length];
        if (strcmp(counter->name, name) == 0)
            return counter;
    }
    return NULL;
}

static void set_draw(struct pool_set *set, const struct counter_consumption *consumption, bool gives_back)
{
    for (size_t i = 0; i < consumption->n_counters; i++) {
        struct set_counter *counter = set_find_counter(set, consumption->counters[i].name, i);
        if (counter && gives_back)
            quantity_add(&counter->left, &consumption->counters[i].value);
        else if (counter)
            quantity_sub(&counter->left, &consumption->counters[i].value);
    }
}

static bool set_is_short(struct pool_set *set, const struct counter_consumption *consumption)
{
    for (size_t i = 0; i < consumption->n_counters; i++) {
        const struct set_counter *counter = set_find_counter(set, consumption->counters[i].name, i);
        if (counter && quantity_compare(&counter->left, &consumption->counters[i].value) < 0)
            return true;
    }
    return false;
}

static void set_judge(struct inventory *inventory, struct pool_set *set)
{
    vec_each (&set->parties, party) {
        bool is_short = set_is_short(set, party->consumption);
        if (is_short == party->is_short)
            continue;
        party->is_short = is_short;
        vec_each (&party->members, member) {
            (*member)->n_short += is_short ? 1 : UINT32_MAX;
            use_count(inventory, *member);
        }
    }
}

/* Events */

void use_draw(struct inventory *inventory, struct device_use *use, bool gives_back)
{
    if (!use->pool->sets.length || use->pool->sets_stale)
        return;
    for (size_t i = 0; i < use_common(use)->n_consumes; i++) {
        struct pool_set *set = map_get(&use->pool->sets, use_common(use)->consumes[i].counter_set);
        if (!set)
            continue;
        set_draw(set, &use_common(use)->consumes[i], gives_back);
        set_judge(inventory, set);
    }
}

void pool_spoil_sets(struct inventory *inventory, struct pool_record *pool)
{
    if (pool->sets_stale || (!pool->n_counter_slices && !pool->sets.length))
        return;
    pool->sets_stale = true;
    vec_push(&inventory->stale_pools, pool);
}

void pool_free_sets(struct inventory *inventory, struct pool_record *pool)
{
    size_t place = pool->sets_stale ? 0 : inventory->stale_pools.length;
    while (place < inventory->stale_pools.length && inventory->stale_pools.items[place] != pool)
        place++;
    if (place < inventory->stale_pools.length)
        vec_remove(&inventory->stale_pools, place);
    sets_clear(pool);
}

/* Making them anew */

static int64_t pool_generation(const struct pool_record *pool)
{
    int64_t generation = INT64_MIN;
    for (size_t i = 0; i < pool->slices.length; i++) {
        if (pool->slices.items[i]->generation > generation)
            generation = pool->slices.items[i]->generation;
    }
    return generation;
}

static void sets_define(struct pool_record *pool, const struct slice_record *slice)
{
    for (size_t s = 0; s < slice->n_shared_counters; s++) {
        const struct counter_set *from = &slice->shared_counters[s];
        struct pool_set *set = NEW(struct pool_set);
        for (size_t i = 0; i < from->n_counters; i++)
            vec_push(&set->counters, (struct set_counter){ from->counters[i].name, from->counters[i].value });
        struct pool_set *twice = map_put(&pool->sets, from->name, set);
        if (twice)
            set_free(twice);
    }
}

static struct party *set_find_party(struct pool_set *set, const struct counter_consumption *consumption)
{
    size_t n_parties = set->parties.length;
    for (size_t back = 1; back <= n_parties && back <= PARTIES_LOOKED_AT; back++) {
        if (set->parties.items[n_parties - back].consumption == consumption)
            return &set->parties.items[n_parties - back];
    }
    vec_push(&set->parties, (struct party){ .consumption = consumption });
    return vec_last(&set->parties);
}

/* The device of a use at home here joins its sets, which give what it holds. */
static void sets_join(struct pool_record *pool, struct device_use *use)
{
    for (uint32_t i = 0; use->home && i < use_common(use)->n_consumes; i++) {
        const struct counter_consumption *consumption = &use_common(use)->consumes[i];
        struct pool_set *set = map_get(&pool->sets, consumption->counter_set);
        if (!set)
            continue;
        struct party *party = set_find_party(set, consumption);
        vec_push(&party->members, use);
        if (use->counted_used)
            set_draw(set, consumption, false);
    }
}

static void sets_build(struct inventory *inventory, struct pool_record *pool)
{
    int64_t generation = pool_generation(pool);
    sets_clear(pool);
    for (size_t i = 0; i < pool->slices.length; i++) {
        if (pool->slices.items[i]->generation == generation)
            sets_define(pool, pool->slices.items[i]);
    }
    map_each (&pool->uses, entry) {
        struct device_use *use = entry->value;
        use->n_short = 0;
        use_count(inventory, use);
        sets_join(pool, use);
    }
    pool->sets_stale = false;
    map_each (&pool->sets, entry)
        set_judge(inventory, entry->value);
}

void counters_settle(struct inventory *inventory)
{
    vec_each (&inventory->stale_pools, pool)
        sets_build(inventory, *pool);
    vec_clear(&inventory->stale_pools);
}
