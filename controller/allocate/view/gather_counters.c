/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of a pool (allocation.md 4.10): the sets that its slices define, and what allocated devices
 * take out of them, wherever in the pool they are. Which counters there are and who draws on them changes
 * with the slices; what is left changes with every claim, and is made anew from the devices that are held.
 */

#include "controller/allocate/view/gather.h"

bool slice_offers(const struct slice_record *slice, const struct features *features)
{
    return !features->partitionable_devices || !slice->n_shared_counters;
}

/* All slices of the view's generation: SLICE goes over them. */
#define pool_each_slice(pool, slice)                                                                         \
    for (const slice_list *list_ = &(pool)->slices; list_;                                                   \
         list_ = list_ == &(pool)->slices ? &(pool)->other_slices : NULL)                                    \
        for (size_t index_ = 0; index_ < list_->length; index_++)                                            \
            for (const struct slice_record *slice = list_->items[index_]; slice; slice = NULL)

/* Which there are */

static size_t pool_count_counters(const struct pool_view *pool)
{
    size_t count = 0;
    pool_each_slice(pool, slice)
    {
        for (size_t s = 0; s < slice->n_shared_counters; s++)
            count += slice->shared_counters[s].n_counters;
    }
    return count;
}

static bool pool_add_set(struct pool_view *pool, struct map *sets, const struct counter_set *set,
                         struct arena *arena)
{
    if (map_put(sets, set->name, pool)) {
        pool->invalid_reason = arena_printf(arena, "duplicate counter set name %s", set->name);
        return false;
    }
    for (size_t i = 0; i < set->n_counters; i++)
        pool->counters[pool->n_counters++] = (struct counter){ .set = set->name,
                                                               .name = set->counters[i].name,
                                                               .published = &set->counters[i].value };
    return true;
}

static bool pool_collect(struct pool_view *pool, struct map *sets, struct arena *arena)
{
    pool->counters = arena_make_array(arena, struct counter, pool_count_counters(pool));
    pool_each_slice(pool, slice)
    {
        for (size_t s = 0; s < slice->n_shared_counters; s++) {
            if (!pool_add_set(pool, sets, &slice->shared_counters[s], arena))
                return false;
        }
    }
    return true;
}

struct counter *pool_find_counter(const struct pool_view *pool, const char *set, const char *name)
{
    for (size_t i = 0; i < pool->n_counters; i++) {
        struct counter *counter = &pool->counters[i];
        if (strcmp(counter->name, name) == 0 && strcmp(counter->set, set) == 0)
            return counter;
    }
    return NULL;
}

/* Complains about counters that nobody defines. */
static bool device_check(struct pool_view *pool, const struct map *sets, const struct device *device,
                         struct arena *arena)
{
    for (size_t i = 0; i < device->n_consumes; i++) {
        const struct counter_consumption *consumption = &device->consumes[i];
        if (!map_get(sets, consumption->counter_set)) {
            pool->invalid_reason = arena_printf(arena, "counter set %s not found", consumption->counter_set);
            return false;
        }
        for (size_t c = 0; c < consumption->n_counters; c++) {
            if (pool_find_counter(pool, consumption->counter_set, consumption->counters[c].name))
                continue;
            pool->invalid_reason = arena_printf(arena, "counter %s not found in counter set %s",
                                                consumption->counters[c].name, consumption->counter_set);
            return false;
        }
    }
    return true;
}

/* Devices of one kind draw on the same counters: one of them is looked at for all that stand together. */
static bool pool_check_devices(struct pool_view *pool, const struct map *sets, struct arena *arena)
{
    const struct kind *checked = NULL;
    pool_each_slice(pool, slice)
    {
        for (size_t i = 0; !slice->n_shared_counters && i < slice->n_devices; i++) {
            const struct kind *kind = slice->entries[i].card.kind;
            if (kind != checked && !device_check(pool, sets, &kind->common, arena))
                return false;
            checked = kind;
        }
    }
    return true;
}

/* What is left */

static void device_charge(struct pool_view *pool, const struct device *device)
{
    for (size_t i = 0; i < device->n_consumes; i++) {
        const struct counter_consumption *consumption = &device->consumes[i];
        for (size_t c = 0; c < consumption->n_counters; c++)
            quantity_sub(
                &pool_find_counter(pool, consumption->counter_set, consumption->counters[c].name)->available,
                &consumption->counters[c].value);
    }
}

/* Whether every device of the pool is one of the view's generation, once. */
static bool pool_is_whole(const struct pool_view *pool)
{
    bool whole = pool->slices.length + pool->other_slices.length == pool->record->slices.length;
    pool_each_slice(pool, slice) whole = whole && !(slice->n_shared_counters && slice->n_devices);
    return whole;
}

/* In proportion to what is held, where it can be told without looking at every device. */
static bool pool_charge_held(struct pool_view *pool)
{
    const struct pool_record *record = pool->record;
    bool is_plain = pool_is_whole(pool);
    for (size_t i = 0; i < record->held.length && is_plain; i++)
        is_plain = record->held.items[i]->n_entries == 1 && record->held.items[i]->entry;
    if (!is_plain)
        return false;
    for (size_t i = 0; i < record->held.length; i++)
        device_charge(pool, &record->held.items[i]->entry->card.kind->common);
    return true;
}

static void pool_charge_all(struct pool_view *pool)
{
    pool_each_slice(pool, slice)
    {
        for (size_t i = 0; !slice->n_shared_counters && i < slice->n_devices; i++) {
            if (slice->entries[i].use->holdings)
                device_charge(pool, &slice->entries[i].card.kind->common);
        }
    }
}

void pool_charge(struct pool_view *pool)
{
    pool->charges = pool->record->charges;
    for (size_t i = 0; i < pool->n_counters; i++)
        pool->counters[i].available = *pool->counters[i].published;
    if (pool->n_counters && !pool_charge_held(pool))
        pool_charge_all(pool);
    pool->is_overdrawn = false;
    for (size_t i = 0; i < pool->n_counters; i++)
        pool->is_overdrawn |= quantity_sign(&pool->counters[i].available) < 0;
}

bool pool_add_counters(struct pool_view *pool, struct arena *arena)
{
    cleanup_map struct map sets = { 0 };
    if (!pool_collect(pool, &sets, arena) || !pool_check_devices(pool, &sets, arena))
        return false;
    pool_charge(pool);
    return true;
}
