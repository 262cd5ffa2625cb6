/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of each kind, as Kubernetes' own printers have them. A cell that is not simply a field has a
 * function; the tables at the end say which kind has which.
 */
#include "api/base/buf.h"
#include "api/base/time.h"
#include "api/base/vec.h"
#include "driver/standalone/rest/table.h"

#include <inttypes.h>

enum { MAX_CELL_BYTES = 64 * 1024, MICROS = 1000000 };

static struct value *text_cell(const struct table_context *context, const char *text, const char *otherwise)
{
    return value_text(context->arena, text && *text ? text : otherwise);
}

/* --- times --- */

static struct value *age_of(const struct table_context *context, const char *time)
{
    int64_t micros = 0;
    struct error *err = time ? time_parse(span_of(time), &micros) : error_invalid("no time");
    if (err) {
        error_free(err);
        return value_text(context->arena, "<unknown>");
    }
    char text[TIME_TEXT_SIZE];
    time_format_age((context->now - micros) / MICROS, text);
    return value_text(context->arena, text);
}

static struct value *cell_age(const struct table_context *context, const struct value *object)
{
    return age_of(context, value_path_string(object, "metadata.creationTimestamp"));
}

/* --- claims --- */

static struct value *cell_claim_state(const struct table_context *context, const struct value *claim)
{
    bool deleted = value_path_string(claim, "metadata.deletionTimestamp") != NULL;
    const struct value *allocation = value_path(claim, "status.allocation");
    bool allocated = value_is(allocation, VALUE_OBJECT);
    bool reserved = value_length(value_path(claim, "status.reservedFor")) > 0;
    const char *state = allocated ? (reserved ? "allocated,reserved" : "allocated") : "pending";
    if (!deleted)
        return value_text(context->arena, state);
    return value_text(context->arena,
                      allocated ? arena_printf(context->arena, "deleted,%s", state) : "deleted");
}

/* --- pods --- */

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

static struct value *cell_pod_ready(const struct table_context *context, const struct value *pod)
{
    struct pod_picture picture = pod_picture(context->arena, pod);
    return value_text(context->arena,
                      arena_printf(context->arena, "%zu/%zu", picture.n_ready, picture.n_containers));
}

static struct value *cell_pod_status(const struct table_context *context, const struct value *pod)
{
    return text_cell(context, pod_picture(context->arena, pod).reason, "");
}

static struct value *cell_pod_restarts(const struct table_context *context, const struct value *pod)
{
    struct pod_picture picture = pod_picture(context->arena, pod);
    if (picture.restarts == 0 || picture.latest_restart == 0)
        return value_text(context->arena, arena_printf(context->arena, "%" PRId64, picture.restarts));
    char age[TIME_TEXT_SIZE];
    time_format_age((context->now - picture.latest_restart) / MICROS, age);
    return value_text(context->arena,
                      arena_printf(context->arena, "%" PRId64 " (%s ago)", picture.restarts, age));
}

static struct value *cell_pod_ip(const struct table_context *context, const struct value *pod)
{
    return text_cell(context, value_path_string(pod, "status.podIP"), "<none>");
}

static struct value *cell_pod_node(const struct table_context *context, const struct value *pod)
{
    return text_cell(context, value_path_string(pod, "spec.nodeName"), "<none>");
}

static struct value *cell_pod_nominated(const struct table_context *context, const struct value *pod)
{
    return text_cell(context, value_path_string(pod, "status.nominatedNodeName"), "<none>");
}

static struct value *cell_pod_readiness(const struct table_context *context, const struct value *pod)
{
    const struct value *gates = value_path(pod, "spec.readinessGates");
    size_t n_true = 0;
    value_each (gates, gate) {
        const char *type = value_string(value_get(gate, "conditionType"));
        n_true += type && condition_is_true(pod, type);
    }
    size_t n_gates = value_length(gates);
    return text_cell(context, n_gates ? arena_printf(context->arena, "%zu/%zu", n_true, n_gates) : NULL,
                     "<none>");
}

/* --- nodes --- */

static const char *condition_status(const struct value *object, const char *type)
{
    value_each (value_path(object, "status.conditions"), condition) {
        const char *name = value_string(value_get(condition, "type"));
        if (name && strcmp(name, type) == 0)
            return value_string(value_get(condition, "status"));
    }
    return NULL;
}

static struct value *cell_node_status(const struct table_context *context, const struct value *node)
{
    const char *ready = condition_status(node, "Ready");
    const char *status = !ready ? "Unknown" : strcmp(ready, "True") == 0 ? "Ready" : "NotReady";
    bool cordoned = value_true(value_path(node, "spec.unschedulable"));
    return value_text(context->arena,
                      arena_printf(context->arena, "%s%s", status, cordoned ? ",SchedulingDisabled" : ""));
}

static int compare_spans(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

static struct value *cell_node_roles(const struct table_context *context, const struct value *node)
{
    static const struct span prefix = { "node-role.kubernetes.io/", 24 };
    VEC(struct span) roles = { 0 };
    value_each_member (value_path(node, "metadata.labels"), label) {
        const char *legacy = span_is(label->name, "kubernetes.io/role") ? value_string(label->value) : NULL;
        if (span_starts_with(label->name, prefix) && label->name.length > prefix.length)
            vec_push(&roles, span_skip(label->name, prefix.length));
        else if (legacy && *legacy)
            vec_push(&roles, span_of(legacy));
    }
    if (roles.length)
        qsort(roles.items, roles.length, sizeof(roles.items[0]), compare_spans);
    cleanup_buf struct buf text = BUF_INIT(MAX_CELL_BYTES);
    vec_each (&roles, role) {
        if (text.length)
            buf_add_char(&text, ',');
        buf_add_span(&text, *role);
    }
    vec_done(&roles);
    return text_cell(context, buf_text(&text), "<none>");
}

static const char *node_address(const struct value *node, const char *type)
{
    value_each (value_path(node, "status.addresses"), address) {
        const char *its_type = value_string(value_get(address, "type"));
        if (its_type && strcmp(its_type, type) == 0)
            return value_string(value_get(address, "address"));
    }
    return NULL;
}

static struct value *cell_node_internal_ip(const struct table_context *context, const struct value *node)
{
    return text_cell(context, node_address(node, "InternalIP"), "<none>");
}

static struct value *cell_node_external_ip(const struct table_context *context, const struct value *node)
{
    return text_cell(context, node_address(node, "ExternalIP"), "<none>");
}

static struct value *node_info(const struct table_context *context, const struct value *node,
                               const char *name)
{
    const struct value *info = value_path(node, "status.nodeInfo");
    return text_cell(context, value_string(value_get(info, name)), "<unknown>");
}

static struct value *cell_node_os(const struct table_context *context, const struct value *node)
{
    return node_info(context, node, "osImage");
}

static struct value *cell_node_kernel(const struct table_context *context, const struct value *node)
{
    return node_info(context, node, "kernelVersion");
}

static struct value *cell_node_runtime(const struct table_context *context, const struct value *node)
{
    return node_info(context, node, "containerRuntimeVersion");
}

/* --- events --- */

static const char *event_last_seen(const struct value *event)
{
    static const char *const paths[] = { "series.lastObservedTime", "lastTimestamp", "eventTime",
                                         "firstTimestamp" };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        const char *time = value_path_string(event, paths[i]);
        if (time)
            return time;
    }
    return NULL;
}

static struct value *cell_event_last_seen(const struct table_context *context, const struct value *event)
{
    return age_of(context, event_last_seen(event));
}

static struct value *cell_event_first_seen(const struct table_context *context, const struct value *event)
{
    const char *first = value_path_string(event, "firstTimestamp");
    return age_of(context, first ? first : value_path_string(event, "eventTime"));
}

static struct value *cell_event_object(const struct table_context *context, const struct value *event)
{
    const char *kind = value_path_string(event, "involvedObject.kind");
    const char *name = value_path_string(event, "involvedObject.name");
    char *text = arena_printf(context->arena, "%s/%s", kind ? kind : "", name ? name : "");
    for (char *c = text; *c && *c != '/'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return value_text(context->arena, text);
}

static struct value *cell_event_source(const struct table_context *context, const struct value *event)
{
    const char *component = value_path_string(event, "source.component");
    const char *host = value_path_string(event, "source.host");
    if (!component || !*component)
        component = value_path_string(event, "reportingComponent");
    if (!component)
        component = "";
    return value_text(context->arena,
                      host && *host ? arena_printf(context->arena, "%s, %s", component, host) : component);
}

static struct value *cell_event_message(const struct table_context *context, const struct value *event)
{
    struct span text = span_of(value_path_string(event, "message"));
    while (text.length && strchr(" \t\r\n", text.data[0]))
        text = span_skip(text, 1);
    while (text.length && strchr(" \t\r\n", text.data[text.length - 1]))
        text.length--;
    return value_span(context->arena, text);
}

static struct value *cell_event_count(const struct table_context *context, const struct value *event)
{
    int64_t series = value_integer(value_path(event, "series.count"), 0);
    int64_t count = series ? series : value_integer(value_get(event, "count"), 0);
    return value_int(context->arena, count > 0 ? count : 1);
}

/* --- which kind has which --- */

#define COLUMN_NAME                                                                                          \
    {                                                                                                        \
        .name = "Name", .format = "name", .path = "metadata.name",                                           \
        .doc = "Name must be unique within a namespace. Is required when creating resources, although some " \
               "resources may allow a client to request the generation of an appropriate name "              \
               "automatically."                                                                              \
    }
#define COLUMN_AGE                                                                                           \
    {                                                                                                        \
        .name = "Age", .cell = cell_age,                                                                     \
        .doc = "CreationTimestamp is a timestamp representing the server time when this object was created." \
    }

static const struct table_column plain_columns[] = { COLUMN_NAME, COLUMN_AGE, { 0 } };

static const struct table_column claim_columns[] = {
    COLUMN_NAME,
    { .name = "State",
      .cell = cell_claim_state,
      .doc = "A summary of the current state (allocated, pending, reserved, etc.)." },
    COLUMN_AGE,
    { 0 },
};

static const struct table_column slice_columns[] = {
    COLUMN_NAME,
    { .name = "Node", .path = "spec.nodeName", .doc = "The node whose devices these are." },
    { .name = "Driver", .path = "spec.driver", .doc = "The driver that manages the devices." },
    { .name = "Pool", .path = "spec.pool.name", .doc = "The pool that the slice is part of." },
    COLUMN_AGE,
    { 0 },
};

static const struct table_column pod_columns[] = {
    COLUMN_NAME,
    { .name = "Ready",
      .cell = cell_pod_ready,
      .doc = "The aggregate readiness state of this pod for accepting traffic." },
    { .name = "Status",
      .cell = cell_pod_status,
      .doc = "The aggregate status of the containers in this pod." },
    { .name = "Restarts",
      .cell = cell_pod_restarts,
      .doc = "The number of times the containers in this pod have been restarted and when the last container "
             "in this pod has restarted." },
    COLUMN_AGE,
    { .name = "IP", .cell = cell_pod_ip, .priority = 1, .doc = "The address of the pod." },
    { .name = "Node", .cell = cell_pod_node, .priority = 1, .doc = "The node that the pod is bound to." },
    { .name = "Nominated Node",
      .cell = cell_pod_nominated,
      .priority = 1,
      .doc = "The node that preemption made room on." },
    { .name = "Readiness Gates",
      .cell = cell_pod_readiness,
      .priority = 1,
      .doc = "Readiness gates that are met, of all." },
    { 0 },
};

static const struct table_column node_columns[] = {
    COLUMN_NAME,
    { .name = "Status", .cell = cell_node_status, .doc = "The status of the node" },
    { .name = "Roles", .cell = cell_node_roles, .doc = "The roles of the node" },
    COLUMN_AGE,
    { .name = "Version",
      .path = "status.nodeInfo.kubeletVersion",
      .doc = "Kubelet Version reported by the node." },
    { .name = "Internal-IP", .cell = cell_node_internal_ip, .priority = 1 },
    { .name = "External-IP", .cell = cell_node_external_ip, .priority = 1 },
    { .name = "OS-Image", .cell = cell_node_os, .priority = 1 },
    { .name = "Kernel-Version", .cell = cell_node_kernel, .priority = 1 },
    { .name = "Container-Runtime", .cell = cell_node_runtime, .priority = 1 },
    { 0 },
};

static const struct table_column namespace_columns[] = {
    COLUMN_NAME,
    { .name = "Status", .path = "status.phase", .doc = "The status of the namespace" },
    COLUMN_AGE,
    { 0 },
};

static const struct table_column event_columns[] = {
    { .name = "Last Seen", .cell = cell_event_last_seen },
    { .name = "Type", .path = "type" },
    { .name = "Reason", .path = "reason" },
    { .name = "Object", .cell = cell_event_object },
    { .name = "Subobject", .path = "involvedObject.fieldPath", .priority = 1 },
    { .name = "Source", .cell = cell_event_source, .priority = 1 },
    { .name = "Message", .cell = cell_event_message },
    { .name = "First Seen", .cell = cell_event_first_seen, .priority = 1 },
    { .name = "Count", .cell = cell_event_count, .priority = 1 },
    { .name = "Name", .path = "metadata.name", .priority = 1 },
    { 0 },
};

static const struct table_column lease_columns[] = {
    COLUMN_NAME,
    { .name = "Holder", .path = "spec.holderIdentity", .doc = "Who holds the lease." },
    COLUMN_AGE,
    { 0 },
};

const struct table_column *table_columns(const char *group, const char *plural)
{
    static const struct {
        const char *group, *plural;
        const struct table_column *columns;
    } rows[] = {
        { "", "namespaces", namespace_columns },
        { "", "nodes", node_columns },
        { "", "pods", pod_columns },
        { "", "events", event_columns },
        { "coordination.k8s.io", "leases", lease_columns },
        { "resource.k8s.io", "resourceclaims", claim_columns },
        { "resource.k8s.io", "resourceslices", slice_columns },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].plural, plural) == 0)
            return rows[i].columns;
    return plain_columns;
}
