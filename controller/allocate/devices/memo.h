/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was said to combinations of numbers: a table from WIDTH numbers to a word that is not 0. It is a
 * memory, not a record: when it is full it forgets everything.
 */

#include <stddef.h>
#include <stdint.h>

struct memo {
    uint32_t width;
    uint32_t length;
    uint32_t n_slots; /* a power of two, or 0 */
    uint32_t *cells;  /* of each slot: the word, 0 for a free one; the numbers */
};

void memo_clear(struct memo *memo);

/* 0: unknown. */
uint32_t memo_find(const struct memo *memo, const uint32_t *combination);
/* The combination is not there yet. */
void memo_put(struct memo *memo, const uint32_t *combination, uint32_t word);
