/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is asked of the allocator.
 */

#include "api/base/buf.h"
#include "api/config/placement.h"
#include "api/resource/claim.h"
#include "controller/allocate/view/features.h"

/* Which branches the search may leave out; the answer is the same. */
enum road {
    ROAD_ANY,   /* none at first, all that are hopeless once it takes long */
    ROAD_PLAIN, /* none: upstream's search, for tests */
    ROAD_SHORT, /* all that are hopeless, from the start */
};

struct allocate_request {
    const struct resource_claim *const *claims; /* unallocated; their order is the order of the search */
    size_t n_claims;
    const char *const *nodes; /* candidates; NULL: every node of the inventory, by name */
    size_t n_nodes;
    enum placement placement;
    const struct features *features;      /* NULL: all on */
    uint64_t max_steps;                   /* of the search on one node; 0: without bound */
    const struct toleration *tolerations; /* for every request, not copied to results: our own taint */
    size_t n_tolerations;
    enum road road;
    bool without_explanation; /* saves its cost; outcome.explanation is NULL then */
    /* Asked when a node could serve the claims, with what they would get there: NULL if it may, or why it
     * must not, in ARENA (node_allocatable.h). No function: every node may. */
    const char *(*refuse)(void *ctx, const char *node, const struct allocation *allocations,
                          struct arena *arena);
    void *ctx;
};

/* The devices without which the claims can never be served: of the largest request, and in all. */
void request_measure(const struct allocate_request *request, size_t *largest, size_t *total);

/* Adds to KEY what decides, on a node as it stands, whether the claims fit there. */
void request_key(const struct allocate_request *request, struct buf *key);
