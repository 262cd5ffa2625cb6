/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathering the pools of a node:
 *
 *     slices of the node, slices without a node ── relevant? ──► grouped by pool, highest generation kept
 *        all slices of the pool there?  no ──► look at the slices of other nodes: obsolete, incomplete,
 * complete names unique, counters known?  no ──► invalid pools without binding conditions, then pools with;
 * in each by driver, then name ──► candidates: pools, slices by name, devices as listed
 *
 * A newer generation that targets only other nodes goes unnoticed as long as the older one is complete here:
 * that is how upstream has it, and what lets a driver replace a pool node by node.
 */

#include "controller/allocate/view/gather.h"

#include "controller/allocate/view/groups.h"
#include "controller/allocate/view/node_match.h"

#include <stdlib.h>

/* Relevance */

static bool slice_is_left_out(const struct slice_record *slice, const struct features *features)
{
    return !features->partitionable_devices && (slice->per_device_node_selection || slice->n_shared_counters);
}

/* With the switch off nobody could tell who gets along with whom: the slice counts as absent, and its pool as
 * incomplete. */
static bool slice_is_beyond_us(const struct slice_record *slice, const struct features *features)
{
    return !features->compatibility_groups && slice_has_groups(slice);
}

static struct error *slice_is_relevant(const struct slice_record *slice, const struct inventory_node *node,
                                       bool *out)
{
    *out = false;
    if (slice->node || slice->all_nodes || slice->node_selector)
        return error_wrap(node_match(node, slice->node ? slice->node->name : NULL, slice->all_nodes,
                                     slice->node_selector, out),
                          "slice %s", slice->name);
    for (size_t i = 0; slice->per_device_node_selection && i < slice->n_devices && !*out; i++) {
        const struct device_entry *entry = &slice->entries[i];
        const struct device *common = &entry->card.kind->common;
        TRY(error_wrap(node_match(node, common->node_name, common->all_nodes, common->node_selector, out),
                       "device %s in slice %s", entry->use->name, slice->name));
    }
    return NULL;
}

/* Grouping */

typedef VEC(struct pool_view *) pool_list;

struct gathering {
    struct inventory *inventory;
    const struct features *features;
    const struct inventory_node *node;
    struct arena *arena;
    pool_list pools;
};

static struct pool_view *gathering_pool(struct gathering *g, struct pool_record *record)
{
    if (record->gathered != g->inventory->round) {
        struct pool_view *pool = arena_make(g->arena, struct pool_view);
        pool->record = record;
        pool->version = record->version;
        pool->charges = record->charges;
        pool->generation = INT64_MIN;
        record->gathered = g->inventory->round;
        record->place = g->pools.length;
        vec_push(&g->pools, pool);
    }
    return g->pools.items[record->place];
}

static void pool_add_slice(struct pool_view *pool, struct slice_record *slice)
{
    if (slice->generation < pool->generation)
        return;
    if (slice->generation > pool->generation || !pool->slices.length) {
        vec_clear(&pool->slices);
        pool->generation = slice->generation;
        pool->slice_count = slice->slice_count;
    }
    slice_list_insert(&pool->slices, slice);
}

static struct error *gathering_add(struct gathering *g, const slice_list *slices)
{
    for (size_t i = 0; slices && i < slices->length; i++) {
        struct slice_record *slice = slices->items[i];
        bool relevant = false;
        if (slice_is_left_out(slice, g->features) || slice_is_beyond_us(slice, g->features))
            continue;
        TRY(slice_is_relevant(slice, g->node, &relevant));
        if (relevant)
            pool_add_slice(gathering_pool(g, slice->pool), slice);
    }
    return NULL;
}

/* Completeness: obsolete, incomplete, or complete with the help of other nodes' slices */

static bool slice_counts(const struct slice_record *slice, const struct pool_view *pool,
                         const struct features *features)
{
    return slice->generation == pool->generation && !slice_is_beyond_us(slice, features);
}

static enum pool_state pool_complete(struct pool_view *pool, const struct features *features)
{
    const slice_list *all = &pool->record->slices;
    if ((int64_t)pool->slices.length == pool->slice_count)
        return POOL_USABLE;
    size_t n_same = 0;
    for (size_t i = 0; i < all->length; i++) {
        if (all->items[i]->generation > pool->generation)
            return POOL_OBSOLETE;
        n_same += slice_counts(all->items[i], pool, features);
    }
    if ((int64_t)n_same != pool->slice_count)
        return POOL_INCOMPLETE;
    size_t next = 0;
    for (size_t i = 0; i < all->length; i++) {
        if (!slice_counts(all->items[i], pool, features))
            continue;
        if (next < pool->slices.length && pool->slices.items[next] == all->items[i])
            next++;
        else
            vec_push(&pool->other_slices, all->items[i]);
    }
    return POOL_USABLE;
}

/* Validity: names and counters */

static bool pool_check_names(struct gathering *g, struct pool_view *pool)
{
    uint64_t round = ++g->inventory->name_round;
    for (size_t i = 0; i < pool->slices.length; i++) {
        struct slice_record *slice = pool->slices.items[i];
        for (size_t j = 0; slice_offers(slice, g->features) && j < slice->n_devices; j++) {
            struct device_use *use = slice->entries[j].use;
            if (use->seen == round) {
                pool->invalid_reason = arena_printf(g->arena, "duplicate device name %s", use->name);
                return false;
            }
            use->seen = round;
        }
    }
    return true;
}

static bool pool_check(struct gathering *g, struct pool_view *pool)
{
    if (!pool_check_names(g, pool))
        return false;
    if (!g->features->partitionable_devices)
        return true;
    return pool_add_counters(pool, g->arena) &&
           (!g->features->compatibility_groups || groups_gather(pool, g->arena));
}

static bool pool_is_conditional(const struct pool_view *pool, const struct features *features)
{
    for (size_t i = 0; i < pool->slices.length; i++) {
        const struct slice_record *slice = pool->slices.items[i];
        for (size_t j = 0; slice_offers(slice, features) && j < slice->n_devices; j++) {
            if (slice->entries[j].card.kind->common.has_binding_conditions)
                return true;
        }
    }
    return false;
}

static void pool_judge(struct gathering *g, struct pool_view *pool)
{
    pool->state = pool_complete(pool, g->features);
    if (pool->state != POOL_USABLE)
        return;
    if (pool_check(g, pool))
        pool->has_binding_conditions = pool_is_conditional(pool, g->features);
    else
        pool->state = POOL_INVALID;
}

/* Order */

static int pool_rank(const struct pool_view *pool)
{
    return pool->state == POOL_OBSOLETE ? 2 : pool->has_binding_conditions;
}

static int pool_compare(const void *left, const void *right)
{
    const struct pool_view *a = *(struct pool_view *const *)left, *b = *(struct pool_view *const *)right;
    if (pool_rank(a) != pool_rank(b))
        return pool_rank(a) - pool_rank(b);
    int order = strcmp(a->record->driver, b->record->driver);
    return order ? order : strcmp(a->record->name, b->record->name);
}

/* Candidates */

/* Devices of one kind draw alike: mostly the candidate before has worked it out. */
static void candidate_resolve_draws(struct candidate *candidate, const struct candidate *before,
                                    struct arena *arena)
{
    const struct device *device = candidate->common;
    const struct pool_view *pool = candidate->pool;
    size_t count = 0;
    if (before && before->common == device && before->pool == pool) {
        candidate->draws = before->draws;
        candidate->n_draws = before->n_draws;
        return;
    }
    for (size_t i = 0; i < device->n_consumes; i++)
        count += device->consumes[i].n_counters;
    candidate->draws = count ? arena_make_array(arena, struct draw, count) : NULL;
    for (size_t i = 0; i < device->n_consumes; i++) {
        const struct counter_consumption *consumption = &device->consumes[i];
        for (size_t k = 0; k < consumption->n_counters; k++) {
            const struct named_quantity *amount = &consumption->counters[k];
            candidate->draws[candidate->n_draws++] =
                (struct draw){ pool_find_counter(pool, consumption->counter_set, amount->name),
                               &amount->value };
        }
    }
}

static size_t pool_count_devices(const struct pool_view *pool, const struct features *features)
{
    size_t count = 0;
    for (size_t i = 0; pool->state == POOL_USABLE && i < pool->slices.length; i++) {
        if (slice_offers(pool->slices.items[i], features))
            count += pool->slices.items[i]->n_devices;
    }
    return count;
}

static void candidate_start(struct gathering *g, struct pool_view *pool, struct slice_record *slice,
                            struct device_entry *entry, struct view *view)
{
    struct candidate *candidate = &view->candidates[view->n_candidates];
    const struct device *common = &entry->card.kind->common;
    *candidate = (struct candidate){
        .common = common,
        .entry = entry,
        .slice = slice,
        .pool = pool,
        .place = (uint32_t)view->n_candidates++,
        .is_shared = g->features->consumable_capacity && common->allow_multiple_allocations,
    };
    if (g->features->partitionable_devices && common->n_consumes)
        candidate_resolve_draws(candidate, candidate->place ? candidate - 1 : NULL, g->arena);
    if (candidate->is_shared)
        candidate->consuming = arena_make_array(g->arena, struct quantity, common->n_capacities);
}

static void pool_offer(struct gathering *g, struct pool_view *pool, struct view *view)
{
    for (size_t i = 0; pool->state == POOL_USABLE && i < pool->slices.length; i++) {
        struct slice_record *slice = pool->slices.items[i];
        for (size_t j = 0; slice_offers(slice, g->features) && j < slice->n_devices; j++)
            candidate_start(g, pool, slice, &slice->entries[j], view);
    }
}

static void view_offer(struct gathering *g, struct view *view)
{
    size_t count = 0;
    for (size_t i = 0; i < view->n_pools; i++)
        count += pool_count_devices(view->pools[i], g->features);
    view->candidates = arena_make_array(g->arena, struct candidate, count);
    for (size_t i = 0; i < view->n_pools; i++)
        pool_offer(g, view->pools[i], view);
}

/* The whole */

static void *arena_keep(struct arena *arena, const void *items, size_t count, size_t size)
{
    return count ? memcpy(arena_array(arena, count, size), items, count * size) : NULL;
}

static void list_keep(slice_list *list, struct arena *arena)
{
    slice_list kept = { .length = list->length, .room = list->length };
    kept.items = arena_keep(arena, list->items, list->length, sizeof(list->items[0]));
    vec_done(list);
    *list = kept;
}

/* What grew while gathering goes to the arena. */
static void gathering_keep(struct gathering *g, struct view *view)
{
    for (size_t i = 0; i < g->pools.length; i++) {
        list_keep(&g->pools.items[i]->slices, g->arena);
        list_keep(&g->pools.items[i]->other_slices, g->arena);
    }
    view->n_pools = g->pools.length;
    view->pools = arena_keep(g->arena, g->pools.items, g->pools.length, sizeof(g->pools.items[0]));
    vec_done(&g->pools);
}

static void view_judge(struct gathering *g)
{
    for (size_t i = 0; i < g->pools.length; i++)
        pool_judge(g, g->pools.items[i]);
    if (g->pools.length)
        qsort(g->pools.items, g->pools.length, sizeof(g->pools.items[0]), pool_compare);
}

struct error *view_gather(struct inventory *inventory, const struct features *features,
                          const struct inventory_node *node, struct arena *arena, struct view *out)
{
    struct gathering g = { inventory, features, node, arena, { 0 } };
    inventory->round++;
    const struct node_record *own = node_find(inventory, node->name);
    struct error *err = gathering_add(&g, own ? &own->slices : NULL);
    if (!err)
        err = gathering_add(&g, &inventory->slices_shared);
    if (!err)
        view_judge(&g);
    *out = (struct view){ .node = node };
    gathering_keep(&g, out);
    if (!err)
        view_offer(&g, out);
    return err;
}

const struct pool_view *view_find_pool(const struct view *view, enum pool_state state)
{
    for (size_t i = 0; i < view->n_pools; i++) {
        if (view->pools[i]->state == state)
            return view->pools[i];
    }
    return NULL;
}
