/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `kubectl get` prints of an object: its cells, with bars between them, five minutes after it was made.
 */
#include "driver/standalone/rest/table.h"

#include "api/base/buf.h"
#include "api/base/time.h"
#include "api/value/json.h"
#include "tests/support/cmocka.h"

#define META "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}"
#define DELETED_META                                                                                         \
    "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"deletionTimestamp\":"     \
    "\"2026-"                                                                                                \
    "01-01T00:04:00Z\"}"
#define SPEC "\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"c\"}]}"

struct cells_case {
    const char *name;
    const char *group, *plural;
    const char *object;
    const char *cells;
};

static const struct cells_case cells_cases[] = {
    { "claim, pending", "resource.k8s.io", "resourceclaims", "{" META "}", "x|pending|5m" },
    { "claim, allocated", "resource.k8s.io", "resourceclaims", "{" META ",\"status\":{\"allocation\":{}}}",
      "x|allocated|5m" },
    { "claim, reserved", "resource.k8s.io", "resourceclaims",
      "{" META ",\"status\":{\"allocation\":{},\"reservedFor\":[{}]}}", "x|allocated,reserved|5m" },
    { "claim, deleted", "resource.k8s.io", "resourceclaims", "{" DELETED_META "}", "x|deleted|5m" },
    { "claim, deleted but allocated", "resource.k8s.io", "resourceclaims",
      "{" DELETED_META ",\"status\":{\"allocation\":{}}}", "x|deleted,allocated|5m" },
    { "slice", "resource.k8s.io", "resourceslices",
      "{" META ",\"spec\":{\"nodeName\":\"n\",\"driver\":\"d\",\"pool\":{\"name\":\"p\"}}}", "x|n|d|p|5m" },
    { "class", "resource.k8s.io", "deviceclasses", "{" META "}", "x|5m" },
    { "lease", "coordination.k8s.io", "leases", "{" META ",\"spec\":{\"holderIdentity\":\"me\"}}",
      "x|me|5m" },
    { "no time", "resource.k8s.io", "deviceclasses", "{\"metadata\":{\"name\":\"x\"}}", "x|<unknown>" },
    { "namespace", "", "namespaces", "{" META ",\"status\":{\"phase\":\"Active\"}}", "x|Active|5m" },
    { "pod, pending", "", "pods", "{" META "," SPEC ",\"status\":{\"phase\":\"Pending\"}}",
      "x|0/1|Pending|0|5m|<none>|n|<none>|<none>" },
    { "pod, gated", "", "pods",
      "{" META "," SPEC ",\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\","
      "\"status\":\"False\",\"reason\":\"SchedulingGated\"}]}}",
      "x|0/1|SchedulingGated|0|5m|<none>|n|<none>|<none>" },
    { "pod, running", "", "pods",
      "{" META "," SPEC
      ",\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\",\"containerStatuses\":[{\"name\":"
      "\"c\",\"ready\":true,\"restartCount\":3,\"state\":{\"running\":{}},\"lastState\":{\"terminated\":{"
      "\"finishedAt\":\"2026-01-01T00:03:00Z\"}}}]}}",
      "x|1/1|Running|3 (2m ago)|5m|10.0.0.1|n|<none>|<none>" },
    { "pod, waiting", "", "pods",
      "{" META "," SPEC
      ",\"status\":{\"phase\":\"Pending\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{"
      "\"waiting\":{\"reason\":\"ContainerCreating\"}}}]}}",
      "x|0/1|ContainerCreating|0|5m|<none>|n|<none>|<none>" },
    { "pod, failed with a code", "", "pods",
      "{" META "," SPEC ",\"status\":{\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{"
      "\"terminated\":{\"exitCode\":3}}}]}}",
      "x|0/1|ExitCode:3|0|5m|<none>|n|<none>|<none>" },
    { "pod, killed", "", "pods",
      "{" META "," SPEC ",\"status\":{\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{"
      "\"terminated\":{\"exitCode\":137,\"signal\":9}}}]}}",
      "x|0/1|Signal:9|0|5m|<none>|n|<none>|<none>" },
    { "pod, in its second init container", "", "pods",
      "{" META
      ",\"spec\":{\"initContainers\":[{\"name\":\"i\"},{\"name\":\"j\"}],\"containers\":[{\"name\":\"c\"}]},"
      "\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\",\"state\":{"
      "\"terminated\":{"
      "\"exitCode\":0}}},{\"name\":\"j\",\"state\":{\"running\":{}}}]}}",
      "x|0/1|Init:1/2|0|5m|<none>|<none>|<none>|<none>" },
    { "pod, init container failed", "", "pods",
      "{" META ",\"spec\":{\"initContainers\":[{\"name\":\"i\"}],\"containers\":[{\"name\":\"c\"}]},"
      "\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\",\"state\":{"
      "\"terminated\":{"
      "\"exitCode\":1,\"reason\":\"Error\"}}}]}}",
      "x|0/1|Init:Error|0|5m|<none>|<none>|<none>|<none>" },
    { "pod, terminating", "", "pods", "{" DELETED_META "," SPEC ",\"status\":{\"phase\":\"Running\"}}",
      "x|0/1|Terminating|0|5m|<none>|n|<none>|<none>" },
    { "node", "", "nodes",
      "{\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{"
      "\"node-role.kubernetes.io/worker\":\"\",\"node-role.kubernetes.io/"
      "gpu\":\"\"}},\"spec\":{\"unschedulable\":"
      "true},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],\"addresses\":[{\"type\":"
      "\"InternalIP\",\"address\":\"1.2.3.4\"}],\"nodeInfo\":{\"kubeletVersion\":\"v1.37.0\",\"osImage\":"
      "\"Debian\"}}}",
      "x|Ready,SchedulingDisabled|gpu,worker|5m|v1.37.0|1.2.3.4|<none>|Debian|<unknown>|<unknown>" },
    { "node that says nothing", "", "nodes", "{" META "}",
      "x|Unknown|<none>|5m||<none>|<none>|<unknown>|<unknown>|<unknown>" },
    { "event", "", "events",
      "{" META
      ",\"type\":\"Normal\",\"reason\":\"R\",\"message\":\" m \",\"lastTimestamp\":\"2026-01-01T00:04:00Z\","
      "\"firstTimestamp\":\"2026-01-01T00:03:00Z\",\"count\":2,\"source\":{\"component\":\"s\",\"host\":"
      "\"h\"},"
      "\"involvedObject\":{\"kind\":\"ResourceClaim\",\"name\":\"c\"}}",
      "60s|Normal|R|resourceclaim/c||s, h|m|2m|2|x" },
};

static void add_cell(struct buf *line, const struct value *cell)
{
    if (value_is(cell, VALUE_STRING))
        buf_add_span(line, cell->string);
    else
        json_write(line, cell);
}

static void test_cells(void **state)
{
    const struct cells_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct table_context context = { .arena = arena };
    struct value *object;
    assert_null(time_parse(SPAN("2026-01-01T00:05:00Z"), &context.now));
    assert_null(json_parse(arena, span_of(row->object), 0, &object));
    const struct table_column *columns = table_columns(row->group, row->plural);
    struct value *table = table_new(arena, "meta.k8s.io/v1", columns, true);
    table_add(&context, table, columns, object, TABLE_INCLUDE_METADATA);

    const struct value *first = value_at(value_get(table, "rows"), 0);
    cleanup_buf struct buf line = BUF_INIT(4096);
    value_each (value_get(first, "cells"), cell) {
        if (line.length)
            buf_add_char(&line, '|');
        add_cell(&line, cell);
    }
    assert_string_equal(buf_text(&line), row->cells);
    assert_int_equal(value_length(value_get(first, "cells")),
                     value_length(value_get(table, "columnDefinitions")));
    assert_string_equal(value_path_string(first, "object.kind"), "PartialObjectMetadata");
}

int main(void)
{
    return RUN_TABLE(cells_cases, test_cells);
}
