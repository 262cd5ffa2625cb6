/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/kube/resource.h"

#include "driver/http/url.h"

#define DRA "resource.k8s.io"

const struct kube_resource KUBE_NAMESPACES = { "", "v1", "namespaces", "Namespace", false };
const struct kube_resource KUBE_NODES = { "", "v1", "nodes", "Node", false };
const struct kube_resource KUBE_PODS = { "", "v1", "pods", "Pod", true };
const struct kube_resource KUBE_EVENTS = { "", "v1", "events", "Event", true };
const struct kube_resource KUBE_LEASES = { "coordination.k8s.io", "v1", "leases", "Lease", true };
const struct kube_resource KUBE_DEVICE_CLASSES = { DRA, "v1", "deviceclasses", "DeviceClass", false };
const struct kube_resource KUBE_RESOURCE_SLICES = { DRA, "v1", "resourceslices", "ResourceSlice", false };
const struct kube_resource KUBE_RESOURCE_CLAIMS = { DRA, "v1", "resourceclaims", "ResourceClaim", true };
const struct kube_resource KUBE_RESOURCE_CLAIM_TEMPLATES = { DRA, "v1", "resourceclaimtemplates",
                                                             "ResourceClaimTemplate", true };
const struct kube_resource KUBE_DEVICE_TAINT_RULES = { DRA, "v1", "devicetaintrules", "DeviceTaintRule",
                                                       false };

void kube_resource_api_version(const struct kube_resource *resource, struct buf *out)
{
    if (*resource->group)
        buf_printf(out, "%s/", resource->group);
    buf_add(out, resource->version);
}

static void add_segment(struct buf *out, const char *text)
{
    buf_add_char(out, '/');
    url_escape(out, span_of(text));
}

void kube_resource_path(const struct kube_resource *resource, const char *namespace, const char *name,
                        const char *subresource, struct buf *out)
{
    buf_add(out, *resource->group ? "/apis/" : "/api/");
    kube_resource_api_version(resource, out);
    if (namespace && resource->namespaced) {
        buf_add(out, "/namespaces");
        add_segment(out, namespace);
    }
    buf_printf(out, "/%s", resource->plural);
    if (name)
        add_segment(out, name);
    if (subresource)
        add_segment(out, subresource);
}
