/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pod on the node.
 *
 *     AWAIT_CLAIMS -- all allocated and reserved --> AWAIT_PREPARE -- prepared --> RUNNING
 *          ^                                              |                           |
 *          +----------- later, if it failed --------------+                           |
 *                                                                                     |
 *     deleted, or every container has ended for good <--------------------------------+
 *          |
 *          v
 *     STOPPING -- none runs any more --> AWAIT_UNPREPARE --> REPORTING -- not deleted --> ENDED
 *                                                                |
 *                                                                +-- deleted --> AWAIT_DELETE --> gone
 *
 * worker_next tells this story; callbacks only bring it on. The status is written beside it, whenever what
 * there is to say has changed.
 */

#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/time.h"
#include "driver/standalone/node/remove.h"
#include "driver/standalone/node/worker_private.h"

enum {
    PREPARE_LEAST_MS = 500,
    BUSY_MS = 50, /* for the call of another pod to end */
    PREPARE_MOST_MS = 15000,
    DEFAULT_GRACE_SECONDS = 30,
};

static void worker_next(struct worker *worker);

bool worker_is_deleted(const struct worker *worker)
{
    return worker->vanished || worker_pod(worker)->meta.deletion_timestamp;
}

static void on_next(struct deferred *deferred)
{
    worker_next(container_of(deferred, struct worker, next));
}

void worker_go_on(struct worker *worker)
{
    loop_defer(worker->room->loop, &worker->next, on_next);
}

static void on_retry(struct timer *timer)
{
    worker_go_on(container_of(timer, struct worker, retry));
}

static void retry_later(struct worker *worker)
{
    timer_start(&worker->retry, worker->room->loop, backoff_next(&worker->backoff), on_retry);
}

/* --- claims --- */

void worker_say(struct worker *worker, enum event_type type, const char *reason, const char *text)
{
    struct event_target target = event_target_of(worker->latest->tree, &KUBE_PODS);
    recorder_event(worker->room->recorder, &target, type, reason, "%s", text);
}

static void on_prepared(struct prepare *prepare, struct error *err)
{
    struct worker *worker = container_of(prepare, struct worker, prepare);
    worker->preparing = false;
    if (!err || worker->abandoned) {
        error_free(err);
        backoff_reset(&worker->backoff);
        worker_go_on(worker);
        return;
    }
    if (err->kind == ERROR_CONFLICT) {
        error_free(err);
        timer_start(&worker->retry, worker->room->loop, BUSY_MS, on_retry);
        return;
    }
    bool unprepares = worker->state == WORKER_AWAIT_UNPREPARE;
    err = error_wrap(err, unprepares ? "Failed to unprepare dynamic resources"
                                     : "Failed to prepare dynamic resources");
    worker_say(worker, EVENT_WARNING,
               unprepares ? "FailedUnprepareDynamicResources" : "FailedPrepareDynamicResources", err->text);
    log_error_free(LOG_WARN, "a pod waits for its driver", error_wrap(err, "%s", worker->latest->name));
    if (worker->state == WORKER_AWAIT_PREPARE)
        worker->state = WORKER_AWAIT_CLAIMS;
    if (worker_is_deleted(worker) && !unprepares)
        worker_go_on(worker);
    else
        retry_later(worker);
}

static void await_claims(struct worker *worker)
{
    struct error *err = worker_gather_claims(worker);
    if (!err) {
        worker->state = WORKER_AWAIT_PREPARE;
        worker_go_on(worker);
        return;
    }
    log_debug("a pod waits for its claims", kv_str("pod", worker->latest->name), kv_error(err));
    error_free(err); /* the claim's next change brings us on */
}

static void begin_running(struct worker *worker)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct pod *pod = worker->first->typed;
    for (size_t i = 0; i < pod->n_volumes; i++) {
        bool ours;
        const char *folder =
            podman_volume(arena, &worker->room->podman, worker->first->tree, pod->volumes[i].name, &ours);
        if (ours)
            log_error_free(LOG_WARN, "making a volume", file_make_folder(folder, 0777));
    }
    log_error_free(LOG_WARN, "making a folder for logs",
                   file_make_folder(worker_log_folder(worker, arena), 0755));
    worker->state = WORKER_RUNNING;
    worker_go_on(worker);
}

static void prepare_claims(struct worker *worker)
{
    if (worker->preparing)
        return;
    struct error *err;
    worker->preparing = prepare_step(worker->room->prepared, &worker->prepare, worker->latest->uid,
                                     worker->claims.items, worker->claims.length, on_prepared, &err);
    if (worker->preparing)
        return;
    if (err)
        on_prepared(&worker->prepare, err);
    else
        begin_running(worker);
}

static void unprepare_claims(struct worker *worker)
{
    if (worker->preparing)
        return;
    struct error *err;
    worker->preparing =
        unprepare_step(worker->room->prepared, &worker->prepare, worker->latest->uid, on_prepared, &err);
    if (worker->preparing)
        return;
    if (err) {
        on_prepared(&worker->prepare, err);
        return;
    }
    worker->state = WORKER_REPORTING;
    worker_go_on(worker);
}

/* --- containers --- */

static int64_t grace_of(const struct worker *worker)
{
    const struct value *metadata = value_get(worker->latest->tree, "metadata");
    int64_t spec = worker_pod(worker)->has_termination_grace_seconds
                       ? worker_pod(worker)->termination_grace_seconds
                       : DEFAULT_GRACE_SECONDS;
    if (worker->abandoned)
        return worker->abandon_grace_seconds;
    return worker->vanished ? 0 : value_integer(value_get(metadata, "deletionGracePeriodSeconds"), spec);
}

static void stop_runs(struct worker *worker)
{
    bool busy = false;
    vec_each (&worker->runs, run) {
        container_stop(run, grace_of(worker));
        busy |= container_is_busy(run);
    }
    if (busy)
        return;
    struct pod_report report = worker_report(worker);
    if (!worker->outcome)
        worker->outcome = pod_report_outcome(&report);
    worker->state = worker->abandoned ? WORKER_GONE : WORKER_AWAIT_UNPREPARE;
    worker_go_on(worker);
}

/* --- the end --- */

static void on_deleted(struct kube_call *call, struct value *object, struct error *err)
{
    struct worker *worker = container_of(call, struct worker, deletion);
    (void)object;
    if (err && error_is_temporary(err) && !worker->abandoned) {
        error_free(err);
        worker->state = WORKER_REPORTING;
        retry_later(worker);
        return;
    }
    error_free(err); /* gone already, or another pod by now */
    worker->state = WORKER_GONE;
    worker_go_on(worker);
}

static struct error *delete_pod(struct worker *worker)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *options = value_object(arena);
    value_set_int(arena, options, "gracePeriodSeconds", 0);
    value_set_text(arena, value_child(arena, options, "preconditions"), "uid", worker->latest->uid);
    struct kube_call_spec spec = {
        .verb = KUBE_DELETE,
        .resource = &KUBE_PODS,
        .namespace = worker->latest->namespace,
        .name = worker->latest->name,
        .body = options,
        .done = on_deleted,
    };
    return kube_call_start(worker->room->client, &spec, &worker->deletion);
}

static void report_end(struct worker *worker)
{
    worker_write_status(worker);
    if (!worker->reported && !worker->vanished)
        return;
    if (!worker_is_deleted(worker)) {
        worker->state = WORKER_ENDED;
        return;
    }
    worker->state = worker->vanished ? WORKER_GONE : WORKER_AWAIT_DELETE;
    struct error *err = worker->vanished ? NULL : delete_pod(worker);
    if (err) {
        log_error_free(LOG_WARN, "deleting a pod that has ended", err);
        worker->state = WORKER_REPORTING;
        retry_later(worker);
    }
    if (worker->vanished)
        worker_go_on(worker);
}

static void remove_folders(struct worker *worker)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct podman *podman = &worker->room->podman;
    folder_remove_later(worker->room->loop, worker_log_folder(worker, arena));
    folder_remove_later(worker->room->loop,
                        arena_printf(arena, "%s/%s", podman->volumes, worker_uid(worker)));
}

static void worker_finish(struct worker *worker)
{
    if (worker->preparing || kube_call_in_flight(&worker->status) || kube_call_in_flight(&worker->deletion))
        return;
    if (!worker->abandoned)
        remove_folders(worker);
    worker->room->gone(worker);
}

static void worker_next(struct worker *worker)
{
    if ((worker_is_deleted(worker) || worker->abandoned) && worker->state < WORKER_STOPPING &&
        !worker->preparing) {
        timer_stop(&worker->retry);
        worker->state = WORKER_STOPPING;
    }
    if (worker_is_deleted(worker) && worker->state == WORKER_ENDED)
        worker->state = WORKER_REPORTING;
    if (worker->abandoned && worker->state > WORKER_STOPPING)
        worker->state = WORKER_GONE;
    switch (worker->state) {
    case WORKER_AWAIT_CLAIMS: await_claims(worker); break;
    case WORKER_AWAIT_PREPARE: prepare_claims(worker); break;
    case WORKER_RUNNING: worker_tend_runs(worker); break;
    case WORKER_STOPPING: stop_runs(worker); break;
    case WORKER_AWAIT_UNPREPARE: unprepare_claims(worker); break;
    case WORKER_REPORTING: report_end(worker); break;
    case WORKER_ENDED:
    case WORKER_AWAIT_DELETE: break;
    case WORKER_GONE: worker_finish(worker); return;
    }
    if (!worker->abandoned)
        worker_write_status(worker);
}

/* --- from outside --- */

struct worker *worker_new(struct worker_room *room, const struct kube_object *pod)
{
    struct worker *worker = NEW(struct worker);
    worker->room = room;
    worker->first = kube_object_ref(pod);
    worker->latest = kube_object_ref(pod);
    worker->backoff = BACKOFF_INIT(PREPARE_LEAST_MS, PREPARE_MOST_MS);
    worker->started = time_now_micros();
    const struct pod *typed = pod->typed;
    if (pod_is_finished(typed)) {
        worker->state = WORKER_ENDED;
        worker->inherited = worker->reported = true;
    }
    vec_reserve(&worker->runs, typed->n_init_containers + typed->n_containers);
    worker_add_runs(worker, typed->init_containers, typed->n_init_containers, true);
    worker_add_runs(worker, typed->containers, typed->n_containers, false);
    worker_go_on(worker);
    return worker;
}

void worker_free(struct worker *worker)
{
    deferred_stop(&worker->next);
    timer_stop(&worker->retry);
    timer_stop(&worker->status_again);
    vec_each (&worker->runs, run)
        container_done(run);
    vec_done(&worker->runs);
    worker_forget_claims(worker);
    arena_free(worker->written_arena);
    arena_free(worker->sent_arena);
    kube_object_unref(worker->first);
    kube_object_unref(worker->latest);
    free(worker);
}

const char *worker_uid(const struct worker *worker)
{
    return worker->first->uid;
}

void worker_update(struct worker *worker, const struct kube_object *pod)
{
    if (pod && pod->typed) {
        kube_object_unref(worker->latest);
        worker->latest = kube_object_ref(pod);
    }
    worker->vanished |= !pod;
    worker_go_on(worker);
}

void worker_nudge(struct worker *worker)
{
    if (worker->state == WORKER_AWAIT_CLAIMS || worker->state == WORKER_AWAIT_UNPREPARE)
        worker_go_on(worker);
}

void worker_abandon(struct worker *worker, int64_t grace_seconds)
{
    worker->abandoned = true;
    worker->abandon_grace_seconds = grace_seconds;
    kube_call_cancel(&worker->status);
    kube_call_cancel(&worker->deletion);
    if (worker->preparing)
        grpc_request_cancel(&worker->prepare.request);
    worker_go_on(worker);
}

struct worker_room *worker_room_of(const struct worker *worker)
{
    return worker->room;
}
