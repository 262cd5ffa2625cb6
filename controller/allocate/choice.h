/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Candidate nodes one after the other, best first by the placement (api/config/placement.h has the rules). A
 * node that cannot have enough devices is left out. Nothing may change in the inventory meanwhile.
 *
 *     struct choices choices;
 *     choices_start(&choices, inventory, request, NULL, arena);
 *     while ((node = choices_next(&choices))) ...
 */

#include "controller/allocate/inventory/index.h"
#include "controller/allocate/state/request.h"

struct choice {
    uint64_t rank;       /* least first */
    size_t place;        /* among equals: of the node in the order of names, or among the candidates */
    struct crowd *crowd; /* NULL: a candidate that is named; its record, or NULL: */
    const struct node_record *named;
};

struct choices {
    struct inventory *inventory;
    const struct allocate_request *request;
    struct arena *arena;
    const uint64_t *refused; /* bits of nodes that are left out, in the order of names; or NULL */
    struct choice *heap;     /* the best one on top, since mostly one is enough */
    size_t length;
};

void choices_start(struct choices *choices, struct inventory *inventory,
                   const struct allocate_request *request, const uint64_t *refused, struct arena *arena);
const struct inventory_node *choices_next(struct choices *choices);

/* Every candidate, as the request has them or by name; they live in ARENA. */
const struct inventory_node **candidate_nodes(const struct inventory *inventory,
                                              const struct allocate_request *request, struct arena *arena,
                                              size_t *n_nodes);
