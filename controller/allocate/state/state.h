/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state of a search on one node, and the moves that change it: claims with their demands, as requests.c
 * prepares them, and the candidates that they hold so far. All of it lives in the search's arena; whatever a
 * move changes, the undo log takes back.
 */

#include "controller/allocate/state/capacity.h"
#include "controller/allocate/state/constraint.h"
#include "controller/allocate/state/request.h"
#include "controller/allocate/view/gather.h"
#include "controller/allocate/view/undo.h"

/* Selectors of a class or of a request. */
struct selector_list {
    const struct resource_claim *claim; /* whose they are; NULL: the class's */
    struct program **programs;
    size_t n_programs;
};

/* An `exactly` request, or one alternative of `firstAvailable`. */
struct demand {
    const struct exact_request *request;
    const char *name;      /* of the request */
    const char *full_name; /* "gpu", or "gpu/older" */
    const struct device_class *class;
    struct selector_list class_selectors, selectors;
    bool all;
    bool admin;
    int64_t n_devices;            /* wanted; for All, how many there are */
    struct candidate **devices;   /* of All */
    uint8_t *selectable;          /* enum verdict by candidate, as far as known; NULL: no selectors to ask */
    struct intake *intake;        /* of the kind of device seen last */
    bool *covered;                /* by constraint of the claim */
    struct program **derivations; /* by constraint, where the request derives its attribute; NULL: nowhere */
};

struct request_state {
    struct demand *demands;
    size_t n_demands;
    bool is_list;  /* firstAvailable */
    size_t chosen; /* of the solution */
};

struct placed {
    const struct demand *demand;
    struct candidate *candidate;
    bool admin;
};

struct claim_state {
    const struct resource_claim *claim;
    struct request_state *requests;
    size_t n_requests;
    struct constraint *constraints;
    size_t n_constraints;
    struct placed *placed;
    uint32_t n_placed;
};

struct search {
    struct inventory *inventory;
    const struct allocate_request *request;
    struct features features;
    struct arena *arena;
    struct view view;
    struct candidate **order; /* of the placement; NULL: as the view has them */
    struct claim_state *claims;
    size_t n_claims;
    const struct demand *checked; /* the latest of them */
    struct sight *sight;          /* of the latest constraint */
    struct undo_log undo;
    uint64_t steps;
    uint64_t max_steps; /* 0: no bound */
    bool exhausted;
    bool is_node_failure; /* an error that is this node's failure, as a search that finds nothing is */
    bool node_is_cause;   /* an error that other nodes need not share: the state of this node's pools */
    size_t n_gone;        /* so many candidates in front are taken, all of them */
    size_t n_placed, most_placed;
    struct pruning *pruning;                 /* prune.c's, or NULL: the plain search */
    const struct device_constraint *ignored; /* explanations: as if the claim did not have it; or NULL */
};

/* The candidate that is tried at that point of the order. */
static inline struct candidate *search_candidate(const struct search *search, size_t index)
{
    return search->order ? search->order[index] : &search->view.candidates[index];
}

static inline struct capacity_rules candidate_rules(const struct search *search,
                                                    const struct candidate *candidate)
{
    const struct features *features = &search->features;
    return (struct capacity_rules){
        .fractional = features->fractional_capacity_range,
        .driver = features->capacity_names_resolved ? candidate_driver(candidate) : NULL,
    };
}

/* "namespace/name", in ARENA. */
const char *claim_label(const struct resource_claim *claim, struct arena *arena);

/* Who holds a share of a device that is not shared, or no longer, has all of it. */
static inline bool candidate_is_held(const struct search *search, const struct candidate *candidate)
{
    const struct device_use *use = candidate->entry->use;
    return use->n_dedicated || (use->n_shared && !(search->features.consumable_capacity &&
                                                   candidate->common->allow_multiple_allocations));
}

/* Admin access ignores everybody but the claim itself. Shared devices are never taken as a whole. */
static inline bool candidate_is_taken(const struct search *search, const struct demand *demand, size_t claim,
                                      const struct candidate *candidate)
{
    if (demand->admin)
        return candidate->taken_by == claim + 1;
    return candidate->taken_by || candidate_is_held(search, candidate);
}

/* requests.c: checks the claims and prepares their demands (allocation.md 4.6). */
nodiscard struct error *search_prepare(struct search *search);

/* Whether the candidate may serve the demand as far as selectors and its own node selection go. */
nodiscard struct error *demand_accepts(struct search *search, struct demand *demand,
                                       const struct candidate *candidate, bool *out);

/* derivations.c: where the request derives what covering constraints ask for. */
void demand_find_derivations(struct search *search, const struct claim_state *claim, struct demand *demand);

/* What constraint INDEX looks at, NULL if there is none. ERROR_INVALID if deriving it fails. */
nodiscard struct error *demand_attribute(struct search *search, const struct claim_state *claim,
                                         const struct demand *demand, size_t index,
                                         const struct candidate *candidate, const struct attribute **out);

/* The same once every candidate has been asked without an error: none can come up any more. */
bool demand_accepted(struct search *search, struct demand *demand, const struct candidate *candidate);

/* take.c: the tests on one candidate, and what taking it changes; undo takes it back. */
/* Has the demand's intake for this candidate. */
nodiscard struct error *demand_intake(const struct search *search, const struct demand *demand,
                                      const struct candidate *candidate);
nodiscard struct error *candidate_fits_capacity(const struct search *search, const struct demand *demand,
                                                const struct candidate *candidate, const char **short_of);
bool candidate_node_supports(const struct search *search, const struct candidate *candidate);
const struct taint *candidate_find_taint(const struct search *search, const struct demand *demand,
                                         const struct candidate *candidate);
/* Charges the counters; if one falls short, charges nothing and returns it. */
const struct counter *candidate_draw(struct candidate *candidate, struct undo_log *undo);
/* Takes a device of All, if all tests let it; a constraint that does not is an error. */
nodiscard struct error *candidate_take(struct search *search, size_t claim, const struct demand *demand,
                                       struct candidate *candidate, bool *out);
/* Takes any other that nobody holds, the cheap tests first. */
nodiscard struct error *candidate_try_free(struct search *search, size_t claim, struct demand *demand,
                                           struct candidate *candidate, bool *out);
nodiscard static inline struct error *candidate_try(struct search *search, size_t claim,
                                                    struct demand *demand, struct candidate *candidate,
                                                    bool *out)
{
    *out = false;
    return candidate_is_taken(search, demand, claim, candidate)
               ? NULL
               : candidate_try_free(search, claim, demand, candidate, out);
}
