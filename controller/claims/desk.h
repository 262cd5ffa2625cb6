/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the loop remembers between steps: for each claim its verdict and the decision that is being written,
 * for each pod whether a search is under way or nothing fitted. All of it can be lost at any time; the API
 * has everything that matters, and what was forgotten is decided again.
 *
 * The desk turns pictures of objects into plans. It does no I/O and has no clock; the loop's thread owns it.
 */

#include "api/base/map.h"
#include "controller/claims/plan.h"

struct desk;

/* Where the desk looks objects up, and whom it tells. */
struct desk_hooks {
    void *ctx;
    const struct resource_claim *(*find_claim)(void *ctx, const char *namespace, const char *name);
    const struct device_class *(*find_class)(void *ctx, const char *name);
    /* Why policy forbids the claim, in ARENA; NULL: it does not. Optional. */
    const char *(*find_denial)(void *ctx, const struct resource_claim *claim, struct arena *arena);
    /* A decision is void: the ledger forgets what it assumed. */
    void (*forget)(void *ctx, const char *namespace, const char *name);
    /* Whether this user of a claim is a pod that still waits for a node. Optional: each is. */
    bool (*is_waiting)(void *ctx, const char *namespace, const struct claim_consumer *user);
    /* Pods that use this claim are worth another look. Optional. */
    void (*touched)(void *ctx, const char *namespace, const char *name);
};

nodiscard struct desk *desk_new(const struct desk_hooks *hooks);
void desk_free(struct desk *desk);

/* --- what happens --- */

/* The watch shows a claim: BEFORE is NULL for a new one, AFTER for one that is gone. */
void desk_claim_changed(struct desk *desk, const struct resource_claim *before,
                        const struct resource_claim *after, uint64_t now_ms);
/* The ledger's verdict on the claim as it was at RESOURCE_VERSION. */
void desk_judged(struct desk *desk, const char *namespace, const char *name, const char *resource_version,
                 const struct verdict *verdict);
/* Somebody else's allocation was seen before ours was. */
void desk_overtaken(struct desk *desk, const char *claim_key);
/* The server will never take what was decided for the claim. */
void desk_write_refused(struct desk *desk, const char *namespace, const char *name);
void desk_pod_gone(struct desk *desk, const char *namespace, const char *name);
/* Something changed for a pod for which nothing fitted. False if it was not waiting for that. */
bool desk_wake(struct desk *desk, const char *pod_key);

/* --- planning --- */

/* The next step of the pod. PLAN and *OUT live in ARENA. */
void desk_plan(struct desk *desk, const struct pod *pod, uint64_t now_ms, struct arena *arena,
               struct plan *plan, struct step *out);

/*
 * An allocation that vanished before it was used is tried elsewhere for a while: whether the pod had better
 * not get NODE now. *UNTIL_MS is lowered to when that ends.
 */
bool desk_avoids(struct desk *desk, const struct plan *plan, const char *node, uint64_t now_ms,
                 uint64_t *until_ms);

/* --- searches --- */

/*
 * A search for what the plan wants is under way. The ticket tells its answer from one to an older question.
 * That nothing fits is true until UNTIL_MS, when there are more nodes to ask for; 0: until something changes.
 */
uint64_t desk_search_begin(struct desk *desk, const struct plan *plan, uint64_t until_ms);

struct desk_answer {
    const char *pod_key, *pod_uid;
    uint64_t ticket;
    const struct resource_claim *const *claims; /* as they were asked for */
    size_t n_claims;
    const struct allocation *allocations; /* one for each claim, or NULL: nothing fitted */
    const char *node;
    struct arena *arena;           /* of the allocations; the desk's from now on */
    const char *reason, *sentence; /* why nothing fitted */
};

/* True if anybody still waited for it. */
bool desk_search_end(struct desk *desk, const struct desk_answer *answer);

/* For figures: claims that wait for devices, and decisions that wait for being seen. */
size_t desk_count_parked(const struct desk *desk);
size_t desk_count_decided(const struct desk *desk);
