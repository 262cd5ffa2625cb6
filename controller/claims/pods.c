/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods' reconciler: asks the desk for the next step and takes it.
 *
 * Key: a pod. A step is a search, or one write; the plan tells their order (plan.h).
 */

#include "api/base/log.h"
#include "api/base/time.h"
#include "api/core/pod.h"
#include "controller/claims/claims_private.h"
#include "controller/claims/names.h"
#include "controller/claims/patches.h"
#include "driver/kube/facts.h"
#include "driver/kube/fit.h"

#include <stdlib.h>

#define FIELD_MANAGER "tranche-controller"

/* What a step looks at. */
struct attempt {
    struct reconcile_task *task;
    struct claims *claims;
    struct arena *arena;
    const struct kube_object *pod;
    struct plan plan;
    struct step step;
};

/* --- telling people --- */

/* The condition, written only when the sentence changes, and an Event with it. */
static struct error *say(struct attempt *attempt, bool allocated, const char *reason, const char *message)
{
    const struct kube_object *pod = attempt->pod;
    struct value *patch = patch_begin(attempt->arena, pod->tree, true), *whole = value_object(attempt->arena);
    if (!patch_condition(attempt->arena, whole, pod->tree, ALLOCATED_TYPE, allocated ? "True" : "False",
                         reason, message))
        return NULL;
    /* A strategic patch merges conditions by type, so that ours, the last of them, is all it takes. */
    const struct value *conditions = value_path(whole, "status.conditions");
    value_append(attempt->arena,
                 value_child_list(attempt->arena, value_child(attempt->arena, patch, "status"), "conditions"),
                 value_at(conditions, value_length(conditions) - 1));
    struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
    recorder_event(attempt->claims->options.recorder, &target, allocated ? EVENT_NORMAL : EVENT_WARNING,
                   reason, "%s", message);
    for (size_t i = 0; !allocated && i < attempt->plan.n_claims; i++) {
        const struct plan_claim *claim = &attempt->plan.claims[i];
        const struct kube_object *object =
            plan_wants(claim)
                ? caches_find(&attempt->claims->caches, CACHE_CLAIMS, pod->namespace, claim->name)
                : NULL;
        if (!object)
            continue;
        target = event_target_of(object->tree, &KUBE_RESOURCE_CLAIMS);
        recorder_event(attempt->claims->options.recorder, &target, EVENT_WARNING, reason, "%s", message);
    }
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_STRATEGIC,
        .resource = &KUBE_PODS,
        .namespace = pod->namespace,
        .name = pod->name,
        .subresource = "status",
        .body = patch,
        .field_manager = FIELD_MANAGER,
    };
    return reconcile_request(attempt->task, attempt->claims->caches.of[CACHE_PODS], &spec);
}

/* --- writing --- */

static struct error *patch_claim(struct attempt *attempt, const char *subresource, const struct value *patch)
{
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_MERGE,
        .resource = &KUBE_RESOURCE_CLAIMS,
        .namespace = attempt->pod->namespace,
        .name = attempt->step.claim->name,
        .subresource = subresource,
        .body = patch,
        .field_manager = FIELD_MANAGER,
    };
    return reconcile_request(attempt->task, attempt->claims->caches.of[CACHE_CLAIMS], &spec);
}

static const struct value *claim_tree(const struct attempt *attempt)
{
    const struct kube_object *claim = caches_find(&attempt->claims->caches, CACHE_CLAIMS,
                                                  attempt->pod->namespace, attempt->step.claim->name);
    return claim->tree;
}

static struct error *protect(struct attempt *attempt)
{
    return error_wrap(patch_claim(attempt, NULL, patch_add_finalizer(attempt->arena, claim_tree(attempt))),
                      "protect claim %s", attempt->step.claim->name);
}

static struct error *allocate_claim(struct attempt *attempt)
{
    const struct plan_claim *claim = attempt->step.claim;
    const struct value *patch = patch_allocate(attempt->arena, claim_tree(attempt), claim->decided,
                                               attempt->pod->tree, time_now_micros());
    attempt->claims->stats.n_written++;
    return error_wrap(patch_claim(attempt, "status", patch), "allocate claim %s", claim->name);
}

static struct error *take_back(struct attempt *attempt)
{
    const struct plan_claim *claim = attempt->step.claim;
    const struct value *tree = claim_tree(attempt);
    log_warn("an allocation is taken back", kv_str("namespace", attempt->pod->namespace),
             kv_str("claim", claim->name), kv_str("reason", attempt->step.reason),
             kv_str("because", attempt->step.message));
    struct event_target target = event_target_of(tree, &KUBE_RESOURCE_CLAIMS);
    recorder_event(attempt->claims->options.recorder, &target, EVENT_WARNING, attempt->step.reason,
                   "the allocation is taken back: %s", attempt->step.message);
    attempt->claims->stats.n_taken_back++;
    return error_wrap(patch_claim(attempt, "status", patch_deallocate(attempt->arena, tree)),
                      "take claim %s back", claim->name);
}

static struct error *open_gate(struct attempt *attempt)
{
    const struct kube_object *pod = attempt->pod;
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_STRATEGIC,
        .resource = &KUBE_PODS,
        .namespace = pod->namespace,
        .name = pod->name,
        .body = patch_open(attempt->arena, pod->tree, ALLOCATE_GATE),
        .field_manager = FIELD_MANAGER,
    };
    attempt->claims->stats.n_opened++;
    return error_wrap(reconcile_request(attempt->task, attempt->claims->caches.of[CACHE_PODS], &spec),
                      "open the gate");
}

/* --- searching --- */

typedef VEC(const char *) name_list;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The nodes that could take the pod, by name. OUT counts those that could not, by reason. */
static void find_candidates(struct attempt *attempt, name_list *names, size_t counts[FIT_REASONS],
                            uint64_t *again_ms)
{
    const struct kube_cache *nodes = attempt->claims->caches.of[CACHE_NODES];
    uint64_t now = loop_now(attempt->claims->loop), until = UINT64_MAX;
    const char *bound_to = pod_node(attempt->pod->tree);
    VEC(struct allocation *) allocations = { 0 };
    for (size_t i = 0; i < attempt->plan.n_claims; i++) {
        if (attempt->plan.claims[i].claim->allocation)
            vec_push(&allocations, attempt->plan.claims[i].claim->allocation);
    }
    for (size_t i = 0; i < kube_cache_count(nodes); i++) {
        const struct kube_object *node = kube_cache_at(nodes, i);
        enum fit fit = FIT;
        if (!bound_to)
            fit = fit_check(attempt->pod->tree, node->tree, allocations.items, allocations.length);
        else if (strcmp(bound_to, node->name) != 0)
            continue;
        if (fit == FIT && desk_avoids(attempt->claims->desk, &attempt->plan, node->name, now, &until))
            continue;
        counts[fit]++;
        if (fit == FIT)
            vec_push(names, node->name);
    }
    vec_done(&allocations);
    if (names->length)
        qsort(names->items, names->length, sizeof(names->items[0]), compare_names);
    *again_ms = until == UINT64_MAX ? 0 : until - now;
}

static const char *no_candidate_sentence(struct attempt *attempt, const size_t counts[FIT_REASONS],
                                         uint64_t again_ms)
{
    cleanup_buf struct buf text = BUF_INIT(1024);
    buf_printf(&text, "no node can take the pod");
    const char *separator = ": ";
    for (int fit = FIT + 1; fit < FIT_REASONS; fit++) {
        if (counts[fit])
            buf_printf(&text, "%s%zu %s", separator, counts[fit], fit_reason((enum fit)fit));
        if (counts[fit])
            separator = ", ";
    }
    if (again_ms)
        buf_printf(&text, "%sthe allocation on a node vanished, which is tried again after a while",
                   separator);
    return arena_strdup(attempt->arena, buf_text(&text));
}

/* Claims as the worker will see them, in the pod's order. */
static bool copy_claims(struct attempt *attempt, struct arena *arena, struct search *search)
{
    search->claims = arena_make_array(arena, const struct resource_claim *, attempt->plan.n_claims);
    for (size_t i = 0; i < attempt->plan.n_claims; i++) {
        const struct plan_claim *wanted = &attempt->plan.claims[i];
        if (!plan_wants(wanted))
            continue;
        struct order *copy = order_of(ORDER_PUT_CLAIM, caches_find(&attempt->claims->caches, CACHE_CLAIMS,
                                                                   attempt->pod->namespace, wanted->name));
        if (!copy)
            return false;
        search->claims[search->n_claims++] = copy->object;
        arena_adopt(arena, take(copy->arena));
        order_free(copy);
    }
    return true;
}

/* The policy of the first request decides for all claims of the pod: they go to one node together. */
static enum placement find_placement(const struct attempt *attempt)
{
    const struct claims_options *options = &attempt->claims->options;
    const struct policy_set *set = options->find_policies(options->ctx);
    for (size_t i = 0; set && i < attempt->plan.n_claims; i++) {
        const struct plan_claim *wanted = &attempt->plan.claims[i];
        if (!plan_wants(wanted) || !wanted->claim->spec.n_requests)
            continue;
        const struct device_request *request = &wanted->claim->spec.requests[0];
        const struct exact_request *first = request->exactly ? request->exactly : request->first_available;
        const struct allocation_policy *policy =
            first ? policy_find(set, options->driver, first->class_name) : NULL;
        if (policy && policy->has_placement)
            return policy->placement;
    }
    return PLACEMENT_FIRST;
}

static void send_search(struct attempt *attempt, const name_list *names)
{
    struct order *order = order_new(ORDER_SEARCH, NULL, NULL);
    struct arena *arena = order->arena;
    struct search *search = arena_make(arena, struct search);
    if (!copy_claims(attempt, arena, search)) {
        order_free(order);
        return;
    }
    search->pod_key = arena_strdup(arena, attempt->task->key);
    search->pod_uid = arena_strdup(arena, attempt->pod->uid);
    search->nodes = arena_make_array(arena, const char *, names->length);
    for (size_t i = 0; i < names->length; i++)
        search->nodes[search->n_nodes++] = arena_strdup(arena, names->items[i]);
    search->placement = find_placement(attempt);
    search->max_steps = attempt->claims->options.step_budget;
    search->ticket = desk_search_begin(attempt->claims->desk, &attempt->plan);
    order->object = search;
    searcher_send(attempt->claims->searcher, order);
}

static struct error *search(struct attempt *attempt)
{
    name_list names = { 0 };
    size_t counts[FIT_REASONS] = { 0 };
    uint64_t again_ms;
    find_candidates(attempt, &names, counts, &again_ms);
    if (again_ms)
        reconciler_add_later(&attempt->claims->pods, attempt->task->key, again_ms);
    struct error *err = NULL;
    if (names.length)
        send_search(attempt, &names);
    else
        err = say(attempt, false, "NoNode", no_candidate_sentence(attempt, counts, again_ms));
    vec_done(&names);
    return err;
}

/* --- steps --- */

static struct error *take_step(struct attempt *attempt)
{
    const struct step *step = &attempt->step;
    switch (step->kind) {
    case STEP_IGNORE: return NULL;
    case STEP_WAIT: return step->message ? say(attempt, false, step->reason, step->message) : NULL;
    case STEP_SEARCH: return search(attempt);
    case STEP_PROTECT: return protect(attempt);
    case STEP_ALLOCATE: return allocate_claim(attempt);
    case STEP_TAKE_BACK: return take_back(attempt);
    case STEP_OPEN: return open_gate(attempt);
    case STEP_DONE: return say(attempt, true, "Allocated", "every claim of the pod has its devices");
    }
    return NULL;
}

static struct error *reconcile(struct reconcile_task *task)
{
    struct claims *claims = container_of(task->reconciler, struct claims, pods);
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    reconcile_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *pod = caches_find(&claims->caches, CACHE_PODS, namespace, name);
    if (!pod || !pod->typed || !claim_entries(pod->tree) ||
        !claims->options.find_policies(claims->options.ctx))
        return NULL;
    struct attempt attempt = { .task = task, .claims = claims, .arena = arena, .pod = pod };
    desk_plan(claims->desk, pod->typed, arena, &attempt.plan, &attempt.step);
    log_debug("next step", kv_str("pod", task->key), kv_str("step", step_kind_name(attempt.step.kind)),
              kv_str("claim", attempt.step.claim ? attempt.step.claim->name : NULL));
    return take_step(&attempt);
}

/* What the server will never take is decided anew. */
static void on_refused(struct reconcile_task *task, const struct error *err)
{
    struct claims *claims = container_of(task->reconciler, struct claims, pods);
    if (err->kind != ERROR_INVALID && err->kind != ERROR_DENIED)
        return;
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    reconcile_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *pod = caches_find(&claims->caches, CACHE_PODS, namespace, name);
    if (!pod)
        return;
    struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
    recorder_event(claims->options.recorder, &target, EVENT_WARNING, "WriteRefused", "%s", err->text);
    desk_pod_gone(claims->desk, namespace, name);
}

const struct reconciler_kind pods_reconciler = {
    .name = "pods",
    .reconcile = reconcile,
    .refused = on_refused,
};
