/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A hash map from byte strings to pointers. Keys are copied; values belong to the caller. Hashing is keyed
 * (SipHash, random per process), so nobody outside can make the buckets collide. Iteration order is
 * insertion order as long as nothing is removed; a removal moves the last entry into the hole.
 */

#include "api/base/cleanup.h"
#include "api/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct map_entry {
    char *key; /* NUL behind the last byte, unless it is borrowed */
    size_t key_length;
    void *value;
    uint64_t hash;
};

struct map {
    struct map_entry *entries;
    size_t length;
    size_t room;
    uint32_t *slots; /* entry index + 1, 0 for free */
    size_t n_slots;
    bool borrows; /* set before the first key: keys stand in the values themselves and are not copied */
};

/* Zeroed memory is an empty map. Frees keys, not values. */
void map_done(struct map *map);

/* The value, or NULL. */
void *map_find(const struct map *map, struct span key);
struct map_entry *map_find_entry(const struct map *map, struct span key);

/* With HASH that hash_bytes has for the key: found and then set, a key is hashed once. */
void *map_find_hashed(const struct map *map, struct span key, uint64_t hash);
void *map_set_hashed(struct map *map, struct span key, uint64_t hash, void *value);

/* Puts VALUE at KEY; returns the value that was there, or NULL. */
void *map_set(struct map *map, struct span key, void *value);

/* Takes the value at KEY out; NULL if there was none. */
void *map_remove(struct map *map, struct span key);

static inline void *map_get(const struct map *map, const char *key)
{
    return map_find(map, span_of(key));
}

static inline void *map_put(struct map *map, const char *key, void *value)
{
    return map_set(map, span_of(key), value);
}

#define map_each(map, entry)                                                                                 \
    for (struct map_entry *entry = (map)->entries; entry && entry != (map)->entries + (map)->length; entry++)

/* The process's keyed hash, for other tables. */
uint64_t hash_bytes(const void *bytes, size_t length);

#define cleanup_map __attribute__((cleanup(map_done)))
