/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Copies texts into an arena, where equal ones often share their bytes: a ResourceSlice says "attributes" 128
 * times. A small cache of what was copied last, so it costs next to nothing and nobody can make it slow.
 */

#include "api/base/arena.h"

enum { TEXT_POOL_SIZE = 128 };

struct text_pool {
    struct arena *arena;
    struct span recent[TEXT_POOL_SIZE];
};

/* TEXT in the arena, with a NUL behind it. */
static inline struct span text_share(struct text_pool *pool, struct span text)
{
    unsigned hash = (unsigned)text.length;
    if (text.length)
        hash = hash * 31 + (unsigned char)text.data[0] * 7 + (unsigned char)text.data[text.length - 1] * 5 +
               (unsigned char)text.data[text.length / 2];
    struct span *recent = &pool->recent[hash % TEXT_POOL_SIZE];
    if (!recent->data || !span_equal(*recent, text))
        *recent = (struct span){ arena_strndup(pool->arena, text.data, text.length), text.length };
    return *recent;
}
