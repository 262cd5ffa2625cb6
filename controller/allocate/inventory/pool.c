/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools and the uses of their devices: made when a slice or an allocation first names them, gone when the
 * last one lets go.
 */

#include "controller/allocate/inventory/index.h"

struct span inventory_key(const struct inventory *inventory, const char *first, char between,
                          const char *second)
{
    struct span before = span_of(first), behind = span_of(second);
    buf_clear(inventory->key);
    char *key = buf_reserve(inventory->key, before.length + 1 + behind.length);
    memcpy(key, before.data, before.length);
    key[before.length] = between;
    memcpy(key + before.length + 1, behind.data, behind.length);
    return (struct span){ key, before.length + 1 + behind.length };
}

/* The one that was asked for last is tried first: claims hold devices of few pools, one after the other. */
static struct pool_record *pool_latest(const struct inventory *inventory, const char *driver,
                                       const char *name)
{
    struct pool_record *pool = inventory->latest_pool;
    return pool && strcmp(pool->name, name) == 0 && strcmp(pool->driver, driver) == 0 ? pool : NULL;
}

struct pool_record *pool_find(const struct inventory *inventory, const char *driver, const char *name)
{
    struct pool_record *pool = pool_latest(inventory, driver, name);
    return pool ? pool : map_find(&inventory->pools, inventory_key(inventory, driver, '\0', name));
}

struct pool_record *pool_make(struct inventory *inventory, const char *driver, const char *name)
{
    struct pool_record *pool = pool_latest(inventory, driver, name);
    if (pool)
        return pool;
    struct span key = inventory_key(inventory, driver, '\0', name);
    pool = inventory->latest_pool = map_find(&inventory->pools, key);
    if (pool)
        return pool;
    pool = inventory->latest_pool = NEW(struct pool_record);
    pool->driver = mem_strdup(driver);
    pool->name = mem_strdup(name);
    pool->uses.borrows = true;
    map_set(&inventory->pools, key, pool);
    return pool;
}

static void use_free(struct device_use *use)
{
    vec_done(&use->consumed);
    free(use);
}

void pool_free(struct inventory *inventory, struct pool_record *pool)
{
    if (inventory->latest_pool == pool)
        inventory->latest_pool = NULL;
    pool_free_sets(inventory, pool);
    map_each (&pool->uses, entry)
        use_free(entry->value);
    map_done(&pool->uses);
    vec_done(&pool->slices);
    vec_done(&pool->held);
    free(pool->driver);
    free(pool->name);
    free(pool);
}

void pool_release(struct inventory *inventory, struct pool_record *pool)
{
    if (pool->slices.length || pool->uses.length)
        return;
    map_remove(&inventory->pools, inventory_key(inventory, pool->driver, '\0', pool->name));
    pool_free(inventory, pool);
}

struct device_use *use_find(const struct inventory *inventory, const char *driver, const char *pool,
                            const char *device)
{
    const struct pool_record *record = pool_find(inventory, driver, pool);
    return record ? map_get(&record->uses, device) : NULL;
}

struct device_use *use_make(struct pool_record *pool, const char *device)
{
    struct device_use *use = map_get(&pool->uses, device);
    if (use)
        return use;
    size_t length = strlen(device);
    use = mem_new(1, sizeof(*use) + length + 1);
    memcpy(use->name, device, length);
    use->pool = pool;
    map_put(&pool->uses, use->name, use);
    return use;
}

void use_mark_changed(struct inventory *inventory, struct device_use *use)
{
    if (use->changed)
        return;
    use->changed = true;
    vec_push(&inventory->changed, use);
}

void pool_mark_changed(struct inventory *inventory, struct pool_record *pool)
{
    map_each (&pool->uses, entry) {
        struct device_use *use = entry->value;
        if (use->n_entries)
            use_mark_changed(inventory, use);
    }
}

void use_release(struct inventory *inventory, struct device_use *use)
{
    if (use->n_entries || use->holdings || use->changed)
        return;
    struct pool_record *pool = use->pool;
    map_remove(&pool->uses, span_of(use->name));
    use_free(use);
    pool_release(inventory, pool);
}

/* Of several slices that list it, the one of the highest generation counts, and of those the first. */
const struct device_entry *use_find_entry(const struct device_use *use)
{
    const slice_list *slices = &use->pool->slices;
    const struct device_entry *found = NULL;
    int64_t generation = -1;
    for (size_t i = 0; use->n_entries && i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        for (size_t j = 0; slice->generation > generation && j < slice->n_devices; j++) {
            if (slice->entries[j].use != use)
                continue;
            found = &slice->entries[j];
            generation = slice->generation;
        }
    }
    return found;
}
