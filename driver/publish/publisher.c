/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A work queue of pool names. One sync at a time:
 *
 *   queued -- plan --> WRITING -- each change in turn --> SETTLING -- the cache shows them --> done
 *                         |
 *                         +-- error: backoff, plan again
 *
 * Settling keeps a sync from planning on a cache that does not know yet what the last one wrote. A write is
 * settled when any event about its object came that is as new, or its deletion; or after a while in any case,
 * so that a lost event cannot hold a pool back for ever.
 */

#include "driver/publish/publisher.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/loop/queue.h"
#include "driver/publish/bodies.h"
#include "driver/publish/compare.h"
#include "driver/publish/settling.h"
#include "driver/publish/wishes.h"

#include <assert.h>

enum {
    SETTLE_MS = 30 * 1000,
    AFTER_FOREIGN_CHANGE_MS = 1000, /* our own echoes, and a wipe that is under way, come together */
    LEAST_RETRY_MS = 50,
    MOST_RETRY_MS = 60 * 1000,
};

struct publisher {
    struct kube_client *client;
    struct kube_cache *cache;
    struct kube_cache_listener listener;
    struct work_queue queue;
    struct kube_call call;
    struct publisher_options options;
    struct arena *options_arena;
    char *field_selector;
    struct wishes wishes;

    /* the sync at hand */
    struct wanted_pool *current;
    struct arena *arena;
    struct slice_plan plan;
    size_t n_done;

    struct settling unsettled;
    struct timer settle;
    struct value *node_owner; /* looked up; NULL: to be looked up */
    struct arena *owner_arena;

    struct publisher_stats stats;
    bool stopping;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

static void write_next(struct publisher *publisher);

/* --- what there is to do --- */

/* What the server has may be wanted no more. */
static void note_published(struct publisher *publisher)
{
    for (size_t i = 0; i < kube_cache_count(publisher->cache); i++) {
        const char *name = value_path_string(kube_cache_at(publisher->cache, i)->tree, "spec.pool.name");
        if (name)
            wishes_pool(&publisher->wishes, name);
    }
}

static void queue_all(struct publisher *publisher)
{
    map_each (&publisher->wishes.pools, entry)
        work_queue_add(&publisher->queue, entry->key);
}

struct error *publisher_set(struct publisher *publisher, const struct pool *pools, size_t n_pools)
{
    TRY(wishes_set(&publisher->wishes, publisher->options.driver, pools, n_pools));
    if (kube_cache_is_synced(publisher->cache))
        note_published(publisher);
    queue_all(publisher);
    return NULL;
}

/* --- the end of a sync --- */

static void free_if_stopped(struct publisher *publisher)
{
    if (!publisher->stopping || publisher->current)
        return;
    wishes_done(&publisher->wishes);
    settling_done(&publisher->unsettled);
    arena_free(publisher->owner_arena);
    arena_free(publisher->options_arena);
    free(publisher->field_selector);
    void (*stopped)(void *) = publisher->stopped;
    void *ctx = publisher->stopped_ctx;
    free(publisher);
    if (stopped)
        stopped(ctx);
}

static void report(struct publisher *publisher, const char *pool, const struct error *err)
{
    if (publisher->options.on_synced)
        publisher->options.on_synced(publisher->options.ctx, pool, err);
}

/* ERR is ours. */
static void finish(struct publisher *publisher, struct error *err)
{
    struct wanted_pool *pool = publisher->current;
    arena_free(take(publisher->arena));
    publisher->stats.n_syncs++;
    publisher->stats.up_to_date = !err;
    if (err && !publisher->stopping) {
        publisher->stats.n_failures++;
        log_at(LOG_WARN, "publishing will be tried again", kv_str("pool", pool->name), kv_error(err));
        work_queue_add_rate_limited(&publisher->queue, pool->name);
    } else {
        work_queue_forget(&publisher->queue, pool->name);
    }
    publisher->current = NULL;
    work_queue_finished(&publisher->queue, pool->name);
    if (!publisher->stopping)
        report(publisher, pool->name, err);
    error_free(err);
    free_if_stopped(publisher);
}

static void on_settle_timeout(struct timer *timer)
{
    struct publisher *publisher = container_of(timer, struct publisher, settle);
    settling_done(&publisher->unsettled);
    finish(publisher, NULL);
}

static void settle(struct publisher *publisher)
{
    if (settling_is_over(&publisher->unsettled) || publisher->stopping) {
        timer_stop(&publisher->settle);
        finish(publisher, NULL);
    } else if (!timer_is_running(&publisher->settle)) {
        timer_start(&publisher->settle, kube_client_loop(publisher->client), SETTLE_MS, on_settle_timeout);
    }
}

static bool is_settling(const struct publisher *publisher)
{
    return publisher->current && publisher->n_done == publisher->plan.n_changes &&
           timer_is_running(&publisher->settle);
}

/* --- writing --- */

static void note_stored(struct publisher *publisher, const struct slice_change *change,
                        const struct value *object)
{
    const struct value *stored = value_get(object, "spec");
    if (slice_spec_matches(change->spec, stored))
        return;
    struct wanted_pool *pool = publisher->current;
    memory_put(&pool->memory, change->place, change->spec, stored);
    if (pool->dropped_reported)
        return;
    pool->dropped_reported = true;
    const char *field = spec_find_dropped(change->spec, stored);
    log_warn("the API server keeps less of a device than was published: a feature gate is off there",
             kv_str("pool", pool->name), kv_str("field", field));
    if (publisher->options.on_dropped)
        publisher->options.on_dropped(publisher->options.ctx, pool->name, field);
}

static const struct kube_object *find_written(const struct publisher *publisher, const struct value *object)
{
    const char *name = value_path_string(object, "metadata.name");
    return name ? kube_cache_find(publisher->cache, NULL, name) : NULL;
}

static bool is_done_already(const struct slice_change *change, const struct error *err)
{
    return change->kind == CHANGE_DELETE && err->kind == ERROR_NOT_FOUND;
}

static void on_written(struct kube_call *call, struct value *object, struct error *err)
{
    struct publisher *publisher = container_of(call, struct publisher, call);
    const struct slice_change *change = &publisher->plan.changes[publisher->n_done];
    if (err && is_done_already(change, err)) {
        error_free(err);
        err = NULL;
    } else if (err) {
        publisher->node_owner = NULL; /* the node may have been made anew */
        finish(publisher, err);
        return;
    } else if (change->kind != CHANGE_DELETE) {
        note_stored(publisher, change, object);
        settling_await(&publisher->unsettled, object, find_written(publisher, object));
    }
    publisher->stats.n_writes++;
    publisher->n_done++;
    write_next(publisher);
}

static const struct value *known_tree(const struct publisher *publisher, const struct slice_change *change)
{
    const struct kube_object *known = kube_cache_find(publisher->cache, NULL, change->slice->name);
    return known ? known->tree : NULL;
}

static const char *name_prefix(const struct publisher *publisher, const struct slice_change *change)
{
    return slice_name_prefix(publisher->arena, change->place, publisher->options.driver,
                             publisher->current->owner_name);
}

static const struct value *owner(const struct publisher *publisher)
{
    return publisher->options.owner ? publisher->options.owner : publisher->node_owner;
}

static void write_next(struct publisher *publisher)
{
    if (publisher->stopping || publisher->n_done == publisher->plan.n_changes) {
        settle(publisher);
        return;
    }
    const struct slice_change *change = &publisher->plan.changes[publisher->n_done];
    struct kube_call_spec spec = { .resource = &KUBE_RESOURCE_SLICES,
                                   .name = change->slice ? change->slice->name : NULL,
                                   .done = on_written };
    switch (change->kind) {
    case CHANGE_DELETE:
        spec.verb = KUBE_DELETE;
        spec.body = body_delete(publisher->arena, change);
        break;
    case CHANGE_UPDATE:
        spec.verb = KUBE_UPDATE;
        spec.body = body_update(publisher->arena, change, known_tree(publisher, change));
        break;
    case CHANGE_CREATE:
        spec.verb = KUBE_CREATE;
        spec.body = body_create(publisher->arena, change, name_prefix(publisher, change), owner(publisher));
        break;
    }
    struct error *err = kube_call_start(publisher->client, &spec, &publisher->call);
    if (err)
        finish(publisher, err);
}

/* --- planning --- */

static struct published_slice *collect(struct publisher *publisher, const char *pool, size_t *count)
{
    size_t all = kube_cache_count(publisher->cache);
    struct published_slice *slices = arena_make_array(publisher->arena, struct published_slice, all);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        const struct kube_object *object = kube_cache_at(publisher->cache, i);
        const struct value *spec = value_get(object->tree, "spec");
        const char *name = value_path_string(spec, "pool.name");
        if (!name || strcmp(name, pool) != 0 || value_path(object->tree, "metadata.deletionTimestamp"))
            continue;
        slices[(*count)++] = (struct published_slice){
            .name = arena_strdup(publisher->arena, object->name),
            .uid = arena_strdup(publisher->arena, object->uid),
            .resource_version = arena_strdup(publisher->arena, object->resource_version),
            .generation = value_integer(value_path(spec, "pool.generation"), 0),
            .spec = value_copy(publisher->arena, spec),
        };
    }
    publisher->stats.n_slices = *count;
    return slices;
}

static void plan(struct publisher *publisher)
{
    struct wanted_pool *pool = publisher->current;
    size_t count = value_length(pool->specs), n_published;
    struct published_slice *published = collect(publisher, pool->name, &n_published);
    const struct slice_memory *memory = memory_slices(&pool->memory, count, publisher->arena);
    slices_diff(publisher->arena, pool->specs, published, n_published, memory, &publisher->plan);
    publisher->n_done = 0;
    write_next(publisher);
}

static void on_node(struct kube_call *call, struct value *object, struct error *err)
{
    struct publisher *publisher = container_of(call, struct publisher, call);
    if (err || publisher->stopping) {
        finish(publisher, error_hint(err, "slices are owned by their node, so it must exist first"));
        return;
    }
    arena_free(publisher->owner_arena);
    publisher->owner_arena = arena_new();
    publisher->node_owner = body_owner(publisher->owner_arena, object);
    plan(publisher);
}

static struct error *look_up_node(struct publisher *publisher)
{
    struct kube_call_spec spec = {
        .verb = KUBE_GET, .resource = &KUBE_NODES, .name = publisher->options.node_name, .done = on_node
    };
    return kube_call_start(publisher->client, &spec, &publisher->call);
}

static void work(struct work_queue *queue, const char *key)
{
    struct publisher *publisher = container_of(queue, struct publisher, queue);
    struct wanted_pool *pool = map_get(&publisher->wishes.pools, key);
    assert(pool && !publisher->current);
    if (!kube_cache_is_synced(publisher->cache) || !publisher->wishes.are_known) {
        work_queue_finished(queue, key); /* comes again when the cache is there */
        return;
    }
    publisher->current = pool;
    publisher->arena = arena_new();
    publisher->plan = (struct slice_plan){ 0 };
    publisher->n_done = 0;
    bool needs_owner = publisher->options.node_name && !publisher->options.owner && !publisher->node_owner;
    if (!needs_owner) {
        plan(publisher);
        return;
    }
    struct error *err = look_up_node(publisher);
    if (err)
        finish(publisher, err);
}

/* --- what the server says --- */

static void on_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                       const struct kube_object *after)
{
    struct publisher *publisher = container_of(listener, struct publisher, listener);
    const struct kube_object *object = after ? after : before;
    const char *pool_name = value_path_string(object->tree, "spec.pool.name");
    bool ours = settling_hear(&publisher->unsettled, object, !after);
    if (!after)
        publisher->node_owner = NULL; /* garbage collection: the node may have been made anew */
    if (pool_name && !ours && publisher->wishes.are_known && kube_cache_is_synced(publisher->cache)) {
        struct wanted_pool *pool = wishes_pool(&publisher->wishes, pool_name);
        work_queue_add_after(&publisher->queue, pool->name, AFTER_FOREIGN_CHANGE_MS);
    }
    if (is_settling(publisher))
        settle(publisher);
}

static void on_synced(struct kube_cache_listener *listener)
{
    struct publisher *publisher = container_of(listener, struct publisher, listener);
    note_published(publisher);
    if (publisher->wishes.are_known)
        queue_all(publisher);
}

/* --- start and stop --- */

static void copy_options(struct publisher *publisher, const struct publisher_options *options)
{
    struct arena *arena = publisher->options_arena = arena_new();
    publisher->options = *options;
    publisher->options.driver = arena_strdup(arena, options->driver);
    publisher->options.node_name = arena_strdup(arena, options->node_name);
    publisher->options.owner = options->owner ? value_copy(arena, options->owner) : NULL;
    if (asprintf(&publisher->field_selector, "spec.driver=%s,spec.nodeName=%s", options->driver,
                 options->node_name ? options->node_name : "") < 0)
        out_of_memory(0);
}

struct error *publisher_start(struct kube_client *client, const struct publisher_options *options,
                              struct publisher **out)
{
    struct publisher *publisher = NEW(struct publisher);
    publisher->client = client;
    copy_options(publisher, options);
    struct kube_cache_options cache = { .resource = &KUBE_RESOURCE_SLICES,
                                        .field_selector = publisher->field_selector };
    struct error *err = kube_cache_start(client, &cache, &publisher->cache);
    if (err) {
        publisher->stopping = true;
        free_if_stopped(publisher);
        return err;
    }
    publisher->listener = (struct kube_cache_listener){ .changed = on_changed, .synced = on_synced };
    kube_cache_listen(publisher->cache, &publisher->listener);
    publisher->queue.work = work;
    publisher->queue.least_delay_ms = LEAST_RETRY_MS;
    publisher->queue.most_delay_ms = MOST_RETRY_MS;
    work_queue_start(&publisher->queue, kube_client_loop(client));
    *out = publisher;
    return NULL;
}

void publisher_stop(struct publisher *publisher, void (*stopped)(void *ctx), void *ctx)
{
    publisher->stopping = true;
    publisher->stopped = stopped;
    publisher->stopped_ctx = ctx;
    work_queue_stop(&publisher->queue);
    kube_cache_stop(take(publisher->cache));
    if (timer_is_running(&publisher->settle))
        settle(publisher);
    else if (kube_call_in_flight(&publisher->call))
        kube_call_cancel(&publisher->call);
    else
        free_if_stopped(publisher);
}

struct publisher_stats publisher_stats(const struct publisher *publisher)
{
    struct publisher_stats stats = publisher->stats;
    stats.n_pools = publisher->wishes.pools.length;
    return stats;
}
