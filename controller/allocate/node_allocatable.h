/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Node-allocatable resources (KEP 5517): devices may stand for cpu, memory, ephemeral-storage and huge pages
 * of their node, or cost some of it. The search does not look at it, as upstream's does not: whoever knows
 * the pod and what is left of the node asks here once a node could serve the claims, and refuses the node
 * through allocate_request.
 *
 *     needs of its claims ─┐
 *     what the pod asks for ┴─► pod_total ──► pod_find_short: against the node
 */

#include "api/resource/amounts.h"
#include "controller/allocate/inventory/inventory.h"

/* What a pod asks of its node by itself; names are borrowed. */
struct pod_amounts {
    amount_list containers; /* all of them together, or its largest init container if that is more */
    amount_list whole;      /* for all of it, which goes before the containers' sum */
    amount_list overhead;   /* of running it */
};

struct node_amounts {
    amount_list allocatable;
    amount_list requested; /* by the pods that are on it */
};

/*
 * Adds what the allocation takes: `mapping` once, `overhead` for the pod and for each of its N_CONTAINERS
 * that use the claim. *HAS_ANY becomes true if a device has such resources at all. A device that no slice
 * lists takes nothing. ERROR_INVALID if a mapping asks for the consumption of a device that is not shared, or
 * an amount is too large.
 */
nodiscard struct error *needs_add(const struct inventory *inventory, const struct allocation *allocation,
                                  size_t n_containers, amount_list *needs, bool *has_any);

/*
 * What the pod asks for with what its claims take. NULL, or the resource of which the pod as a whole asks for
 * less than its containers and claims do.
 */
const char *pod_total(const struct pod_amounts *pod, const amount_list *needs, amount_list *total);

/* The resource of which the node has less left than TOTAL, or NULL. */
const char *node_find_short(const struct node_amounts *node, const amount_list *total);

void pod_amounts_done(struct pod_amounts *pod);
void node_amounts_done(struct node_amounts *node);
