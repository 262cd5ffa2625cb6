/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tables do to documents, tried on the real ones.
 */

#include "api/core/kinds.h"
#include "api/core/tables.h"
#include "api/resource/gates.h"
#include "api/value/json.h"
#include "api/value/json_duplicates.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

#define NOW     1783512000000000 /* 2026-07-08T12:00:00Z */
#define REQUEST "{spec: {devices: {requests: [{name: r, "

static struct value *parse(struct arena *arena, const char *text)
{
    value_vec documents = { 0 };
    assert_null(yaml_parse(arena, "test", span_of(text), &documents));
    struct value *tree = documents.items[0];
    vec_done(&documents);
    return tree;
}

static void expect_tree(struct arena *arena, const struct value *have, const char *want)
{
    cleanup_buf struct buf left = BUF_INIT(100000), right = BUF_INIT(100000);
    json_write_canonical(&left, have);
    json_write_canonical(&right, parse(arena, want));
    assert_string_equal(buf_text(&left), buf_text(&right));
}

struct strict_case {
    const char *name;
    const struct schema *schema;
    const char *text;
    const char *error; /* of types, or of strict decoding; NULL: fine */
};

static const struct strict_case strict_cases[] = {
    { "fine", &resource_claim_schema, REQUEST "exactly: {deviceClassName: c, count: 1}}]}}}", NULL },
    { "null is absent", &resource_claim_schema, "{spec: null, status: {allocation: null}}", NULL },
    { "unknown fields", &resource_claim_schema,
      "{metadata: {foo: 1}, spec: {devices: {requests: [{nmae: r}]}}, bogus: 1}",
      "strict decoding error: unknown field \"metadata.foo\", unknown field "
      "\"spec.devices.requests[0].nmae\", unknown "
      "field \"bogus\"" },
    { "under a map", &resource_slice_schema, "{spec: {devices: [{attributes: {a: {itn: 1}}}]}}",
      "strict decoding error: unknown field \"spec.devices[0].attributes.a.itn\"" },
    { "raw is anything", &device_class_schema, "{spec: {config: [{opaque: {parameters: {a: [1, {b: c}]}}}]}}",
      NULL },
    { "v1beta1 is flat", &resource_claim_v1beta1_schema, REQUEST "deviceClassName: c}]}}}", NULL },
    { "v1 is not", &resource_claim_schema, REQUEST "deviceClassName: c}]}}}",
      "strict decoding error: unknown field \"spec.devices.requests[0].deviceClassName\"" },
    { "no object", &resource_claim_schema, "x",
      "line 1 column 1: the document: must be an object, not a string" },
    { "wrong type", &resource_claim_schema, "{spec: {devices: {requests: {}}}}",
      "line 1 column 29: spec.devices.requests: must be a list, not an object" },
    { "32 bits", &lease_schema, "{spec: {leaseTransitions: 4294967296}}",
      "line 1 column 27: spec.leaseTransitions: 4294967296 does not fit into 32 bits" },
    { "a label", &pod_schema, "{metadata: {labels: {a: 1}}}",
      "line 1 column 25: metadata.labels.a: must be a string, not an integer" },
    { "a quantity", &resource_slice_schema, "{spec: {devices: [{capacity: {m: {value: [1]}}}]}}",
      "line 1 column 42: spec.devices[0].capacity.m.value: must be a quantity (a string or a number), not a "
      "list" },
    { "numbers are quantities", &pod_schema, "{spec: {overhead: {cpu: 0.5, memory: 1}}}", NULL },
};

static void test_strict(void **state)
{
    const struct strict_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct schema_complaints complaints = { 0 };
    struct error *err = schema_check(row->schema, parse(arena, row->text), &complaints);
    if (!err)
        err = schema_complaints_error(&complaints);
    schema_complaints_done(&complaints);
    if (row->error) {
        assert_non_null(err);
        assert_string_equal(err->text, row->error);
    } else {
        if (err)
            print_error("%s\n", err->text);
        assert_null(err);
    }
    error_free(err);
}

static void test_duplicates(void **state)
{
    (void)state;
    struct json_duplicates duplicates = { 0 };
    json_duplicates_find(SPAN("{\"a\":{\"b\":1,\"b\":2},\"c\":[{\"d\":1,\"d\":2}],\"a\":3}"), &duplicates);
    struct schema_complaints complaints = { 0 };
    vec_each (&duplicates, duplicate)
        schema_complain(&complaints, "duplicate field", duplicate->path);
    json_duplicates_done(&duplicates);
    cleanup_error struct error *err = schema_complaints_error(&complaints);
    assert_string_equal(err->text,
                        "strict decoding error: duplicate field \"a.b\", duplicate field \"c[0].d\", "
                        "duplicate field \"a\"");
    schema_complaints_done(&complaints);
}

struct change_case {
    const char *name;
    const struct schema *schema;
    const char *text;
    const char *want;
};

static const struct change_case default_cases[] = {
    { "mode and count", &resource_claim_schema, REQUEST "exactly: {deviceClassName: c}}]}}}",
      REQUEST "exactly: {deviceClassName: c, allocationMode: ExactCount, count: 1}}]}}}" },
    { "mode alone", &resource_claim_schema, REQUEST "exactly: {allocationMode: All}}]}}}",
      REQUEST "exactly: {allocationMode: All}}]}}}" },
    { "a count that is there", &resource_claim_schema,
      REQUEST "exactly: {allocationMode: ExactCount, count: 3}}]}}}",
      REQUEST "exactly: {allocationMode: ExactCount, count: 3}}]}}}" },
    { "alternatives", &resource_claim_schema,
      REQUEST "firstAvailable: [{name: a}, {count: 2, tolerations: [{key: k}]}]}]}}}",
      REQUEST
      "firstAvailable: [{name: a, allocationMode: ExactCount, count: 1}, {allocationMode: ExactCount, count: "
      "2, tolerations: [{key: k, operator: Equal}]}]}]}}}" },
    { "no exactly, no defaults", &resource_claim_schema, REQUEST "x: 1}]}}}", REQUEST "x: 1}]}}}" },
    { "not in v1beta1's form", &resource_claim_v1beta1_schema, REQUEST "deviceClassName: c}]}}}",
      REQUEST "deviceClassName: c}]}}}" },
    { "templates", &resource_claim_template_schema,
      "{spec: {spec: {devices: {requests: [{exactly: {count: 0}}]}}}}",
      "{spec: {spec: {devices: {requests: [{exactly: {allocationMode: ExactCount, count: 1}}]}}}}" },
    { "taints", &resource_slice_schema,
      "{spec: {devices: [{taints: [{key: k}, {timeAdded: \"2026-01-01T00:00:00Z\"}]}]}}",
      "{spec: {devices: [{taints: [{key: k, timeAdded: \"2026-07-08T12:00:00Z\"}, {timeAdded: "
      "\"2026-01-01T00:00:00Z\"}]}]}}" },
    { "a pod", &pod_schema,
      "{spec: {terminationGracePeriodSeconds: 0, containers: [{ports: [{containerPort: 1}]}]}}",
      "{spec: {terminationGracePeriodSeconds: 0, restartPolicy: Always, dnsPolicy: ClusterFirst, "
      "securityContext: {}, "
      "schedulerName: default-scheduler, enableServiceLinks: true, containers: [{ports: [{containerPort: 1, "
      "protocol: "
      "TCP}], terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}]}}" },
};

static void test_default(void **state)
{
    const struct change_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = parse(arena, row->text);
    schema_default(row->schema, arena, tree, NOW);
    expect_tree(arena, tree, row->want);
}

static const struct change_case prune_cases[] = {
    { "unknown and null", &resource_claim_schema,
      "{foo: 1, metadata: {name: a, labels: null}, spec: {devices: {x: 1}}}",
      "{metadata: {name: a}, spec: {devices: {}}}" },
    { "empty", &resource_slice_schema,
      "{spec: {driver: '', nodeName: '', allNodes: false, devices: [], pool: {generation: 0}}, metadata: "
      "{labels: {}}}",
      "{spec: {driver: '', nodeName: '', allNodes: false, pool: {generation: 0}}, metadata: {}}" },
    { "taints", &resource_slice_schema,
      "{spec: {devices: [{taints: [{value: '', timeAdded: \"2026-07-08T14:00:00.5+02:00\"}]}]}}",
      "{spec: {devices: [{taints: [{timeAdded: \"2026-07-08T12:00:00Z\"}]}]}}" },
    { "quantities", &resource_slice_schema,
      "{spec: {devices: [{capacity: {a: {value: 1024}, b: {value: 1024Mi}, c: {value: \"0.5\"}, d: {value: "
      "10Gi}}}]}}",
      "{spec: {devices: [{capacity: {a: {value: \"1024\"}, b: {value: 1Gi}, c: {value: 500m}, d: {value: "
      "10Gi}}}]}}" },
    { "null items are zero", &pod_schema,
      "{metadata: {labels: {a: null}, finalizers: [null]}, spec: {containers: [null]}}",
      "{metadata: {labels: {a: ''}, finalizers: ['']}, spec: {containers: [{}]}}" },
    { "raw stays", &device_class_schema, "{spec: {config: [{opaque: {parameters: {a: null, b: ''}}}]}}",
      "{spec: {config: [{opaque: {parameters: {a: null, b: ''}}}]}}" },
    { "micro times", &lease_schema, "{spec: {renewTime: \"2026-07-08T12:00:00Z\"}}",
      "{spec: {renewTime: \"2026-07-08T12:00:00.000000Z\"}}" },
};

static void test_prune(void **state)
{
    const struct change_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = parse(arena, row->text);
    schema_prune(row->schema, arena, tree);
    expect_tree(arena, tree, row->want);
}

struct gate_case {
    const char *name;
    const struct schema *schema;
    const char *before, *after;
    const char *want;
};

/* What is alpha at 1.37 is off. */
static bool is_on(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, GATE_DERIVED_ATTRIBUTES) != 0 && strcmp(name, GATE_LIST_ATTRIBUTES) != 0;
}

static const struct gate_case gate_cases[] = {
    { "off and new", &resource_claim_schema, "{}",
      REQUEST "exactly: {count: 1, derivedAttributes: [{name: a}]}}]}}}",
      REQUEST "exactly: {count: 1}}]}}}" },
    { "off but in use", &resource_claim_schema, REQUEST "exactly: {derivedAttributes: [{name: b}]}}]}}}",
      REQUEST "exactly: {derivedAttributes: [{name: a}]}}]}}}",
      REQUEST "exactly: {derivedAttributes: [{name: a}]}}]}}}" },
    { "on", &resource_slice_schema, "{}", "{spec: {devices: [{taints: [{key: k}]}]}}",
      "{spec: {devices: [{taints: [{key: k}]}]}}" },
    { "in maps", &resource_slice_schema, "{}",
      "{spec: {devices: [{attributes: {a: {ints: [1]}, b: {int: 1}}}]}}",
      "{spec: {devices: [{attributes: {a: {}, b: {int: 1}}}]}}" },
};

static void test_gates(void **state)
{
    const struct gate_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = parse(arena, row->after);
    schema_drop_gated(row->schema, tree, parse(arena, row->before), is_on, NULL);
    expect_tree(arena, tree, row->want);
}

struct follow_case {
    const char *name; /* the path too */
    enum schema_type type;
};

static const struct follow_case follow_cases[] = {
    { "", SCHEMA_OBJECT },
    { "spec.containers", SCHEMA_LIST },
    { "spec.containers[0].resources.limits.cpu", SCHEMA_QUANTITY },
    { "spec.containers[0].command[1]", SCHEMA_STRING },
    { "metadata.labels.a", SCHEMA_STRING },
    { "spec.volumes[0].hostPath", SCHEMA_OBJECT },
    { "spec.volumes[0].nfs.server", SCHEMA_RAW },
    { "spec.containers.name", SCHEMA_RAW },
};

static void test_follow(void **state)
{
    const struct follow_case *row = *state;
    assert_int_equal(schema_follow(&pod_schema, row->name).type, row->type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicates),
    };
    int failed = RUN_TABLE(strict_cases, test_strict);
    failed += RUN_TABLE(default_cases, test_default);
    failed += RUN_TABLE(prune_cases, test_prune);
    failed += RUN_TABLE(gate_cases, test_gates);
    failed += RUN_TABLE(follow_cases, test_follow);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
