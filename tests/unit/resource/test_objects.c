/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects by their tables: what a tree becomes, what goes wrong where, and that encoding is the way back.
 */

#include "api/resource/convert.h"
#include "api/resource/decode.h"
#include "api/resource/objects.h"
#include "api/resource/tables.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

static void expect_success(struct error *err)
{
    if (err)
        print_error("%s\n", err->text);
    assert_null(err);
}

static struct value *parse(struct arena *arena, const char *text)
{
    value_vec documents = { 0 };
    expect_success(yaml_parse(arena, "test", span_of(text), &documents));
    assert_int_equal(documents.length, 1);
    struct value *tree = documents.items[0];
    vec_done(&documents);
    return tree;
}

static const char slice_text[] =
    "apiVersion: resource.k8s.io/v1\n"
    "kind: ResourceSlice\n"
    "metadata:\n"
    "  name: node-a-gpu\n"
    "  labels: {a: b}\n"
    "  ownerReferences:\n"
    "  - {apiVersion: v1, kind: Node, name: node-a, uid: u1, controller: true}\n"
    "spec:\n"
    "  driver: gpu.example.com\n"
    "  pool: {name: node-a, generation: 3, resourceSliceCount: 1}\n"
    "  nodeName: node-a\n"
    "  future: [1, 2]\n"
    "  devices:\n"
    "  - name: gpu-0\n"
    "    attributes:\n"
    "      model: {string: A100}\n"
    "      example.com/index: {int: 7}\n"
    "      ok: {bool: false}\n"
    "      driverVersion: {version: 1.2.3}\n"
    "      lanes: {ints: [1, 2]}\n"
    "      names: {strings: [x, why]}\n"
    "      odd: {bool: true, ints: [5]}\n"
    "      unknown: {future: 1}\n"
    "    capacity:\n"
    "      memory:\n"
    "        value: 40Gi\n"
    "        requestPolicy: {default: 1Gi, validRange: {min: 1Gi, step: 1Gi}}\n"
    "      cores: {value: 16}\n"
    "    consumesCounters:\n"
    "    - counterSet: set\n"
    "      counters: {memory: {value: 10Gi}}\n"
    "    taints:\n"
    "    - {key: k, effect: NoExecute, timeAdded: \"2026-07-01T12:00:00Z\"}\n"
    "    - {key: k, value: v, effect: Future}\n"
    "    bindingConditions: []\n"
    "    allowMultipleAllocations: false\n"
    "    nodeSelector:\n"
    "      nodeSelectorTerms:\n"
    "      - matchExpressions: [{key: zone, operator: In, values: [a, b]}, {key: x, operator: New}]\n"
    "    nodeAllocatableResources:\n"
    "      cpu: {mapping: {deviceMultiplier: 2}, overhead: {perPod: 100m}}\n";

static void test_slice(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_slice *slice = NULL;
    expect_success(resource_slice_decode(arena, parse(arena, slice_text), &slice));
    assert_string_equal(slice->meta.name, "node-a-gpu");
    assert_string_equal(slice->meta.owners[0].kind, "Node");
    assert_true(slice->meta.owners[0].controller);
    assert_string_equal(slice->driver, "gpu.example.com");
    assert_string_equal(slice->pool, "node-a");
    assert_int_equal(slice->generation, 3);
    assert_string_equal(slice->node_name, "node-a");
    assert_false(slice->has_shared_counters);
    assert_int_equal(slice->n_devices, 1);

    const struct device *device = slice->devices;
    assert_int_equal(device->n_attributes, 8);
    const struct attribute *attributes = device->attributes;
    assert_string_equal(attributes[0].string, "A100");
    assert_string_equal(attributes[1].name, "example.com/index");
    assert_int_equal(attributes[1].integer, 7);
    assert_int_equal(attributes[2].type, ATTRIBUTE_BOOL);
    assert_false(attributes[2].boolean);
    assert_int_equal(attributes[3].type, ATTRIBUTE_VERSION);
    assert_int_equal(attributes[4].type, ATTRIBUTE_INTS);
    assert_int_equal(attributes[4].integers[1], 2);
    assert_string_equal(attributes[5].strings[1], "why");
    assert_int_equal(attributes[6].type, ATTRIBUTE_INTS);
    assert_int_equal(attributes[7].type, ATTRIBUTE_NONE);

    assert_int_equal(device->n_capacities, 2);
    assert_int_equal(quantity_value(&device->capacities[0].value), 40LL << 30);
    assert_true(device->capacities[0].policy->has_fallback);
    assert_true(device->capacities[0].policy->valid_range->has_min);
    assert_false(device->capacities[0].policy->valid_range->has_max);
    assert_int_equal(quantity_value(&device->capacities[1].value), 16);
    assert_string_equal(device->consumes[0].counters[0].name, "memory");
    assert_int_equal(device->taints[0].effect, EFFECT_NO_EXECUTE);
    assert_int_equal(device->taints[1].effect, EFFECT_NONE);
    assert_string_equal(device->taints[1].effect_text, "Future");
    assert_true(device->has_binding_conditions);
    assert_int_equal(device->n_binding_conditions, 0);
    assert_true(device->has_allow_multiple_allocations);
    assert_false(device->allow_multiple_allocations);
    assert_int_equal(device->node_selector->terms[0].expressions[0].op, NODE_IN);
    assert_string_equal(device->node_selector->terms[0].expressions[0].values[1], "b");
    assert_int_equal(device->node_selector->terms[0].expressions[1].op, NODE_OPERATOR_UNKNOWN);
    assert_string_equal(device->node_allocatables[0].resource, "cpu");
    assert_true(device->node_allocatables[0].has_device_multiplier);
    assert_true(device->node_allocatables[0].has_per_pod);
    assert_false(device->node_allocatables[0].has_per_container);
}

static const char claim_text[] =
    "apiVersion: resource.k8s.io/v1\n"
    "kind: ResourceClaim\n"
    "metadata: {name: c, namespace: ns}\n"
    "spec:\n"
    "  devices:\n"
    "    requests:\n"
    "    - name: a\n"
    "      exactly:\n"
    "        deviceClassName: gpu\n"
    "        selectors: [{cel: {expression: \"true\"}}, {future: {}}]\n"
    "        tolerations: [{key: k}, {operator: Exists, tolerationSeconds: 5}]\n"
    "        capacity: {requests: {memory: 10Gi}}\n"
    "        derivedAttributes: [{name: nn, expression: e}]\n"
    "    - name: b\n"
    "      firstAvailable:\n"
    "      - {name: x, deviceClassName: gpu, allocationMode: All}\n"
    "      - {name: z, deviceClassName: gpu, allocationMode: Future, count: 2}\n"
    "    constraints:\n"
    "    - {requests: [a, b], matchAttribute: example.com/numa}\n"
    "    config:\n"
    "    - requests: [a]\n"
    "      opaque: {driver: d, parameters: {x: [1]}}\n"
    "status:\n"
    "  allocation:\n"
    "    devices:\n"
    "      results:\n"
    "      - {request: a, driver: d, pool: p, device: g, shareID: s, consumedCapacity: {memory: 10Gi}}\n"
    "      config:\n"
    "      - {source: FromClass, opaque: {driver: d, parameters: {}}}\n"
    "    nodeSelector: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: "
    "[node]}]}]}\n"
    "  reservedFor: [{resource: pods, name: p, uid: u}]\n"
    "  devices:\n"
    "  - {driver: d, pool: p, device: g, data: {a: 1}, networkData: {ips: [10.0.0.1/24]}, conditions: "
    "[{type: "
    "Ready, status: \"True\", reason: R, message: M, lastTransitionTime: \"2026-07-01T12:00:00Z\"}]}\n";

static void test_claim(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim = NULL;
    expect_success(resource_claim_decode(arena, parse(arena, claim_text), &claim));
    const struct exact_request *exactly = claim->spec.requests[0].exactly;
    assert_int_equal(exactly->mode, MODE_EXACT_COUNT);
    assert_int_equal(exactly->count, 1);
    assert_string_equal(exactly->selectors[0].expression, "true");
    assert_null(exactly->selectors[1].expression);
    assert_int_equal(exactly->tolerations[0].op, TOLERATE_EQUAL);
    assert_int_equal(exactly->tolerations[1].op, TOLERATE_EXISTS);
    assert_true(exactly->tolerations[1].has_seconds);
    assert_true(exactly->has_capacity);
    assert_string_equal(exactly->capacity_requests[0].name, "memory");
    assert_string_equal(exactly->derived_attributes[0].expression, "e");
    const struct exact_request *alternatives = claim->spec.requests[1].first_available;
    assert_null(claim->spec.requests[1].exactly);
    assert_int_equal(alternatives[0].mode, MODE_ALL);
    assert_int_equal(alternatives[0].count, 0);
    assert_int_equal(alternatives[1].mode, MODE_UNKNOWN);
    assert_string_equal(alternatives[1].mode_text, "Future");
    assert_string_equal(claim->spec.constraints[0].match_attribute, "example.com/numa");
    assert_string_equal(claim->spec.configs[0].opaque.driver, "d");
    assert_int_equal(value_length(claim->spec.configs[0].opaque.parameters), 1);
    assert_string_equal(claim->allocation->results[0].share_id, "s");
    assert_int_equal(claim->allocation->configs[0].source, CONFIG_FROM_CLASS);
    assert_string_equal(claim->allocation->node_selector->terms[0].fields[0].values[0], "node");
    assert_string_equal(claim->reserved_for[0].uid, "u");
    assert_string_equal(claim->devices[0].conditions[0].reason, "R");
    assert_string_equal(claim->devices[0].network->ips[0], "10.0.0.1/24");
}

static void test_template(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim_template *template = NULL;
    assert_null(resource_claim_template_decode(
        arena,
        parse(arena, "{metadata: {name: t}, spec: {metadata: {labels: {a: b}, annotations: {c: d}}, spec: "
                     "{devices: {requests: [{name: r}]}}}}"),
        &template));
    assert_string_equal(template->meta.name, "t");
    assert_string_equal(template->labels[0].value, "b");
    assert_string_equal(template->annotations[0].name, "c");
    assert_string_equal(template->spec.requests[0].name, "r");
}

static void test_taint_rule(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct device_taint_rule *rule = NULL;
    assert_null(device_taint_rule_decode(
        arena,
        parse(arena, "{apiVersion: resource.k8s.io/v1alpha3, spec: {deviceSelector: {}, taint: {key: k, "
                     "effect: NoSchedule}}}"),
        &rule));
    assert_true(rule->has_selector);
    assert_null(rule->driver);
    assert_int_equal(rule->taint.effect, EFFECT_NO_SCHEDULE);
    assert_null(device_taint_rule_decode(arena, parse(arena, "{spec: {taint: {key: k}}}"), &rule));
    assert_false(rule->has_selector);
}

/* A device, an allocation: what is encoded says what was decoded. */
static void test_encode(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct device device = { 0 };
    struct value *tree = value_at(value_path(parse(arena, slice_text), "spec.devices"), 0);
    value_delete(value_get(tree, "attributes"), "unknown");
    value_set(arena, value_get(tree, "attributes"), "odd", parse(arena, "{ints: [5]}"));
    assert_null(device_decode(arena, tree, &device));
    struct value *encoded = device_encode(arena, &device);
    schema_prune(&device_schema, arena, tree);
    /* An operator that we do not know is lost. */
    value_delete_item(value_at(value_get(value_path(tree, "nodeSelector"), "nodeSelectorTerms"), 0)
                          ->object.members[0]
                          .value,
                      1);
    value_delete_item(value_at(value_get(value_path(encoded, "nodeSelector"), "nodeSelectorTerms"), 0)
                          ->object.members[0]
                          .value,
                      1);
    cleanup_buf struct buf want = BUF_INIT(100000), have = BUF_INIT(100000);
    value_delete(encoded, "bindingConditions");
    json_write_canonical(&want, tree);
    json_write_canonical(&have, encoded);
    assert_string_equal(buf_text(&have), buf_text(&want));

    struct allocation *allocation = NULL;
    const struct value *before = value_path(parse(arena, claim_text), "status.allocation");
    expect_success(allocation_decode(arena, before, &allocation));
    assert_true(value_equal(before, allocation_encode(arena, allocation)));
}

struct wrong_case {
    const char *name;
    const char *text;
    const char *error;
};

static const struct wrong_case wrong_cases[] = {
    { "no object", "[]", "line 1 column 1: the document: must be an object, not a list" },
    { "another kind", "{kind: Pod}", "kind: want ResourceSlice, not Pod" },
    { "a string", "{spec: {driver: 1}}", "line 1 column 17: spec.driver: must be a string, not an integer" },
    { "an integer", "{spec: {pool: {generation: 1.5}}}",
      "line 1 column 28: spec.pool.generation: must be an integer, not a fraction" },
    { "a list", "{spec: {devices: {}}}", "line 1 column 18: spec.devices: must be a list, not an object" },
    { "an attribute", "{spec: {devices: [{name: a}, {attributes: {x/y: {int: a}}}]}}",
      "line 1 column 55: spec.devices[1].attributes.x/y.int: must be an integer, not a string" },
    { "a quantity", "{spec: {devices: [{capacity: {m: {value: 1x}}}]}}",
      "line 1 column 42: spec.devices[0].capacity.m.value: quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
    { "a boolean", "{spec: {devices: [{taints: [{key: [a]}]}]}}",
      "line 1 column 35: spec.devices[0].taints[0].key: must be a string, not a list" },
};

static void test_wrong(void **state)
{
    const struct wrong_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_slice *slice = NULL;
    cleanup_error struct error *err = resource_slice_decode(arena, parse(arena, row->text), &slice);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_string_equal(err->text, row->error);
    assert_null(slice);
}

struct convert_case {
    const char *name;
    const char *from;
    const char *version;
    const char *want;
    bool not_back; /* some other form of the same comes back */
};

#define G "apiVersion: resource.k8s.io/"

static const struct convert_case convert_cases[] = {
    { "v1beta2 is v1", "{" G "v1beta2, kind: ResourceClaim, spec: {a: 1}}", "v1",
      "{" G "v1, kind: ResourceClaim, spec: {a: 1}}", false },
    { "a request grows exactly",
      "{" G
      "v1beta1, kind: ResourceClaim, spec: {devices: {requests: [{name: r, deviceClassName: c, count: 2}]}}}",
      "v1",
      "{" G
      "v1, kind: ResourceClaim, spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, count: "
      "2}}]}}}",
      false },
    { "alternatives stay alone",
      "{" G
      "v1beta1, kind: ResourceClaim, spec: {devices: {requests: [{name: r, deviceClassName: '', count: 0, "
      "firstAvailable: [{name: a}]}]}}}",
      "v1",
      "{" G "v1, kind: ResourceClaim, spec: {devices: {requests: [{name: r, firstAvailable: [{name: a}]}]}}}",
      true },
    { "a template",
      "{" G "v1beta1, kind: ResourceClaimTemplate, spec: {spec: {devices: {requests: "
      "[{name: r, deviceClassName: c}]}}}}",
      "v1",
      "{" G "v1, kind: ResourceClaimTemplate, spec: {spec: {devices: {requests: [{name: r, exactly: "
      "{deviceClassName: c}}]}}}}",
      false },
    { "a device loses basic",
      "{" G "v1beta1, kind: ResourceSlice, spec: {nodeName: node, devices: [{name: d, basic: "
      "{attributes: {a: {int: 1}}}}]}}",
      "v1",
      "{" G
      "v1, kind: ResourceSlice, spec: {nodeName: node, devices: [{name: d, attributes: {a: {int: 1}}}]}}",
      false },
    { "a bare device has an empty basic", "{" G "v1, kind: ResourceSlice, spec: {devices: [{name: d}]}}",
      "v1beta1", "{" G "v1beta1, kind: ResourceSlice, spec: {devices: [{name: d, basic: {}}]}}", false },
    { "empty node name, no nodes",
      "{" G "v1beta1, kind: ResourceSlice, spec: {nodeName: '', allNodes: false}}", "v1",
      "{" G "v1, kind: ResourceSlice, spec: {}}", true },
    { "another group", "{apiVersion: v1, kind: Pod}", "v1", "{apiVersion: v1, kind: Pod}", true },
};

static void test_convert(void **state)
{
    const struct convert_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *from = parse(arena, row->from), *copy = value_copy(arena, from);
    struct value *to = resource_convert(arena, from, row->version);
    assert_true(value_equal(to, parse(arena, row->want)));
    assert_true(value_equal(from, copy));
    const char *version = strchr(value_string(value_get(from, "apiVersion")), '/');
    if (!row->not_back)
        assert_true(value_equal(resource_convert(arena, to, version + 1), from));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice),      cmocka_unit_test(test_claim),  cmocka_unit_test(test_template),
        cmocka_unit_test(test_taint_rule), cmocka_unit_test(test_encode),
    };
    int failed = RUN_TABLE(wrong_cases, test_wrong);
    failed += RUN_TABLE(convert_cases, test_convert);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
