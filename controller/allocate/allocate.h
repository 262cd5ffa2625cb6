/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The allocator: which devices a set of claims gets, all of them or none. For one node the answer is the one
 * that Kubernetes' structured allocator gives (DIFFERENCES.md lists where it is wrong and we are not); among
 * several nodes the policy's placement chooses.
 *
 *     struct allocate_request request = { .claims = claims, .n_claims = n, .nodes = names, .n_nodes = m };
 *     struct outcome outcome;
 *     allocate(inventory, &request, arena, &outcome);
 *
 * No I/O, no clock: work is bounded by max_steps.
 */

#include "api/config/placement.h"
#include "controller/allocate/explanation.h"
#include "controller/allocate/features.h"
#include "controller/allocate/inventory.h"

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

enum outcome_kind {
    OUTCOME_ALLOCATED,
    OUTCOME_NO_FIT,       /* on no candidate; nothing wrong with the input */
    OUTCOME_NODE_FAILURE, /* likewise, and a candidate's pools are invalid */
    OUTCOME_ABORTED,      /* the input is wrong (a selector, a class, a limit): other nodes were not tried */
    OUTCOME_EXHAUSTED,    /* the step budget ran out on some node, and no other one fits */
};

struct outcome {
    enum outcome_kind kind;
    const char *node;                /* where the claims fit */
    struct allocation *allocations;  /* [i] belongs to claims[i]; no timestamp; shares have fresh share ids */
    const char *message;             /* of NODE_FAILURE and ABORTED, and of NO_FIT where `refuse` said no */
    struct explanation *explanation; /* unless ALLOCATED */
    uint64_t steps;                  /* searched, all nodes together */
};

const char *outcome_kind_name(enum outcome_kind kind); /* "Allocated", "NoFit", ... */

/* Everything in *OUT lives in ARENA. INVENTORY only learns which selectors match which devices. */
void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out);
