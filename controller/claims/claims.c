/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/claims.h"
#include "api/base/log.h"
#include "controller/claims/claims_private.h"
#include "controller/claims/names.h"

/* --- what the desk asks and tells --- */

static const struct resource_claim *find_claim(void *ctx, const char *namespace, const char *name)
{
    struct claims *claims = ctx;
    const struct kube_object *object = caches_find(&claims->caches, CACHE_CLAIMS, namespace, name);
    return object ? object->typed : NULL;
}

const struct device_class *claims_find_class(void *ctx, const char *name)
{
    struct claims *claims = ctx;
    const struct kube_object *object = caches_find(&claims->caches, CACHE_CLASSES, NULL, name);
    return object ? object->typed : NULL;
}

bool claims_own(struct claims *claims, const struct resource_claim *claim)
{
    const char *class_name;
    return claim_ownership(claim, claims_find_class, claims, &class_name) == OWNED_BY_US;
}

bool claim_is_immediate(const struct resource_claim *claim)
{
    const char *when = meta_annotation(&claim->meta, ALLOCATE_IMMEDIATE);
    return when && strcmp(when, "immediate") == 0;
}

/* The first of the claim's classes that a policy keeps from its namespace. */
static const char *find_denial(void *ctx, const struct resource_claim *claim, struct arena *arena)
{
    struct claims *claims = ctx;
    const struct policy_set *set = claims->options.find_policies(claims->options.ctx);
    for (size_t i = 0; set && i < claim->spec.n_requests; i++) {
        const struct device_request *request = &claim->spec.requests[i];
        size_t n_alternatives = request->exactly ? 1 : request->n_first_available;
        const struct exact_request *alternatives =
            request->exactly ? request->exactly : request->first_available;
        for (size_t j = 0; j < n_alternatives; j++) {
            if (!policy_allows_namespace(set, claims->options.driver, alternatives[j].class_name,
                                         claim->meta.namespace))
                return arena_printf(arena,
                                    "claim \"%s\": no AllocationPolicy lets namespace %s use class \"%s\"",
                                    claim->meta.name, claim->meta.namespace, alternatives[j].class_name);
        }
    }
    return NULL;
}

static bool is_waiting(void *ctx, const char *namespace, const struct claim_consumer *user)
{
    struct claims *claims = ctx;
    const struct kube_object *object = caches_find(&claims->caches, CACHE_PODS, namespace, user->name);
    const struct pod *pod = object ? object->typed : NULL;
    bool is_user = pod && user->uid && strcmp(pod->meta.uid, user->uid) == 0;
    return is_user && !pod_is_finished(pod) && !pod->meta.deletion_timestamp &&
           !(pod->node_name && *pod->node_name);
}

static void forget(void *ctx, const char *namespace, const char *name)
{
    struct claims *claims = ctx;
    searcher_send(claims->searcher, order_new(ORDER_FORGET, namespace, name));
}

static void touched(void *ctx, const char *namespace, const char *name)
{
    claims_touch(ctx, namespace, name);
}

/* --- replies --- */

static void count_outcome(struct claims_stats *stats, enum outcome_kind kind)
{
    switch (kind) {
    case OUTCOME_ALLOCATED: stats->n_allocated++; break;
    case OUTCOME_NO_FIT:
    case OUTCOME_NODE_FAILURE: stats->n_no_fit++; break;
    case OUTCOME_ABORTED: stats->n_aborted++; break;
    case OUTCOME_EXHAUSTED: stats->n_exhausted++; break;
    }
}

static void take_answer(struct claims *claims, struct reply *reply)
{
    struct desk_answer answer = reply_answer(reply);
    count_outcome(&claims->stats, reply->outcome.kind);
    claims->stats.n_idle_wakes += reply->idle;
    claims->options.observe_search(claims->options.ctx, (double)reply->nanos / 1e9);
    log_debug("searched", kv_str("pod", answer.pod_key), kv_str("outcome", answer.reason),
              kv_str("node", answer.node), kv_int("steps", reply->outcome.steps),
              kv_int("micros", reply->nanos / 1000));
    reconciler_add_key(&claims->pods, answer.pod_key);
    (void)desk_search_end(claims->desk, &answer);
}

static void on_reply(void *ctx, struct reply *reply)
{
    struct claims *claims = ctx;
    switch (reply->kind) {
    case REPLY_VERDICT:
        desk_judged(claims->desk, reply->namespace, reply->name, reply->version, &reply->verdict);
        break;
    case REPLY_OVERTAKEN: desk_overtaken(claims->desk, reply->key); break;
    case REPLY_WOKEN:
        claims->stats.n_wakes++;
        (void)desk_wake(claims->desk, reply->key);
        reconciler_add_key(&claims->pods, reply->key);
        break;
    case REPLY_FOUND: take_answer(claims, reply); return;
    }
    reply_free(reply);
}

/* --- start --- */

static void on_complete(struct caches *caches)
{
    struct claims *claims = container_of(caches, struct claims, caches);
    reconciler_start(&claims->pods);
    reconciler_start(&claims->idle);
    claims_hear_all(claims);
    log_info("claims are served", kv_int("claims", kube_cache_count(caches->of[CACHE_CLAIMS])),
             kv_int("slices", kube_cache_count(caches->of[CACHE_SLICES])),
             kv_int("nodes", kube_cache_count(caches->of[CACHE_NODES])));
}

static void on_changed(struct caches *caches, enum cache_kind kind, const struct kube_object *before,
                       const struct kube_object *after)
{
    claims_hear(container_of(caches, struct claims, caches), kind, before, after);
}

struct error *claims_start(struct kube_client *client, const struct claims_options *options,
                           struct claims **out)
{
    struct claims *claims = NEW(struct claims);
    claims->loop = kube_client_loop(client);
    claims->client = client;
    claims->options = *options;
    claims->toleration = (struct toleration){
        .key = ALLOCATOR_TAINT, .op = TOLERATE_EQUAL, .value = "controller", .effect = "NoSchedule"
    };
    struct desk_hooks hooks = { .ctx = claims,
                                .find_claim = find_claim,
                                .find_class = claims_find_class,
                                .find_denial = find_denial,
                                .is_waiting = is_waiting,
                                .forget = forget,
                                .touched = touched };
    struct searcher_options searcher = { options->features, &claims->toleration, 1, on_reply, claims };
    claims->desk = desk_new(&hooks);
    claims->searcher = searcher_new(claims->loop, &searcher);
    reconciler_init(&claims->pods, &pods_reconciler, client);
    reconciler_init(&claims->idle, &idle_reconciler, client);
    claims->fence.driver = options->driver;
    claims->caches.on_complete = on_complete;
    claims->caches.on_changed = on_changed;
    *out = claims;
    return caches_start(&claims->caches, client);
}

/* --- stop --- */

static void part_stopped(struct claims *claims)
{
    if (--claims->n_stopping)
        return;
    void (*stopped)(void *ctx) = claims->stopped;
    void *ctx = claims->stopped_ctx;
    caches_stop(&claims->caches);
    desk_free(claims->desk);
    map_each (&claims->idle_since, entry)
        free(entry->value);
    map_each (&claims->said, entry)
        free(entry->value);
    map_done(&claims->idle_since);
    map_done(&claims->said);
    fence_done(&claims->fence);
    free(claims);
    stopped(ctx);
}

static void on_searcher_stopped(void *ctx)
{
    part_stopped(ctx);
}

static void on_pods_drained(struct reconciler *reconciler)
{
    part_stopped(container_of(reconciler, struct claims, pods));
}

static void on_idle_drained(struct reconciler *reconciler)
{
    part_stopped(container_of(reconciler, struct claims, idle));
}

void claims_stop(struct claims *claims, void (*stopped)(void *ctx), void *ctx)
{
    claims->stopped = stopped;
    claims->stopped_ctx = ctx;
    claims->n_stopping = 3;
    claims->caches.complete = false;
    timer_stop(&claims->caches.look);
    searcher_stop(claims->searcher, on_searcher_stopped, claims);
    reconciler_stop(&claims->pods, on_pods_drained);
    reconciler_stop(&claims->idle, on_idle_drained);
}

void claims_policies_changed(struct claims *claims)
{
    if (claims->caches.complete)
        claims_look_at_all(claims, true);
}

const char *claims_not_ready(const struct claims *claims)
{
    if (fence_is_down(&claims->fence))
        return "devices lack our taint, or somebody else has allocated one of them\n";
    return claims->caches.complete ? NULL : "the cluster's objects are still being listed\n";
}

void claims_collect(const struct claims *claims, struct claims_stats *out)
{
    *out = claims->stats;
    out->n_conflicts = claims->pods.n_conflicts + claims->idle.n_conflicts;
    out->fence_is_down = fence_is_down(&claims->fence);
    out->n_parked = desk_count_parked(claims->desk);
    out->n_queued = searcher_queue_length(claims->searcher);
}
