/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The order in which the candidates of a node are tried, and what the placements look at for it.
 */

#include "controller/allocate/state/state.h"

/* The candidates in the order of the placement, in the search's arena; NULL where that is theirs. */
struct candidate **order_make(struct search *search);
/* Devices of one request go back to where they stand in the view. */
void order_placed(struct search *search);

/* A counter set, or (without a name) all devices that draw on none. */
struct order_set {
    const struct pool_view *pool;
    const char *name;
    double fill;     /* the largest part of a counter that is gone */
    size_t n_seen;   /* candidates that draw on it */
    size_t n_usable; /* scratch of order_blocks.c: of those, what the claims could take now */
};

struct order_item {
    struct candidate *candidate;
    struct order_set *set; /* the first that it draws on */
    double fill;           /* how much of it is gone, of its capacities or of its sets; 0: it is whole */
    size_t turn;           /* its number among the candidates of the set; 0 without a set */
    bool is_usable;        /* scratch of order_blocks.c */
};

/* Whether a counter that the candidate draws on is short already. */
bool candidate_is_short(const struct candidate *candidate);

/* order_blocks.c: orders ITEMS by the placement `topology`. */
void order_by_blocks(struct search *search, struct order_item *items, size_t n_items);
