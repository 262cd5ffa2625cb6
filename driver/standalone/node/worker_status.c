/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API hears of a pod: one patch of its status at a time, and only if it says something new.
 */

#include "api/base/log.h"
#include "api/base/time.h"
#include "driver/standalone/node/worker_private.h"

enum { STATUS_AGAIN_MS = 1000 };

static bool may_start_more(const struct worker *worker)
{
    return worker->state <= WORKER_RUNNING && !worker_is_deleted(worker) && !worker->abandoned;
}

static bool init_is_done(const struct worker *worker)
{
    for (size_t i = 0; i < worker->runs.length; i++) {
        const struct container_run *run = &worker->runs.items[i];
        bool sidecar = container_is_sidecar(run) && run->state != CONTAINER_WAITING;
        bool done = run->state == CONTAINER_ENDED && run->end.exit_code == 0 && run->end.signal == 0;
        if (run->is_init && !sidecar && !done)
            return false;
    }
    return true;
}

struct pod_report worker_report(const struct worker *worker)
{
    return (struct pod_report){ .pod = worker_pod(worker),
                                .tree = worker->latest->tree,
                                .said = worker->written,
                                .runs = worker->runs.items,
                                .n_runs = worker->runs.length,
                                .initialized = init_is_done(worker),
                                .ending = !may_start_more(worker),
                                .started = worker->started,
                                .now = time_now_micros(),
                                .waiting = worker->state < WORKER_RUNNING ? "ContainerCreating" : NULL };
}

static void on_status_again(struct timer *timer)
{
    worker_write_status(container_of(timer, struct worker, status_again));
}

static void on_status_written(struct kube_call *call, struct value *object, struct error *err)
{
    struct worker *worker = container_of(call, struct worker, status);
    (void)object;
    bool temporary = err && error_is_temporary(err);
    if (!err) {
        arena_free(worker->written_arena);
        worker->written_arena = take(worker->sent_arena);
        worker->written = take(worker->sent);
    }
    if (err && err->kind != ERROR_NOT_FOUND && err->kind != ERROR_CANCELLED)
        log_debug("the status of a pod was not written", kv_str("pod", worker->latest->name), kv_error(err));
    if (worker->state == WORKER_REPORTING && !temporary)
        worker->reported = true;
    error_free(err);
    if (temporary)
        timer_start(&worker->status_again, worker->room->loop, STATUS_AGAIN_MS, on_status_again);
    else
        worker_write_status(worker);
    worker_go_on(worker);
}

static bool says_the_same(const struct worker *worker, const struct value *patch)
{
    return worker->written && value_equal(worker->written, patch);
}

void worker_write_status(struct worker *worker)
{
    if (kube_call_in_flight(&worker->status) || worker->vanished || worker->inherited || worker->abandoned)
        return;
    struct pod_report report = worker_report(worker);
    const char *phase = worker->state >= WORKER_REPORTING ? worker->outcome : NULL;
    struct arena *arena = arena_new();
    struct value *patch = pod_report_patch(arena, &report, phase);
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_STRATEGIC,
        .resource = &KUBE_PODS,
        .namespace = worker->latest->namespace,
        .name = worker->latest->name,
        .subresource = "status",
        .body = patch,
        .field_manager = "kubelet",
        .done = on_status_written,
    };
    if (says_the_same(worker, patch)) {
        worker->reported |= worker->state == WORKER_REPORTING;
        arena_free(arena);
        return;
    }
    struct error *err = kube_call_start(worker->room->client, &spec, &worker->status);
    if (err) {
        log_error_free(LOG_WARN, "writing the status of a pod", err);
        arena_free(arena);
        timer_start(&worker->status_again, worker->room->loop, STATUS_AGAIN_MS, on_status_again);
        return;
    }
    arena_free(worker->sent_arena);
    worker->sent_arena = arena;
    worker->sent = patch;
}
