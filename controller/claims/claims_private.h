/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this folder that do I/O share. */

#include "controller/claims/caches.h"
#include "controller/claims/claims.h"
#include "controller/claims/desk.h"
#include "controller/claims/fence.h"
#include "controller/claims/searcher.h"
#include "driver/kube/reconciler.h"

#define FIELD_MANAGER "tranche-controller"

struct claims {
    struct loop *loop;
    struct kube_client *client;
    struct claims_options options;
    struct caches caches;
    struct desk *desk;
    struct searcher *searcher;
    struct reconciler pods; /* keys: pods, and claims that are to be allocated without one */
    struct reconciler idle; /* keys: claims */
    struct map idle_since;  /* claim key -> uint64_t, ms on the loop's clock */
    struct map said;        /* key of a claim without a pod -> the sentence that its Event told last */
    struct fence fence;
    bool listing; /* everything is being heard for the first time, so nobody need be looked at again */
    struct toleration toleration; /* of our own taint */
    struct claims_stats stats;
    size_t n_stopping; /* of the parts that stop in their own time */
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

extern const struct reconciler_kind pods_reconciler, idle_reconciler;

const struct device_class *claims_find_class(void *claims, const char *name);
/* Whether every class of the claim is ours to serve. */
bool claims_own(struct claims *claims, const struct resource_claim *claim);
/* Whether the claim is to be allocated even if no pod uses it. */
bool claim_is_immediate(const struct resource_claim *claim);
/* Whether a pod that is not done yet uses the claim. */
bool claim_is_wanted(const struct claims *claims, const char *namespace, const char *name);

/*
 * A claim without a pod is planned like a pod that has no other purpose. Its key in `pods`: no pod has a name
 * with a space.
 */
#define LONE_CLAIM_PREFIX "claim "

/* events.c: a change becomes orders and keys. */
void claims_hear(struct claims *claims, enum cache_kind kind, const struct kube_object *before,
                 const struct kube_object *after);
/* Everything that the caches hold, once: claims that are in use first. */
void claims_hear_all(struct claims *claims);
/* The pods that use a claim get another look. */
void claims_touch(struct claims *claims, const char *namespace, const char *name);

/* So does every pod that waits; with WAKE, even if nothing fitted for it. */
void claims_look_at_all(struct claims *claims, bool wake);

/* A new pod that asks for our devices as an extended resource is told why it will wait. */
void claims_note_extended(struct claims *claims, const struct kube_object *pod);

/* A copy of the object for the worker; NULL if it cannot be read. */
struct order *order_of(enum order_kind kind, const struct kube_object *object);
