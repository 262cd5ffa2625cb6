/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of each kind, as Kubernetes' own printers have them. A cell that is not simply a field has a
 * function; the tables at the end say which kind has which.
 */
#include "api/base/buf.h"
#include "api/base/time.h"
#include "api/base/vec.h"
#include "driver/standalone/rest/pod_cells.h"
#include "driver/standalone/rest/table.h"

#include <inttypes.h>

enum { MAX_CELL_BYTES = 64 * 1024, MICROS = 1000000 };

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
    return table_text(context, buf_text(&text), "<none>");
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
    return table_text(context, node_address(node, "InternalIP"), "<none>");
}

static struct value *cell_node_external_ip(const struct table_context *context, const struct value *node)
{
    return table_text(context, node_address(node, "ExternalIP"), "<none>");
}

static struct value *node_info(const struct table_context *context, const struct value *node,
                               const char *name)
{
    const struct value *info = value_path(node, "status.nodeInfo");
    return table_text(context, value_string(value_get(info, name)), "<unknown>");
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
