/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server respells is still what we wanted; anything else is not.
 */

#include "api/value/json.h"
#include "driver/publish/compare.h"
#include "tests/support/cmocka.h"

#define SPEC(devices)                                                                                        \
    "{\"driver\":\"d\",\"pool\":{\"name\":\"p\"},\"nodeName\":\"n\",\"devices\":[" devices "]}"

struct compare_case {
    const char *name, *want, *have;
    bool matches;
};

static const struct compare_case compare_cases[] = {
    { "the same", SPEC("{\"name\":\"a\"}"), SPEC("{\"name\":\"a\"}"), true },
    { "generation and count do not matter", SPEC("{\"name\":\"a\"}"),
      "{\"driver\":\"d\",\"pool\":{\"name\":\"p\",\"generation\":7,\"resourceSliceCount\":3},\"nodeName\":"
      "\"n\","
      "\"devices\":[{\"name\":\"a\"}]}",
      true },
    { "a canonical quantity", SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":\"81920Mi\"}}}"),
      SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":\"80Gi\"}}}"), true },
    { "a number as quantity", SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":1000}}}"),
      SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":\"1k\"}}}"), true },
    { "another quantity", SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":\"80Gi\"}}}"),
      SPEC("{\"name\":\"a\",\"capacity\":{\"memory\":{\"value\":\"81Gi\"}}}"), false },
    { "a string attribute is no quantity",
      SPEC("{\"name\":\"a\",\"attributes\":{\"m\":{\"string\":\"1000\"}}}"),
      SPEC("{\"name\":\"a\",\"attributes\":{\"m\":{\"string\":\"1k\"}}}"), false },
    { "the server's taint time",
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]}"),
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\",\"timeAdded\":\"2026-01-"
           "01T00:00:00Z\"}]}"),
      true },
    { "a taint time within a second",
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"timeAdded\":\"2026-01-01T00:00:00.9Z\"}]}"),
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"timeAdded\":\"2026-01-01T00:00:00Z\"}]}"), true },
    { "another taint time",
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"timeAdded\":\"2026-01-01T00:00:05Z\"}]}"),
      SPEC("{\"name\":\"a\",\"taints\":[{\"key\":\"k\",\"timeAdded\":\"2026-01-01T00:00:00Z\"}]}"), false },
    { "a member more on the server", SPEC("{\"name\":\"a\"}"), SPEC("{\"name\":\"a\",\"bindsToNode\":true}"),
      false },
    { "an empty member more on the server", SPEC("{\"name\":\"a\"}"),
      SPEC("{\"name\":\"a\",\"attributes\":{}}"), true },
    { "order of devices", SPEC("{\"name\":\"a\"},{\"name\":\"b\"}"),
      SPEC("{\"name\":\"b\"},{\"name\":\"a\"}"), false },
    { "order of attributes", SPEC("{\"name\":\"a\",\"attributes\":{\"x\":{\"int\":1},\"y\":{\"int\":2}}}"),
      SPEC("{\"name\":\"a\",\"attributes\":{\"y\":{\"int\":2},\"x\":{\"int\":1}}}"), true },
};

static void test_compare(void **state)
{
    const struct compare_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *want, *have;
    assert_null(json_parse(arena, span_of(row->want), 0, &want));
    assert_null(json_parse(arena, span_of(row->have), 0, &have));
    assert_int_equal(slice_spec_matches(want, have), row->matches);
}

int main(void)
{
    return RUN_TABLE(compare_cases, test_compare);
}
