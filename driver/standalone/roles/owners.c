/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The garbage collector: what has owners, and none of them exists any more, is deleted. And the two ways of
 * deleting that need help: "foreground" waits until what is owned has gone, "orphan" until it has forgotten.
 *
 * Owners of kinds that no role looks at are believed to exist.
 *
 * Key: "KIND:NAMESPACE/NAME", the kind as its number.
 */

#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

static const char FOREGROUND[] = "foregroundDeletion";
static const char ORPHAN[] = "orphan";

static void add(struct role *role, enum cluster_kind kind, const struct kube_object *object)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%d:%s%s%s", (int)kind, object->namespace, *object->namespace ? "/" : "", object->name);
    role_add_key(role, buf_text(&key));
}

static void add_owned(struct role *role, const char *uid)
{
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        const struct kube_objects *owned = cluster_owned(role->cluster, kind, uid);
        for (size_t i = 0; i < owned->length; i++)
            add(role, kind, owned->items[i]);
    }
}

/* The cached kind that an owner reference names; CLUSTER_KINDS if there is none. */
static enum cluster_kind kind_of_owner(const struct value *owner)
{
    const char *name = value_string(value_get(owner, "kind"));
    const char *version = value_string(value_get(owner, "apiVersion"));
    for (size_t kind = 0; name && version && kind < CLUSTER_KINDS; kind++) {
        const struct kube_resource *resource = cluster_resource(kind);
        const char *slash = strchr(version, '/');
        struct span group = slash ? (struct span){ version, (size_t)(slash - version) } : SPAN("");
        if (strcmp(resource->kind, name) == 0 && span_is(group, resource->group))
            return kind;
    }
    return CLUSTER_KINDS;
}

/* What is gone may have been the last that a foreground deletion waited for. */
static void add_owners(struct role *role, const struct kube_object *object)
{
    value_each (value_path(object->tree, "metadata.ownerReferences"), owner) {
        enum cluster_kind kind = kind_of_owner(owner);
        const char *name = value_string(value_get(owner, "name"));
        if (kind == CLUSTER_KINDS || !name)
            continue;
        bool namespaced = cluster_resource(kind)->namespaced;
        const struct kube_object *found =
            cluster_find(role->cluster, kind, namespaced ? object->namespace : NULL, name);
        if (found)
            add(role, kind, found);
    }
}

static bool concerns_us(const struct value *object)
{
    return value_length(value_path(object, "metadata.ownerReferences")) > 0 ||
           (object_is_deleting(object) &&
            (object_has_finalizer(object, FOREGROUND) || object_has_finalizer(object, ORPHAN)));
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    if (after && concerns_us(after->tree))
        add(role, kind, after);
    if (!after)
        add_owned(role, before->uid);
    if (before)
        add_owners(role, before);
}

enum owner_state { OWNER_THERE, OWNER_GONE, OWNER_UNKNOWN };

static enum owner_state owner_state_of(const struct role_task *task, const struct kube_object *object,
                                       const struct value *owner, enum cluster_kind *kind)
{
    *kind = kind_of_owner(owner);
    const char *name = value_string(value_get(owner, "name"));
    const char *uid = value_string(value_get(owner, "uid"));
    if (!name || !uid || *kind == CLUSTER_KINDS)
        return OWNER_THERE;
    if (cluster_is_gone(task->cluster, uid))
        return OWNER_GONE;
    bool namespaced = cluster_resource(*kind)->namespaced;
    const struct kube_object *found =
        cluster_find(task->cluster, *kind, namespaced ? object->namespace : NULL, name);
    return found && strcmp(found->uid, uid) == 0 ? OWNER_THERE : OWNER_UNKNOWN;
}

/* Whether every owner is gone. Asks the server about the first that no cache shows. */
static struct error *check_owners(struct role_task *task, const struct kube_object *object, bool *all_gone)
{
    const struct value *owners = value_path(object->tree, "metadata.ownerReferences");
    *all_gone = value_length(owners) > 0;
    value_each (owners, owner) {
        enum cluster_kind kind;
        enum owner_state state = owner_state_of(task, object, owner, &kind);
        if (state == OWNER_THERE)
            *all_gone = false;
        if (state == OWNER_UNKNOWN)
            return role_ask_gone(
                task, cluster_resource(kind), cluster_resource(kind)->namespaced ? object->namespace : NULL,
                value_string(value_get(owner, "name")), value_string(value_get(owner, "uid")));
    }
    return NULL;
}

static struct error *delete_object(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                   const struct kube_object *object)
{
    struct value *options = value_object(arena);
    value_set_text(arena, options, "propagationPolicy", "Background");
    return error_wrap(role_delete(task, arena, kind, object, options), "collect %s", object->name);
}

/* A patch of the object's metadata.LIST, without what DROP says. */
static struct error *drop_from_list(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                    const struct kube_object *object, const char *list,
                                    bool (*drop)(const struct value *item, const char *text),
                                    const char *text)
{
    struct value *patch = patch_begin(arena, object->tree, false);
    struct value *left = value_child_list(arena, value_child(arena, patch, "metadata"), list);
    value_each (value_get(value_get(object->tree, "metadata"), list), item) {
        if (!drop(item, text))
            value_append(arena, left, value_copy(arena, item));
    }
    return error_wrap(role_patch(task, kind, object, NULL, patch, MANAGER_CONTROLLERS), "drop from %s of %s",
                      list, object->name);
}

static bool is_text(const struct value *item, const char *text)
{
    return value_is(item, VALUE_STRING) && span_is(item->string, text);
}

static bool is_owner(const struct value *item, const char *uid)
{
    return is_text(value_get(item, "uid"), uid);
}

static bool blocks(const struct value *object, const char *owner_uid)
{
    value_each (value_path(object, "metadata.ownerReferences"), owner) {
        if (is_owner(owner, owner_uid))
            return value_true(value_get(owner, "blockOwnerDeletion"));
    }
    return false;
}

/* Deletes what OBJECT owns, one a step; its finalizer goes when nothing is left that blocks it. */
static struct error *delete_owned_first(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                        const struct kube_object *object)
{
    bool blocked = false;
    for (size_t other = 0; other < CLUSTER_KINDS; other++) {
        const struct kube_objects *owned = cluster_owned(task->cluster, other, object->uid);
        for (size_t i = 0; i < owned->length; i++) {
            if (!object_is_deleting(owned->items[i]->tree))
                return delete_object(task, arena, other, owned->items[i]);
            blocked |= blocks(owned->items[i]->tree, object->uid);
        }
    }
    return blocked ? NULL : drop_from_list(task, arena, kind, object, "finalizers", is_text, FOREGROUND);
}

/* Makes what OBJECT owns forget it, one a step; then its finalizer goes. */
static struct error *orphan_owned(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                  const struct kube_object *object)
{
    for (size_t other = 0; other < CLUSTER_KINDS; other++) {
        const struct kube_objects *owned = cluster_owned(task->cluster, other, object->uid);
        if (owned->length)
            return drop_from_list(task, arena, other, owned->items[0], "ownerReferences", is_owner,
                                  object->uid);
    }
    return drop_from_list(task, arena, kind, object, "finalizers", is_text, ORPHAN);
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    char *rest;
    unsigned long kind = strtoul(task->key, &rest, 10);
    const char *namespace, *name;
    role_key_split(rest + 1, arena, &namespace, &name);
    const struct kube_object *object = cluster_find(task->cluster, kind, namespace, name);
    if (!object)
        return NULL;
    if (object_is_deleting(object->tree)) {
        if (object_has_finalizer(object->tree, ORPHAN))
            return orphan_owned(task, arena, kind, object);
        if (object_has_finalizer(object->tree, FOREGROUND))
            return delete_owned_first(task, arena, kind, object);
        return NULL;
    }
    bool all_gone;
    TRY(check_owners(task, object, &all_gone));
    return all_gone && !task->requested ? delete_object(task, arena, kind, object) : NULL;
}

const struct role_kind owners_role = {
    .name = "garbage collection",
    .observe = observe,
    .reconcile = reconcile,
};
