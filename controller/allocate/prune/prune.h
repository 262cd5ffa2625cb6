/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shorter roads to the same answer. Every rule leaves out only branches without a solution, so the first
 * solution in upstream's order stays the first; each has its proof in prune.c or in the files that pruning.h
 * names. The search works without.
 */

#include "controller/allocate/state/state.h"

/* The rules begin to work here, for searches that are not done by then: most are. */
enum { PRUNE_AFTER_STEPS = 256, PRUNE_MAX_TRIED = 32, PRUNE_MAX_BYTES = 64 << 20 };

/* Sets search->pruning, unless an error could come up anywhere: what to leave out would depend on it then. */
void pruning_start(struct search *search);
void pruning_free(struct pruning *pruning);

/* The candidates that were tried in vain at one point of the search, for a device of DEMAND. */
struct tried {
    size_t claim, request;
    const struct demand *demand;
    const struct candidate *candidates[PRUNE_MAX_TRIED];
    size_t n_candidates;
};

static inline void tried_init(struct tried *tried, size_t claim, size_t request, const struct demand *demand)
{
    tried->claim = claim;
    tried->request = request;
    tried->demand = demand;
    tried->n_candidates = 0;
}

/* equals.c */
bool tried_has_equal(const struct search *search, const struct tried *tried,
                     const struct candidate *candidate);

static inline bool tried_has(const struct search *search, const struct tried *tried,
                             const struct candidate *candidate)
{
    return search->pruning && tried_has_equal(search, tried, candidate);
}

static inline void tried_add(const struct search *search, struct tried *tried,
                             const struct candidate *candidate)
{
    if (search->pruning && tried->n_candidates < PRUNE_MAX_TRIED)
        tried->candidates[tried->n_candidates++] = candidate;
}

/* Whether the demand cannot be met any more, N_TAKEN of its devices being taken and the rest standing at
 * START or behind; or whether nothing behind it can be, for all we know. */
bool demand_is_hopeless(struct search *search, size_t claim, size_t request, struct demand *demand,
                        int64_t n_taken, size_t start);

/* Whether no solution can lie behind request REQUEST of claim CLAIM as things stand, for all we know. */
bool request_is_hopeless(struct search *search, size_t claim, size_t request);
/* None does: to be remembered, with the state that request_is_hopeless saw. */
void request_refuted(struct search *search, size_t claim, size_t request);
