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

#include "controller/allocate/inventory/inventory.h"
#include "controller/allocate/reasons/explanation.h"
#include "controller/allocate/state/request.h"

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
    uint64_t steps; /* searched, all nodes together; 0 where the same was refused a moment ago */
};

const char *outcome_kind_name(enum outcome_kind kind); /* "Allocated", "NoFit", ... */

/* Everything in *OUT lives in ARENA. INVENTORY only learns which selectors match which devices. */
void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out);
