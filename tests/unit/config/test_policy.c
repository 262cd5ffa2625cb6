/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy files: what is wrong is said with file, line and column, word for word, and the rest keeps working.
 */

#include "api/config/policy.h"

#include "tests/support/cmocka.h"

#define INVENTORY(spec)                                                                                      \
    "apiVersion: policy.tranche.dev/v1\nkind: Inventory\nmetadata: {name: x}\nspec:\n"                       \
    "  driver: gpu.example.com\n" spec
#define POLICY(spec)                                                                                         \
    "apiVersion: policy.tranche.dev/v1\nkind: AllocationPolicy\nmetadata: {name: x}\nspec:\n" spec

static const struct problem_case {
    const char *name;
    const char *text;
    const char *want; /* "": none; the hint behind a bar */
} problem_cases[] = {
    { "good inventory", INVENTORY("  devices: [{name: gpu-0}]\n"), "" },
    { "a cluster-wide pool", INVENTORY("  allNodes: true\n  pool: fabric\n  devices: [{name: gpu-0}]\n"),
      "" },
    { "a cluster-wide pool without a name", INVENTORY("  allNodes: true\n  devices: [{name: gpu-0}]\n"),
      "p.yaml:5:3: spec.pool: a cluster-wide pool needs a name of its own" },
    { "a cluster-wide pool of some nodes",
      INVENTORY("  allNodes: true\n  pool: fabric\n  nodes: [a]\n  devices: [{name: gpu-0}]\n"),
      "p.yaml:8:10: spec.nodes: a cluster-wide pool names no nodes; use nodeSelector" },
    { "good policy", POLICY("  classes: [a]\n  placement: binpack\n"), "" },
    { "topology", POLICY("  placement: topology\n"), "" },
    { "unknown field", INVENTORY("  device: [{name: gpu-0}]\n"),
      "p.yaml:6:11: unknown field \"spec.device\"|did you mean \"devices\"?" },
    { "unknown field far below", INVENTORY("  devices:\n  - name: gpu-0\n    alow: 1\n"),
      "p.yaml:8:11: unknown field \"devices[0].alow\"" },
    { "missing field", INVENTORY("  devices:\n  - count: 2\n"), "p.yaml:7:5: devices[0].name is required" },
    { "wrong type", INVENTORY("  devices: {}\n"), "p.yaml:6:12: spec.devices: a list is needed, not object" },
    { "no driver name",
      "apiVersion: policy.tranche.dev/v1\nkind: Inventory\nspec: {driver: '-', devices: []}\n",
      "p.yaml:3:16: spec.driver: \"-\" is no driver name" },
    { "bad filter", INVENTORY("  devices: [{name: '${i|nope}'}]\n"),
      "p.yaml:6:20: there is no filter \"nope\"|filters are upper, lower, ident, strip:TEXT, append:TEXT, "
      "default:TEXT, text, quantity, integer, div:NUMBER, uuid" },
    { "bad edits", INVENTORY("  devices: []\n  edits: {env: [{name: A}]}\n"),
      "p.yaml:7:17: edits.env[0].value is required" },
    { "bad config kind",
      INVENTORY("  devices: []\n  configs: [{apiVersion: v1, kind: K, fields: [{name: a, type: text}]}]\n"),
      "p.yaml:7:64: unknown type \"text\"|types are string, integer, boolean, object, map" },
    { "placement", POLICY("  placement: best\n"),
      "p.yaml:5:14: spec.placement: must be first, binpack, spread or topology, not \"best\"" },
    { "namespaces", POLICY("  allowedNamespaces: [1]\n"),
      "p.yaml:5:23: allowedNamespaces[0]: a string is needed" },
    { "no kind", "a: 1\n", "p.yaml:1:1: apiVersion and kind are required" },
    { "another kind", "apiVersion: v1\nkind: Pod\n",
      "p.yaml:1:1: a document of kind v1 Pod has no place here|policy files hold Inventory and "
      "AllocationPolicy "
      "(policy.tranche.dev/v1) and DeviceClass (resource.k8s.io/v1)" },
    { "bad class",
      "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: c}\nspec: {selectors: [{}]}\n",
      "p.yaml:1:1: spec.selectors[0].cel: Required value" },
};

static void test_problem(void **state)
{
    const struct problem_case *row = *state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    policy_set_add(set, "p.yaml", span_of(row->text));
    if (!*row->want) {
        assert_int_equal(set->problems.length, 0);
        assert_int_equal(set->inventories.length + set->policies.length, 1);
        return;
    }
    assert_int_equal(set->problems.length, 1);
    const struct error *err = set->problems.items[0].error;
    char text[512];
    snprintf(text, sizeof(text), "%s%s%s", err->text, err->hint ? "|" : "", err->hint ? err->hint : "");
    assert_string_equal(text, row->want);
}

static const struct content_case {
    const char *name;
    const char *spec;
    const char *want; /* a part of the error */
} content_cases[] = {
    { "validation", "  devices: [{name: GPU}]\n",
      "device GPU: p.yaml:6:13: spec.devices[0].name: Invalid value: " },
    { "twice", "  devices: [{name: a}, {name: a}]\n", "p.yaml:6:24: two devices are called a" },
    { "count", "  devices: [{name: a, count: -1}]\n", "p.yaml:6:30: count must be between 0 and 4096" },
    { "variable", "  devices: [{name: 'a-${j}'}]\n", "p.yaml:6:20: ${j}: there is no such variable" },
    { "capacity", "  devices: [{name: a, capacity: {memory: {value: lots}}}]\n",
      "device a: p.yaml:6:13: spec.devices[0].capacity[memory].value: Invalid value: \"lots\": quantities "
      "must" },
};

static void test_content(void **state)
{
    const struct content_case *row = *state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    struct inventory_content content;
    char text[1024];
    snprintf(text, sizeof(text), INVENTORY("%s"), row->spec);
    policy_set_add(set, "p.yaml", span_of(text));
    assert_int_equal(set->inventories.length, 1);
    cleanup_error struct error *err =
        inventory_expand(set->arena, set->inventories.items[0], "worker", &content);
    assert_non_null(err);
    if (strncmp(err->text, row->want, strlen(row->want)) != 0)
        assert_string_equal(err->text, row->want);
}

static void test_the_rest_keeps_working(void **state)
{
    (void)state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    policy_set_add(set, "p.yaml",
                   SPAN(POLICY("  placement: spread\n") "---\n" POLICY("  nonsense: 1\n") "---\n" INVENTORY(
                       "  devices: [{name: gpu-0}]\n") "---\n" INVENTORY("  devices: []\n")));
    policy_set_add(set, "broken.yaml", SPAN("a: [\n"));
    assert_int_equal(set->policies.length, 1);
    assert_int_equal(set->inventories.length, 1);
    assert_int_equal(set->problems.length, 3);
    assert_string_equal(set->problems.items[1].error->text,
                        "p.yaml:20:1: there is an inventory for driver gpu.example.com already, in p.yaml");
    assert_string_equal(set->problems.items[2].file, "broken.yaml");
}

static void test_policies(void **state)
{
    (void)state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    policy_set_add(
        set, "p.yaml",
        SPAN("{apiVersion: policy.tranche.dev/v1, kind: AllocationPolicy, metadata: {name: all}, spec: "
             "{placement: spread}}\n---\n"
             "{apiVersion: policy.tranche.dev/v1, kind: AllocationPolicy, metadata: {name: gpus}, spec: "
             "{driver: gpu.example.com, placement: binpack, allowedNamespaces: [ml, 'team-*']}}\n---\n"
             "{apiVersion: policy.tranche.dev/v1, kind: AllocationPolicy, metadata: {name: big}, spec: "
             "{driver: gpu.example.com, classes: [big], allowedNamespaces: [ml]}}\n"));
    assert_null(policy_set_error(set));
    assert_string_equal(policy_find(set, "net.example.com", "net")->name, "all");
    assert_string_equal(policy_find(set, "gpu.example.com", "small")->name, "gpus");
    assert_string_equal(policy_find(set, "gpu.example.com", "big")->name, "big");
    assert_string_equal(placement_name(policy_find(set, "gpu.example.com", "small")->placement), "binpack");
    assert_true(policy_allows_namespace(set, "net.example.com", "net", "anyone"));
    assert_true(policy_allows_namespace(set, "gpu.example.com", "small", "team-red"));
    assert_false(policy_allows_namespace(set, "gpu.example.com", "small", "default"));
    assert_false(policy_allows_namespace(set, "gpu.example.com", "big", "team-red"));
    assert_true(policy_allows_namespace(set, "gpu.example.com", "big", "ml"));
}

static void test_examples(void **state)
{
    (void)state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    policy_set_add_path(set, POLICIES);
    assert_null(policy_set_error(set));
    assert_int_equal(set->policies.length, 3);
}

static void test_nodes(void **state)
{
    (void)state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    struct inventory_content content;
    policy_set_add(set, "p.yaml",
                   SPAN(INVENTORY("  nodes: ['worker-*']\n  pool: rack/${node}\n"
                                  "  devices: [{name: 'gpu-${index}', count: 2}]\n")));
    assert_null(policy_set_error(set));
    assert_true(inventory_is_for_node(set->inventories.items[0], "worker-1"));
    assert_false(inventory_is_for_node(set->inventories.items[0], "control"));
    assert_null(inventory_expand(set->arena, set->inventories.items[0], "worker-1", &content));
    assert_string_equal(content.pool, "rack/worker-1");
    assert_int_equal(content.n_devices, 2);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_the_rest_keeps_working),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_examples),
    };
    return RUN_TABLE(problem_cases, test_problem) + RUN_TABLE(content_cases, test_content) +
           cmocka_run_group_tests(others, NULL, NULL);
}
