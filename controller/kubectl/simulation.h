/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster on paper: objects as people write them, in an inventory, and the claims among them. What
 * `kubectl tranche simulate` works on.
 */

#include "api/base/vec.h"
#include "api/value/value.h"
#include "controller/allocate/allocate.h"
#include "controller/kubectl/consumers.h"

struct simulated_claim {
    struct value *tree;
    const struct resource_claim *claim;
    const char *key;                     /* "namespace/name" */
    const struct allocation *allocation; /* its own, or what it got here; or NULL */
};

struct simulation {
    struct arena *arena;
    struct inventory *inventory;
    struct features features;
    enum placement placement; /* an AllocationPolicy among the objects sets it */
    VEC(struct simulated_claim) claims;
    VEC(const struct value *) declared; /* Inventory documents */
    struct consumers consumers;
    VEC(const char *)
    nodes; /* names, in the order of the Node objects; without any: those that slices name */
};

void simulation_init(struct simulation *simulation);
void simulation_done(struct simulation *simulation);

/*
 * Adds OBJECT, or the items of a List; it stays in the caller's hands and must outlive the simulation. Kinds
 * that do not matter here are skipped. What servers fill in is filled in.
 */
nodiscard struct error *simulation_add(struct simulation *simulation, struct value *object);

/* Everything is added: settles which nodes there are, and what Inventory documents declare for them. */
nodiscard struct error *simulation_close(struct simulation *simulation);

/* Allocates, where the pods that want the claims have room; what the claims get is assumed. */
void simulation_allocate(struct simulation *simulation, struct allocate_request *request,
                         struct outcome *outcome);

/* By "namespace/name", or by "name" where that is unique. */
nodiscard struct error *simulation_find_claim(const struct simulation *simulation, const char *name,
                                              struct simulated_claim **out);
