/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the roles, which speak of the cluster's kinds, and the frame, which speaks of caches.
 */

#include "driver/standalone/roles/role.h"

static struct error *reconcile(struct reconcile_task *frame)
{
    struct role *role = container_of(frame->reconciler, struct role, frame);
    struct role_task task = { .role = role, .cluster = role->cluster, .key = frame->key, .frame = frame };
    return role->kind->reconcile(&task);
}

static void learn_gone(struct reconciler *frame, const char *uid)
{
    cluster_mark_gone(container_of(frame, struct role, frame)->cluster, uid);
}

static void on_drained(struct reconciler *frame)
{
    struct role *role = container_of(frame, struct role, frame);
    role->drained(role);
}

struct error *role_request(struct role_task *task, enum cluster_kind kind, struct kube_call_spec *spec)
{
    spec->resource = cluster_resource(kind);
    TRY(reconcile_request(task->frame, task->cluster->caches[kind], spec));
    task->requested = true;
    return NULL;
}

static const char *namespace_of(const struct kube_object *object)
{
    return *object->namespace ? object->namespace : NULL;
}

struct error *role_patch(struct role_task *task, enum cluster_kind kind, const struct kube_object *object,
                         const char *subresource, const struct value *patch, const char *manager)
{
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_MERGE,
        .namespace = namespace_of(object),
        .name = object->name,
        .subresource = subresource,
        .body = patch,
        .field_manager = manager,
    };
    return role_request(task, kind, &spec);
}

struct error *role_delete(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                          const struct kube_object *object, struct value *options)
{
    struct value *body = options ? options : value_object(arena);
    value_set_text(arena, value_child(arena, body, "preconditions"), "uid", object->uid);
    struct kube_call_spec spec = {
        .verb = KUBE_DELETE,
        .namespace = namespace_of(object),
        .name = object->name,
        .body = body,
    };
    return role_request(task, kind, &spec);
}

struct error *role_request_other(struct role_task *task, const struct kube_resource *resource,
                                 struct kube_call_spec *spec)
{
    spec->resource = resource;
    TRY(reconcile_request(task->frame, NULL, spec));
    task->requested = true;
    return NULL;
}

struct value *role_body(struct arena *arena, const char *kind, const struct kube_object *pod)
{
    struct value *body = value_object(arena);
    value_set_text(arena, body, "apiVersion", "v1");
    value_set_text(arena, body, "kind", kind);
    struct value *metadata = value_child(arena, body, "metadata");
    value_set_text(arena, metadata, "name", pod->name);
    value_set_text(arena, metadata, "namespace", pod->namespace);
    value_set_text(arena, metadata, "uid", pod->uid);
    return body;
}

struct error *role_ask_gone(struct role_task *task, const struct kube_resource *resource,
                            const char *namespace, const char *name, const char *uid)
{
    TRY(reconcile_ask_gone(task->frame, resource, namespace, name, uid));
    task->requested = true;
    return NULL;
}

void role_init(struct role *role, const struct role_kind *kind, struct cluster *cluster)
{
    *role = (struct role){
        .kind = kind,
        .frame_kind = { .name = kind->name, .reconcile = reconcile, .learn_gone = learn_gone },
        .cluster = cluster,
        .state = mem_new(1, kind->state_size),
    };
    reconciler_init(&role->frame, &role->frame_kind, cluster->client);
}

void role_start(struct role *role)
{
    reconciler_start(&role->frame);
    if (role->kind->begin)
        role->kind->begin(role);
}

void role_stop(struct role *role, void (*drained)(struct role *role))
{
    role->drained = drained;
    reconciler_stop(&role->frame, on_drained);
}

void role_done(struct role *role)
{
    if (role->state && role->kind->forget)
        role->kind->forget(role);
    free(role->state);
    role->state = NULL;
}

void role_add_key(struct role *role, const char *key)
{
    reconciler_add_key(&role->frame, key);
}

void role_add(struct role *role, const char *namespace, const char *name)
{
    reconciler_add(&role->frame, namespace, name);
}

void role_add_later(struct role *role, const char *key, uint64_t delay_ms)
{
    reconciler_add_later(&role->frame, key, delay_ms);
}

void role_key_split(const char *key, struct arena *arena, const char **namespace, const char **name)
{
    reconcile_key_split(key, arena, namespace, name);
}

void role_hear(struct role *role, enum cluster_kind kind, const struct kube_object *before,
               const struct kube_object *after)
{
    reconciler_hear(&role->frame, role->cluster->caches[kind]);
    if (!reconciler_is_stopping(&role->frame) && role->kind->observe)
        role->kind->observe(role, kind, before, after);
}
