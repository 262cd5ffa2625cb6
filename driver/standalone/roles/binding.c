/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's part that is left when somebody else allocates: a pod whose claims are all allocated is put
 * on a node from which all of them can be used.
 *
 *     gates, or claims missing or unallocated --> the condition PodScheduled says so
 *     no node fits                            --> likewise, with a count for each reason
 *     a claim not reserved for the pod        --> reserve it
 *     binding conditions                      --> wait; if they fail, give the allocation back
 *     then                                    --> bind
 *
 * A pod that came with a node of its own only gets its reservations.
 *
 * Key: a pod. Each line above is one step.
 */

#include "api/base/time.h"
#include "driver/kube/facts.h"
#include "driver/kube/fit.h"
#include "driver/standalone/roles/all.h"
#include "driver/standalone/roles/conditions.h"

typedef VEC(const struct kube_object *) claim_list;

/* What a step looks at. */
struct attempt {
    struct role_task *task;
    struct arena *arena;
    const struct kube_object *pod;
    claim_list claims; /* one for each entry that needs one */
};

/* Pods may ask for another scheduler. */
static bool is_for_us(const struct value *pod)
{
    const char *name = value_path_string(pod, "spec.schedulerName");
    return !name || strcmp(name, "default-scheduler") == 0;
}

static bool is_of_interest(const struct value *pod)
{
    return !pod_has_ended(pod) && !object_is_deleting(pod) &&
           (pod_node(pod) ? claim_entries(pod) > 0 : is_for_us(pod));
}

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_PODS && after && is_of_interest(after->tree))
        role_add(role, object->namespace, object->name);
    if (kind == CLUSTER_CLAIMS) {
        const struct kube_objects *pods =
            cluster_pods_of_claim(role->cluster, object->namespace, object->name);
        for (size_t i = 0; i < pods->length; i++)
            role_add(role, pods->items[i]->namespace, pods->items[i]->name);
    }
    if (kind != CLUSTER_NODES || !after)
        return;
    const struct kube_cache *pods = role->cluster->caches[CLUSTER_PODS];
    for (size_t i = 0; i < kube_cache_count(pods); i++) {
        const struct kube_object *pod = kube_cache_at(pods, i);
        if (!pod_node(pod->tree) && is_of_interest(pod->tree))
            role_add(role, pod->namespace, pod->name);
    }
}

/* PodScheduled=False with this reason, and an event about it, if the pod does not say so already. */
static struct error *say_unschedulable(struct attempt *attempt, const char *reason, const char *message)
{
    const struct value *pod = attempt->pod->tree;
    struct value *patch = patch_begin(attempt->arena, pod, false);
    if (!patch_condition(attempt->arena, patch, pod, "PodScheduled", "False", reason, message))
        return NULL;
    if (strcmp(reason, "Unschedulable") == 0) {
        struct event_target target = event_target_of(pod, &KUBE_PODS);
        recorder_event(attempt->task->cluster->scheduler_events, &target, EVENT_WARNING, "FailedScheduling",
                       "%s", message);
    }
    return role_patch(attempt->task, CLUSTER_PODS, attempt->pod, "status", patch, MANAGER_SCHEDULER);
}

/* The pod's claims. *MESSAGE says why one is not there or not usable. */
static void gather_claims(struct attempt *attempt, const char **message)
{
    struct arena *arena = attempt->arena;
    const struct kube_object *pod = attempt->pod;
    *message = NULL;
    for (size_t i = 0; i < claim_entries(pod->tree) && !*message; i++) {
        struct claim_entry wanted = claim_entry_at(pod->tree, i);
        if (!wanted.name)
            continue;
        const struct kube_object *claim =
            cluster_find(attempt->task->cluster, CLUSTER_CLAIMS, pod->namespace, wanted.name);
        const struct resource_claim *typed = claim ? claim->typed : NULL;
        if (!claim)
            *message = arena_printf(arena, "resourceclaim \"%s\" not found", wanted.name);
        else if (!typed)
            *message = arena_printf(arena, "resourceclaim \"%s\" cannot be read", wanted.name);
        else if (object_is_deleting(claim->tree))
            *message = arena_printf(arena, "resourceclaim \"%s\" is being deleted", wanted.name);
        else if (wanted.template && !claim_is_owned_by(claim->tree, pod->uid))
            *message = arena_printf(arena, "resourceclaim \"%s\" was not created for the pod", wanted.name);
        else if (!typed->allocation)
            *message = arena_printf(arena, "waiting for resourceclaim \"%s\" to be allocated", wanted.name);
        else if (!claim_is_reserved_for(typed, pod->uid) && typed->n_reserved_for >= CLAIM_MAX_RESERVED_FOR)
            *message = arena_printf(arena, "resourceclaim \"%s\" is in use by too many pods", wanted.name);
        else
            vec_push(&attempt->claims, claim);
    }
}

static const struct resource_claim *claim_of(const struct kube_object *object)
{
    return object->typed;
}

static struct error *patch_claim(struct attempt *attempt, const struct kube_object *claim,
                                 struct value *patch)
{
    return role_patch(attempt->task, CLUSTER_CLAIMS, claim, "status", patch, MANAGER_SCHEDULER);
}

static struct error *reserve(struct attempt *attempt, const struct kube_object *claim)
{
    struct arena *arena = attempt->arena;
    struct value *patch = patch_begin(arena, claim->tree, false);
    struct value *list = value_child_list(arena, value_child(arena, patch, "status"), "reservedFor");
    value_each (value_path(claim->tree, "status.reservedFor"), consumer)
        value_append(arena, list, value_copy(arena, consumer));
    struct value *consumer = value_object(arena);
    value_set_text(arena, consumer, "resource", "pods");
    value_set_text(arena, consumer, "name", attempt->pod->name);
    value_set_text(arena, consumer, "uid", attempt->pod->uid);
    value_append(arena, list, consumer);
    return error_wrap(patch_claim(attempt, claim, patch), "reserve claim %s", claim->name);
}

/* The first claim that is not reserved for the pod gets reserved. */
static struct error *reserve_next(struct attempt *attempt)
{
    vec_each (&attempt->claims, claim) {
        if (!claim_is_reserved_for(claim_of(*claim), attempt->pod->uid))
            return reserve(attempt, *claim);
    }
    return NULL;
}

/* Whether nobody but the pod holds the claim. */
static bool is_ours_alone(const struct resource_claim *claim, const char *pod_uid)
{
    return claim->n_reserved_for == 0 ||
           (claim->n_reserved_for == 1 && claim_is_reserved_for(claim, pod_uid));
}

/* Gives an allocation back whose devices did not become ready. */
static struct error *give_back(struct attempt *attempt, const struct kube_object *claim)
{
    struct arena *arena = attempt->arena;
    if (!is_ours_alone(claim_of(claim), attempt->pod->uid))
        return say_unschedulable(
            attempt, "Unschedulable",
            arena_printf(arena, "resourceclaim \"%s\": binding conditions failed", claim->name));
    struct value *patch = patch_begin(arena, claim->tree, false);
    struct value *status = value_child(arena, patch, "status");
    value_set(arena, status, "allocation", value_null(arena));
    value_set(arena, status, "reservedFor", value_null(arena));
    value_set(arena, status, "devices", value_null(arena));
    struct event_target target = event_target_of(attempt->pod->tree, &KUBE_PODS);
    recorder_event(attempt->task->cluster->scheduler_events, &target, EVENT_WARNING, "FailedScheduling",
                   "binding conditions of resourceclaim \"%s\" failed, the allocation is given back",
                   claim->name);
    return error_wrap(patch_claim(attempt, claim, patch), "give claim %s back", claim->name);
}

/* *WAITS if the devices of some claim are not ready yet; the key comes back when that has lasted too long. */
static struct error *check_conditions(struct attempt *attempt, bool *waits)
{
    *waits = false;
    vec_each (&attempt->claims, claim) {
        uint64_t left_ms;
        switch (binding_state_of(claim_of(*claim), time_now_micros(), &left_ms)) {
        case BINDING_READY: break;
        case BINDING_PENDING:
            *waits = true;
            role_add_later(attempt->task->role, attempt->task->key, left_ms);
            break;
        case BINDING_FAILED: return give_back(attempt, *claim);
        }
    }
    if (!*waits)
        return NULL;
    struct event_target target = event_target_of(attempt->pod->tree, &KUBE_PODS);
    recorder_event(attempt->task->cluster->scheduler_events, &target, EVENT_NORMAL,
                   "BindingConditionsPending", "waiting for the binding conditions of the allocated devices");
    return NULL;
}

static struct error *bind(struct attempt *attempt, const char *node)
{
    struct arena *arena = attempt->arena;
    const struct kube_object *pod = attempt->pod;
    struct value *body = role_body(arena, "Binding", pod);
    struct value *target_node = value_child(arena, body, "target");
    value_set_text(arena, target_node, "kind", "Node");
    value_set_text(arena, target_node, "name", node);
    struct kube_call_spec spec = {
        .verb = KUBE_CREATE,
        .namespace = pod->namespace,
        .name = pod->name,
        .subresource = "binding",
        .body = body,
        .field_manager = MANAGER_SCHEDULER,
    };
    TRY(error_wrap(role_request(attempt->task, CLUSTER_PODS, &spec), "bind to %s", node));
    struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
    recorder_event(attempt->task->cluster->scheduler_events, &target, EVENT_NORMAL, "Scheduled",
                   "Successfully assigned %s/%s to %s", pod->namespace, pod->name, node);
    return NULL;
}

/* Pods are spread: of the nodes that fit, the one with the fewest, then the first by name. NULL: *MESSAGE. */
static const char *choose_node(struct attempt *attempt, const char **message)
{
    VEC(struct allocation *) allocations = { 0 };
    vec_each (&attempt->claims, claim)
        vec_push(&allocations, claim_of(*claim)->allocation);
    const struct kube_cache *nodes = attempt->task->cluster->caches[CLUSTER_NODES];
    const char *best = NULL;
    size_t best_pods = 0, n_nodes = kube_cache_count(nodes), counts[FIT_REASONS] = { 0 };
    for (size_t i = 0; i < n_nodes; i++) {
        const struct kube_object *node = kube_cache_at(nodes, i);
        enum fit fit = fit_check(attempt->pod->tree, node->tree, allocations.items, allocations.length);
        counts[fit]++;
        size_t n_pods = cluster_pods_of_node(attempt->task->cluster, node->name)->length;
        if (fit == FIT &&
            (!best || n_pods < best_pods || (n_pods == best_pods && strcmp(node->name, best) < 0))) {
            best = node->name;
            best_pods = n_pods;
        }
    }
    vec_done(&allocations);
    cleanup_buf struct buf text = BUF_INIT(1024);
    buf_printf(&text, "0/%zu nodes are available", n_nodes);
    for (int fit = FIT + 1; fit < FIT_REASONS; fit++) {
        if (counts[fit])
            buf_printf(&text, "%s %zu %s", strchr(buf_text(&text), ':') ? "," : ":", counts[fit],
                       fit_reason((enum fit)fit));
    }
    buf_add_char(&text, '.');
    *message = arena_strdup(attempt->arena, buf_text(&text));
    return best;
}

static bool claims_are_made(const struct value *pod)
{
    for (size_t i = 0; i < claim_entries(pod); i++) {
        struct claim_entry wanted = claim_entry_at(pod, i);
        if (!wanted.name && !wanted.not_needed)
            return false;
    }
    return true;
}

static struct error *schedule(struct attempt *attempt)
{
    const char *message;
    if (value_length(value_path(attempt->pod->tree, "spec.schedulingGates")) > 0)
        return say_unschedulable(attempt, "SchedulingGated",
                                 "Scheduling is blocked due to non-empty scheduling gates");
    if (!claims_are_made(attempt->pod->tree))
        return NULL; /* the pod's status will tell */
    gather_claims(attempt, &message);
    if (message)
        return say_unschedulable(attempt, "Unschedulable", message);
    const char *node = choose_node(attempt, &message);
    if (!node)
        return say_unschedulable(attempt, "Unschedulable", message);
    bool waits;
    TRY(reserve_next(attempt));
    if (attempt->task->requested)
        return NULL;
    TRY(check_conditions(attempt, &waits));
    return attempt->task->requested || waits ? NULL : bind(attempt, node);
}

/* For a pod that did not come through the scheduler: reserve what is allocated. */
static struct error *reserve_only(struct attempt *attempt)
{
    const char *message;
    gather_claims(attempt, &message);
    return reserve_next(attempt);
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    role_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *pod = cluster_find(task->cluster, CLUSTER_PODS, namespace, name);
    if (!pod || !is_of_interest(pod->tree))
        return NULL;
    struct attempt attempt = { .task = task, .arena = arena, .pod = pod };
    struct error *err = pod_node(pod->tree) ? reserve_only(&attempt) : schedule(&attempt);
    vec_done(&attempt.claims);
    return err;
}

const struct role_kind binding_role = {
    .name = "binding",
    .observe = observe,
    .reconcile = reconcile,
};
