/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pods of a simulation, and what is left for them on its nodes. Where a claim's devices stand for
 * resources of their node (controller/allocate/node_allocatable.h), a node is refused that has no room for
 * the pod which wants the claim. Nodes that do not say what they have are never refused.
 */

#include "api/base/vec.h"
#include "api/value/value.h"
#include "controller/allocate/allocate.h"
#include "controller/allocate/node_allocatable.h"

struct simulation;

struct consumer_pod {
    const struct value *tree;
    const char *namespace, *name;
    const char *node; /* where it is, or where a claim of it was allocated; or NULL */
    struct pod_amounts amounts;
};

struct consumer_node {
    const char *name;
    amount_list allocatable;
};

struct consumers {
    VEC(struct consumer_pod) pods;
    VEC(struct consumer_node) nodes;
};

nodiscard struct error *consumers_add_pod(struct consumers *consumers, struct arena *arena,
                                          struct value *pod);
nodiscard struct error *consumers_add_node(struct consumers *consumers, struct arena *arena, const char *name,
                                           const struct value *node);
/* CLAIM was allocated on the node: the pods that want it are there from now on. */
void consumers_place(struct consumers *consumers, const struct resource_claim *claim, const char *node);
void consumers_done(struct consumers *consumers);

/* `refuse` of an allocate_request, with a struct refusal as its context. */
struct refusal {
    const struct simulation *simulation;
    const struct allocate_request *request;
};

const char *consumers_refuse(void *refusal, const char *node, const struct allocation *allocations,
                             struct arena *arena);
