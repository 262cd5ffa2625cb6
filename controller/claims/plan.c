/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/plan.h"
#include "api/base/text.h"
#include "controller/claims/names.h"

#include <string.h>

bool plan_wants(const struct plan_claim *claim)
{
    return claim->ownership == OWNED_BY_US && claim->claim && !claim->claim->allocation;
}

bool claim_is_only_for(const struct resource_claim *claim, const char *pod_uid)
{
    return claim->n_reserved_for == 0 ||
           (claim->n_reserved_for == 1 && claim_is_reserved_for(claim, pod_uid));
}

static bool is_bound(const struct pod *pod)
{
    return pod->node_name && *pod->node_name;
}

static void say(struct step *out, enum step_kind kind, const struct plan_claim *claim, const char *reason,
                const char *message)
{
    *out = (struct step){ .kind = kind, .claim = claim, .reason = reason, .message = message };
}

static bool belongs_to(const struct resource_claim *claim, const struct pod *pod)
{
    const struct owner_reference *owner = meta_controller(&claim->meta);
    return owner && text_is(owner->uid, pod->meta.uid);
}

/* Why a claim cannot be dealt with, whoever allocates it. */
static const char *find_obstacle(const struct plan *plan, const struct plan_claim *claim, struct arena *arena,
                                 const char **reason)
{
    *reason = "WaitingForClaim";
    if (!claim->claim)
        return arena_printf(arena, "claim \"%s\" does not exist", claim->name);
    if (claim->claim->meta.deletion_timestamp)
        return arena_printf(arena, "claim \"%s\" is being deleted", claim->name);
    if (claim->generated && !belongs_to(claim->claim, plan->pod))
        return arena_printf(arena, "claim \"%s\" was not made for this pod", claim->name);
    if (claim->claim->allocation)
        return NULL;
    switch (claim->ownership) {
    case OWNERSHIP_UNKNOWN:
        *reason = "UnknownClass";
        return arena_printf(arena, "claim \"%s\": there is no DeviceClass \"%s\"", claim->name,
                            claim->class_name);
    case OWNED_BY_BOTH:
        *reason = "MixedClaim";
        return arena_printf(arena,
                            "claim \"%s\" mixes classes of two allocators: \"%s\" is not one that Tranche "
                            "serves, others are; use one claim for each",
                            claim->name, claim->class_name);
    case OWNED_BY_US:
    case OWNED_BY_OTHERS: break;
    }
    *reason = "NotAllowed";
    return claim->ownership == OWNED_BY_US ? claim->denial : NULL;
}

static bool has_foreign_gate(const struct pod *pod)
{
    return pod->n_scheduling_gates > (size_t)pod_has_gate(pod, ALLOCATE_GATE);
}

/* Whether there is anything for us to do about the pod at all. */
static bool concerns_us(const struct plan *plan)
{
    if (pod_has_gate(plan->pod, ALLOCATE_GATE))
        return true;
    for (size_t i = 0; i < plan->n_claims; i++) {
        enum ownership ownership = plan->claims[i].ownership;
        if (plan->claims[i].claim && (ownership == OWNED_BY_US || ownership == OWNED_BY_BOTH))
            return true;
    }
    return false;
}

static const struct plan_claim *find_refused(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_claims; i++) {
        const struct plan_claim *claim = &plan->claims[i];
        if (claim->claim && claim->claim->allocation && claim->ownership == OWNED_BY_US &&
            claim->standing == STANDING_REFUSED)
            return claim;
    }
    return NULL;
}

/* A claim that an earlier step allocated for this pod alone, and that may be what the others do not fit to.
 */
static const struct plan_claim *find_releasable(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_claims && !is_bound(plan->pod); i++) {
        const struct plan_claim *claim = &plan->claims[i];
        if (claim->claim && claim->claim->allocation && claim->ownership == OWNED_BY_US &&
            claim->claim->n_reserved_for == 1 && claim_is_reserved_for(claim->claim, plan->pod->meta.uid))
            return claim;
    }
    return NULL;
}

/* Running containers keep what they have: the plugin sees to it that only one of the two got the device. */
static void plan_refused(const struct plan *plan, const struct plan_claim *claim, struct step *out)
{
    if (is_bound(plan->pod) || !claim_is_only_for(claim->claim, plan->pod->meta.uid))
        say(out, STEP_WAIT, claim, "DoubleBooked", claim->message);
    else
        say(out, STEP_TAKE_BACK, claim, "DoubleBooked", claim->message);
}

static void plan_search(const struct plan *plan, struct step *out)
{
    const struct plan_claim *in_the_way = plan->parked ? find_releasable(plan) : NULL;
    if (plan->searching)
        say(out, STEP_WAIT, NULL, NULL, NULL);
    else if (in_the_way)
        say(out, STEP_TAKE_BACK, in_the_way, "DoesNotFitTogether", plan->sentence);
    else if (plan->parked)
        say(out, STEP_WAIT, NULL, plan->reason, plan->sentence);
    else
        say(out, STEP_SEARCH, NULL, NULL, NULL);
}

static void plan_writes(const struct plan *plan, struct step *out)
{
    for (size_t i = 0; i < plan->n_claims; i++) {
        if (plan_wants(&plan->claims[i]) &&
            !meta_has_finalizer(&plan->claims[i].claim->meta, CLAIM_FINALIZER)) {
            say(out, STEP_PROTECT, &plan->claims[i], NULL, NULL);
            return;
        }
    }
    for (size_t i = 0; i < plan->n_claims; i++) {
        if (plan_wants(&plan->claims[i])) {
            say(out, STEP_ALLOCATE, &plan->claims[i], NULL, NULL);
            return;
        }
    }
}

static void plan_end(const struct plan *plan, struct step *out)
{
    for (size_t i = 0; i < plan->n_claims; i++) {
        if (plan->claims[i].ownership == OWNED_BY_US && plan->claims[i].standing != STANDING_CONFIRMED) {
            say(out, STEP_WAIT, NULL, NULL, NULL);
            return;
        }
    }
    say(out, pod_has_gate(plan->pod, ALLOCATE_GATE) ? STEP_OPEN : STEP_DONE, NULL, NULL, NULL);
}

void plan_next(const struct plan *plan, struct arena *arena, struct step *out)
{
    const struct pod *pod = plan->pod;
    say(out, STEP_IGNORE, NULL, NULL, NULL);
    if (pod_is_finished(pod) || pod->meta.deletion_timestamp || !concerns_us(plan))
        return;
    const struct plan_claim *refused = find_refused(plan);
    if (refused) {
        plan_refused(plan, refused, out);
        return;
    }
    size_t n_wanted = 0, n_decided = 0;
    for (size_t i = 0; i < plan->n_claims; i++) {
        const struct plan_claim *claim = &plan->claims[i];
        if (!claim->name || claim->busy) { /* somebody is about to make or to decide it */
            say(out, STEP_WAIT, claim, NULL, NULL);
            return;
        }
        const char *reason, *obstacle = find_obstacle(plan, claim, arena, &reason);
        if (obstacle) {
            say(out, STEP_WAIT, claim, reason, obstacle);
            return;
        }
        n_wanted += plan_wants(claim);
        n_decided += plan_wants(claim) && claim->decided;
    }
    if (!n_wanted)
        plan_end(plan, out);
    else if (has_foreign_gate(pod))
        say(out, STEP_WAIT, NULL, "OtherGates", "another scheduling gate comes first");
    else if (n_decided < n_wanted)
        plan_search(plan, out);
    else
        plan_writes(plan, out);
}

const char *step_kind_name(enum step_kind kind)
{
    switch (kind) {
    case STEP_IGNORE: return "Ignore";
    case STEP_WAIT: return "Wait";
    case STEP_SEARCH: return "Search";
    case STEP_PROTECT: return "Protect";
    case STEP_ALLOCATE: return "Allocate";
    case STEP_TAKE_BACK: return "TakeBack";
    case STEP_OPEN: return "Open";
    case STEP_DONE: return "Done";
    }
    return "";
}
