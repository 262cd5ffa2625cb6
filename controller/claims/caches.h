/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The controller's pictures of the cluster: one cache for each kind, one place that hears of every change.
 */

#include "driver/kube/cache.h"

enum cache_kind {
    CACHE_NODES,
    CACHE_CLASSES, /* typed: struct device_class */
    CACHE_SLICES,  /* typed: struct resource_slice */
    CACHE_RULES,   /* typed: struct device_taint_rule; not every server has them */
    CACHE_PODS,    /* typed: struct pod */
    CACHE_CLAIMS,  /* typed: struct resource_claim */
    CACHE_KINDS,   /* how many */
};

struct caches;

struct cache_ear {
    struct kube_cache_listener listener;
    struct caches *caches;
    enum cache_kind kind;
};

struct caches {
    struct kube_cache *of[CACHE_KINDS];
    struct cache_ear ears[CACHE_KINDS];
    struct timer look; /* until everything is there */
    bool complete;
    /* Set before the start. No change is told before everything was there once. */
    void (*on_complete)(struct caches *caches);
    void (*on_changed)(struct caches *caches, enum cache_kind kind, const struct kube_object *before,
                       const struct kube_object *after);
};

const struct kube_resource *cache_resource(enum cache_kind kind);

nodiscard struct error *caches_start(struct caches *caches, struct kube_client *client);
void caches_stop(struct caches *caches);

/* Borrowed until the loop turns, or NULL. */
const struct kube_object *caches_find(const struct caches *caches, enum cache_kind kind,
                                      const char *namespace, const char *name);
/* The pods that use a claim. */
const struct kube_objects *caches_pods_of(const struct caches *caches, const char *namespace,
                                          const char *claim);
