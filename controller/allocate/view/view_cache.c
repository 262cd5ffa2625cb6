/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A view is kept from one search to the next: most events change neither what devices there are nor where. It
 * is made anew when something that it was made from has another version.
 */

#include "controller/allocate/view/gather.h"

struct cached_view {
    struct view view;
    struct features features;
    uint64_t node_version, shared_version;
};

static bool view_is_current(const struct inventory *inventory, const struct cached_view *cached,
                            const struct node_record *node, const struct features *features)
{
    if (cached->node_version != node->version || cached->shared_version != inventory->shared_version ||
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
                                struct node_record *node, struct cached_view **out)
{
    struct arena *arena = arena_new();
    struct cached_view *cached = arena_make(arena, struct cached_view);
    *cached = (struct cached_view){ .features = *features,
                                    .node_version = node->version,
                                    .shared_version = inventory->shared_version };
    struct error *err = view_gather(inventory, features, &node->node, arena, &cached->view);
    if (err) {
        arena_free(arena);
        return err;
    }
    node_keep(inventory, node, arena, cached, cached->view.n_candidates);
    *out = cached;
    return NULL;
}

struct error *view_obtain(struct inventory *inventory, const struct features *features,
                          const struct inventory_node *node, struct arena *arena, struct view *out)
{
    struct node_record *record = node_record_of(node);
    if (!node_is_known(record))
        return view_gather(inventory, features, node, arena, out);
    struct cached_view *cached = node_kept(inventory, record);
    if (cached && view_is_current(inventory, cached, record, features))
        view_charge(cached);
    else
        TRY(view_renew(inventory, features, record, &cached));
    *out = cached->view;
    return NULL;
}
