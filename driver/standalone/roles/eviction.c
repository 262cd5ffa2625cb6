/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device-taint eviction: a running pod whose device gets a NoExecute taint leaves, unless its claim tolerates
 * that, at the time when the taint was added plus what is tolerated.
 *
 *     not due yet                    --> come back then
 *     due, no DisruptionTarget yet   --> the condition
 *     due                            --> the event, and delete this very pod
 *
 * A rule's status says how far it has come (EvictionInProgress).
 *
 * Keys: a pod, or "RULE:NAME" for a rule's status.
 */

#include "driver/standalone/roles/eviction.h"
#include "api/base/time.h"
#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"
#include "driver/standalone/roles/taints.h"

enum { RULE_STATUS_MS = 500 }; /* gathers what happens at once into one write */

static const char RULE_PREFIX[] = "RULE:";

struct evictions {
    struct map waiting; /* keys of pods with a due time ahead */
    size_t n_evicted;
};

static void add_rules(struct role *role)
{
    const struct kube_cache *rules = role->cluster->caches[CLUSTER_RULES];
    for (size_t i = 0; i < kube_cache_count(rules); i++) {
        cleanup_buf struct buf key = BUF_INIT(512);
        buf_printf(&key, "%s%s", RULE_PREFIX, kube_cache_at(rules, i)->name);
        role_add_later(role, buf_text(&key), RULE_STATUS_MS);
    }
}

static void add_pods_with_claims(struct role *role)
{
    const struct kube_cache *pods = role->cluster->caches[CLUSTER_PODS];
    for (size_t i = 0; i < kube_cache_count(pods); i++) {
        const struct kube_object *pod = kube_cache_at(pods, i);
        if (claim_entries(pod->tree) > 0)
            role_add(role, pod->namespace, pod->name);
    }
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_PODS && claim_entries(object->tree) > 0)
        role_add(role, object->namespace, object->name);
    if (kind == CLUSTER_CLAIMS) {
        const struct kube_objects *pods =
            cluster_pods_of_claim(role->cluster, object->namespace, object->name);
        for (size_t i = 0; i < pods->length; i++)
            role_add(role, pods->items[i]->namespace, pods->items[i]->name);
    }
    if (kind == CLUSTER_SLICES || kind == CLUSTER_RULES)
        add_pods_with_claims(role);
    if (kind == CLUSTER_RULES || (kind == CLUSTER_PODS && claim_entries(object->tree) > 0))
        add_rules(role);
}

static struct error *delete_pod(struct role_task *task, struct arena *arena, const struct kube_object *pod)
{
    struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
    recorder_event(task->cluster->eviction_events, &target, EVENT_NORMAL, "DeviceTaintManagerEviction",
                   "Marking for deletion");
    return error_wrap(role_delete(task, arena, CLUSTER_PODS, pod, NULL), "evict");
}

static struct error *evict(struct role_task *task, const struct kube_object *pod)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *patch = patch_begin(arena, pod->tree, false);
    if (patch_condition(arena, patch, pod->tree, "DisruptionTarget", "True", "DeletionByDeviceTaintManager",
                        "Device Taint manager: deleting due to NoExecute taint"))
        return error_wrap(role_patch(task, CLUSTER_PODS, pod, "status", patch, MANAGER_EVICTION),
                          "mark the pod");
    struct evictions *state = task->role->state;
    TRY(delete_pod(task, arena, pod));
    state->n_evicted++;
    return NULL;
}

static void forget_waiting(struct role_task *task, const struct kube_object *pod)
{
    struct evictions *state = task->role->state;
    if (!map_remove(&state->waiting, span_of(task->key)) || !pod)
        return;
    struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
    recorder_event(task->cluster->eviction_events, &target, EVENT_NORMAL, "DeviceTaintManagerEviction",
                   "Cancelling deletion");
}

static struct error *reconcile_pod(struct role_task *task, const char *namespace, const char *name)
{
    struct evictions *state = task->role->state;
    const struct kube_object *pod = cluster_find(task->cluster, CLUSTER_PODS, namespace, name);
    if (!pod || object_is_deleting(pod->tree)) {
        map_remove(&state->waiting, span_of(task->key));
        return NULL;
    }
    struct eviction eviction = taints_eviction_of(task->cluster, pod, NULL);
    if (!eviction.due) {
        forget_waiting(task, pod);
        return NULL;
    }
    int64_t left = eviction.micros - time_now_micros();
    if (left <= 0)
        return evict(task, pod);
    map_put(&state->waiting, task->key, state);
    role_add_later(task->role, task->key, (uint64_t)left / 1000 + 1);
    return NULL;
}

/* Pods that RULE makes leave, now or later, and in how many namespaces they are. */
static size_t count_pending(const struct cluster *cluster, const struct device_taint_rule *rule,
                            size_t *n_namespaces)
{
    const struct kube_cache *pods = cluster->caches[CLUSTER_PODS];
    cleanup_map struct map namespaces = { 0 };
    size_t n_pods = 0;
    for (size_t i = 0; i < kube_cache_count(pods); i++) {
        const struct kube_object *pod = kube_cache_at(pods, i);
        if (object_is_deleting(pod->tree) || !taints_eviction_of(cluster, pod, rule).due)
            continue;
        n_pods++;
        map_put(&namespaces, pod->namespace, (void *)pod);
    }
    *n_namespaces = namespaces.length;
    return n_pods;
}

static bool rule_status(struct role_task *task, struct arena *arena, struct value *patch,
                        const struct kube_object *object)
{
    const struct device_taint_rule *rule = object->typed;
    struct evictions *state = task->role->state;
    size_t n_namespaces, n_pods;
    if (rule->taint.effect == EFFECT_NO_SCHEDULE)
        return patch_condition(arena, patch, object->tree, "EvictionInProgress", "False", "OtherEffect",
                               "Eviction only happens for the NoExecute effect.");
    if (rule->taint.effect == EFFECT_NONE) {
        struct device_taint_rule as_if = *rule;
        as_if.taint.effect = EFFECT_NO_EXECUTE;
        n_pods = count_pending(task->cluster, &as_if, &n_namespaces);
        return patch_condition(arena, patch, object->tree, "EvictionInProgress", "False", "NoEffect",
                               arena_printf(arena,
                                            "%zu pods would be evicted in %zu namespaces if the effect "
                                            "was NoExecute.",
                                            n_pods, n_namespaces));
    }
    n_pods = count_pending(task->cluster, rule, &n_namespaces);
    const char *message =
        n_pods
            ? arena_printf(arena,
                           "%zu pod%s need%s to be evicted in %zu namespace%s. %zu pod%s evicted since "
                           "starting the controller.",
                           n_pods, n_pods == 1 ? "" : "s", n_pods == 1 ? "s" : "", n_namespaces,
                           n_namespaces == 1 ? "" : "s", state->n_evicted, state->n_evicted == 1 ? "" : "s")
            : arena_printf(arena, "%zu pod%s evicted since starting the controller.", state->n_evicted,
                           state->n_evicted == 1 ? "" : "s");
    return patch_condition(arena, patch, object->tree, "EvictionInProgress", n_pods ? "True" : "False",
                           n_pods ? "PodsPendingEviction" : "Completed", message);
}

static struct error *reconcile_rule(struct role_task *task, const char *name)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct kube_object *rule = cluster_find(task->cluster, CLUSTER_RULES, NULL, name);
    if (!rule || !rule->typed || object_is_deleting(rule->tree))
        return NULL;
    struct value *patch = patch_begin(arena, rule->tree, false);
    if (!rule_status(task, arena, patch, rule))
        return NULL;
    return error_wrap(role_patch(task, CLUSTER_RULES, rule, "status", patch, MANAGER_EVICTION),
                      "write the rule's status");
}

static struct error *reconcile(struct role_task *task)
{
    if (span_starts_with(span_of(task->key), span_of(RULE_PREFIX)))
        return reconcile_rule(task, task->key + strlen(RULE_PREFIX));
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    role_key_split(task->key, arena, &namespace, &name);
    return reconcile_pod(task, namespace, name);
}

static void forget(struct role *role)
{
    struct evictions *state = role->state;
    map_done(&state->waiting);
}

const struct role_kind eviction_role = {
    .name = "device-taint eviction",
    .observe = observe,
    .reconcile = reconcile,
    .state_size = sizeof(struct evictions),
    .forget = forget,
};
