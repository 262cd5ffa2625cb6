/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of an object means for us: orders to the worker, who keeps its own copy of everything, and
 * keys of pods that are worth another look.
 */

#include "api/base/log.h"
#include "api/resource/objects.h"
#include "controller/claims/claims_private.h"
#include "controller/claims/names.h"
#include "driver/kube/facts.h"

#include <stdlib.h>

/* --- orders --- */

static struct error *decode_for(enum order_kind kind, struct arena *arena, const struct value *tree,
                                const void **out)
{
    union {
        struct resource_claim *claim;
        struct resource_slice *slice;
        struct device_class *class;
        struct device_taint_rule *rule;
    } object = { NULL };
    if (kind == ORDER_PUT_CLAIM) {
        TRY(resource_claim_decode(arena, tree, &object.claim));
        *out = object.claim;
    } else if (kind == ORDER_PUT_SLICE) {
        TRY(resource_slice_decode(arena, tree, &object.slice));
        *out = object.slice;
    } else if (kind == ORDER_PUT_CLASS) {
        TRY(device_class_decode(arena, tree, &object.class));
        *out = object.class;
    } else {
        TRY(device_taint_rule_decode(arena, tree, &object.rule));
        *out = object.rule;
    }
    return NULL;
}

/* The worker sees only its own: the tree is copied, since opaque parameters point into it. */
struct order *order_of(enum order_kind kind, const struct kube_object *object)
{
    struct order *order = order_new(kind, object->namespace, object->name);
    cleanup_error struct error *err =
        decode_for(kind, order->arena, value_copy(order->arena, object->tree), &order->object);
    if (!err)
        return order;
    order_free(order);
    return NULL;
}

static void send_put(struct claims *claims, enum order_kind kind, const struct kube_object *object)
{
    struct order *order = order_of(kind, object);
    if (order)
        searcher_send(claims->searcher, order);
}

static void send_remove(struct claims *claims, enum order_kind kind, const struct kube_object *object)
{
    searcher_send(claims->searcher, order_new(kind, object->namespace, object->name));
}

static void send_node(struct claims *claims, const struct kube_object *object)
{
    struct order *order = order_new(ORDER_PUT_NODE, NULL, object->name);
    struct arena *arena = order->arena;
    struct inventory_node *node = arena_make(arena, struct inventory_node);
    const struct value *labels = value_path(object->tree, "metadata.labels");
    const struct value *features = value_path(object->tree, "status.declaredFeatures");
    struct string_pair *pairs = arena_make_array(arena, struct string_pair, value_length(labels));
    const char **declared = arena_make_array(arena, const char *, value_length(features));
    *node = (struct inventory_node){ .name = order->name, .labels = pairs, .declared_features = declared };
    value_each_member (labels, label) {
        const char *text = value_string(label->value);
        pairs[node->n_labels++] =
            (struct string_pair){ arena_span(arena, label->name), arena_strdup(arena, text ? text : "") };
    }
    value_each (features, feature) {
        if (value_string(feature))
            declared[node->n_declared_features++] = arena_strdup(arena, value_string(feature));
    }
    order->object = node;
    searcher_send(claims->searcher, order);
}

/* --- keys --- */

static bool is_of_interest(const struct kube_object *pod)
{
    return claim_entries(pod->tree) > 0 && !pod_has_ended(pod->tree);
}

static void look_at(struct claims *claims, const struct kube_object *pod, bool wake)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s", pod->namespace, pod->name);
    if (wake)
        (void)desk_wake(claims->desk, buf_text(&key));
    reconciler_add_key(&claims->pods, buf_text(&key));
}

static void look_at_users(struct claims *claims, const char *namespace, const char *name, bool wake)
{
    const struct kube_objects *pods = caches_pods_of(&claims->caches, namespace, name);
    for (size_t i = 0; i < pods->length; i++)
        look_at(claims, pods->items[i], wake);
}

/* A claim that is to be allocated even without a pod. */
static void look_at_lone(struct claims *claims, const struct kube_object *object, bool wake)
{
    const struct resource_claim *claim = object->typed;
    if (!claim || !claim_is_immediate(claim))
        return;
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s%s", object->namespace, LONE_CLAIM_PREFIX, object->name);
    if (wake)
        (void)desk_wake(claims->desk, buf_text(&key));
    reconciler_add_key(&claims->pods, buf_text(&key));
}

void claims_look_at_all(struct claims *claims, bool wake)
{
    const struct kube_cache *pods = claims->caches.of[CACHE_PODS];
    for (size_t i = 0; !claims->listing && i < kube_cache_count(pods); i++) {
        const struct kube_object *pod = kube_cache_at(pods, i);
        if (is_of_interest(pod) && !pod_node(pod->tree))
            look_at(claims, pod, wake);
    }
    const struct kube_cache *all = claims->caches.of[CACHE_CLAIMS];
    for (size_t i = 0; !claims->listing && i < kube_cache_count(all); i++)
        look_at_lone(claims, kube_cache_at(all, i), wake);
}

void claims_touch(struct claims *claims, const char *namespace, const char *name)
{
    look_at_users(claims, namespace, name, false);
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s%s", namespace, LONE_CLAIM_PREFIX, name);
    reconciler_add_key(&claims->pods, buf_text(&key));
}

/* The claim itself: it may be idle, or wanted without a pod. */
static void look_at_claim(struct claims *claims, const struct kube_object *object, bool wake)
{
    reconciler_add(&claims->idle, object->namespace, object->name);
    look_at_lone(claims, object, wake);
}

static void look_at_claims_of(struct claims *claims, const struct kube_object *pod)
{
    for (size_t i = 0; pod && i < claim_entries(pod->tree); i++) {
        const char *name = claim_entry_at(pod->tree, i).name;
        if (name)
            reconciler_add(&claims->idle, pod->namespace, name);
    }
}

/* --- the fence --- */

static void fence_changed(struct claims *claims, bool was_down)
{
    if (fence_is_down(&claims->fence) != was_down)
        claims_look_at_all(claims, true);
}

/* Something new is wrong: once in the log, once as an Event where it is wrong. */
static void fence_report(struct claims *claims, const struct kube_object *object,
                         const struct kube_resource *resource)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *breach = fence_breach(&claims->fence, arena);
    struct event_target target = event_target_of(object->tree, resource);
    log_error("the fence against double booking is down", kv_str("because", breach));
    recorder_event(claims->options.recorder, &target, EVENT_WARNING, "FenceDown", "%s", breach);
}

static void watch_claim(struct claims *claims, const struct kube_object *object,
                        const struct resource_claim *claim)
{
    if (!claims->options.fenced)
        return;
    bool was_down = fence_is_down(&claims->fence), foreign = false;
    if (claim) {
        const char *class_name;
        enum ownership ownership = claim_ownership(claim, claims_find_class, claims, &class_name);
        foreign = ownership == OWNED_BY_OTHERS || ownership == OWNED_BY_BOTH;
    }
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s", object->namespace, object->name);
    if (fence_see_claim(&claims->fence, buf_text(&key), claim, foreign))
        fence_report(claims, object, &KUBE_RESOURCE_CLAIMS);
    fence_changed(claims, was_down);
}

static void watch_slice(struct claims *claims, const struct kube_object *object,
                        const struct resource_slice *slice)
{
    if (!claims->options.fenced)
        return;
    bool was_down = fence_is_down(&claims->fence);
    if (fence_see_slice(&claims->fence, object->name, slice))
        fence_report(claims, object, &KUBE_RESOURCE_SLICES);
    fence_changed(claims, was_down);
}

/* A class became ours, or is ours no more, and so did claims. */
static void look_at_all_claims(struct claims *claims)
{
    const struct kube_cache *all = claims->caches.of[CACHE_CLAIMS];
    for (size_t i = 0; !claims->listing && i < kube_cache_count(all); i++) {
        const struct kube_object *object = kube_cache_at(all, i);
        look_at_claim(claims, object, false);
        watch_claim(claims, object, object->typed);
    }
}

/* --- changes --- */

static void forget_lone(struct claims *claims, const struct kube_object *object)
{
    cleanup_buf struct buf name = BUF_INIT(1024), key = BUF_INIT(1024);
    buf_printf(&name, "%s%s", LONE_CLAIM_PREFIX, object->name);
    buf_printf(&key, "%s/%s", object->namespace, buf_text(&name));
    desk_pod_gone(claims->desk, object->namespace, buf_text(&name));
    free(map_remove(&claims->said, buf_span(&key)));
    searcher_send(claims->searcher, order_new(ORDER_UNPARK, NULL, buf_text(&key)));
}

static void hear_claim(struct claims *claims, const struct kube_object *before,
                       const struct kube_object *after)
{
    const struct resource_claim *old = before ? before->typed : NULL, *now = after ? after->typed : NULL;
    const struct kube_object *object = after ? after : before;
    bool was_allocated = old && old->allocation, is_allocated = now && now->allocation;
    if (old || now)
        desk_claim_changed(claims->desk, old, now, loop_now(claims->loop));
    if (is_allocated && !is_same_allocation(old, now))
        send_put(claims, ORDER_PUT_CLAIM, after);
    else if (was_allocated && !is_allocated)
        send_remove(claims, ORDER_REMOVE_CLAIM, object);
    look_at_users(claims, object->namespace, object->name, was_allocated != is_allocated);
    if (old && claim_is_immediate(old) && !after)
        forget_lone(claims, before);
    look_at_claim(claims, object, was_allocated != is_allocated);
    watch_claim(claims, object, now);
}

static bool is_same_pod(const struct kube_object *a, const struct kube_object *b)
{
    return a && b && strcmp(a->uid, b->uid) == 0;
}

static void hear_pod(struct claims *claims, const struct kube_object *before, const struct kube_object *after)
{
    if (before && !is_same_pod(before, after)) {
        desk_pod_gone(claims->desk, before->namespace, before->name);
        cleanup_buf struct buf key = BUF_INIT(1024);
        buf_printf(&key, "%s/%s", before->namespace, before->name);
        searcher_send(claims->searcher, order_new(ORDER_UNPARK, NULL, buf_text(&key)));
    }
    if (after && !before)
        claims_note_extended(claims, after);
    look_at_claims_of(claims, before);
    look_at_claims_of(claims, after);
    if (!after || !is_of_interest(after))
        return;
    const struct value *spec = before ? value_get(before->tree, "spec") : NULL;
    look_at(claims, after, !spec || !value_equal(spec, value_get(after->tree, "spec")));
}

/* What of a node decides whether a pod fits there; heartbeats do not. */
static bool is_same_place(const struct kube_object *a, const struct kube_object *b)
{
    static const char *const paths[] = { "metadata.labels", "spec", "status.declaredFeatures" };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        const struct value *x = value_path(a->tree, paths[i]), *y = value_path(b->tree, paths[i]);
        if ((x || y) && !(x && y && value_equal(x, y)))
            return false;
    }
    const char *x = value_string(value_get(object_condition(a->tree, "Ready"), "status"));
    const char *y = value_string(value_get(object_condition(b->tree, "Ready"), "status"));
    return strcmp(x ? x : "", y ? y : "") == 0;
}

static void hear_node(struct claims *claims, const struct kube_object *before,
                      const struct kube_object *after)
{
    if (before && after && is_same_place(before, after))
        return;
    if (after)
        send_node(claims, after);
    else
        send_remove(claims, ORDER_REMOVE_NODE, before);
    claims_look_at_all(claims, true);
}

void claims_hear(struct claims *claims, enum cache_kind kind, const struct kube_object *before,
                 const struct kube_object *after)
{
    switch (kind) {
    case CACHE_NODES: hear_node(claims, before, after); break;
    case CACHE_CLASSES:
        if (after)
            send_put(claims, ORDER_PUT_CLASS, after);
        else
            send_remove(claims, ORDER_REMOVE_CLASS, before);
        claims_look_at_all(claims, false);
        look_at_all_claims(claims);
        break;
    case CACHE_SLICES:
        if (after)
            send_put(claims, ORDER_PUT_SLICE, after);
        else
            send_remove(claims, ORDER_REMOVE_SLICE, before);
        watch_slice(claims, after ? after : before, after ? after->typed : NULL);
        break;
    case CACHE_RULES:
        if (after)
            send_put(claims, ORDER_PUT_RULE, after);
        else
            send_remove(claims, ORDER_REMOVE_RULE, before);
        break;
    case CACHE_PODS: hear_pod(claims, before, after); break;
    case CACHE_CLAIMS: hear_claim(claims, before, after); break;
    case CACHE_KINDS: break;
    }
    reconciler_hear(&claims->pods, claims->caches.of[kind]);
    reconciler_hear(&claims->idle, claims->caches.of[kind]);
}

/* --- the beginning --- */

/* A list has no order: what a pod may already be using comes first, then what was allocated first. */
struct listed {
    const struct kube_object *object;
    bool in_use;
    const char *timestamp;
};

static bool is_in_use(const struct claims *claims, const struct kube_object *object)
{
    const struct resource_claim *claim = object->typed;
    for (size_t i = 0; claim && i < claim->n_reserved_for; i++) {
        const struct claim_consumer *consumer = &claim->reserved_for[i];
        const struct kube_object *pod =
            caches_find(&claims->caches, CACHE_PODS, object->namespace, consumer->name);
        const struct pod *typed = pod ? pod->typed : NULL;
        if (typed && strcmp(pod->uid, consumer->uid) == 0 && !pod_has_gate(typed, ALLOCATE_GATE))
            return true;
    }
    return false;
}

static int compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    if (x->in_use != y->in_use)
        return x->in_use ? -1 : 1;
    int order = strcmp(x->timestamp, y->timestamp);
    return order ? order : strcmp(x->object->uid, y->object->uid);
}

static void hear_all_claims(struct claims *claims)
{
    const struct kube_cache *cache = claims->caches.of[CACHE_CLAIMS];
    size_t count = kube_cache_count(cache);
    cleanup_free struct listed *list = mem_new(count, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        const struct kube_object *object = kube_cache_at(cache, i);
        const struct resource_claim *claim = object->typed;
        const char *timestamp = claim && claim->allocation ? claim->allocation->timestamp : NULL;
        list[i] = (struct listed){ object, is_in_use(claims, object), timestamp ? timestamp : "" };
    }
    qsort(list, count, sizeof(*list), compare_listed);
    for (size_t i = 0; i < count; i++)
        claims_hear(claims, CACHE_CLAIMS, NULL, list[i].object);
}

void claims_hear_all(struct claims *claims)
{
    claims->listing = true;
    static const enum cache_kind before_claims[] = { CACHE_NODES, CACHE_CLASSES, CACHE_SLICES, CACHE_RULES };
    for (size_t k = 0; k < ARRAY_LEN(before_claims); k++) {
        const struct kube_cache *cache = claims->caches.of[before_claims[k]];
        for (size_t i = 0; i < kube_cache_count(cache); i++)
            claims_hear(claims, before_claims[k], NULL, kube_cache_at(cache, i));
    }
    hear_all_claims(claims);
    const struct kube_cache *pods = claims->caches.of[CACHE_PODS];
    for (size_t i = 0; i < kube_cache_count(pods); i++)
        claims_hear(claims, CACHE_PODS, NULL, kube_cache_at(pods, i));
    claims->listing = false;
}
