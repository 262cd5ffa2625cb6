/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes next for a pod, one situation a row. A claim is a word of letters: what is known of it.
 *
 *     o ours       f foreign     m mixed      u unknown class
 *     a allocated  c confirmed   r refused    d decided
 *     p protected  x deleting    b busy       1 reserved for the pod   2 for another one, too
 *     - not made   ? not seen    n denied
 */

#include "tests/support/cmocka.h"

#include "api/base/arena.h"
#include "controller/claims/names.h"
#include "controller/claims/plan.h"

#include <string.h>

struct plan_row {
    const char *name;
    const char *claims[2];
    const char *pod; /* g our gate, k Kueue's, b bound, x deleting, e ended, s searching, p parked */
    enum step_kind want;
    const char *reason; /* NULL: nothing is told */
    size_t claim;       /* from 1: the one that the step is about */
};

static const struct plan_row rows[] = {
    { "a new claim is searched for", { "o" }, "g", STEP_SEARCH, NULL, 0 },
    { "without our gate, too", { "o" }, "", STEP_SEARCH, NULL, 0 },
    { "both claims wait for one search", { "o", "o" }, "gs", STEP_WAIT, NULL, 0 },
    { "one decision is not enough for two", { "od", "o" }, "g", STEP_SEARCH, NULL, 0 },
    { "finalizers come first", { "odp", "od" }, "g", STEP_PROTECT, NULL, 2 },
    { "then allocations", { "odp", "odp" }, "g", STEP_ALLOCATE, NULL, 1 },
    { "one by one", { "opac1", "odp" }, "g", STEP_ALLOCATE, NULL, 2 },
    { "a verdict is waited for", { "opa1" }, "g", STEP_WAIT, NULL, 0 },
    { "all confirmed opens the gate", { "opac1", "opac1" }, "g", STEP_OPEN, NULL, 0 },
    { "and that is all", { "opac1" }, "", STEP_DONE, NULL, 0 },
    { "a shared claim need not be ours alone", { "opac2" }, "g", STEP_OPEN, NULL, 0 },
    { "a refused allocation is taken back", { "opar1" }, "g", STEP_TAKE_BACK, "DoubleBooked", 1 },
    { "before anything else", { "o", "opar1" }, "g", STEP_TAKE_BACK, "DoubleBooked", 2 },
    { "but not from under a running pod", { "opar1" }, "b", STEP_WAIT, "DoubleBooked", 1 },
    { "nor from another pod", { "opar2" }, "g", STEP_WAIT, "DoubleBooked", 1 },
    { "nothing fits", { "o" }, "gp", STEP_WAIT, "NoFit", 0 },
    { "nothing fits beside what was allocated",
      { "opac1", "o" },
      "gp",
      STEP_TAKE_BACK,
      "DoesNotFitTogether",
      1 },
    { "which others may hold", { "opac2", "o" }, "gp", STEP_WAIT, "NoFit", 0 },
    { "or a bound pod", { "opac1", "o" }, "bp", STEP_WAIT, "NoFit", 0 },
    { "Kueue goes first", { "o" }, "gk", STEP_WAIT, "OtherGates", 0 },
    { "and does not hold up the gate", { "opac1" }, "gk", STEP_OPEN, NULL, 0 },
    { "a claim that is about to be made", { "-" }, "g", STEP_WAIT, NULL, 1 },
    { "a claim that does not exist", { "?" }, "g", STEP_WAIT, "WaitingForClaim", 1 },
    { "a claim that goes away", { "ox" }, "g", STEP_WAIT, "WaitingForClaim", 1 },
    { "a claim decided for another pod", { "ob" }, "g", STEP_WAIT, NULL, 1 },
    { "a claim of two allocators", { "m" }, "g", STEP_WAIT, "MixedClaim", 1 },
    { "a class that does not exist", { "u" }, "g", STEP_WAIT, "UnknownClass", 1 },
    { "a namespace that may not", { "on" }, "g", STEP_WAIT, "NotAllowed", 1 },
    { "somebody else's claims", { "f" }, "", STEP_IGNORE, NULL, 0 },
    { "behind our gate", { "f" }, "g", STEP_OPEN, NULL, 0 },
    { "theirs and ours", { "f", "o" }, "g", STEP_SEARCH, NULL, 0 },
    { "theirs may wait for ever", { "f", "opac1" }, "g", STEP_OPEN, NULL, 0 },
    { "an unknown class without our gate", { "u" }, "", STEP_IGNORE, NULL, 0 },
    { "a pod that goes", { "o" }, "gx", STEP_IGNORE, NULL, 0 },
    { "a pod that has ended", { "opac1" }, "e", STEP_IGNORE, NULL, 0 },
    { "a bound pod that lost its allocation", { "o" }, "b", STEP_SEARCH, NULL, 0 },
};

static bool has(const char *letters, char letter)
{
    return strchr(letters, letter);
}

static struct resource_claim *make_claim(struct arena *arena, const char *letters)
{
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta.uid = "c";
    claim->meta.deletion_timestamp = has(letters, 'x') ? "2026-01-01T00:00:00Z" : NULL;
    claim->meta.finalizers = arena_make(arena, const char *);
    claim->meta.finalizers[0] = CLAIM_FINALIZER;
    claim->meta.n_finalizers = has(letters, 'p');
    claim->allocation = has(letters, 'a') ? arena_make(arena, struct allocation) : NULL;
    claim->reserved_for = arena_make_array(arena, struct claim_consumer, 2);
    claim->reserved_for[0] = (struct claim_consumer){ .resource = "pods", .name = "pod", .uid = "p" };
    claim->reserved_for[1] = (struct claim_consumer){ .resource = "pods", .name = "other", .uid = "q" };
    claim->n_reserved_for = has(letters, '2') ? 2 : has(letters, '1');
    return claim;
}

static struct plan_claim make_plan_claim(struct arena *arena, const char *letters)
{
    static const struct allocation decided;
    return (struct plan_claim){
        .entry = "gpu",
        .name = has(letters, '-') ? NULL : "claim",
        .claim = has(letters, '-') || has(letters, '?') ? NULL : make_claim(arena, letters),
        .ownership = has(letters, 'f')   ? OWNED_BY_OTHERS
                     : has(letters, 'm') ? OWNED_BY_BOTH
                     : has(letters, 'o') ? OWNED_BY_US
                                         : OWNERSHIP_UNKNOWN,
        .class_name = "class",
        .denial = has(letters, 'n') ? "no" : NULL,
        .standing = has(letters, 'c')   ? STANDING_CONFIRMED
                    : has(letters, 'r') ? STANDING_REFUSED
                                        : STANDING_NONE,
        .message = "held by another",
        .decided = has(letters, 'd') ? &decided : NULL,
        .busy = has(letters, 'b'),
    };
}

static struct pod make_pod(struct arena *arena, const char *letters)
{
    struct pod pod = { .meta = { .name = "pod", .uid = "p" },
                       .phase = has(letters, 'e') ? POD_SUCCEEDED : POD_PENDING };
    pod.meta.deletion_timestamp = has(letters, 'x') ? "2026-01-01T00:00:00Z" : NULL;
    pod.node_name = has(letters, 'b') ? "node" : NULL;
    pod.scheduling_gates = arena_make_array(arena, struct pod_gate, 2);
    if (has(letters, 'g'))
        pod.scheduling_gates[pod.n_scheduling_gates++] = (struct pod_gate){ ALLOCATE_GATE };
    if (has(letters, 'k'))
        pod.scheduling_gates[pod.n_scheduling_gates++] = (struct pod_gate){ "kueue.x-k8s.io/admission" };
    return pod;
}

static void test_plan(void **state)
{
    const struct plan_row *row = *state;
    struct arena *arena = arena_new();
    struct pod pod = make_pod(arena, row->pod);
    struct plan_claim claims[2];
    struct plan plan = { .pod = &pod,
                         .claims = claims,
                         .searching = has(row->pod, 's'),
                         .parked = has(row->pod, 'p'),
                         .reason = "NoFit",
                         .sentence = "nothing fits" };
    for (size_t i = 0; i < 2 && row->claims[i]; i++)
        claims[plan.n_claims++] = make_plan_claim(arena, row->claims[i]);
    struct step step;
    plan_next(&plan, arena, &step);
    assert_string_equal(step_kind_name(step.kind), step_kind_name(row->want));
    assert_string_equal(step.reason ? step.reason : "", row->reason ? row->reason : "");
    assert_true(!row->claim || step.claim == &claims[row->claim - 1]);
    assert_true(!row->reason == !step.message);
    arena_free(arena);
}

int main(void)
{
    return RUN_TABLE(rows, test_plan);
}
