/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growing array of any type:
 *
 *     VEC(struct taint) taints = { 0 };
 *     vec_push(&taints, taint);
 *     vec_each(&taints, t) use(t->key);
 *     vec_done(&taints);
 *
 * Zeroed memory is an empty vector. Elements move when it grows.
 */

#include "api/base/memory.h"

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *items;                                                                                         \
        size_t length;                                                                                       \
        size_t room;                                                                                         \
    }

static inline void *vec_grow_(void *items, size_t *room, size_t needed, size_t size)
{
    if (needed <= *room)
        return items;
    size_t larger = *room ? *room : 4;
    while (larger < needed)
        larger *= 2;
    *room = larger;
    return mem_resize(items, larger, size);
}

#define vec_reserve(vec, count)                                                                              \
    ((vec)->items = vec_grow_((vec)->items, &(vec)->room, (vec)->length + (count), sizeof((vec)->items[0])))

#define vec_push(vec, ...) (vec_reserve(vec, 1), (void)((vec)->items[(vec)->length++] = __VA_ARGS__))
#define vec_pop(vec)       ((vec)->items[--(vec)->length])
#define vec_last(vec)      (&(vec)->items[(vec)->length - 1])
#define vec_clear(vec)     ((void)((vec)->length = 0))
#define vec_done(vec)      (free((vec)->items), (void)((vec)->items = NULL, (vec)->length = 0, (vec)->room = 0))

/* Removes element INDEX; those behind it move up. */
#define vec_remove(vec, index)                                                                               \
    (memmove(&(vec)->items[index], &(vec)->items[(index) + 1],                                               \
             ((vec)->length - (index)-1) * sizeof((vec)->items[0])),                                         \
     (void)(vec)->length--)

#define vec_each(vec, item)                                                                                  \
    for (__typeof__((vec)->items) item = (vec)->items; item && item != (vec)->items + (vec)->length; item++)
