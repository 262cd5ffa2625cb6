/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods and nodes as allocation sees them.
 */

#include "api/core/kinds.h"
#include "api/core/pod.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

static struct value *parse(struct arena *arena, const char *text)
{
    value_vec documents = { 0 };
    assert_null(yaml_parse(arena, "test", span_of(text), &documents));
    struct value *tree = documents.items[0];
    vec_done(&documents);
    return tree;
}

static const char pod_text[] =
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: p, namespace: ns, uid: u}\n"
    "spec:\n"
    "  nodeName: node-a\n"
    "  restartPolicy: Never\n"
    "  terminationGracePeriodSeconds: 0\n"
    "  schedulingGates: [{name: tranche.dev/allocate}]\n"
    "  resourceClaims:\n"
    "  - {name: a, resourceClaimName: claim-a}\n"
    "  - {name: b, resourceClaimTemplateName: t}\n"
    "  - {name: c, resourceClaimTemplateName: t}\n"
    "  - {name: d, resourceClaimTemplateName: t}\n"
    "  initContainers: [{name: i, restartPolicy: Always}]\n"
    "  containers:\n"
    "  - name: c\n"
    "    image: image\n"
    "    command: [sleep, \"1\"]\n"
    "    env: [{name: A, value: B}, {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n"
    "    volumeMounts: [{name: v, mountPath: /v, readOnly: true}]\n"
    "    resources: {claims: [{name: a, request: r}], limits: {cpu: 1, example.com/gpu: 2}}\n"
    "    newField: 1\n"
    "  volumes: [{name: v, hostPath: {path: /srv}}]\n"
    "  tolerations: [{key: k, effect: NoExecute, tolerationSeconds: 5}, {operator: Exists}]\n"
    "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
    "[{matchExpressions: [{key: z, operator: Exists}]}]}}}\n"
    "status:\n"
    "  phase: Running\n"
    "  conditions: [{type: Ready, status: \"True\"}]\n"
    "  resourceClaimStatuses: [{name: b, resourceClaimName: p-b-x}, {name: c}]\n"
    "  containerStatuses: [{name: c, ready: true, restartCount: 2, state: {terminated: {exitCode: 3}}}]\n";

static void test_pod(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct pod *pod = NULL;
    assert_null(pod_decode(arena, parse(arena, pod_text), &pod));
    assert_string_equal(pod->meta.uid, "u");
    assert_string_equal(pod->node_name, "node-a");
    assert_int_equal(pod->restart_policy, RESTART_NEVER);
    assert_true(pod->has_termination_grace_seconds);
    assert_int_equal(pod->termination_grace_seconds, 0);
    assert_true(pod_has_gate(pod, "tranche.dev/allocate"));
    assert_false(pod_has_gate(pod, "x"));
    const struct container *container = pod->containers;
    assert_string_equal(container->command[1], "1");
    assert_string_equal(container->env[0].value, "B");
    assert_non_null(container->env[1].value_from);
    assert_true(container->mounts[0].read_only);
    assert_string_equal(container->claims[0].request, "r");
    assert_string_equal(container->limits[1].name, "example.com/gpu");
    assert_int_equal(quantity_value(&container->limits[1].amount), 2);
    assert_string_equal(pod->init_containers[0].restart_policy, "Always");
    assert_string_equal(pod->volumes[0].host_path, "/srv");
    assert_int_equal(pod->tolerations[0].op, POD_TOLERATE_EQUAL);
    assert_int_equal(pod->tolerations[0].seconds, 5);
    assert_int_equal(pod->tolerations[1].op, POD_TOLERATE_EXISTS);
    assert_int_equal(pod->required_affinity->terms[0].expressions[0].op, NODE_EXISTS);
    assert_int_equal(pod->phase, POD_RUNNING);
    assert_false(pod_is_finished(pod));
    assert_string_equal(pod_condition_find(pod, "Ready")->status, "True");
    assert_int_equal(pod->container_statuses[0].terminated->exit_code, 3);
    assert_int_equal(pod->container_statuses[0].restart_count, 2);
}

struct resolve_case {
    const char *name; /* the entry too */
    bool known;
    const char *claim;
};

static const struct resolve_case resolve_cases[] = {
    { "a", true, "claim-a" },
    { "b", true, "p-b-x" },
    { "c", true, NULL },
    { "d", false, NULL },
};

static void test_resolve(void **state)
{
    const struct resolve_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct pod *pod = NULL;
    assert_null(pod_decode(arena, parse(arena, pod_text), &pod));
    const char *claim = "untouched";
    assert_int_equal(pod_claim_resolve(pod, pod_claim_find(pod, row->name), &claim), row->known);
    assert_true(row->claim ? claim && !strcmp(claim, row->claim) : !claim);
}

/* Members that we do not know stay, also when typos elsewhere are found. */
static void test_open(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = parse(arena, pod_text);
    value_set_int(arena, value_get(tree, "metadata"), "nmae", 1);
    const struct schema *schema = schema_kind_table(schema_kind_of(tree), "v1");
    struct schema_complaints complaints = { 0 };
    assert_null(schema_check(schema, tree, &complaints));
    cleanup_error struct error *err = schema_complaints_error(&complaints);
    assert_string_equal(err->text, "strict decoding error: unknown field \"metadata.nmae\"");
    schema_complaints_done(&complaints);
    schema_prune(schema, arena, tree);
    assert_null(value_path(tree, "metadata.nmae"));
    assert_int_equal(
        value_integer(value_get(value_at(value_path(tree, "spec.containers"), 0), "newField"), 0), 1);
}

static void test_node(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct node *node = NULL;
    assert_null(
        node_decode(arena,
                    parse(arena, "{metadata: {name: a, labels: {x: z}}, spec: {unschedulable: true, taints: "
                                 "[{key: k, effect: NoExecute}]}, status: {allocatable: {cpu: 2}, "
                                 "nodeInfo: {bootID: b}, conditions: [{type: Ready, status: \"True\"}]}}"),
                    &node));
    assert_true(node->unschedulable);
    assert_int_equal(node->taints[0].effect, NODE_TAINT_NO_EXECUTE);
    assert_int_equal(quantity_value(&node->allocatable[0].amount), 2);
    assert_string_equal(node->boot_id, "b");
    assert_true(node_is_ready(node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pod),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_node),
    };
    int failed = RUN_TABLE(resolve_cases, test_resolve);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
