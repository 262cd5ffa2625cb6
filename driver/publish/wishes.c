/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/publish/wishes.h"

#include "api/base/arena.h"
#include "api/base/memory.h"

#include <string.h>

static void pool_free(struct wanted_pool *pool)
{
    arena_free(pool->arena);
    memory_done(&pool->memory);
    free(pool->name);
    free(pool->owner_name);
    free(pool);
}

void wishes_done(struct wishes *wishes)
{
    map_each (&wishes->pools, entry)
        pool_free(entry->value);
    map_done(&wishes->pools);
}

struct wanted_pool *wishes_pool(struct wishes *wishes, const char *name)
{
    struct wanted_pool *pool = map_get(&wishes->pools, name);
    if (!pool) {
        pool = NEW(struct wanted_pool);
        pool->name = mem_strdup(name);
        map_put(&wishes->pools, name, pool);
    }
    return pool;
}

static void want(struct wishes *wishes, const struct pool *wish)
{
    struct wanted_pool *pool = wishes_pool(wishes, wish->name);
    struct arena *arena = arena_new();
    struct value *specs = pool_slices(arena, wish);
    arena_free(pool->arena);
    pool->arena = arena;
    pool->specs = specs;
    free(pool->owner_name);
    pool->owner_name = wish->node_name ? mem_strdup(wish->node_name) : NULL;
}

static bool is_wish(const struct pool *pools, size_t n_pools, const char *name)
{
    for (size_t i = 0; i < n_pools; i++)
        if (strcmp(pools[i].name, name) == 0)
            return true;
    return false;
}

static struct error *check(const char *driver, const struct pool *pools, size_t n_pools)
{
    for (size_t i = 0; i < n_pools; i++) {
        TRY(pool_check(&pools[i]));
        if (is_wish(pools, i, pools[i].name))
            return error_invalid("pool %s is there twice", pools[i].name);
        if (strcmp(pools[i].driver, driver) != 0)
            return error_internal("pool %s is of driver %s", pools[i].name, pools[i].driver);
    }
    return NULL;
}

struct error *wishes_set(struct wishes *wishes, const char *driver, const struct pool *pools, size_t n_pools)
{
    TRY(check(driver, pools, n_pools));
    wishes->are_known = true;
    for (size_t i = 0; i < n_pools; i++)
        want(wishes, &pools[i]);
    map_each (&wishes->pools, entry) {
        struct wanted_pool *pool = entry->value;
        if (!is_wish(pools, n_pools, pool->name))
            pool->specs = NULL;
    }
    return NULL;
}
