/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of the resources that Tranche talks to, and the paths that they have in the API.
 */

#include "api/base/buf.h"

struct kube_resource {
    const char *group; /* "" for core */
    const char *version;
    const char *plural;
    const char *kind;
    bool namespaced;
};

extern const struct kube_resource KUBE_NAMESPACES, KUBE_NODES, KUBE_PODS, KUBE_EVENTS, KUBE_LEASES;
extern const struct kube_resource KUBE_DEVICE_CLASSES, KUBE_RESOURCE_SLICES, KUBE_RESOURCE_CLAIMS,
    KUBE_RESOURCE_CLAIM_TEMPLATES, KUBE_DEVICE_TAINT_RULES;

/* "v1", "resource.k8s.io/v1"; static for the constants above, appended to OUT. */
void kube_resource_api_version(const struct kube_resource *resource, struct buf *out);

/* "/apis/resource.k8s.io/v1/namespaces/ml/resourceclaims/train/status"; NULL parts are left out. */
void kube_resource_path(const struct kube_resource *resource, const char *namespace, const char *name,
                        const char *subresource, struct buf *out);
