/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a pod may run on a node, as kube-scheduler's filters say it: readiness, cordon, taints, node
 * selector and affinity, and the node selectors of its claims' allocations. Resources like CPU are not
 * counted.
 */

#include "api/resource/claim.h"
#include "api/value/value.h"

enum fit {
    FIT,
    FIT_NOT_READY,
    FIT_UNSCHEDULABLE, /* cordoned */
    FIT_TAINTED,
    FIT_NODE_SELECTOR, /* the pod's own, or its affinity */
    FIT_CLAIM,         /* an allocation is usable from other nodes only */
    FIT_REASONS,       /* how many */
};

/* Why not, in kube-scheduler's words. */
const char *fit_reason(enum fit fit);

/* Whether the node's labels and name pass an allocation's node selector. */
bool fit_node_selector(const struct node_selector *selector, const struct value *node);

/* FIT, or the first reason against it. ALLOCATIONS are those of the pod's claims. */
enum fit fit_check(const struct value *pod, const struct value *node, struct allocation *const *allocations,
                   size_t n_allocations);

/* Whether the pod tolerates every taint of the node with one of the effects NoSchedule and NoExecute. */
bool fit_tolerates(const struct value *pod, const struct value *node);
