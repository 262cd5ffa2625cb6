/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the roles know of the cluster: one cache for each kind, shared by all of them.
 */

#include "driver/kube/cache.h"
#include "driver/kube/recorder.h"

enum cluster_kind {
    CLUSTER_NAMESPACES,
    CLUSTER_NODES,
    CLUSTER_PODS,
    CLUSTER_CLAIMS,    /* typed: struct resource_claim */
    CLUSTER_TEMPLATES, /* ResourceClaimTemplate */
    CLUSTER_SLICES,    /* typed: struct resource_slice */
    CLUSTER_RULES,     /* typed: struct device_taint_rule; not every server has them */
    CLUSTER_LEASES,
    CLUSTER_KINDS, /* how many */
};

/* Indexes of the pods' cache. */
enum { PODS_BY_CLAIM, PODS_BY_NODE };
/* The last index of every cache: objects by the uids of their owners. */

struct cluster {
    struct loop *loop;
    struct kube_client *client;
    struct recorder *scheduler_events, *eviction_events, *claim_events;
    struct kube_cache *caches[CLUSTER_KINDS];
    struct map gone; /* uids */
};

const struct kube_resource *cluster_resource(enum cluster_kind kind);

/* Starts the caches; nothing is in them before the loop turns. */
nodiscard struct error *cluster_start(struct cluster *cluster, struct kube_client *client);
void cluster_stop(struct cluster *cluster);

/* Whether everything that the roles need is there. */
bool cluster_is_synced(const struct cluster *cluster);

/* Borrowed until the loop turns, or NULL. */
const struct kube_object *cluster_find(const struct cluster *cluster, enum cluster_kind kind,
                                       const char *namespace, const char *name);
/* Objects that are known to be gone: a uid never comes back. A cache that does not show an object proves
 * nothing. */
bool cluster_is_gone(const struct cluster *cluster, const char *uid);
void cluster_mark_gone(struct cluster *cluster, const char *uid);

/* The pods that use a claim; the pods on a node. */
const struct kube_objects *cluster_pods_of_claim(const struct cluster *cluster, const char *namespace,
                                                 const char *claim);
const struct kube_objects *cluster_pods_of_node(const struct cluster *cluster, const char *node);
/* The objects of one kind that the object with UID owns. */
const struct kube_objects *cluster_owned(const struct cluster *cluster, enum cluster_kind kind,
                                         const char *uid);
