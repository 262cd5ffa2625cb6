/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing, at most half full. The numbers are small and given out in order, so they are spread by a
 * multiplication.
 */

#include "controller/allocate/devices/memo.h"

#include "api/base/memory.h"

#include <stdbool.h>
#include <string.h>

enum { FIRST_SLOTS = 4, MAX_SLOTS = 1 << 15 };

static inline uint32_t spread(const uint32_t *combination, uint32_t width)
{
    uint64_t hash = width;
    for (uint32_t i = 0; i < width; i++)
        hash = (hash ^ combination[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

/* A number or two, mostly: not worth a call. */
static inline bool are_equal(const uint32_t *a, const uint32_t *b, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The slot that has COMBINATION, or the free one where it belongs. */
static inline uint32_t *find_slot(const struct memo *memo, const uint32_t *combination)
{
    size_t stride = (size_t)memo->width + 1;
    for (uint32_t at = spread(combination, memo->width);; at++) {
        uint32_t *slot = memo->cells + (at & (memo->n_slots - 1)) * stride;
        if (!slot[0] || are_equal(slot + 1, combination, memo->width))
            return slot;
    }
}

void memo_clear(struct memo *memo)
{
    free(memo->cells);
    *memo = (struct memo){ .width = memo->width };
}

uint32_t memo_find(const struct memo *memo, const uint32_t *combination)
{
    return memo->n_slots ? *find_slot(memo, combination) : 0;
}

static void memo_grow(struct memo *memo)
{
    struct memo old = *memo;
    if (old.n_slots >= MAX_SLOTS) {
        memo_clear(memo);
        old = *memo;
    }
    memo->n_slots = old.n_slots ? old.n_slots * 2 : FIRST_SLOTS;
    memo->length = 0;
    memo->cells = mem_new(memo->n_slots, ((size_t)memo->width + 1) * sizeof(*memo->cells));
    for (uint32_t i = 0; i < old.n_slots; i++) {
        const uint32_t *slot = old.cells + i * ((size_t)old.width + 1);
        if (slot[0])
            memo_put(memo, slot + 1, slot[0]);
    }
    free(old.cells);
}

void memo_put(struct memo *memo, const uint32_t *combination, uint32_t word)
{
    if (memo->length >= memo->n_slots / 2)
        memo_grow(memo);
    uint32_t *slot = find_slot(memo, combination);
    slot[0] = word;
    memcpy(slot + 1, combination, memo->width * sizeof(*combination));
    memo->length++;
}
