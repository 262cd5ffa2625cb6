/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes refused which claims. Binpack and topology begin with the fullest nodes, and on a cluster with
 * GPUs and NICs a node may look promising for ever although its last GPU is gone. So what a node refused is
 * not asked of it again before something changes that it can see: its own object and slices, devices of its
 * pools, slices without a node, classes, taint rules.
 *
 * This only orders the work: where no other node will do, these are asked after all (allocate.c), so whether
 * claims fit never depends on what is remembered.
 */

#include "controller/allocate/inventory/refusals.h"

#include <stdlib.h>

enum { MAX_REFUSALS = 32, WORD_BITS = 64 };

struct refusal {
    struct buf key;   /* of the claims, and all else that a request brings along */
    uint64_t latest;  /* when it was last asked for */
    uint64_t words[]; /* a bit for each node, by its place in the order of names */
};

static size_t count_words(const struct inventory *inventory)
{
    return (inventory->by_name.length + WORD_BITS - 1) / WORD_BITS;
}

static void refusal_free(struct refusal *refusal)
{
    buf_done(&refusal->key);
    free(refusal);
}

/* Finding */

struct refusal *refusals_find(struct inventory *inventory, struct span key)
{
    if (inventory->refused_shared_version != inventory->shared_version)
        refusals_clear(inventory);
    inventory->refused_shared_version = inventory->shared_version;
    vec_each (&inventory->refusals, refusal) {
        if (span_equal(buf_span(&(*refusal)->key), key)) {
            (*refusal)->latest = ++inventory->refusal_clock;
            return *refusal;
        }
    }
    return NULL;
}

/* Remembering */

static void refusals_make_room(struct inventory *inventory)
{
    size_t oldest = 0;
    if (inventory->refusals.length < MAX_REFUSALS)
        return;
    for (size_t i = 1; i < inventory->refusals.length; i++) {
        if (inventory->refusals.items[i]->latest < inventory->refusals.items[oldest]->latest)
            oldest = i;
    }
    refusal_free(inventory->refusals.items[oldest]);
    vec_remove(&inventory->refusals, oldest);
}

struct refusal *refusals_make(struct inventory *inventory, struct span key)
{
    struct refusal *refusal = refusals_find(inventory, key);
    if (refusal)
        return refusal;
    size_t n_words = count_words(inventory);
    refusals_make_room(inventory);
    refusal = mem_new(1, sizeof(*refusal) + n_words * sizeof(refusal->words[0]));
    refusal->key = BUF_INIT(SIZE_MAX / 2);
    refusal->latest = ++inventory->refusal_clock;
    buf_append(&refusal->key, key.data, key.length);
    vec_push(&inventory->refusals, refusal);
    return refusal;
}

void refusal_add(const struct inventory *inventory, struct refusal *refusal,
                 const struct inventory_node *node)
{
    const struct node_record *record = node_find(inventory, node->name);
    if (record && record->is_object)
        refusal->words[record->place / WORD_BITS] |= UINT64_C(1) << record->place % WORD_BITS;
}

void refusal_split(const struct inventory *inventory, const struct refusal *refusal, struct arena *arena,
                   const uint64_t **refusing, const uint64_t **others)
{
    size_t n_words = count_words(inventory);
    uint64_t *is = arena_make_array(arena, uint64_t, n_words);
    uint64_t *is_not = arena_make_array(arena, uint64_t, n_words);
    for (size_t i = 0; i < n_words; i++) {
        is[i] = refusal->words[i];
        is_not[i] = ~refusal->words[i];
    }
    *refusing = is;
    *others = is_not;
}

/* Forgetting */

void refusals_clear(struct inventory *inventory)
{
    vec_each (&inventory->refusals, refusal)
        refusal_free(*refusal);
    vec_done(&inventory->refusals);
}

static bool pool_is_of_node(const struct pool_record *pool, const struct node_record *node)
{
    for (size_t i = 0; i < pool->slices.length; i++) {
        if (pool->slices.items[i]->node != node)
            return false;
    }
    return true;
}

void refusals_touch(struct inventory *inventory, const struct pool_record *pool,
                    const struct node_record *node)
{
    if (!inventory->refusals.length)
        return;
    if (!node || !node->is_object || !pool_is_of_node(pool, node)) {
        refusals_clear(inventory);
        return;
    }
    vec_each (&inventory->refusals, refusal)
        (*refusal)->words[node->place / WORD_BITS] &= ~(UINT64_C(1) << node->place % WORD_BITS);
}
