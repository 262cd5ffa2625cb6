/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A small cluster that never rests, and two views of it: the inventory that takes each event as it comes, and
 * one that is built anew from what there is now. Whatever can be asked, both must say the same.
 *
 *     struct world *world = world_new(random);
 *     world_step(world);              one event
 *     if (!world_check(world, &said)) said tells the difference
 *
 * All choices come from RANDOM: a seed, or the bytes of a fuzzer.
 */

#include "tests/unit/allocate/cluster.h"

enum {
    WORLD_SLICES = 12,
    WORLD_CLAIMS = 8,
    WORLD_RULES = 2,
    WORLD_CLASSES = 3,
    WORLD_NODES = 3,
    WORLD_REGULARS = 4
};

/* Something that exists: an object in an arena of its own. */
struct thing {
    struct arena *arena;
    const void *object; /* NULL: it is absent */
};

struct world {
    struct random random;
    struct inventory *inventory;       /* the incremental one */
    struct thing nodes[WORLD_NODES];   /* struct inventory_node */
    struct thing slices[WORLD_SLICES]; /* struct resource_slice */
    struct thing classes[WORLD_CLASSES];
    struct thing rules[WORLD_RULES];
    struct thing claims[WORLD_CLAIMS];     /* struct resource_claim, as the API shows them */
    struct thing assumed[WORLD_CLAIMS];    /* struct allocation */
    struct thing regulars[WORLD_REGULARS]; /* claims that are asked for again and again */
    char clash[256];                       /* what was allocated and was not to be had; or "" */
    struct thing waiting; /* a claim that was refused; the changes since then are not cleared */
};

struct world *world_new(struct random random);
void world_free(struct world *world);

void world_step(struct world *world);

/* Asks both views one question of each kind. False: they differ, and *SAID says in what. */
bool world_check(struct world *world, struct buf *said);

/* world.c, for world_check.c */
extern const char *const world_nodes[WORLD_NODES];
extern const char *const world_claims[WORLD_CLAIMS];
void thing_done(struct thing *thing);
/* A claim for devices of the world's classes. */
struct resource_claim *world_claim(struct world *world, struct arena *arena, const char *name);
/* Some device among the slices, or NULL. */
const struct device *world_device(struct world *world, const struct resource_slice **slice);
struct inventory *world_build_anew(const struct world *world);
