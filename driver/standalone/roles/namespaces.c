/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: the first ones are made, and one that is deleted is emptied, kind by kind, before its last
 * finalizer goes. Events and other kinds without a cache are deleted by collection, once everything else has
 * gone.
 *
 * Keys: a namespace.
 */

#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

static const char *const first_namespaces[] = { "default", "kube-node-lease", "kube-public", "kube-system" };

struct namespaces {
    struct map swept; /* uids of namespaces whose uncached kinds were deleted */
};

static void begin(struct role *role)
{
    for (size_t i = 0; i < ARRAY_LEN(first_namespaces); i++)
        role_add(role, NULL, first_namespaces[i]);
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_NAMESPACES)
        role_add(role, NULL, object->name);
    else if (!after && *object->namespace)
        role_add(role, NULL, object->namespace);
}

static bool is_first(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(first_namespaces); i++) {
        if (strcmp(first_namespaces[i], name) == 0)
            return true;
    }
    return false;
}

static struct error *make(struct role_task *task, struct arena *arena)
{
    struct value *body = value_object(arena);
    value_set_text(arena, body, "apiVersion", "v1");
    value_set_text(arena, body, "kind", "Namespace");
    value_set_text(arena, value_child(arena, body, "metadata"), "name", task->key);
    struct kube_call_spec spec = { .verb = KUBE_CREATE, .body = body };
    return error_wrap(role_request(task, CLUSTER_NAMESPACES, &spec), "make the namespace");
}

/* Of the cached kinds, the next object that is not being deleted; *LEFT counts all that are there. */
static const struct kube_object *find_content(const struct role_task *task, const char *namespace,
                                              enum cluster_kind *out_kind, size_t *left)
{
    const struct kube_object *next = NULL;
    *left = 0;
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        const struct kube_cache *cache = task->cluster->caches[kind];
        for (size_t i = 0; cluster_resource(kind)->namespaced && i < kube_cache_count(cache); i++) {
            const struct kube_object *object = kube_cache_at(cache, i);
            if (strcmp(object->namespace, namespace) != 0)
                continue;
            ++*left;
            if (next || object_is_deleting(object->tree))
                continue;
            next = object;
            *out_kind = kind;
        }
    }
    return next;
}

static struct error *delete_object(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                   const struct kube_object *object)
{
    return error_wrap(role_delete(task, arena, kind, object, NULL), "delete %s %s",
                      cluster_resource(kind)->kind, object->name);
}

static struct error *sweep(struct role_task *task, const char *namespace)
{
    struct kube_call_spec spec = { .verb = KUBE_DELETE_COLLECTION, .namespace = namespace };
    return error_wrap(role_request_other(task, &KUBE_EVENTS, &spec), "delete the events");
}

static struct error *finalize(struct role_task *task, struct arena *arena,
                              const struct kube_object *namespace)
{
    struct value *body = value_copy(arena, namespace->tree);
    struct value *left = value_list(arena);
    value_each (value_path(body, "spec.finalizers"), finalizer) {
        if (!span_is(finalizer->string, "kubernetes"))
            value_append(arena, left, finalizer);
    }
    value_set(arena, value_child(arena, body, "spec"), "finalizers", left);
    struct kube_call_spec spec = {
        .verb = KUBE_UPDATE,
        .name = namespace->name,
        .subresource = "finalize",
        .body = body,
    };
    return error_wrap(role_request(task, CLUSTER_NAMESPACES, &spec), "finalize");
}

static bool has_own_finalizer(const struct value *namespace)
{
    value_each (value_path(namespace, "spec.finalizers"), finalizer) {
        if (span_is(finalizer->string, "kubernetes"))
            return true;
    }
    return false;
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    struct namespaces *state = task->role->state;
    const struct kube_object *namespace = cluster_find(task->cluster, CLUSTER_NAMESPACES, NULL, task->key);
    if (!namespace)
        return is_first(task->key) ? make(task, arena) : NULL;
    if (!object_is_deleting(namespace->tree) || !has_own_finalizer(namespace->tree))
        return NULL;
    enum cluster_kind kind;
    size_t left;
    const struct kube_object *next = find_content(task, task->key, &kind, &left);
    if (next)
        return delete_object(task, arena, kind, next);
    if (left)
        return NULL; /* they are on their way; each one that goes brings us back */
    if (!map_get(&state->swept, namespace->uid)) {
        map_put(&state->swept, namespace->uid, state);
        return sweep(task, task->key);
    }
    map_remove(&state->swept, span_of(namespace->uid));
    return finalize(task, arena, namespace);
}

static void forget(struct role *role)
{
    struct namespaces *state = role->state;
    map_done(&state->swept);
}

const struct role_kind namespaces_role = {
    .name = "namespaces",
    .begin = begin,
    .observe = observe,
    .reconcile = reconcile,
    .state_size = sizeof(struct namespaces),
    .forget = forget,
};
