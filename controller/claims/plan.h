/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a pod needs next, from what is known of it and its claims: the story that this folder tells, in one
 * pure function. No I/O, no clock, no memory.
 *
 *     claims not there, or foreign gates ─► wait
 *     an allocation was refused          ─► take it back
 *     claims without a decision          ─► search, for all of the pod's claims together
 *     decided                            ─► finalizers, then allocations, one claim a step
 *     all allocated, but not judged yet  ─► wait
 *     all confirmed                      ─► take the gate off; done
 *
 * The random-step simulation in tests/unit/claims runs this very function.
 */

#include "api/core/pod.h"
#include "controller/claims/ledger.h"
#include "controller/claims/ownership.h"

/* One entry of the pod's spec.resourceClaims. */
struct plan_claim {
    const char *entry;
    const char *name;                   /* NULL: not made yet */
    bool generated;                     /* from a template, so the pod must own it */
    const struct resource_claim *claim; /* NULL: not seen */
    enum ownership ownership;
    const char *class_name;           /* that ownership speaks of */
    const char *denial;               /* why policy does not allow it, or NULL */
    enum standing standing;           /* of its allocation */
    const char *message;              /* of STANDING_REFUSED */
    const struct allocation *decided; /* for this pod, and not seen in the API yet; or NULL */
    bool busy;                        /* being decided for another pod */
};

struct plan {
    const struct pod *pod;
    struct plan_claim *claims; /* those that the pod needs */
    size_t n_claims;
    bool searching;                /* the answer is not there yet */
    bool parked;                   /* nothing fitted, and nothing has changed since */
    const char *reason, *sentence; /* why, if parked */
};

enum step_kind {
    STEP_IGNORE,    /* not for us */
    STEP_WAIT,      /* until something changes */
    STEP_SEARCH,    /* for every claim that plan_wants */
    STEP_PROTECT,   /* put the finalizer on `claim` */
    STEP_ALLOCATE,  /* write what was decided for `claim` */
    STEP_TAKE_BACK, /* clear the allocation of `claim` */
    STEP_OPEN,      /* take off the gate */
    STEP_DONE,      /* everything is allocated and confirmed */
};

struct step {
    enum step_kind kind;
    const struct plan_claim *claim;
    const char *reason;  /* of WAIT and TAKE_BACK: one word for machines; NULL: nothing to tell anybody */
    const char *message; /* and a sentence for people */
};

/* Texts are borrowed from PLAN or made in ARENA. */
void plan_next(const struct plan *plan, struct arena *arena, struct step *out);

/* Whether a search for the pod includes this claim. */
bool plan_wants(const struct plan_claim *claim);

/* Whether nobody but the pod with this uid may use the allocation. */
bool claim_is_only_for(const struct resource_claim *claim, const char *pod_uid);

const char *step_kind_name(enum step_kind kind); /* "Search" */
