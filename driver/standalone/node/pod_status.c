/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the node says about a pod, in kubelet's words.
 */

#include "driver/standalone/node/pod_status.h"
#include "api/base/text.h"
#include "api/base/time.h"

bool container_is_sidecar(const struct container_run *run)
{
    return run->is_init && text_is(run->spec->restart_policy, "Always");
}

bool container_restarts(const struct pod *pod, const struct container_run *run)
{
    if (container_is_sidecar(run))
        return true;
    bool failed = run->state == CONTAINER_FAILED || run->end.exit_code != 0 || run->end.signal != 0;
    if (run->is_init && !failed)
        return false;
    switch (pod->restart_policy) {
    case RESTART_NEVER: return run->state == CONTAINER_FAILED; /* it has not run yet */
    case RESTART_ON_FAILURE: return failed;
    case RESTART_ALWAYS:
    case RESTART_UNKNOWN: return run->is_init ? failed : true;
    }
    return false;
}

const char *pod_report_outcome(const struct pod_report *report)
{
    bool failed = false;
    for (size_t i = 0; i < report->n_runs; i++) {
        const struct container_run *run = &report->runs[i];
        if (container_is_sidecar(run))
            continue;
        bool ended = run->state == CONTAINER_ENDED;
        bool stays = ended && (report->ending || !container_restarts(report->pod, run));
        bool bad = ended && (run->end.exit_code != 0 || run->end.signal != 0);
        if (run->is_init && stays && bad)
            return "Failed"; /* the others will not be started */
        if (!stays && !(report->ending && !container_is_busy(run)))
            return NULL;
        failed |= bad || (report->ending && !ended && !run->is_init);
    }
    return failed ? "Failed" : "Succeeded";
}

static void set_time(struct arena *arena, struct value *object, const char *name, int64_t micros)
{
    char text[TIME_TEXT_SIZE];
    time_format(micros, text);
    value_set_text(arena, object, name, text);
}

static struct value *ended_state(struct arena *arena, const struct container_end *end)
{
    struct value *terminated = value_object(arena);
    value_set_int(arena, terminated, "exitCode", end->signal ? 128 + end->signal : end->exit_code);
    value_set_text(arena, terminated, "reason", end->exit_code || end->signal ? "Error" : "Completed");
    set_time(arena, terminated, "startedAt", end->started);
    set_time(arena, terminated, "finishedAt", end->finished);
    return terminated;
}

static struct value *waiting_state(struct arena *arena, const char *reason, const char *message)
{
    struct value *waiting = value_object(arena);
    value_set_text(arena, waiting, "reason", reason);
    if (message)
        value_set_text(arena, waiting, "message", message);
    return waiting;
}

static struct value *run_state(struct arena *arena, const struct pod_report *report,
                               const struct container_run *run)
{
    struct value *state = value_object(arena), *running;
    const char *not_started = report->initialized || run->is_init
                                  ? report->waiting ? report->waiting : "ContainerCreating"
                                  : "PodInitializing";
    switch (run->state) {
    case CONTAINER_WAITING:
    case CONTAINER_STARTING:
        value_set(arena, state, "waiting", waiting_state(arena, not_started, NULL));
        break;
    case CONTAINER_RUNNING:
        running = value_child(arena, state, "running");
        set_time(arena, running, "startedAt", run->started);
        break;
    case CONTAINER_FAILED:
        value_set(arena, state, "waiting", waiting_state(arena, "CreateContainerError", run->trouble));
        break;
    case CONTAINER_ENDED:
        if (run->backs_off)
            value_set(
                arena, state, "waiting",
                waiting_state(arena, "CrashLoopBackOff", "back-off before the container is started again"));
        else
            value_set(arena, state, "terminated", ended_state(arena, &run->end));
        break;
    }
    return state;
}

static struct value *run_status(struct arena *arena, const struct pod_report *report,
                                const struct container_run *run)
{
    struct value *status = value_object(arena);
    bool running = run->state == CONTAINER_RUNNING;
    bool done = run->is_init && run->state == CONTAINER_ENDED && run->end.exit_code == 0;
    value_set_text(arena, status, "name", run->spec->name);
    value_set_text(arena, status, "image", run->spec->image);
    value_set_text(arena, status, "imageID", "");
    if (run->name)
        value_set_text(arena, status, "containerID", arena_printf(arena, "podman://%s", run->name));
    value_set_bool(arena, status, "ready", running || done);
    value_set_bool(arena, status, "started", running);
    value_set_int(arena, status, "restartCount", run->n_restarts);
    value_set(arena, status, "state", run_state(arena, report, run));
    const struct container_end *last = run->backs_off && run->end.ended ? &run->end : &run->last_end;
    struct value *last_state = value_object(arena);
    if (last->ended)
        value_set(arena, last_state, "terminated", ended_state(arena, last));
    value_set(arena, status, "lastState", last_state);
    return status;
}

static const char *condition_since(const struct value *tree, const char *type, const char *status)
{
    value_each (value_path(tree, "status.conditions"), condition) {
        if (text_is(value_string(value_get(condition, "type")), type) &&
            text_is(value_string(value_get(condition, "status")), status))
            return value_string(value_get(condition, "lastTransitionTime"));
    }
    return NULL;
}

static void add_condition(struct arena *arena, struct value *conditions, const struct pod_report *report,
                          const char *type, bool holds, const char *reason, const char *message)
{
    struct value *condition = value_object(arena);
    const char *status = holds ? "True" : "False", *since = condition_since(report->said, type, status);
    if (!since)
        since = condition_since(report->tree, type, status);
    value_set_text(arena, condition, "type", type);
    value_set_text(arena, condition, "status", status);
    if (since)
        value_set_text(arena, condition, "lastTransitionTime", since);
    else
        set_time(arena, condition, "lastTransitionTime", report->now);
    if (!holds && reason) {
        value_set_text(arena, condition, "reason", reason);
        value_set_text(arena, condition, "message", message);
    } else {
        value_set(arena, condition, "reason", value_null(arena));
        value_set(arena, condition, "message", value_null(arena));
    }
    value_append(arena, conditions, condition);
}

/* "containers with unready status: [a b]", or NULL if all are ready. */
static char *unready_message(struct arena *arena, const struct pod_report *report)
{
    cleanup_buf struct buf text = BUF_INIT(4096);
    for (size_t i = 0; i < report->n_runs; i++) {
        const struct container_run *run = &report->runs[i];
        if (!run->is_init && run->state != CONTAINER_RUNNING)
            buf_printf(&text, "%s%s", text.length ? " " : "", run->spec->name);
    }
    return text.length ? arena_printf(arena, "containers with unready status: [%s]", buf_text(&text)) : NULL;
}

static void add_conditions(struct arena *arena, struct value *status, const struct pod_report *report,
                           const char *phase)
{
    struct value *conditions = value_child_list(arena, status, "conditions");
    const char *unready = unready_message(arena, report);
    const char *reason = text_is(phase, "Succeeded") ? "PodCompleted"
                         : text_is(phase, "Failed")  ? "PodFailed"
                                                     : "ContainersNotReady";
    const char *message = unready ? unready : "";
    bool initialized = report->initialized || text_is(phase, "Succeeded");
    add_condition(arena, conditions, report, "PodReadyToStartContainers", !report->waiting && !report->ending,
                  NULL, NULL);
    add_condition(arena, conditions, report, "Initialized", initialized, "ContainersNotInitialized",
                  "containers with incomplete status");
    add_condition(arena, conditions, report, "Ready", !unready && initialized, reason, message);
    add_condition(arena, conditions, report, "ContainersReady", !unready && initialized, reason, message);
}

static bool has_started(const struct pod_report *report)
{
    for (size_t i = 0; i < report->n_runs; i++) {
        const struct container_run *run = &report->runs[i];
        bool ran = run->state == CONTAINER_RUNNING || run->end.ended || run->last_end.ended;
        if (!run->is_init && ran)
            return true;
    }
    return false;
}

struct value *pod_report_patch(struct arena *arena, const struct pod_report *report, const char *phase)
{
    struct value *patch = value_object(arena);
    value_set_text(arena, value_child(arena, patch, "metadata"), "uid", report->pod->meta.uid);
    struct value *status = value_child(arena, patch, "status");
    value_set_text(arena, status, "phase", phase ? phase : has_started(report) ? "Running" : "Pending");
    value_set_text(arena, status, "hostIP", "127.0.0.1");
    set_time(arena, status, "startTime", report->started);
    add_conditions(arena, status, report, phase);
    for (size_t i = 0; i < report->n_runs; i++) {
        const char *list = report->runs[i].is_init ? "initContainerStatuses" : "containerStatuses";
        value_append(arena, value_child_list(arena, status, list),
                     run_status(arena, report, &report->runs[i]));
    }
    return patch;
}
