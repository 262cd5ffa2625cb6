/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One view for each node, and a bound on all of them together, so that a large cluster is not kept twice:
 * past it those go that were not used for longest.
 */

#include "controller/allocate/gather.h"

enum { MAX_WEIGHT = 1 << 16, VIEW_WEIGHT = 8 }; /* in candidates; a view is worth a few itself */

struct cached_view {
    struct view view;
    struct features features;
    uint64_t node_version, shared_version;
    struct arena *arena;
    struct node_record *owner;
    struct cached_view *newer, *older;
};

/* The list */

static size_t weight(const struct cached_view *cached)
{
    return cached->view.n_candidates + VIEW_WEIGHT;
}

static void cache_unlink(struct view_cache *cache, struct cached_view *cached)
{
    *(cached->newer ? &cached->newer->older : &cache->newest) = cached->older;
    *(cached->older ? &cached->older->newer : &cache->oldest) = cached->newer;
    cache->weight -= weight(cached);
}

static void cache_link(struct view_cache *cache, struct cached_view *cached)
{
    cached->newer = NULL;
    cached->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = cached;
    cache->newest = cached;
    cache->weight += weight(cached);
}

void view_forget(struct inventory *inventory, struct node_record *node)
{
    struct cached_view *cached = node->view;
    if (!cached)
        return;
    node->view = NULL;
    cache_unlink(&inventory->views, cached);
    view_done(&cached->view);
    arena_free(cached->arena);
    free(cached);
}

/* Views */

static bool view_is_current(const struct inventory *inventory, const struct cached_view *cached,
                            const struct features *features)
{
    if (cached->node_version != cached->owner->version ||
        cached->shared_version != inventory->shared_version ||
        memcmp(&cached->features, features, sizeof(*features)) != 0)
        return false;
    for (size_t i = 0; i < cached->view.n_pools; i++) {
        const struct pool_view *pool = cached->view.pools[i];
        if (pool->version != pool->record->version ||
            (pool->n_group_sets && pool->charges != pool->record->charges))
            return false;
    }
    return true;
}

/* What is left of counters changes with every claim; that alone is no reason to gather again. */
static void view_charge(struct cached_view *cached)
{
    for (size_t i = 0; i < cached->view.n_pools; i++) {
        struct pool_view *pool = cached->view.pools[i];
        if (pool->state == POOL_USABLE && pool->n_counters && pool->charges != pool->record->charges)
            pool_charge(pool);
    }
}

static struct error *view_renew(struct inventory *inventory, const struct features *features,
                                struct node_record *node)
{
    struct cached_view *cached = NEW(struct cached_view);
    *cached = (struct cached_view){ .features = *features,
                                    .node_version = node->version,
                                    .shared_version = inventory->shared_version,
                                    .arena = arena_new(),
                                    .owner = node };
    view_forget(inventory, node);
    struct error *err = view_gather(inventory, features, &node->node, cached->arena, &cached->view);
    node->view = cached;
    cache_link(&inventory->views, cached);
    if (err)
        view_forget(inventory, node);
    while (inventory->views.weight > MAX_WEIGHT && inventory->views.oldest != inventory->views.newest)
        view_forget(inventory, inventory->views.oldest->owner);
    return err;
}

struct error *view_obtain(struct inventory *inventory, const struct features *features,
                          const struct inventory_node *node, struct arena *arena, struct view *out)
{
    struct node_record *record = node_find(inventory, node->name);
    if (!record || &record->node != node)
        return view_gather(inventory, features, node, arena, out);
    if (record->view && view_is_current(inventory, record->view, features)) {
        cache_unlink(&inventory->views, record->view);
        cache_link(&inventory->views, record->view);
        view_charge(record->view);
    } else {
        TRY(view_renew(inventory, features, record));
    }
    *out = record->view->view;
    out->is_kept = true;
    return NULL;
}
