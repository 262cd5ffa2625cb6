/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One claim at a time, one round after the other:
 *
 *   WAITING -- timer --> next claim -- GET --> stale for too long? -- unprepare --+
 *      ^                     ^                        | no                       |
 *      +---- none is left ---+------------------------+--------------------------+
 */

#include "kubelet-plugin/service/sweep.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/resource/objects.h"

enum { MOST_INTERVAL_MS = 60 * 1000, ROUNDS_PER_GRACE = 4, GET_TIMEOUT_MS = 10 * 1000 };

struct sweep {
    struct kube_client *client;
    struct engine *engine;
    uint64_t grace_ms;
    struct timer timer;
    struct kube_call get;
    struct engine_task work;
    bool working;
    VEC(char *) uids; /* still to be looked at in this round */
    char *uid;        /* the one at hand; ours, with the two below */
    char *namespace, *name;
    uint64_t n_swept;
    bool stopping;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

static void next_claim(struct sweep *sweep);

static uint64_t now_ms(const struct sweep *sweep)
{
    return loop_now(kube_client_loop(sweep->client)) + 1; /* never 0 */
}

static void forget_claim(struct sweep *sweep)
{
    free(take(sweep->uid));
    free(take(sweep->namespace));
    free(take(sweep->name));
}

static void free_if_stopped(struct sweep *sweep)
{
    if (!sweep->stopping || kube_call_in_flight(&sweep->get) || sweep->working)
        return;
    forget_claim(sweep);
    vec_each (&sweep->uids, uid)
        free(*uid);
    vec_done(&sweep->uids);
    void (*stopped)(void *) = sweep->stopped;
    void *ctx = sweep->stopped_ctx;
    free(sweep);
    stopped(ctx);
}

static void on_unprepared(struct engine_task *work)
{
    struct sweep *sweep = container_of(work, struct sweep, work);
    sweep->working = false;
    sweep->n_swept += !work->task.err;
    log_error_free(LOG_WARN, "a stale claim cannot be unprepared", take(work->task.err));
    next_claim(sweep);
}

static void unprepare(struct sweep *sweep)
{
    log_warn("a prepared claim is gone from the cluster and kubelet does not unprepare it; this does",
             kv_str("namespace", sweep->namespace), kv_str("claim", sweep->name), kv_str("uid", sweep->uid));
    sweep->working = true;
    sweep->work = (struct engine_task){
        .task = { .kind = TASK_UNPREPARE,
                  .uid = sweep->uid,
                  .namespace = sweep->namespace,
                  .name = sweep->name },
        .done = on_unprepared,
    };
    engine_submit(sweep->engine, &sweep->work);
}

/* Whether the object is the claim that was prepared, and something of ours is still allocated to it. */
static bool is_current(const struct sweep *sweep, const struct value *object)
{
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim;
    struct error *err = resource_claim_decode(arena, object, &claim);
    if (err) {
        error_free(err);
        return true; /* not for us to judge */
    }
    if (!claim->meta.uid || strcmp(claim->meta.uid, sweep->uid) != 0 || !claim->allocation)
        return false;
    for (size_t i = 0; i < claim->allocation->n_results; i++)
        if (strcmp(claim->allocation->results[i].driver, sweep->engine->ground.driver) == 0)
            return true;
    return false;
}

static void judge(struct sweep *sweep, bool stale)
{
    struct known_claim *known = map_get(&sweep->engine->known, sweep->uid);
    if (known && !stale)
        known->stale_since = 0;
    if (known && stale && !known->stale_since)
        known->stale_since = now_ms(sweep);
    if (known && stale && now_ms(sweep) - known->stale_since >= sweep->grace_ms)
        unprepare(sweep);
    else
        next_claim(sweep);
}

static void on_claim(struct kube_call *call, struct value *object, struct error *err)
{
    struct sweep *sweep = container_of(call, struct sweep, get);
    bool gone = err && err->kind == ERROR_NOT_FOUND, unknown = err && !gone;
    error_free(err);
    if (unknown || sweep->stopping)
        next_claim(sweep);
    else
        judge(sweep, gone || !is_current(sweep, object));
}

static void begin_round(struct timer *timer)
{
    struct sweep *sweep = container_of(timer, struct sweep, timer);
    map_each (&sweep->engine->known, entry)
        vec_push(&sweep->uids, mem_strdup(entry->key));
    next_claim(sweep);
}

static void wait_for_round(struct sweep *sweep)
{
    uint64_t interval = sweep->grace_ms / ROUNDS_PER_GRACE;
    timer_start(&sweep->timer, kube_client_loop(sweep->client),
                interval < MOST_INTERVAL_MS ? interval : MOST_INTERVAL_MS, begin_round);
}

static struct error *ask(struct sweep *sweep, const struct known_claim *known)
{
    sweep->namespace = mem_strdup(known->namespace);
    sweep->name = mem_strdup(known->name);
    struct kube_call_spec spec = { .verb = KUBE_GET,
                                   .resource = &KUBE_RESOURCE_CLAIMS,
                                   .namespace = sweep->namespace,
                                   .name = sweep->name,
                                   .timeout_ms = GET_TIMEOUT_MS,
                                   .done = on_claim };
    return kube_call_start(sweep->client, &spec, &sweep->get);
}

static void next_claim(struct sweep *sweep)
{
    forget_claim(sweep);
    if (sweep->stopping) {
        free_if_stopped(sweep);
        return;
    }
    while (sweep->uids.length) {
        sweep->uid = vec_pop(&sweep->uids);
        const struct known_claim *known = map_get(&sweep->engine->known, sweep->uid);
        struct error *err = known ? ask(sweep, known) : NULL;
        if (known && !err)
            return;
        error_free(err); /* it comes again in the next round */
        forget_claim(sweep);
    }
    wait_for_round(sweep);
}

struct sweep *sweep_start(struct kube_client *client, struct engine *engine, uint64_t grace_ms)
{
    struct sweep *sweep = NEW(struct sweep);
    sweep->client = client;
    sweep->engine = engine;
    sweep->grace_ms = grace_ms;
    if (grace_ms)
        wait_for_round(sweep);
    return sweep;
}

void sweep_stop(struct sweep *sweep, void (*stopped)(void *ctx), void *ctx)
{
    sweep->stopping = true;
    sweep->stopped = stopped;
    sweep->stopped_ctx = ctx;
    timer_stop(&sweep->timer);
    if (kube_call_in_flight(&sweep->get))
        kube_call_cancel(&sweep->get);
    else
        free_if_stopped(sweep);
}

uint64_t sweep_count(const struct sweep *sweep)
{
    return sweep->n_swept;
}
