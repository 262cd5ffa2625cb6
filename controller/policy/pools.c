/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/policy/pools.h"
#include "api/resource/objects.h"

#define ALLOCATOR_TAINT "tranche.dev/allocator"

struct pools {
    struct pools_options options;
    struct publisher *publisher;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

/* --- from a document to a pool --- */

static void add_taint(struct arena *arena, struct device *device)
{
    struct taint *taints = arena_make_array(arena, struct taint, device->n_taints + 1);
    for (size_t i = 0; i < device->n_taints; i++)
        taints[i] = device->taints[i];
    taints[device->n_taints++] =
        (struct taint){ ALLOCATOR_TAINT, "controller", EFFECT_NO_SCHEDULE, "NoSchedule", NULL };
    device->taints = taints;
}

/* Counter sets and node selector as a slice's spec has them. */
static struct error *decode_slice_parts(struct arena *arena, const struct inventory_policy *inventory,
                                        struct value *counter_sets, struct pool *pool)
{
    struct value *tree = value_object(arena);
    struct resource_slice *slice;
    value_set_text(arena, tree, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, tree, "kind", "ResourceSlice");
    struct value *spec = value_child(arena, tree, "spec");
    value_set(arena, spec, "sharedCounters", counter_sets);
    if (inventory->node_selector)
        value_set(arena, spec, "nodeSelector", value_copy(arena, inventory->node_selector));
    TRY(resource_slice_decode(arena, tree, &slice));
    pool->counter_sets = slice->shared_counters;
    pool->n_counter_sets = slice->n_shared_counters;
    pool->node_selector = slice->node_selector;
    pool->all_nodes = inventory->all_nodes;
    return NULL;
}

static struct error *make_pool(const struct pools *pools, struct arena *arena,
                               const struct inventory_policy *inventory, struct pool *out)
{
    struct inventory_content content;
    TRY(inventory_expand(arena, inventory, "", &content));
    struct device *devices = arena_make_array(arena, struct device, content.n_devices);
    for (size_t i = 0; i < content.n_devices; i++) {
        TRY(error_place(device_decode(arena, content.devices[i].tree, &devices[i]), inventory->file,
                        content.devices[i].tree));
        if (pools->options.controller_allocates)
            add_taint(arena, &devices[i]);
    }
    *out = (struct pool){
        .driver = inventory->driver, .name = content.pool, .devices = devices, .n_devices = content.n_devices
    };
    return decode_slice_parts(arena, inventory, content.counter_sets, out);
}

/* --- publishing --- */

static struct error *publish(struct pools *pools, struct arena *arena, const struct policy_set *set)
{
    struct pool *list = arena_make_array(arena, struct pool, set->inventories.length);
    size_t count = 0;
    for (size_t i = 0; i < set->inventories.length; i++) {
        const struct inventory_policy *inventory = set->inventories.items[i];
        if (inventory_is_cluster_wide(inventory) && strcmp(inventory->driver, pools->options.driver) == 0)
            TRY(error_wrap(make_pool(pools, arena, inventory, &list[count++]), "inventory %s",
                           inventory->name ? inventory->name : inventory->file));
    }
    return publisher_set(pools->publisher, list, count);
}

void pools_set(struct pools *pools, const struct policy_set *set)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_error struct error *err = publish(pools, arena, set);
    if (err)
        pools->options.on_problem(pools->options.ctx, "cluster-wide pools", err);
}

static void on_synced(void *ctx, const char *pool, const struct error *err)
{
    struct pools *pools = ctx;
    if (err)
        pools->options.on_problem(pools->options.ctx, pool, err);
}

struct error *pools_start(struct kube_client *client, const struct pools_options *options, struct pools **out)
{
    struct pools *pools = NEW(struct pools);
    pools->options = *options;
    struct publisher_options publisher = { .driver = options->driver, .on_synced = on_synced, .ctx = pools };
    struct error *err = publisher_start(client, &publisher, &pools->publisher);
    if (err) {
        free(pools);
        return err;
    }
    *out = pools;
    return NULL;
}

static void on_stopped(void *ctx)
{
    struct pools *pools = ctx;
    void (*stopped)(void *ctx) = pools->stopped;
    void *stopped_ctx = pools->stopped_ctx;
    free(pools);
    stopped(stopped_ctx);
}

void pools_stop(struct pools *pools, void (*stopped)(void *ctx), void *ctx)
{
    pools->stopped = stopped;
    pools->stopped_ctx = ctx;
    publisher_stop(pools->publisher, on_stopped, pools);
}
