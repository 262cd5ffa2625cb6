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

/* The same for claims that ask the same by other names. */
struct explanation *explanation_copy(const struct explanation *explanation,
                                     const struct allocate_request *request, struct arena *arena);

/* "claim ml/a: matchAttribute x/y" */
const char *constraint_describe(const struct allocate_request *request, struct constraint_place place,
                                struct arena *arena);

/* relax.c: names the constraints without which the claims would fit. */
void constraints_report(struct inventory *inventory, const struct allocate_request *request,
                        const struct inventory_node *const *nodes, size_t n_nodes, struct arena *arena,
                        struct explanation *out);
