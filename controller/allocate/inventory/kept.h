/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was worked out for a node, kept with it for the next time: one thing for each node, and a bound on all
 * of them together, so that a large cluster is not kept twice; past it those go that were not used for
 * longest. Whether it still holds is for whoever kept it to say (view_cache.c).
 */

#include "api/base/arena.h"

struct inventory;
struct kept;
struct node_record;

/* The latest used first. */
struct kept_list {
    struct kept *newest, *oldest;
    size_t weight;
};

/* Keeps WHAT, which lives in ARENA, instead of what the node had; the arena is the node's from now on. */
void node_keep(struct inventory *inventory, struct node_record *node, struct arena *arena, void *what,
               size_t weight);

/* What was kept, now the latest used; NULL if there is nothing. */
void *node_kept(struct inventory *inventory, const struct node_record *node);

void node_forget_kept(struct inventory *inventory, struct node_record *node);
