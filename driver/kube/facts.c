/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain facts about objects.
 */

#include "driver/kube/facts.h"
#include "api/base/text.h"
#include "api/base/time.h"

bool object_is_deleting(const struct value *object)
{
    return value_path_string(object, "metadata.deletionTimestamp");
}

const char *object_name(const struct value *object)
{
    return value_path_string(object, "metadata.name");
}

const char *object_namespace(const struct value *object)
{
    const char *namespace = value_path_string(object, "metadata.namespace");
    return namespace ? namespace : "";
}

const char *object_uid(const struct value *object)
{
    return value_path_string(object, "metadata.uid");
}

static bool list_has_text(const struct value *list, const char *text)
{
    value_each (list, item) {
        if (value_is(item, VALUE_STRING) && span_is(item->string, text))
            return true;
    }
    return false;
}

bool object_has_finalizer(const struct value *object, const char *finalizer)
{
    return list_has_text(value_path(object, "metadata.finalizers"), finalizer);
}

const struct value *object_controller(const struct value *object)
{
    value_each (value_path(object, "metadata.ownerReferences"), owner) {
        if (value_true(value_get(owner, "controller")))
            return owner;
    }
    return NULL;
}

bool pod_has_ended(const struct value *pod)
{
    const char *phase = value_path_string(pod, "status.phase");
    return text_is(phase, "Succeeded") || text_is(phase, "Failed");
}

const char *pod_node(const struct value *pod)
{
    const char *node = value_path_string(pod, "spec.nodeName");
    return node && *node ? node : NULL;
}

bool pod_is_done_with_claims(const struct value *pod)
{
    return pod_has_ended(pod) || (object_is_deleting(pod) && !pod_node(pod));
}

const struct value *object_condition(const struct value *object, const char *type)
{
    value_each (value_path(object, "status.conditions"), condition) {
        if (text_is(value_string(value_get(condition, "type")), type))
            return condition;
    }
    return NULL;
}

size_t claim_entries(const struct value *pod)
{
    return value_length(value_path(pod, "spec.resourceClaims"));
}

struct claim_entry claim_entry_at(const struct value *pod, size_t index)
{
    const struct value *entry = value_at(value_path(pod, "spec.resourceClaims"), index);
    const char *name = value_string(value_get(entry, "name"));
    struct claim_entry claim = { .entry = name ? name : "",
                                 .template = value_string(value_get(entry, "resourceClaimTemplateName")),
                                 .name = value_string(value_get(entry, "resourceClaimName")) };
    if (!claim.template)
        return claim;
    claim.name = NULL;
    value_each (value_path(pod, "status.resourceClaimStatuses"), status) {
        if (!text_is(value_string(value_get(status, "name")), claim.entry))
            continue;
        claim.name = value_string(value_get(status, "resourceClaimName"));
        claim.not_needed = !claim.name;
    }
    return claim;
}

bool claim_is_owned_by(const struct value *claim, const char *uid)
{
    return text_is(value_string(value_get(object_controller(claim), "uid")), uid);
}

int64_t object_time(const struct value *text)
{
    int64_t micros = 0;
    if (value_is(text, VALUE_STRING))
        error_free(time_parse(text->string, &micros));
    return micros;
}

struct value *patch_begin(struct arena *arena, const struct value *object, bool any_version)
{
    struct value *patch = value_object(arena);
    struct value *metadata = value_child(arena, patch, "metadata");
    value_set_text(arena, metadata, "uid", object_uid(object));
    if (!any_version)
        value_set_text(arena, metadata, "resourceVersion",
                       value_path_string(object, "metadata.resourceVersion"));
    return patch;
}

static bool same_text(const struct value *condition, const char *name, const char *text)
{
    const char *there = value_string(value_get(condition, name));
    return strcmp(there ? there : "", text ? text : "") == 0;
}

bool patch_condition(struct arena *arena, struct value *patch, const struct value *object, const char *type,
                     const char *status, const char *reason, const char *message)
{
    const struct value *before = object_condition(object, type);
    bool turned = !same_text(before, "status", status);
    if (before && !turned && same_text(before, "reason", reason) && same_text(before, "message", message))
        return false;
    char now[TIME_TEXT_SIZE];
    time_format(time_now_micros(), now);
    const char *since = value_string(value_get(before, "lastTransitionTime"));
    struct value *condition = value_object(arena);
    value_set_text(arena, condition, "type", type);
    value_set_text(arena, condition, "status", status);
    value_set_text(arena, condition, "lastTransitionTime", turned || !since ? now : since);
    value_set_text(arena, condition, "reason", reason);
    value_set_text(arena, condition, "message", message);

    struct value *list = value_child_list(arena, value_child(arena, patch, "status"), "conditions");
    value_each (value_path(object, "status.conditions"), other) {
        if (other != before)
            value_append(arena, list, value_copy(arena, other));
    }
    value_append(arena, list, condition);
    return true;
}
