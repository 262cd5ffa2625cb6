/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries stand densely in one array; an open-addressed table of their indices stands beside it.
 */

#include "api/base/map.h"

#include "api/base/memory.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t hash_key[2];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void hash_key_make(void)
{
    if (getrandom(hash_key, sizeof(hash_key), 0) != (ssize_t)sizeof(hash_key))
        abort();
}

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein), the variant that hash tables use. */
uint64_t hash_bytes(const void *bytes, size_t length)
{
    pthread_once(&hash_key_once, hash_key_make);
    uint64_t v[4] = { hash_key[0] ^ 0x736f6d6570736575, hash_key[1] ^ 0x646f72616e646f6d,
                      hash_key[0] ^ 0x6c7967656e657261, hash_key[1] ^ 0x7465646279746573 };
    const unsigned char *at = bytes;
    size_t left = length;
    uint64_t word;
    for (; left >= 8; at += 8, left -= 8) {
        memcpy(&word, at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)length << 56;
    for (size_t i = 0; i < left; i++)
        word |= (uint64_t)at[i] << (8 * i);
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_done(struct map *map)
{
    for (size_t i = 0; i < map->length && !map->borrows; i++)
        free(map->entries[i].key);
    free(map->entries);
    free(map->slots);
    *map = (struct map){ .borrows = map->borrows };
}

/* The slot that holds KEY, or the free one where it belongs. */
static size_t find_slot(const struct map *map, struct span key, uint64_t hash)
{
    size_t mask = map->n_slots - 1;
    size_t slot = hash & mask;
    for (; map->slots[slot]; slot = (slot + 1) & mask) {
        const struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash && span_equal((struct span){ entry->key, entry->key_length }, key))
            break;
    }
    return slot;
}

static struct map_entry *entry_find(const struct map *map, struct span key, uint64_t hash)
{
    uint32_t index = map->n_slots ? map->slots[find_slot(map, key, hash)] : 0;
    return index ? &map->entries[index - 1] : NULL;
}

struct map_entry *map_find_entry(const struct map *map, struct span key)
{
    return map->n_slots ? entry_find(map, key, hash_bytes(key.data, key.length)) : NULL;
}

void *map_find_hashed(const struct map *map, struct span key, uint64_t hash)
{
    struct map_entry *entry = entry_find(map, key, hash);
    return entry ? entry->value : NULL;
}

void *map_find(const struct map *map, struct span key)
{
    struct map_entry *entry = map_find_entry(map, key);
    return entry ? entry->value : NULL;
}

static void rebuild(struct map *map, size_t n_slots)
{
    free(map->slots);
    map->slots = mem_new(n_slots, sizeof(map->slots[0]));
    map->n_slots = n_slots;
    for (size_t i = 0; i < map->length; i++) {
        const struct map_entry *entry = &map->entries[i];
        size_t slot = find_slot(map, (struct span){ entry->key, entry->key_length }, entry->hash);
        map->slots[slot] = (uint32_t)(i + 1);
    }
}

static char *key_keep(const struct map *map, struct span key)
{
    if (map->borrows)
        return (char *)key.data;
    char *copy = mem_new(key.length + 1, 1);
    if (key.length)
        memcpy(copy, key.data, key.length);
    return copy;
}

void *map_set_hashed(struct map *map, struct span key, uint64_t hash, void *value)
{
    if (map->length * 4 >= map->n_slots * 3)
        rebuild(map, map->n_slots ? map->n_slots * 2 : 8);
    size_t slot = find_slot(map, key, hash);
    if (map->slots[slot]) {
        struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        void *before = entry->value;
        entry->value = value;
        return before;
    }
    if (map->length == map->room) {
        map->room = map->room ? map->room * 2 : 8;
        map->entries = mem_resize(map->entries, map->room, sizeof(map->entries[0]));
    }
    map->entries[map->length++] = (struct map_entry){ key_keep(map, key), key.length, value, hash };
    map->slots[slot] = (uint32_t)map->length;
    return NULL;
}

void *map_set(struct map *map, struct span key, void *value)
{
    return map_set_hashed(map, key, hash_bytes(key.data, key.length), value);
}

/* Closes the hole at SLOT by moving back whatever its probe run would no longer find. */
static void free_slot(struct map *map, size_t slot)
{
    size_t mask = map->n_slots - 1;
    for (size_t next = (slot + 1) & mask; map->slots[next]; next = (next + 1) & mask) {
        size_t home = map->entries[map->slots[next] - 1].hash & mask;
        if (((next - home) & mask) >= ((next - slot) & mask)) {
            map->slots[slot] = map->slots[next];
            slot = next;
        }
    }
    map->slots[slot] = 0;
}

void *map_remove(struct map *map, struct span key)
{
    if (!map->n_slots)
        return NULL;
    size_t slot = find_slot(map, key, hash_bytes(key.data, key.length));
    if (!map->slots[slot])
        return NULL;
    size_t index = map->slots[slot] - 1;
    void *value = map->entries[index].value;
    free_slot(map, slot);
    if (!map->borrows)
        free(map->entries[index].key);
    size_t last = --map->length;
    if (index != last) {
        const struct map_entry *moved = &map->entries[last];
        slot = find_slot(map, (struct span){ moved->key, moved->key_length }, moved->hash);
        map->slots[slot] = (uint32_t)(index + 1);
        map->entries[index] = *moved;
    }
    return value;
}
