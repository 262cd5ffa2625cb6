/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers of a pod: init containers one after the other, then the others all at once, each again as
 * the pod's restart policy says.
 */

#include "driver/standalone/node/worker_private.h"

static void on_run_changed(struct container_run *run)
{
    struct worker *worker = run->owner;
    if (run->state == CONTAINER_RUNNING)
        worker_say(worker, EVENT_NORMAL, "Started", "Container started");
    if (run->state == CONTAINER_FAILED && run->trouble)
        worker_say(worker, EVENT_WARNING, "Failed", run->trouble);
    worker_go_on(worker);
}

void worker_add_runs(struct worker *worker, const struct container *containers, size_t n_containers,
                     bool is_init)
{
    for (size_t i = 0; i < n_containers; i++) {
        struct container_run *run = &worker->runs.items[worker->runs.length++];
        container_init(run, worker->room->loop, &worker->room->podman, &containers[i], on_run_changed,
                       worker);
        run->is_init = is_init;
    }
}

static void start_run(struct worker *worker, struct container_run *run)
{
    cleanup_arena struct arena *arena = arena_new();
    cdi_ids ids = { 0 };
    prepared_cdi_ids(worker->room->prepared, worker_pod(worker), run->spec, worker->claims.items,
                     worker->claims.length, &ids);
    const char *log = arena_printf(arena, "%s/%s.log", worker_log_folder(worker, arena), run->spec->name);
    container_start(run, worker_pod(worker), worker->first->tree, ids.items, ids.length, log);
    if (run->state == CONTAINER_FAILED)
        worker_say(worker, EVENT_WARNING, "Failed", run->trouble);
    vec_done(&ids);
}

/* Starts the container if it has to run now. */
static void tend_run(struct worker *worker, struct container_run *run)
{
    bool ended = run->state == CONTAINER_ENDED || run->state == CONTAINER_FAILED;
    if (run->state == CONTAINER_WAITING) {
        start_run(worker, run);
        ended = run->state == CONTAINER_FAILED;
    } else if (ended && run->awaits_restart && !run->backs_off) {
        run->awaits_restart = false;
        start_run(worker, run);
        ended = run->state == CONTAINER_FAILED;
    }
    if (ended && !run->awaits_restart && container_restarts(worker_pod(worker), run)) {
        run->awaits_restart = true;
        container_back_off(run);
    }
}

/* Whether the next container may start: a sidecar that runs, or an init container that has done its work. */
static bool lets_pass(const struct container_run *run)
{
    if (container_is_sidecar(run))
        return run->state == CONTAINER_RUNNING;
    return run->state == CONTAINER_ENDED && run->end.exit_code == 0 && run->end.signal == 0;
}

void worker_tend_runs(struct worker *worker)
{
    bool passes = true;
    vec_each (&worker->runs, run) {
        bool done = run->is_init && !container_is_sidecar(run) && lets_pass(run);
        if (passes && !done)
            tend_run(worker, run);
        if (run->is_init && !lets_pass(run))
            passes = false;
    }
    struct pod_report report = worker_report(worker);
    worker->outcome = pod_report_outcome(&report);
    if (worker->outcome) {
        worker->state = WORKER_STOPPING;
        worker_go_on(worker);
    }
}
