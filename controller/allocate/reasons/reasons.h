/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making an explanation (explanation.h) of what was asked of the inventory as it stands.
 */

#include "controller/allocate/inventory/index.h"
#include "controller/allocate/reasons/explanation.h"
#include "controller/allocate/state/request.h"

/* reasons.c: the explanation of a refusal, in ARENA. */
struct explanation *explanation_make(struct inventory *inventory, const struct allocate_request *request,
                                     const struct inventory_node *const *nodes, size_t n_nodes,
                                     struct arena *arena);

/* relax.c: names the constraints without which the claims would fit. */
void constraints_report(struct inventory *inventory, const struct allocate_request *request,
                        const struct inventory_node *const *nodes, size_t n_nodes, struct arena *arena,
                        struct explanation *out);
