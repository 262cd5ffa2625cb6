/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common way: a create begins without a status, an update keeps the status, a status update keeps
 * everything else, a delete is the end unless finalizers hold the object. Below are the exceptions, and at
 * the end the table that gives them to kinds.
 */
#include "driver/standalone/rest/strategies.h"

#include "api/base/text.h"
#include "api/base/time.h"
#include "driver/standalone/rest/admission.h"
#include "driver/standalone/rest/request.h"

static void keep_member(struct request *req, const struct value *before, struct value *after,
                        const char *name)
{
    value_delete(after, name);
    struct value *kept = value_get(before, name);
    if (kept)
        value_set(req->arena, after, name, value_copy(req->arena, kept));
}

/* --- pods --- */

enum { POD_GRACE_SECONDS = 30 };

/* "Guaranteed" if every container limits cpu and memory and asks for just that, "BestEffort" if none asks. */
static const char *pod_quality(const struct value *pod)
{
    static const char *const names[] = { "cpu", "memory" };
    bool any = false, guaranteed = true;
    value_each (value_path(pod, "spec.containers"), container) {
        const struct value *limits = value_path(container, "resources.limits");
        const struct value *requests = value_path(container, "resources.requests");
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            const struct value *limit = value_get(limits, names[i]), *request = value_get(requests, names[i]);
            any |= limit || request;
            guaranteed &= limit && (!request || value_equal(limit, request));
        }
    }
    return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

static void pod_on_create(struct request *req, struct value *pod)
{
    struct value *status = value_child(req->arena, pod, "status");
    value_set_text(req->arena, status, "phase", "Pending");
    if (value_length(value_path(pod, "spec.schedulingGates")) > 0) {
        struct value *condition = value_object(req->arena);
        value_set_text(req->arena, condition, "type", "PodScheduled");
        value_set_text(req->arena, condition, "status", "False");
        value_set(req->arena, condition, "lastProbeTime", value_null(req->arena));
        value_set(req->arena, condition, "lastTransitionTime", value_null(req->arena));
        value_set_text(req->arena, condition, "reason", "SchedulingGated");
        value_set_text(req->arena, condition, "message",
                       "Scheduling is blocked due to non-empty scheduling gates");
        value_append(req->arena, value_child_list(req->arena, status, "conditions"), condition);
    }
    value_set_text(req->arena, status, "qosClass", pod_quality(pod));
}

/* A pod that no kubelet has, or that has ended, needs no farewell. */
static int64_t pod_grace_seconds(const struct value *pod, int64_t asked)
{
    const char *node = value_path_string(pod, "spec.nodeName");
    const char *phase = value_path_string(pod, "status.phase");
    if (!text_is_set(node) || text_is(phase, "Succeeded") || text_is(phase, "Failed"))
        return 0;
    if (asked >= 0)
        return asked;
    int64_t grace = value_integer(value_path(pod, "spec.terminationGracePeriodSeconds"), POD_GRACE_SECONDS);
    return grace >= 0 ? grace : 1;
}

/* --- namespaces --- */

static void namespace_on_create(struct request *req, struct value *namespace)
{
    struct value *spec = value_child(req->arena, namespace, "spec");
    struct value *finalizers = value_list(req->arena);
    value_append(req->arena, finalizers, value_text(req->arena, "kubernetes"));
    value_set(req->arena, spec, "finalizers", finalizers);
    value_set_text(req->arena, value_child(req->arena, namespace, "status"), "phase", "Active");
    struct value *metadata = value_child(req->arena, namespace, "metadata");
    const char *name = value_string(value_get(metadata, "name"));
    value_set_text(req->arena, value_child(req->arena, metadata, "labels"), "kubernetes.io/metadata.name",
                   name);
}

static void namespace_on_update(struct request *req, const struct value *before, struct value *after)
{
    keep_member(req, before, after, "spec");
    struct value *metadata = value_child(req->arena, after, "metadata");
    const char *name = value_string(value_get(metadata, "name"));
    value_set_text(req->arena, value_child(req->arena, metadata, "labels"), "kubernetes.io/metadata.name",
                   name);
}

static void namespace_on_deleting(struct request *req, struct value *namespace)
{
    value_set_text(req->arena, value_child(req->arena, namespace, "status"), "phase", "Terminating");
}

static bool namespace_is_held(const struct value *namespace)
{
    return value_length(value_path(namespace, "spec.finalizers")) > 0;
}

/* --- claims --- */

static bool names_same_device(const struct value *a, const struct value *b)
{
    static const char *const names[] = { "driver", "pool", "device", "shareID" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *left = value_string(value_get(a, names[i])),
                   *right = value_string(value_get(b, names[i]));
        if (strcmp(left ? left : "", right ? right : "") != 0)
            return false;
    }
    return true;
}

static bool allocation_has(const struct value *claim, const struct value *device)
{
    value_each (value_path(claim, "status.allocation.devices.results"), result)
        if (names_same_device(result, device))
            return true;
    return false;
}

/* What drivers said about devices that are given back goes with them. */
static void claim_on_status(struct request *req, const struct value *before, struct value *after)
{
    (void)req;
    struct value *devices = value_path(after, "status.devices");
    for (size_t i = value_length(devices); i-- > 0;) {
        const struct value *device = value_at(devices, i);
        if (allocation_has(before, device) && !allocation_has(after, device))
            value_delete_item(devices, (uint32_t)i);
    }
    if (devices && value_length(devices) == 0)
        value_delete(value_get(after, "status"), "devices");
}

/* --- which kind has which --- */

static const struct strategy common_strategy = { 0 };
static const struct strategy device_strategy = { .counts_generations = true, .answers_deleted = true };
static const struct strategy slice_strategy = { .review = review_slice,
                                                .counts_generations = true,
                                                .answers_deleted = true };
static const struct strategy template_strategy = { .answers_deleted = true };
static const struct strategy event_strategy = {
    .put_creates = true,
    .lifetime_minutes = 60,
};
static const struct strategy lease_strategy = { .put_creates = true };
static const struct strategy node_strategy = { .keeps_status_in_create = true };
static const struct strategy pod_strategy = {
    .on_create = pod_on_create,
    .admit = admit_pod,
    .grace_seconds = pod_grace_seconds,
    .counts_generations = true,
    .answers_deleted = true,
};
static const struct strategy namespace_strategy = {
    .on_create = namespace_on_create,
    .on_update = namespace_on_update,
    .on_deleting = namespace_on_deleting,
    .is_held = namespace_is_held,
    .admit_delete = admit_namespace_delete,
};
static const struct strategy claim_strategy = { .on_status = claim_on_status, .answers_deleted = true };

const struct strategy *strategy_find(const char *group, const char *plural)
{
    static const struct {
        const char *group, *plural;
        const struct strategy *strategy;
    } rows[] = {
        { "", "pods", &pod_strategy },
        { "", "namespaces", &namespace_strategy },
        { "", "nodes", &node_strategy },
        { "", "events", &event_strategy },
        { "coordination.k8s.io", "leases", &lease_strategy },
        { "resource.k8s.io", "resourceclaims", &claim_strategy },
        { "resource.k8s.io", "resourceclaimtemplates", &template_strategy },
        { "resource.k8s.io", "deviceclasses", &device_strategy },
        { "resource.k8s.io", "resourceslices", &slice_strategy },
        { "resource.k8s.io", "devicetaintrules", &device_strategy },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (text_is(rows[i].group, group) && text_is(rows[i].plural, plural))
            return rows[i].strategy;
    return &common_strategy;
}
