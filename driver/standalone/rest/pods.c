/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subresources that are verbs rather than objects. Each changes the stored object by itself, as the
 * server.
 */
#include "driver/standalone/rest/pods.h"

#include "driver/standalone/rest/delete.h"
#include "driver/standalone/rest/objects.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/status_error.h"

static struct error *required_body(struct request *req, struct value **out)
{
    TRY(request_body(req, NULL, out));
    return value_is(*out, VALUE_OBJECT) ? NULL : refuse_bad_request(req, "the body must be an object");
}

/* The pod is named twice. */
static struct error *check_name(struct request *req, const struct value *body, const char *kind)
{
    const char *name = value_path_string(body, "metadata.name");
    if (name && strcmp(name, req->target.name) == 0)
        return NULL;
    return refuse_bad_request(req, "name in URL does not match name in %s object", kind);
}

static void reply_success(struct request *req, int code)
{
    struct value *status = value_object(req->arena);
    value_set_text(req->arena, status, "kind", "Status");
    value_set_text(req->arena, status, "apiVersion", "v1");
    value_set(req->arena, status, "metadata", value_object(req->arena));
    value_set_text(req->arena, status, "status", "Success");
    value_set_int(req->arena, status, "code", code);
    request_reply(req, code, status);
}

/* --- binding --- */

static struct error *check_bindable(struct request *req, const struct value *pod)
{
    const char *node = value_path_string(pod, "spec.nodeName");
    if (value_path(pod, "metadata.deletionTimestamp"))
        return refuse_conflict(req, req->target.name,
                               arena_printf(req->arena,
                                            "pod %s is being deleted, cannot be assigned to a host",
                                            req->target.name));
    if (node && *node)
        return refuse_conflict(
            req, req->target.name,
            arena_printf(req->arena, "pod %s is already assigned to node \"%s\"", req->target.name, node));
    if (value_length(value_path(pod, "spec.schedulingGates")) > 0)
        return refuse_conflict(
            req, req->target.name,
            arena_printf(req->arena, "pod %s has non-empty .spec.schedulingGates", req->target.name));
    return NULL;
}

static void set_scheduled(struct request *req, struct value *pod)
{
    struct arena *arena = req->arena;
    struct value *conditions = value_child_list(arena, value_child(arena, pod, "status"), "conditions");
    for (size_t i = value_length(conditions); i-- > 0;) {
        const char *type = value_string(value_get(value_at(conditions, i), "type"));
        if (type && strcmp(type, "PodScheduled") == 0)
            value_delete_item(conditions, (uint32_t)i);
    }
    struct value *condition = value_object(arena);
    value_set_text(arena, condition, "type", "PodScheduled");
    value_set_text(arena, condition, "status", "True");
    value_set(arena, condition, "lastProbeTime", value_null(arena));
    value_set_text(arena, condition, "lastTransitionTime", request_time_text(req));
    value_append(arena, conditions, condition);
}

static void merge_texts(struct request *req, const struct value *binding, struct value *pod, const char *name)
{
    struct value *metadata = value_child(req->arena, pod, "metadata");
    value_each_member (value_get(value_get(binding, "metadata"), name), member)
        value_set_span(req->arena, value_child(req->arena, metadata, name), member->name, member->value);
}

struct error *pod_bind(struct request *req)
{
    struct write write = { .req = req };
    struct value *binding;
    struct object *before;
    TRY(request_write_options(req, &write.options));
    TRY(required_body(req, &binding));
    TRY(check_name(req, binding, "Binding"));
    const char *node = value_path_string(binding, "target.name");
    if (!node || !*node)
        return refuse_field(req, req->target.name, CAUSE_REQUIRED, "target.name", "Required value");
    TRY(target_object(req, &before));
    TRY(check_preconditions(req, before, value_path_string(binding, "metadata.uid"),
                            value_path_string(binding, "metadata.resourceVersion")));
    TRY(check_bindable(req, before->tree));
    struct value *pod = value_copy(req->arena, before->tree);
    value_set_text(req->arena, value_child(req->arena, pod, "spec"), "nodeName", node);
    merge_texts(req, binding, pod, "annotations");
    merge_texts(req, binding, pod, "labels");
    set_scheduled(req, pod);
    TRY(object_replace(&write, before, pod));
    reply_success(req, 201);
    return NULL;
}

/* --- eviction --- */

struct error *pod_evict(struct request *req)
{
    struct value *eviction;
    TRY(required_body(req, &eviction));
    TRY(check_name(req, eviction, "Eviction"));
    return delete_object(req, value_get(eviction, "deleteOptions"));
}

/* --- finalize --- */

struct error *namespace_finalize(struct request *req)
{
    struct write write = { .req = req };
    struct value *given;
    struct object *before;
    TRY(request_write_options(req, &write.options));
    TRY(required_body(req, &given));
    TRY(target_object(req, &before));
    const char *version = value_path_string(given, "metadata.resourceVersion");
    if (version && *version &&
        strcmp(version, value_path_string(before->tree, "metadata.resourceVersion")) != 0)
        return refuse_modified(req, req->target.name);
    struct value *namespace = value_copy(req->arena, before->tree);
    struct value *spec = value_child(req->arena, namespace, "spec");
    value_delete(spec, "finalizers");
    struct value *finalizers = value_path(given, "spec.finalizers");
    if (value_length(finalizers) > 0)
        value_set(req->arena, spec, "finalizers", finalizers);
    TRY(object_replace(&write, before, namespace));
    request_reply_object(req, 200, write.result);
    return NULL;
}
