/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What nodes refused, remembered so as not to ask again: bits by the place of a node in the order of names.
 * A refusal is good until the inventory changes or another one is made.
 */

#include "controller/allocate/inventory/index.h"

/* What is known of the claims that KEY stands for, or NULL. The crowds are settled. */
struct refusal *refusals_find(struct inventory *inventory, struct span key);
/* The same, begun if there is none. */
struct refusal *refusals_make(struct inventory *inventory, struct span key);

/* NODE refuses them. */
void refusal_add(const struct inventory *inventory, struct refusal *refusal,
                 const struct inventory_node *node);
/* Bits of the nodes that refuse so far, and of all others; in ARENA. */
void refusal_split(const struct inventory *inventory, const struct refusal *refusal, struct arena *arena,
                   const uint64_t **refusing, const uint64_t **others);

static inline bool refused_has(const uint64_t *refused, size_t place)
{
    return refused && refused[place / 64] >> place % 64 & 1;
}
