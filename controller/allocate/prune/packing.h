/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The most that can be taken out of one stock, by what it is worth: things have several sizes, of each of
 * which there is so much room.
 *
 * Sizes are fields of one word, each with a guard bit on top. Guards are set in the room and nowhere else: a
 * thing fits if taking its size away leaves all of them standing.
 */

#include "api/base/vec.h"

#include <stddef.h>
#include <stdint.h>

struct item {
    uint64_t size;
    int64_t price;
    uint32_t count;
    uint32_t kind; /* the caller's */
};

struct packing_state {
    uint64_t room;
    int64_t worth;
    uint32_t latest; /* step, from 1 */
};

struct packing_step {
    uint32_t item, before;
};

struct packing_turn {
    uint64_t size; /* of which all fields count */
    uint32_t item;
};

/* Scratch. */
struct packing {
    VEC(struct packing_turn) order;
    VEC(struct packing_state) states, next;
    VEC(struct packing_step) steps;
};

void packing_done(struct packing *packing);

/* What the best packing is worth, or more where there are too many; TAKEN, by item: what it takes. */
int64_t packing_best(struct packing *packing, const struct item *items, size_t n_items, uint64_t room,
                     uint64_t guards, uint32_t *taken);
