/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What one step of the pods' reconciler looks at. For pods.c, tell.c and ask.c. */

#include "controller/claims/claims_private.h"

struct attempt {
    struct reconcile_task *task;
    struct claims *claims;
    struct arena *arena;
    const struct pod *pod;
    const struct value *tree; /* the pod's; NULL: a claim without a pod is planned as if it were one */
    struct plan plan;
    struct step step;
};

/*
 * Tells people: an Event, and on a pod the condition tranche.dev/Allocated, both only when the sentence
 * changes.
 */
nodiscard struct error *attempt_tell(struct attempt *attempt, bool allocated, const char *reason,
                                     const char *message);

/* Has devices searched for every claim that the plan wants. */
nodiscard struct error *attempt_ask(struct attempt *attempt);
