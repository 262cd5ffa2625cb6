/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The search on one node: started, run, its solution written down, done.
 */

#include "controller/allocate/state/state.h"

/* Everything about NODE and the claims that the search needs. ERROR_INVALID aborts. */
nodiscard struct error *search_start(struct search *search, struct inventory *inventory,
                                     const struct allocate_request *request,
                                     const struct inventory_node *node, struct arena *arena);
void search_done(struct search *search);

/*
 * search.c: the first solution in upstream's order; the claims hold it afterwards, or nothing. *FOUND is
 * false if there is none, or if the budget ran out first (search->exhausted).
 */
nodiscard struct error *search_run(struct search *search, bool *found);

/* assemble.c: the claims' allocations, copied into ARENA, where they share what they have in common. */
nodiscard struct error *search_assemble(const struct search *search, struct arena *arena,
                                        struct allocation **out);
