/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of kubectl's STATUS column are those of printPod in k8s.io/kubernetes/pkg/printers: the first
 * init container that has not succeeded speaks for the pod, else the containers do, and a deletion outshouts
 * all.
 */
#include "driver/standalone/rest/pod_cells.h"

#include "api/base/time.h"

#include <inttypes.h>

enum { MICROS = 1000000 };

struct pod_picture {
    const char *reason;
    size_t n_ready, n_containers;
    int64_t restarts, latest_restart;
};

static bool condition_is_true(const struct value *object, const char *type)
{
    value_each (value_path(object, "status.conditions"), condition) {
        const char *name = value_string(value_get(condition, "type"));
        const char *status = value_string(value_get(condition, "status"));
        if (name && status && strcmp(name, type) == 0)
            return strcmp(status, "True") == 0;
    }
    return false;
}

static void count_restarts(struct pod_picture *picture, const struct value *status)
{
    picture->restarts += value_integer(value_get(status, "restartCount"), 0);
    const char *finished = value_path_string(status, "lastState.terminated.finishedAt");
    int64_t micros = 0;
    if (finished)
        error_free(time_parse(span_of(finished), &micros));
    if (micros > picture->latest_restart)
        picture->latest_restart = micros;
}

/* "Error", "Signal:9" or "ExitCode:3" for a state.terminated. */
static const char *terminated_reason(struct arena *arena, const struct value *terminated)
{
    const char *reason = value_string(value_get(terminated, "reason"));
    if (reason && *reason)
        return reason;
    int64_t signal = value_integer(value_get(terminated, "signal"), 0);
    return signal ? arena_printf(arena, "Signal:%" PRId64, signal)
                  : arena_printf(arena, "ExitCode:%" PRId64,
                                 value_integer(value_get(terminated, "exitCode"), 0));
}

static bool is_restartable_init(const struct value *pod, const char *name)
{
    value_each (value_path(pod, "spec.initContainers"), container) {
        const char *its_name = value_string(value_get(container, "name"));
        const char *policy = value_string(value_get(container, "restartPolicy"));
        if (its_name && name && strcmp(its_name, name) == 0)
            return policy && strcmp(policy, "Always") == 0;
    }
    return false;
}

/* Whether the pod is still in its init containers; then the reason says where. */
static bool see_init_containers(struct arena *arena, const struct value *pod, struct pod_picture *picture)
{
    size_t index = 0, n_init = value_length(value_path(pod, "spec.initContainers"));
    value_each (value_path(pod, "status.initContainerStatuses"), status) {
        const struct value *terminated = value_path(status, "state.terminated");
        const char *waiting = value_path_string(status, "state.waiting.reason");
        bool sidecar = is_restartable_init(pod, value_string(value_get(status, "name")));
        count_restarts(picture, status);
        index++;
        if (terminated && value_integer(value_get(terminated, "exitCode"), 0) == 0)
            continue;
        if (sidecar && value_true(value_get(status, "started"))) {
            picture->n_ready += value_true(value_get(status, "ready"));
            continue;
        }
        if (terminated)
            picture->reason = arena_printf(arena, "Init:%s", terminated_reason(arena, terminated));
        else if (waiting && *waiting && strcmp(waiting, "PodInitializing") != 0)
            picture->reason = arena_printf(arena, "Init:%s", waiting);
        else
            picture->reason = arena_printf(arena, "Init:%zu/%zu", index - 1, n_init);
        return true;
    }
    return false;
}

static void see_containers(struct arena *arena, const struct value *pod, struct pod_picture *picture)
{
    bool has_running = false;
    const struct value *statuses = value_path(pod, "status.containerStatuses");
    for (size_t i = value_length(statuses); i-- > 0;) {
        const struct value *status = value_at(statuses, i);
        const struct value *terminated = value_path(status, "state.terminated");
        const char *waiting = value_path_string(status, "state.waiting.reason");
        count_restarts(picture, status);
        if (waiting && *waiting)
            picture->reason = waiting;
        else if (terminated)
            picture->reason = terminated_reason(arena, terminated);
        else if (value_true(value_get(status, "ready")) && value_path(status, "state.running")) {
            has_running = true;
            picture->n_ready++;
        }
    }
    if (has_running && picture->reason && strcmp(picture->reason, "Completed") == 0)
        picture->reason = condition_is_true(pod, "Ready") ? "Running" : "NotReady";
}

static const char *pod_first_reason(const struct value *pod)
{
    const char *reason = value_path_string(pod, "status.reason");
    if (!reason || !*reason)
        reason = value_path_string(pod, "status.phase");
    value_each (value_path(pod, "status.conditions"), condition) {
        const char *type = value_string(value_get(condition, "type"));
        const char *why = value_string(value_get(condition, "reason"));
        if (type && why && strcmp(type, "PodScheduled") == 0 && strcmp(why, "SchedulingGated") == 0)
            reason = why;
    }
    return reason;
}

static struct pod_picture pod_picture(struct arena *arena, const struct value *pod)
{
    struct pod_picture picture = { .reason = pod_first_reason(pod),
                                   .n_containers = value_length(value_path(pod, "spec.containers")) };
    value_each (value_path(pod, "spec.initContainers"), container)
        picture.n_containers += is_restartable_init(pod, value_string(value_get(container, "name")));
    if (!see_init_containers(arena, pod, &picture) || condition_is_true(pod, "Initialized"))
        see_containers(arena, pod, &picture);
    const char *status_reason = value_path_string(pod, "status.reason");
    const char *phase = value_path_string(pod, "status.phase");
    bool ended = phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
    if (value_path_string(pod, "metadata.deletionTimestamp") && !ended)
        picture.reason = status_reason && strcmp(status_reason, "NodeLost") == 0 ? "Unknown" : "Terminating";
    return picture;
}

struct value *cell_pod_ready(const struct table_context *context, const struct value *pod)
{
    struct pod_picture picture = pod_picture(context->arena, pod);
    return value_text(context->arena,
                      arena_printf(context->arena, "%zu/%zu", picture.n_ready, picture.n_containers));
}

struct value *cell_pod_status(const struct table_context *context, const struct value *pod)
{
    return table_text(context, pod_picture(context->arena, pod).reason, "");
}

struct value *cell_pod_restarts(const struct table_context *context, const struct value *pod)
{
    struct pod_picture picture = pod_picture(context->arena, pod);
    if (picture.restarts == 0 || picture.latest_restart == 0)
        return value_text(context->arena, arena_printf(context->arena, "%" PRId64, picture.restarts));
    char age[TIME_TEXT_SIZE];
    time_format_age((context->now - picture.latest_restart) / MICROS, age);
    return value_text(context->arena,
                      arena_printf(context->arena, "%" PRId64 " (%s ago)", picture.restarts, age));
}

struct value *cell_pod_ip(const struct table_context *context, const struct value *pod)
{
    return table_text(context, value_path_string(pod, "status.podIP"), "<none>");
}

struct value *cell_pod_node(const struct table_context *context, const struct value *pod)
{
    return table_text(context, value_path_string(pod, "spec.nodeName"), "<none>");
}

struct value *cell_pod_nominated(const struct table_context *context, const struct value *pod)
{
    return table_text(context, value_path_string(pod, "status.nominatedNodeName"), "<none>");
}

struct value *cell_pod_readiness(const struct table_context *context, const struct value *pod)
{
    const struct value *gates = value_path(pod, "spec.readinessGates");
    size_t n_true = 0;
    value_each (gates, gate) {
        const char *type = value_string(value_get(gate, "conditionType"));
        n_true += type && condition_is_true(pod, type);
    }
    size_t n_gates = value_length(gates);
    return table_text(context, n_gates ? arena_printf(context->arena, "%zu/%zu", n_true, n_gates) : NULL,
                      "<none>");
}
