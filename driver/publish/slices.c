/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/publish/slices.h"

#include "api/base/map.h"
#include "api/resource/objects.h"

/* --- checks --- */

static const struct counter_set *find_set(const struct pool *pool, const char *name)
{
    for (size_t i = 0; i < pool->n_counter_sets; i++)
        if (strcmp(pool->counter_sets[i].name, name) == 0)
            return &pool->counter_sets[i];
    return NULL;
}

static bool has_counter(const struct counter_set *set, const char *name)
{
    for (size_t i = 0; i < set->n_counters; i++)
        if (strcmp(set->counters[i].name, name) == 0)
            return true;
    return false;
}

static struct error *check_consumption(const struct pool *pool, const struct counter_consumption *consumption)
{
    const struct counter_set *set = find_set(pool, consumption->counter_set);
    if (!set)
        return error_invalid("there is no counter set %s in the pool", consumption->counter_set);
    for (size_t i = 0; i < consumption->n_counters; i++)
        if (!has_counter(set, consumption->counters[i].name))
            return error_invalid("counter set %s has no counter %s", set->name,
                                 consumption->counters[i].name);
    return NULL;
}

static struct error *check_names(const struct pool *pool)
{
    cleanup_map struct map names = { 0 };
    for (size_t i = 0; i < pool->n_devices; i++)
        if (map_put(&names, pool->devices[i].name, &names))
            return error_invalid("device %s is there twice", pool->devices[i].name);
    map_done(&names);
    for (size_t i = 0; i < pool->n_counter_sets; i++)
        if (map_put(&names, pool->counter_sets[i].name, &names))
            return error_invalid("counter set %s is there twice", pool->counter_sets[i].name);
    return NULL;
}

struct error *pool_check(const struct pool *pool)
{
    TRY(error_wrap(check_names(pool), "pool %s", pool->name));
    for (size_t i = 0; i < pool->n_devices; i++)
        for (size_t j = 0; j < pool->devices[i].n_consumes; j++)
            TRY(error_wrap(check_consumption(pool, &pool->devices[i].consumes[j]), "pool %s: device %s",
                           pool->name, pool->devices[i].name));
    return NULL;
}

/* --- splitting --- */

static struct value *spec_new(struct arena *arena, const struct pool *pool)
{
    struct value *spec = value_object(arena);
    value_set_text(arena, spec, "driver", pool->driver);
    value_set_text(arena, value_child(arena, spec, "pool"), "name", pool->name);
    value_set_text(arena, spec, "nodeName", pool->node_name);
    if (pool->node_selector)
        value_set(arena, spec, "nodeSelector", node_selector_encode(arena, pool->node_selector));
    if (pool->all_nodes)
        value_set_bool(arena, spec, "allNodes", true);
    if (pool->per_device_node_selection)
        value_set_bool(arena, spec, "perDeviceNodeSelection", true);
    return spec;
}

static bool is_costly(const struct device *device)
{
    if (device->n_taints || device->n_consumes)
        return true;
    for (size_t i = 0; i < device->n_attributes; i++)
        if (device->attributes[i].type >= ATTRIBUTE_INTS)
            return true;
    return false;
}

/* How many devices from FIRST on go into one slice. */
static size_t count_fitting(const struct pool *pool, size_t first)
{
    size_t limit = SLICE_MAX_DEVICES, count = 0;
    for (; first + count < pool->n_devices && count < limit; count++) {
        if (!is_costly(&pool->devices[first + count]))
            continue;
        if (count >= SLICE_MAX_COSTLY_DEVICES)
            break; /* this one would lower the limit below what is there */
        limit = SLICE_MAX_COSTLY_DEVICES;
    }
    return count;
}

static void add_counter_slices(struct arena *arena, const struct pool *pool, struct value *specs)
{
    for (size_t i = 0; i < pool->n_counter_sets; i++) {
        if (i % SLICE_MAX_COUNTER_SETS == 0)
            value_append(arena, specs, spec_new(arena, pool));
        struct value *spec = value_at(specs, value_length(specs) - 1);
        value_append(arena, value_child_list(arena, spec, "sharedCounters"),
                     counter_set_encode(arena, &pool->counter_sets[i]));
    }
}

struct value *pool_slices(struct arena *arena, const struct pool *pool)
{
    struct value *specs = value_list(arena);
    add_counter_slices(arena, pool, specs);
    for (size_t first = 0, count; first < pool->n_devices; first += count) {
        count = count_fitting(pool, first);
        struct value *spec = spec_new(arena, pool);
        struct value *devices = value_child_list(arena, spec, "devices");
        for (size_t i = 0; i < count; i++)
            value_append(arena, devices, device_encode(arena, &pool->devices[first + i]));
        value_append(arena, specs, spec);
    }
    if (value_length(specs) == 0)
        value_append(arena, specs, spec_new(arena, pool));
    return specs;
}
