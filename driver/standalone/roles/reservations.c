/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an allocation, as the resourceclaim controller brings it about:
 *
 *     reservations of pods that are gone, finished, or deleted unscheduled --> dropped
 *     the last one dropped, or the claim deleted                          --> the allocation goes with it
 *     no allocation any more                                              --> the finalizer goes
 *     a generated claim whose pod is done                                 --> deleted
 *
 * A claim that nobody ever reserved keeps its allocation. The finalizer of a live claim is taken off only by
 * who has just deallocated it: an allocator puts it on before it allocates, and must not lose it in between.
 *
 * Key: a claim.
 */

#include "api/base/text.h"
#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

#include "api/resource/claim.h"

struct reservations {
    struct map deallocated; /* keys of live claims whose finalizer is ours to take off */
};

static void add_claims_of(struct role *role, const struct kube_object *pod)
{
    for (size_t i = 0; pod && i < claim_entries(pod->tree); i++) {
        const char *name = claim_entry_at(pod->tree, i).name;
        if (name)
            role_add(role, pod->namespace, name);
    }
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_CLAIMS)
        role_add(role, object->namespace, object->name);
    if (kind == CLUSTER_PODS) {
        add_claims_of(role, before);
        add_claims_of(role, after);
        const struct kube_objects *owned = cluster_owned(role->cluster, CLUSTER_CLAIMS, object->uid);
        for (size_t i = 0; i < owned->length; i++)
            role_add(role, owned->items[i]->namespace, owned->items[i]->name);
    }
}

/* Others than pods are not ours to judge. */
static bool is_pod(const struct claim_consumer *consumer)
{
    return text_is(consumer->resource, "pods") && (!consumer->api_group || !*consumer->api_group) &&
           consumer->name && consumer->uid;
}

/* The consumer's pod as the cache has it, or NULL. */
static const struct kube_object *consumer_pod(const struct role_task *task, const struct kube_object *claim,
                                              const struct claim_consumer *consumer)
{
    const struct kube_object *pod =
        cluster_find(task->cluster, CLUSTER_PODS, claim->namespace, consumer->name);
    return pod && text_is(consumer->uid, pod->uid) ? pod : NULL;
}

/* Whether the consumer still uses the claim. */
static bool is_valid(const struct role_task *task, const struct kube_object *claim,
                     const struct claim_consumer *consumer)
{
    if (!is_pod(consumer))
        return true;
    const struct kube_object *pod = consumer_pod(task, claim, consumer);
    return pod ? !pod_is_done_with_claims(pod->tree) : !cluster_is_gone(task->cluster, consumer->uid);
}

/* A reservation may be known before its pod is. Asks the server about the first such. */
static struct error *ask_about_unknown(struct role_task *task, const struct kube_object *object)
{
    const struct resource_claim *claim = object->typed;
    for (size_t i = 0; i < claim->n_reserved_for; i++) {
        const struct claim_consumer *consumer = &claim->reserved_for[i];
        if (is_pod(consumer) && !consumer_pod(task, object, consumer) &&
            !cluster_is_gone(task->cluster, consumer->uid))
            return role_ask_gone(task, &KUBE_PODS, object->namespace, consumer->name, consumer->uid);
    }
    return NULL;
}

static struct error *patch_claim(struct role_task *task, const struct kube_object *claim,
                                 const char *subresource, struct value *patch)
{
    return role_patch(task, CLUSTER_CLAIMS, claim, subresource, patch, MANAGER_CONTROLLERS);
}

/* Writes the reservations that are left, and takes the allocation away with the last. */
static struct error *write_reservations(struct role_task *task, struct arena *arena,
                                        const struct kube_object *object, struct value *left)
{
    const struct resource_claim *claim = object->typed;
    struct value *patch = patch_begin(arena, object->tree, false);
    struct value *status = value_child(arena, patch, "status");
    bool frees = value_length(left) == 0 && object_has_finalizer(object->tree, CLAIM_FINALIZER);
    value_set(arena, status, "reservedFor", left);
    if (frees && claim->allocation) {
        value_set(arena, status, "allocation", value_null(arena));
        value_set(arena, status, "devices", value_null(arena));
        struct reservations *state = task->role->state;
        map_put(&state->deallocated, task->key, state);
    }
    return error_wrap(patch_claim(task, object, "status", patch), "release");
}

static struct error *remove_finalizer(struct role_task *task, struct arena *arena,
                                      const struct kube_object *claim)
{
    struct value *patch = patch_begin(arena, claim->tree, false);
    struct value *list = value_child_list(arena, value_child(arena, patch, "metadata"), "finalizers");
    value_each (value_path(claim->tree, "metadata.finalizers"), finalizer) {
        if (!span_is(finalizer->string, CLAIM_FINALIZER))
            value_append(arena, list, value_copy(arena, finalizer));
    }
    return error_wrap(patch_claim(task, claim, NULL, patch), "remove the finalizer");
}

static struct value *valid_reservations(const struct role_task *task, struct arena *arena,
                                        const struct kube_object *object)
{
    const struct resource_claim *claim = object->typed;
    const struct value *list = value_path(object->tree, "status.reservedFor");
    struct value *left = value_list(arena);
    for (size_t i = 0; i < claim->n_reserved_for; i++) {
        if (is_valid(task, object, &claim->reserved_for[i]))
            value_append(arena, left, value_copy(arena, value_at(list, i)));
    }
    return left;
}

/* Whether the claim was made for a pod that will not run (again). A pod that we do not know may be on its
 * way. */
static bool owner_is_done(const struct role_task *task, const struct kube_object *claim)
{
    const struct value *owner = object_controller(claim->tree);
    const char *kind = value_string(value_get(owner, "kind"));
    const char *name = value_string(value_get(owner, "name"));
    if (!text_is(kind, "Pod") || !name)
        return false;
    const struct kube_object *pod = cluster_find(task->cluster, CLUSTER_PODS, claim->namespace, name);
    return pod && claim_is_owned_by(claim->tree, pod->uid) && pod_is_done_with_claims(pod->tree);
}

static struct error *delete_claim(struct role_task *task, struct arena *arena,
                                  const struct kube_object *claim)
{
    return error_wrap(role_delete(task, arena, CLUSTER_CLAIMS, claim, NULL),
                      "delete the claim of a pod that is done");
}

/* Whether the finalizer may go from an unallocated claim. */
static bool may_unprotect(const struct role_task *task, const struct kube_object *claim)
{
    const struct reservations *state = task->role->state;
    return object_is_deleting(claim->tree) || map_get(&state->deallocated, task->key);
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    struct reservations *state = task->role->state;
    const char *namespace, *name;
    role_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *object = cluster_find(task->cluster, CLUSTER_CLAIMS, namespace, name);
    const struct resource_claim *claim = object ? object->typed : NULL;
    if (!claim) {
        map_remove(&state->deallocated, span_of(task->key));
        return NULL;
    }
    TRY(ask_about_unknown(task, object));
    if (task->requested)
        return NULL;
    struct value *left = valid_reservations(task, arena, object);
    bool is_protected = object_has_finalizer(object->tree, CLAIM_FINALIZER);
    bool unused = value_length(left) == 0;
    if (value_length(left) < claim->n_reserved_for)
        return write_reservations(task, arena, object, left);
    if (unused && is_protected && claim->allocation && object_is_deleting(object->tree))
        return write_reservations(task, arena, object, left);
    if (claim->allocation)
        map_remove(&state->deallocated, span_of(task->key)); /* somebody has allocated it anew */
    if (unused && is_protected && !claim->allocation && may_unprotect(task, object))
        return remove_finalizer(task, arena, object);
    if (!is_protected)
        map_remove(&state->deallocated, span_of(task->key));
    if (unused && !object_is_deleting(object->tree) && owner_is_done(task, object))
        return delete_claim(task, arena, object);
    return NULL;
}

static void forget(struct role *role)
{
    struct reservations *state = role->state;
    map_done(&state->deallocated);
}

const struct role_kind reservations_role = {
    .name = "reservations",
    .observe = observe,
    .reconcile = reconcile,
    .state_size = sizeof(struct reservations),
    .forget = forget,
};
