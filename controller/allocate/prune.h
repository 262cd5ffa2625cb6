/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shorter roads to the same answer. Every rule leaves out only branches without a solution, so the first
 * solution in upstream's order stays the first; each has its proof in prune.c. The search works without.
 */

#include "controller/allocate/search.h"

/* The rules begin to work here, for searches that are not done by then: most are. */
enum { PRUNE_AFTER_STEPS = 256, PRUNE_MAX_TRIED = 32, PRUNE_MAX_BYTES = 64 << 20 };

/* Sets search->pruning, unless an error could come up anywhere: what to leave out would depend on it then. */
void pruning_start(struct search *search);
void pruning_free(struct pruning *pruning);

/* The classes of candidates that were tried in vain at one point of the search. */
struct tried {
    uint32_t classes[PRUNE_MAX_TRIED];
    size_t n_classes;
};

bool tried_has(const struct search *search, const struct tried *tried, const struct candidate *candidate);
void tried_add(const struct search *search, struct tried *tried, const struct candidate *candidate);

/* Whether fewer candidates than WANTED, at START or behind, could be taken for the demand. */
bool demand_is_short(struct search *search, size_t claim, struct demand *demand, size_t start,
                     int64_t wanted);

/* Whether no solution can lie behind request REQUEST of claim CLAIM as things stand, for all we know. */
bool request_is_hopeless(struct search *search, size_t claim, size_t request);
/* None does: to be remembered, with the state that request_is_hopeless saw. */
void request_refuted(struct search *search, size_t claim, size_t request);
