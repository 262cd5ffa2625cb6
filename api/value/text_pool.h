/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Copies texts into an arena, where equal ones often share their bytes: a ResourceSlice says "attributes" 128
 * times. A small cache of what was copied last, so it costs next to nothing and nobody can make it slow.
 */

#include "api/base/arena.h"

#include <stdint.h>

enum { TEXT_POOL_BITS = 6, TEXT_POOL_WAYS = 4 };

struct text_pool {
    struct arena *arena;
    struct span recent[1 << TEXT_POOL_BITS][TEXT_POOL_WAYS]; /* the last used first */
};

/* Its length and both ends are enough to tell names apart. */
static inline size_t text_pool_slot(struct span text)
{
    uint64_t front = 0, back = 0;
    size_t edge = text.length < sizeof(front) ? text.length : sizeof(front);
    if (edge) {
        memcpy(&front, text.data, edge);
        memcpy(&back, text.data + text.length - edge, edge);
    }
    uint64_t hash = (front ^ (back << 1 | back >> 63) ^ text.length) * 0x9e3779b97f4a7c15;
    return hash >> (64 - TEXT_POOL_BITS);
}

/* TEXT in the arena, with a NUL behind it. */
static inline struct span text_share(struct text_pool *pool, struct span text)
{
    struct span *recent = pool->recent[text_pool_slot(text)];
    int way = 0;
    while (way < TEXT_POOL_WAYS && !(recent[way].data && span_equal(recent[way], text)))
        way++;
    struct span found =
        way < TEXT_POOL_WAYS
            ? recent[way]
            : (struct span){ arena_strndup(pool->arena, text.data, text.length), text.length };
    memmove(recent + 1, recent, (size_t)(way < TEXT_POOL_WAYS ? way : TEXT_POOL_WAYS - 1) * sizeof(found));
    recent[0] = found;
    return found;
}
