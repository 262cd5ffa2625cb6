/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key: a class by name.
 *
 *     wanted, and not applied since classes_set, or somebody changed it --> apply
 *     ours, and not wanted                                               --> delete
 */

#include "controller/classes/classes.h"
#include "api/base/map.h"
#include "api/base/memory.h"
#include "driver/kube/facts.h"
#include "driver/kube/reconciler.h"

#include <string.h>

#define FIELD_MANAGER   "tranche-controller"
#define PUBLISHED_BY    "tranche.dev/published-by"
#define ALLOCATOR_LABEL "tranche.dev/allocator"

struct wanted {
    struct value *body;
    bool applied;
    char *differed; /* resourceVersion that was applied to because it differed; NULL: none */
};

struct classes {
    struct classes_options options;
    struct kube_cache *cache;
    struct kube_cache_listener listener;
    struct reconciler reconciler;
    struct arena *arena; /* of the bodies */
    struct map wanted;   /* name -> struct wanted, in the arena */
    bool synced, set;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

/* --- what is to be there --- */

static struct value *make_body(struct classes *classes, const struct value *document)
{
    struct arena *arena = classes->arena;
    struct value *body = value_copy(arena, document);
    (void)value_delete(body, "status");
    struct value *metadata = value_child(arena, body, "metadata");
    static const char *const not_ours[] = { "managedFields", "resourceVersion", "uid", "creationTimestamp",
                                            "generation" };
    for (size_t i = 0; i < ARRAY_LEN(not_ours); i++)
        (void)value_delete(metadata, not_ours[i]);
    value_set_text(arena, body, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, value_child(arena, metadata, "annotations"), PUBLISHED_BY, classes->options.driver);
    struct value *labels = value_get(metadata, "labels");
    if (classes->options.controller_allocates)
        value_set_text(arena, value_child(arena, metadata, "labels"), ALLOCATOR_LABEL, "controller");
    else if (value_is(labels, VALUE_OBJECT))
        (void)value_delete(labels, ALLOCATOR_LABEL);
    return body;
}

/* Whether everything in PART stands in WHOLE, too; lists are compared as a whole. */
static bool value_covers(const struct value *whole, const struct value *part)
{
    if (!whole || !value_is(part, VALUE_OBJECT))
        return whole && value_equal(whole, part);
    value_each_member (part, member) {
        if (!value_covers(value_find(whole, member->name), member->value))
            return false;
    }
    return true;
}

/*
 * Whether the server's class is as we want it. A difference that is still there after we applied (the server
 * writes something its own way) is left alone until the class changes again.
 */
static bool is_as_wanted(struct wanted *wanted, const struct kube_object *object)
{
    static const char *const parts[] = { "metadata.labels", "metadata.annotations", "spec" };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct value *part = value_path(wanted->body, parts[i]);
        if (!value_length(part) || value_covers(value_path(object->tree, parts[i]), part))
            continue;
        if (wanted->differed && strcmp(wanted->differed, object->resource_version) == 0)
            continue;
        free(wanted->differed);
        wanted->differed = mem_strdup(object->resource_version);
        return false;
    }
    return true;
}

static bool is_ours(const struct classes *classes, const struct kube_object *object)
{
    const char *by = value_string(value_get(value_path(object->tree, "metadata.annotations"), PUBLISHED_BY));
    return by && strcmp(by, classes->options.driver) == 0;
}

/* --- steps --- */

static struct error *apply(struct classes *classes, struct reconcile_task *task, struct wanted *wanted)
{
    struct kube_call_spec spec = {
        .verb = KUBE_APPLY,
        .resource = &KUBE_DEVICE_CLASSES,
        .name = task->key,
        .body = wanted->body,
        .field_manager = FIELD_MANAGER,
        .force = true,
    };
    wanted->applied = true;
    return error_wrap(reconcile_request(task, classes->cache, &spec), "apply");
}

static struct error *delete_class(struct classes *classes, struct reconcile_task *task,
                                  const struct kube_object *object)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *body = value_object(arena);
    value_set_text(arena, body, "apiVersion", "v1");
    value_set_text(arena, body, "kind", "DeleteOptions");
    value_set_text(arena, value_child(arena, body, "preconditions"), "uid", object->uid);
    struct kube_call_spec spec = {
        .verb = KUBE_DELETE, .resource = &KUBE_DEVICE_CLASSES, .name = task->key, .body = body
    };
    return error_wrap(reconcile_request(task, classes->cache, &spec), "delete");
}

static struct error *reconcile(struct reconcile_task *task)
{
    struct classes *classes = container_of(task->reconciler, struct classes, reconciler);
    struct wanted *wanted = map_get(&classes->wanted, task->key);
    const struct kube_object *object = kube_cache_find(classes->cache, NULL, task->key);
    if (wanted && (!wanted->applied || !object || !is_as_wanted(wanted, object)))
        return apply(classes, task, wanted);
    if (!wanted && object && is_ours(classes, object))
        return delete_class(classes, task, object);
    return NULL;
}

static void on_refused(struct reconcile_task *task, const struct error *err)
{
    struct classes *classes = container_of(task->reconciler, struct classes, reconciler);
    struct wanted *wanted = map_get(&classes->wanted, task->key);
    if (wanted)
        wanted->applied = false;
    if (classes->options.on_problem && err->kind != ERROR_CANCELLED)
        classes->options.on_problem(classes->options.ctx, task->key, err);
}

static const struct reconciler_kind kind = {
    .name = "classes",
    .reconcile = reconcile,
    .refused = on_refused,
};

/* --- what happens --- */

static void look_at_all(struct classes *classes)
{
    if (!classes->synced || !classes->set)
        return;
    map_each (&classes->wanted, entry)
        reconciler_add_key(&classes->reconciler, entry->key);
    for (size_t i = 0; i < kube_cache_count(classes->cache); i++)
        reconciler_add_key(&classes->reconciler, kube_cache_at(classes->cache, i)->name);
}

static void on_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                       const struct kube_object *after)
{
    struct classes *classes = container_of(listener, struct classes, listener);
    reconciler_hear(&classes->reconciler, classes->cache);
    if (classes->synced && classes->set)
        reconciler_add_key(&classes->reconciler, (after ? after : before)->name);
}

static void on_synced(struct kube_cache_listener *listener)
{
    struct classes *classes = container_of(listener, struct classes, listener);
    classes->synced = true;
    look_at_all(classes);
}

static void forget_wanted(struct classes *classes)
{
    map_each (&classes->wanted, entry)
        free(((struct wanted *)entry->value)->differed);
    map_done(&classes->wanted);
    arena_free(classes->arena);
    classes->wanted = (struct map){ 0 };
    classes->arena = NULL;
}

void classes_set(struct classes *classes, const struct value *const *documents, size_t n_documents)
{
    forget_wanted(classes);
    classes->arena = arena_new();
    classes->set = true;
    for (size_t i = 0; i < n_documents; i++) {
        const char *name = object_name(documents[i]);
        struct wanted *wanted = arena_make(classes->arena, struct wanted);
        wanted->body = make_body(classes, documents[i]);
        if (name)
            map_put(&classes->wanted, name, wanted);
    }
    look_at_all(classes);
}

struct error *classes_start(struct kube_client *client, const struct classes_options *options,
                            struct classes **out)
{
    struct classes *classes = NEW(struct classes);
    classes->options = *options;
    struct kube_cache_options cache = { .resource = &KUBE_DEVICE_CLASSES };
    struct error *err = kube_cache_start(client, &cache, &classes->cache);
    if (err) {
        free(classes);
        return err;
    }
    reconciler_init(&classes->reconciler, &kind, client);
    reconciler_start(&classes->reconciler);
    classes->listener = (struct kube_cache_listener){ .changed = on_changed, .synced = on_synced };
    kube_cache_listen(classes->cache, &classes->listener);
    *out = classes;
    return NULL;
}

static void on_drained(struct reconciler *reconciler)
{
    struct classes *classes = container_of(reconciler, struct classes, reconciler);
    void (*stopped)(void *ctx) = classes->stopped;
    void *ctx = classes->stopped_ctx;
    kube_cache_stop(classes->cache);
    forget_wanted(classes);
    free(classes);
    stopped(ctx);
}

void classes_stop(struct classes *classes, void (*stopped)(void *ctx), void *ctx)
{
    classes->stopped = stopped;
    classes->stopped_ctx = ctx;
    classes->synced = false;
    reconciler_stop(&classes->reconciler, on_drained);
}
