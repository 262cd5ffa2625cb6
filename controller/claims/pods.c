/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods' reconciler: asks the desk for the next step and takes it.
 *
 * Key: a pod, or a claim that is to be allocated without one. A step is a search, or one write; the plan
 * tells their order (plan.h).
 */

#include "api/base/log.h"
#include "api/base/time.h"
#include "controller/claims/attempt.h"
#include "controller/claims/names.h"
#include "controller/claims/patches.h"
#include "driver/kube/facts.h"

/* --- writing --- */

static struct error *patch_claim(struct attempt *attempt, const char *subresource, const struct value *patch)
{
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_MERGE,
        .resource = &KUBE_RESOURCE_CLAIMS,
        .namespace = attempt->pod->meta.namespace,
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
                                                  attempt->pod->meta.namespace, attempt->step.claim->name);
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
    const struct value *patch =
        patch_allocate(attempt->arena, claim_tree(attempt), claim->decided, attempt->tree, time_now_micros());
    attempt->claims->stats.n_written++;
    return error_wrap(patch_claim(attempt, "status", patch), "allocate claim %s", claim->name);
}

static struct error *take_back(struct attempt *attempt)
{
    const struct plan_claim *claim = attempt->step.claim;
    const struct value *tree = claim_tree(attempt);
    log_warn("an allocation is taken back", kv_str("namespace", attempt->pod->meta.namespace),
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
    const struct object_meta *pod = &attempt->pod->meta;
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_STRATEGIC,
        .resource = &KUBE_PODS,
        .namespace = pod->namespace,
        .name = pod->name,
        .body = patch_open(attempt->arena, attempt->tree, ALLOCATE_GATE),
        .field_manager = FIELD_MANAGER,
    };
    attempt->claims->stats.n_opened++;
    return error_wrap(reconcile_request(attempt->task, attempt->claims->caches.of[CACHE_PODS], &spec),
                      "open the gate");
}

/* --- steps --- */

static struct error *take_step(struct attempt *attempt)
{
    const struct step *step = &attempt->step;
    switch (step->kind) {
    case STEP_IGNORE: return NULL;
    case STEP_WAIT: return step->message ? attempt_tell(attempt, false, step->reason, step->message) : NULL;
    case STEP_SEARCH: return attempt_ask(attempt);
    case STEP_PROTECT: return protect(attempt);
    case STEP_ALLOCATE: return allocate_claim(attempt);
    case STEP_TAKE_BACK: return take_back(attempt);
    case STEP_OPEN: return open_gate(attempt);
    case STEP_DONE: return attempt_tell(attempt, true, "Allocated", "every claim of the pod has its devices");
    }
    return NULL;
}

/* The fence holds up whatever leads to new allocations. */
static bool is_allocating(enum step_kind kind)
{
    return kind == STEP_SEARCH || kind == STEP_PROTECT || kind == STEP_ALLOCATE;
}

/* A pod that stands for a claim without one: it is gone when the claim need not be allocated any more. */
static const struct pod *stand_in(struct claims *claims, struct arena *arena, const char *namespace,
                                  const char *name)
{
    const char *claim_name = name + strlen(LONE_CLAIM_PREFIX);
    const struct kube_object *object = caches_find(&claims->caches, CACHE_CLAIMS, namespace, claim_name);
    const struct resource_claim *claim = object ? object->typed : NULL;
    if (!claim || !claim_is_immediate(claim) || claim->meta.deletion_timestamp)
        return NULL;
    struct pod *pod = arena_make(arena, struct pod);
    pod->meta = (struct object_meta){ .namespace = namespace, .name = name, .uid = claim->meta.uid };
    pod->claims = arena_make(arena, struct pod_claim);
    pod->claims[0] = (struct pod_claim){ .name = "claim", .claim_name = claim->meta.name };
    pod->n_claims = 1;
    return pod;
}

static void find_pod(struct attempt *attempt)
{
    const char *namespace, *name;
    reconcile_key_split(attempt->task->key, attempt->arena, &namespace, &name);
    if (strncmp(name, LONE_CLAIM_PREFIX, strlen(LONE_CLAIM_PREFIX)) == 0) {
        attempt->pod = stand_in(attempt->claims, attempt->arena, namespace, name);
        return;
    }
    const struct kube_object *object = caches_find(&attempt->claims->caches, CACHE_PODS, namespace, name);
    if (!object || !object->typed || !claim_entries(object->tree))
        return;
    attempt->pod = object->typed;
    attempt->tree = object->tree;
}

static struct error *reconcile(struct reconcile_task *task)
{
    struct claims *claims = container_of(task->reconciler, struct claims, pods);
    cleanup_arena struct arena *arena = arena_new();
    struct attempt attempt = { .task = task, .claims = claims, .arena = arena };
    find_pod(&attempt);
    if (!attempt.pod || !claims->options.find_policies(claims->options.ctx))
        return NULL;
    desk_plan(claims->desk, attempt.pod, loop_now(claims->loop), arena, &attempt.plan, &attempt.step);
    log_debug("next step", kv_str("pod", task->key), kv_str("step", step_kind_name(attempt.step.kind)),
              kv_str("claim", attempt.step.claim ? attempt.step.claim->name : NULL));
    const char *breach = fence_breach(&claims->fence, arena);
    if (breach && is_allocating(attempt.step.kind))
        return attempt_tell(&attempt, false, "FenceDown", breach);
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
    if (pod) {
        struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
        recorder_event(claims->options.recorder, &target, EVENT_WARNING, "WriteRefused", "%s", err->text);
    }
    desk_pod_gone(claims->desk, namespace, name);
}

const struct reconciler_kind pods_reconciler = {
    .name = "pods",
    .reconcile = reconcile,
    .refused = on_refused,
};
