/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims from templates, as the resourceclaim controller makes them: each pod gets a claim of its own for
 * each of its entries that names a template. The pod owns it, an annotation says for which entry it is, and
 * the pod's status says how it is called.
 *
 * Key: a pod. Steps: make the first claim that is missing; when none is, write the status.
 */

#include "api/resource/claim.h"
#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

enum { MAX_GENERATED_PREFIX = 57 };

static bool wants_claims(const struct value *pod)
{
    return claim_entries(pod) > 0 && !pod_has_ended(pod) && !object_is_deleting(pod);
}

static void add_pods_of_template(struct role *role, const struct kube_object *template)
{
    struct kube_cache *pods = role->cluster->caches[CLUSTER_PODS];
    for (size_t i = 0; i < kube_cache_count(pods); i++) {
        const struct kube_object *pod = kube_cache_at(pods, i);
        if (strcmp(pod->namespace, template->namespace) == 0 && wants_claims(pod->tree))
            role_add(role, pod->namespace, pod->name);
    }
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_PODS && after && wants_claims(after->tree))
        role_add(role, object->namespace, object->name);
    if (kind == CLUSTER_TEMPLATES && after)
        add_pods_of_template(role, after);
    if (kind == CLUSTER_CLAIMS) {
        const char *owner = value_string(value_get(object_controller(object->tree), "name"));
        if (owner)
            role_add(role, object->namespace, owner);
    }
}

/* The claim that was made for an entry of the pod, or NULL. */
static const struct kube_object *find_made(const struct role_task *task, const struct kube_object *pod,
                                           const char *entry)
{
    const struct kube_objects *owned = cluster_owned(task->cluster, CLUSTER_CLAIMS, pod->uid);
    for (size_t i = 0; i < owned->length; i++) {
        const struct value *annotations = value_path(owned->items[i]->tree, "metadata.annotations");
        const char *made_for = value_string(value_get(annotations, POD_CLAIM_ANNOTATION));
        if (made_for && strcmp(made_for, entry) == 0 && claim_is_owned_by(owned->items[i]->tree, pod->uid) &&
            !object_is_deleting(owned->items[i]->tree))
            return owned->items[i];
    }
    return NULL;
}

/* "POD-ENTRY-", or each part cut in proportion if that is too long. */
static void format_prefix(struct buf *out, const char *pod, const char *entry)
{
    size_t pod_length = strlen(pod), entry_length = strlen(entry);
    size_t whole = pod_length + entry_length + 2;
    const char *end = "-";
    if (whole > MAX_GENERATED_PREFIX) {
        pod_length = pod_length * MAX_GENERATED_PREFIX / whole;
        entry_length = entry_length * MAX_GENERATED_PREFIX / whole;
        end = "";
    }
    buf_printf(out, "%.*s-%.*s%s", (int)pod_length, pod, (int)entry_length, entry, end);
}

static struct value *claim_body(struct arena *arena, const struct kube_object *pod, const char *entry,
                                const struct value *template)
{
    cleanup_buf struct buf prefix = BUF_INIT(256);
    format_prefix(&prefix, pod->name, entry);
    struct value *claim = value_object(arena);
    value_set_text(arena, claim, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, claim, "kind", "ResourceClaim");
    struct value *metadata = value_child(arena, claim, "metadata");
    value_set_text(arena, metadata, "generateName", buf_text(&prefix));
    value_set_text(arena, metadata, "namespace", pod->namespace);
    const struct value *labels = value_path(template, "spec.metadata.labels");
    const struct value *annotations = value_path(template, "spec.metadata.annotations");
    if (labels)
        value_set(arena, metadata, "labels", value_copy(arena, labels));
    if (annotations)
        value_set(arena, metadata, "annotations", value_copy(arena, annotations));
    value_set_text(arena, value_child(arena, metadata, "annotations"), POD_CLAIM_ANNOTATION, entry);

    struct value *owner = value_object(arena);
    value_set_text(arena, owner, "apiVersion", "v1");
    value_set_text(arena, owner, "kind", "Pod");
    value_set_text(arena, owner, "name", pod->name);
    value_set_text(arena, owner, "uid", pod->uid);
    value_set_bool(arena, owner, "controller", true);
    value_set_bool(arena, owner, "blockOwnerDeletion", true);
    value_append(arena, value_child_list(arena, metadata, "ownerReferences"), owner);
    const struct value *spec = value_path(template, "spec.spec");
    value_set(arena, claim, "spec", spec ? value_copy(arena, spec) : value_object(arena));
    return claim;
}

static struct error *make_claim(struct role_task *task, struct arena *arena, const struct kube_object *pod,
                                const struct claim_entry *wanted)
{
    const struct kube_object *template =
        cluster_find(task->cluster, CLUSTER_TEMPLATES, pod->namespace, wanted->template);
    if (!template) {
        struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
        recorder_event(task->cluster->claim_events, &target, EVENT_WARNING, "FailedResourceClaimCreation",
                       "PodResourceClaim %s: resource claim template \"%s\": not found", wanted->entry,
                       wanted->template);
        return NULL; /* the template's appearance is an event of its own */
    }
    struct kube_call_spec spec = {
        .verb = KUBE_CREATE,
        .namespace = pod->namespace,
        .body = claim_body(arena, pod, wanted->entry, template->tree),
        .field_manager = MANAGER_CONTROLLERS,
    };
    return error_wrap(role_request(task, CLUSTER_CLAIMS, &spec), "make a claim for %s", wanted->entry);
}

static struct error *write_status(struct role_task *task, struct arena *arena, const struct kube_object *pod)
{
    struct value *body = role_body(arena, "Pod", pod);
    struct value *statuses =
        value_child_list(arena, value_child(arena, body, "status"), "resourceClaimStatuses");
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        struct claim_entry wanted = claim_entry_at(pod->tree, i);
        const struct kube_object *made = wanted.template ? find_made(task, pod, wanted.entry) : NULL;
        if (!made)
            continue;
        struct value *status = value_object(arena);
        value_set_text(arena, status, "name", wanted.entry);
        value_set_text(arena, status, "resourceClaimName", made->name);
        value_append(arena, statuses, status);
    }
    struct kube_call_spec spec = {
        .verb = KUBE_APPLY,
        .namespace = pod->namespace,
        .name = pod->name,
        .subresource = "status",
        .body = body,
        .field_manager = "ResourceClaimController",
        .force = true,
    };
    return error_wrap(role_request(task, CLUSTER_PODS, &spec), "record the claims");
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    role_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *pod = cluster_find(task->cluster, CLUSTER_PODS, namespace, name);
    if (!pod || !wants_claims(pod->tree))
        return NULL;
    bool unrecorded = false;
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        struct claim_entry wanted = claim_entry_at(pod->tree, i);
        if (!wanted.template || wanted.not_needed)
            continue;
        const struct kube_object *made = find_made(task, pod, wanted.entry);
        if (!made && !(wanted.name && pod_node(pod->tree))) {
            TRY(make_claim(task, arena, pod, &wanted));
            if (task->requested)
                return NULL;
        }
        unrecorded |= made && (!wanted.name || strcmp(made->name, wanted.name) != 0);
    }
    return unrecorded ? write_status(task, arena, pod) : NULL;
}

const struct role_kind claims_role = {
    .name = "claims from templates",
    .observe = observe,
    .reconcile = reconcile,
};
