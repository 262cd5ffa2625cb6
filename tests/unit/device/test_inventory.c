/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example inventories: what a node publishes in each set-up, and which environment a container gets for a
 * claim. The variables are those that kubernetes-sigs/dra-example-driver sets.
 */

#include "api/config/policy.h"
#include "api/resource/objects.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "driver/device/inventory_backend.h"
#include "driver/device/inventory_prepare.h"
#include "tests/support/cmocka.h"

static struct arena *arena;

static const struct value *parse(const char *yaml)
{
    value_vec documents = { 0 };
    struct error *err = yaml_parse(arena, "test", span_of(yaml), &documents);
    if (err)
        fail_msg("%s", err->text);
    const struct value *tree = documents.length ? documents.items[0] : NULL;
    vec_done(&documents);
    return tree;
}

static struct inventory_policy *load(const char *file, const char *parameters)
{
    static struct policy_set *set;
    policy_set_free(set);
    set = policy_set_new();
    policy_set_add_path(set, arena_printf(arena, INVENTORIES "/%s", file));
    struct error *err = policy_set_error(set);
    if (err)
        fail_msg("%s", err->text);
    assert_int_equal(set->inventories.length, 1);
    assert_int_equal(set->classes.length, 1);
    if (parameters)
        assert_null(inventory_set_parameters(set->arena, set->inventories.items[0], parse(parameters)));
    struct inventory_policy *inventory = set->inventories.items[0];
    arena_adopt(arena, set->arena);
    set->arena = arena_new();
    return inventory;
}

static const struct publish_case {
    const char *name;
    const char *file;
    const char *parameters;
    const char *devices; /* their names, a blank between them */
    const char *device;  /* the API form of the one at INDEX, canonical JSON; or a part of it */
    size_t index;
    const char *counters; /* of the first counter set, likewise; or NULL */
} publish_cases[] = {
    { "plain", "gpu-example.yaml", "{gpus: 3}", "gpu-0 gpu-1 gpu-2",
      "{\"allowMultipleAllocations\":false,\"attributes\":{\"driverVersion\":{\"version\":\"1.0.0\"},"
      "\"index\":{"
      "\"int\":1},\"model\":{\"string\":\"LATEST-GPU-MODEL\"},\"uuid\":{\"string\":\"gpu-",
      1, NULL },
    { "capacity", "gpu-example.yaml", NULL, "gpu-0 gpu-1 gpu-2 gpu-3 gpu-4 gpu-5 gpu-6 gpu-7",
      "\"capacity\":{\"compute\":{\"value\":\"100\"},\"memory\":{\"value\":\"80Gi\"}},\"name\":\"gpu-7\"}", 7,
      NULL },
    { "conditions", "gpu-example.yaml", "{gpus: 1, bindingConditions: true}", "gpu-0",
      "\"bindingConditions\":[\"BindingConditions\"],\"bindingFailureConditions\":["
      "\"BindingFailureConditions\"]",
      0, NULL },
    { "parts", "gpu-example.yaml", "{gpus: 2, partitions: 2}",
      "gpu-0-partition-0 gpu-0-partition-1 gpu-0-full gpu-1-partition-0 gpu-1-partition-1 gpu-1-full",
      "\"consumesCounters\":[{\"counterSet\":\"gpu-1-counters\",\"counters\":{\"compute\":{\"value\":\"50\"},"
      "\"memory\":{\"value\":\"40Gi\"}}}],\"name\":\"gpu-1-partition-0\"}",
      3,
      "{\"counters\":{\"compute\":{\"value\":\"100\"},\"memory\":{\"value\":\"80Gi\"}},\"name\":"
      "\"gpu-0-counters\"}" },
    { "a third is not whole", "gpu-example.yaml", "{gpus: 1, partitions: 3}",
      "gpu-0-partition-0 gpu-0-partition-1 gpu-0-partition-2 gpu-0-full",
      "\"capacity\":{\"compute\":{\"value\":\"33\"},\"memory\":{\"value\":\"28633115306\"}}", 0,
      "{\"counters\":{\"compute\":{\"value\":\"100\"},\"memory\":{\"value\":\"80Gi\"}},\"name\":"
      "\"gpu-0-counters\"}" },
    { "shares", "gpu-example.yaml", "{gpus: 1, shared: true}", "gpu-0",
      "\"memory\":{\"requestPolicy\":{\"default\":\"80Gi\",\"validRange\":{\"max\":\"80Gi\",\"min\":\"1Gi\","
      "\"step\":\"1Gi\"}},\"value\":\"80Gi\"}",
      0, NULL },
    { "shared parts", "gpu-example.yaml", "{gpus: 1, shared: true, partitions: 4}",
      "gpu-0-partition-0 gpu-0-partition-1 gpu-0-partition-2 gpu-0-partition-3 gpu-0-full",
      "\"memory\":{\"requestPolicy\":{\"default\":\"20Gi\",\"validRange\":{\"max\":\"20Gi\",\"min\":\"1Gi\","
      "\"step\":\"1Gi\"}},\"value\":\"20Gi\"}",
      0,
      "{\"counters\":{\"compute\":{\"value\":\"100\"},\"memory\":{\"value\":\"80Gi\"}},\"name\":"
      "\"gpu-0-counters\"}" },
    { "net", "net-example.yaml", "{nics: 1}", "nic-0",
      "\"vfs\":{\"requestPolicy\":{\"default\":\"1\",\"validValues\":[\"1\"]},\"value\":\"100\"}}", 0, NULL },
    { "cpu", "cpu-example.yaml", "{numaNodes: 1, cpusPerNode: 2}", "numa-0",
      "{\"allowMultipleAllocations\":true,\"attributes\":{\"numaNodeID\":{\"int\":0}},\"capacity\":{"
      "\"cpu.example.com/cpu\":{\"value\":\"2\"}},\"name\":\"numa-0\",\"nodeAllocatableResources\":{\"cpu\":{"
      "\"mapping\":{\"capacityKey\":\"cpu.example.com/cpu\",\"capacityMultiplier\":\"1\"}}}}",
      0, NULL },
};

static const char *canonical(const struct value *tree)
{
    cleanup_buf struct buf text = BUF_INIT(1 << 16);
    json_write_canonical(&text, tree);
    return arena_strdup(arena, buf_text(&text));
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s\n  is not in\n%s", part, text);
}

/* As the backend does it: the expansion, then the one device. */
static struct error *prepare(struct arena *memory, const struct inventory_policy *inventory,
                             const struct prepare_request *request, struct device_edits *out)
{
    struct inventory_content content;
    TRY(inventory_expand(memory, inventory, request->node_name, &content));
    return inventory_prepare(memory, inventory, &content, request, out);
}

static void test_publish(void **state)
{
    const struct publish_case *row = *state;
    struct inventory_policy *inventory = load(row->file, row->parameters);
    struct discovery discovery;
    struct error *err = inventory_discover(arena, inventory, "worker", &discovery);
    if (err)
        fail_msg("%s", err->text);
    assert_int_equal(discovery.n_pools, 1);
    const struct discovered_pool *pool = &discovery.pools[0];
    assert_string_equal(pool->name, "worker");

    const char *names = "";
    for (size_t i = 0; i < pool->n_devices; i++)
        names = arena_printf(arena, "%s%s%s", names, i ? " " : "", pool->devices[i].device.name);
    assert_string_equal(names, row->devices);
    assert_contains(canonical(device_encode(arena, &pool->devices[row->index].device)), row->device);
    assert_int_equal(pool->n_counter_sets > 0, row->counters != NULL);
    if (row->counters)
        assert_string_equal(canonical(counter_set_encode(arena, &pool->counter_sets[0])), row->counters);
}

#define CLAIM(results, config)                                                                               \
    "{apiVersion: resource.k8s.io/v1, kind: ResourceClaim, metadata: {name: c, namespace: ml, uid: U},"      \
    " spec: {devices: {requests: []}}, status: {allocation: {devices: {results: [" results                   \
    "], config: [" config "]}}}}"
#define GPU_RESULT(more) "{request: gpu/large, driver: gpu.example.com, pool: worker" more "}"
#define GPU_CONFIG(source, requests, parameters)                                                             \
    "{source: " source ", requests: [" requests                                                              \
    "], opaque: {driver: gpu.example.com, parameters: {apiVersion: "                                         \
    "gpu.resource.example.com/v1alpha1, kind: GpuConfig, " parameters "}}}"
#define COMMON(driver, admin)                                                                                \
    "KUBERNETES_NODE_NAME=worker DRA_RESOURCE_DRIVER_NAME=" driver " DRA_ADMIN_ACCESS=" admin " "

static const struct prepare_case {
    const char *name;
    const char *file;
    const char *parameters;
    const char *claim;
    const char *want; /* the environment, or the error behind "!" */
} prepare_cases[] = {
    { "no config means the default config", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-3"), ""),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_3_RESOURCE_CLAIM=U GPU_DEVICE_3=gpu-3 "
                                         "GPU_DEVICE_3_SHARING_STRATEGY=TimeSlicing "
                                         "GPU_DEVICE_3_TIMESLICE_INTERVAL=Default" },
    { "admin access", "gpu-example.yaml", NULL, CLAIM(GPU_RESULT(", device: gpu-0, adminAccess: true"), ""),
      COMMON("gpu.example.com", "true") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                        "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing "
                                        "GPU_DEVICE_0_TIMESLICE_INTERVAL=Default" },
    { "a partition's name", "gpu-example.yaml", "{partitions: 4, gpus: 2}",
      CLAIM(GPU_RESULT(", device: gpu-0-partition-1"), ""),
      COMMON(
          "gpu.example.com",
          "false") "GPU_DEVICE_GPU_0_PARTITION_1_RESOURCE_CLAIM=U GPU_DEVICE_0_PARTITION_1=gpu-0-partition-1 "
                   "GPU_DEVICE_0_PARTITION_1_SHARING_STRATEGY=TimeSlicing "
                   "GPU_DEVICE_0_PARTITION_1_TIMESLICE_INTERVAL=Default" },
    { "time slices", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "gpu",
                       "sharing: {strategy: TimeSlicing, timeSlicingConfig: {interval: Long}}")),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing "
                                         "GPU_DEVICE_0_TIMESLICE_INTERVAL=Long" },
    { "partitions", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG(
                "FromClaim", "",
                "sharing: {strategy: SpacePartitioning, spacePartitioningConfig: {partitionCount: 10}}")),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=SpacePartitioning "
                                         "GPU_DEVICE_0_PARTITION_COUNT=10" },
    { "one partition if nothing is said", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "", "sharing: {strategy: SpacePartitioning}")),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=SpacePartitioning "
                                         "GPU_DEVICE_0_PARTITION_COUNT=1" },
    { "none in an empty config", "gpu-example.yaml", NULL,
      CLAIM(
          GPU_RESULT(", device: gpu-0"),
          GPU_CONFIG("FromClaim", "", "sharing: {strategy: SpacePartitioning, spacePartitioningConfig: {}}")),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=SpacePartitioning "
                                         "GPU_DEVICE_0_PARTITION_COUNT=0" },
    { "the last entry counts whole", "gpu-example.yaml", NULL,
      CLAIM(
          GPU_RESULT(", device: gpu-0"),
          GPU_CONFIG("FromClass", "", "sharing: {strategy: TimeSlicing, timeSlicingConfig: {interval: Long}}") "," GPU_CONFIG(
              "FromClaim", "gpu/large",
              "sharing: {strategy: TimeSlicing}") "," GPU_CONFIG("FromClaim", "other",
                                                                 "sharing: {strategy: SpacePartitioning}")),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing "
                                         "GPU_DEVICE_0_TIMESLICE_INTERVAL=Default" },
    { "config for other drivers is skipped", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            "{source: FromClaim, opaque: {driver: other.example.com, parameters: {x: 1}}}"),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing "
                                         "GPU_DEVICE_0_TIMESLICE_INTERVAL=Default" },
    { "a share", "gpu-example.yaml", "{shared: true}",
      CLAIM(GPU_RESULT(", device: gpu-0, shareID: S, consumedCapacity: {memory: 16384Mi, compute: \"20\"}"),
            ""),
      COMMON("gpu.example.com", "false") "GPU_DEVICE_GPU_0_RESOURCE_CLAIM=U GPU_DEVICE_0=gpu-0 "
                                         "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing "
                                         "GPU_DEVICE_0_TIMESLICE_INTERVAL=Default GPU_DEVICE_0_MEMORY=16Gi "
                                         "GPU_DEVICE_0_COMPUTE=20" },
    { "wrong strategy", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"), GPU_CONFIG("FromClaim", "", "sharing: {strategy: Magic}")),
      "!config GpuConfig: unknown GPU sharing strategy: Magic" },
    { "wrong interval", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "",
                       "sharing: {strategy: TimeSlicing, timeSlicingConfig: {interval: Never}}")),
      "!config GpuConfig: unknown time-slice interval: Never" },
    { "no interval", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "", "sharing: {strategy: TimeSlicing, timeSlicingConfig: {}}")),
      "!config GpuConfig: sharing.timeSlicingConfig.interval is required" },
    { "no strategy", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"), GPU_CONFIG("FromClaim", "", "sharing: {}")),
      "!config GpuConfig: sharing.strategy is required" },
    { "negative count", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG(
                "FromClaim", "",
                "sharing: {strategy: SpacePartitioning, spacePartitioningConfig: {partitionCount: -1}}")),
      "!config GpuConfig: invalid partition count: -1" },
    { "settings of the other strategy", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "",
                       "sharing: {strategy: TimeSlicing, spacePartitioningConfig: {partitionCount: 2}}")),
      "!config GpuConfig: cannot use SpacePartitioningConfig with the 'TimeSlicing' strategy" },
    { "and the other way round", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "",
                       "sharing: {strategy: SpacePartitioning, timeSlicingConfig: {interval: Long}}")),
      "!config GpuConfig: cannot use TimeSlicingConfig with the 'SpacePartitioning' strategy" },
    { "unknown field", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"),
            GPU_CONFIG("FromClaim", "", "sharing: {strategy: TimeSlicing, x: 1}")),
      "!config GpuConfig: unknown field \"sharing.x\"" },
    { "wrong type", "gpu-example.yaml", NULL,
      CLAIM(GPU_RESULT(", device: gpu-0"), GPU_CONFIG("FromClaim", "", "sharing: [1]")),
      "!config GpuConfig: sharing: object is needed, not array" },
    { "undeclared kind", "gpu-example.yaml", NULL,
      CLAIM(
          GPU_RESULT(", device: gpu-0"),
          "{source: FromClaim, opaque: {driver: gpu.example.com, parameters: {apiVersion: v1, kind: Pod}}}"),
      "!config of kind \"v1 Pod\" is not known to this driver" },
    { "no such device", "gpu-example.yaml", NULL, CLAIM(GPU_RESULT(", device: gpu-99"), ""),
      "!device gpu-99 of pool worker is not on this node" },
    { "net", "net-example.yaml", NULL,
      CLAIM("{request: nic, driver: net.example.com, pool: worker, device: nic-0, shareID: S, "
            "consumedCapacity: "
            "{vfs: \"1\", ingressBandwidth: 9765625Ki, egressBandwidth: 5G}}",
            ""),
      COMMON("net.example.com", "false") "NET_DEVICE_NIC_0_RESOURCE_CLAIM=U "
                                         "NET_DEVICE_0_INGRESS_RATE=10000000000 "
                                         "NET_DEVICE_0_EGRESS_RATE=5000000000" },
    { "net with bursts", "net-example.yaml", NULL,
      CLAIM("{request: nic, driver: net.example.com, pool: worker, device: nic-1, consumedCapacity: {vfs: "
            "\"1\"}}",
            "{source: FromClaim, opaque: {driver: net.example.com, parameters: {apiVersion: "
            "net.resource.example.com/v1alpha1, kind: NetConfig, bwBurst: {ingressBurst: 34359738359, "
            "egressBurst: "
            "0}}}}"),
      COMMON("net.example.com", "false") "NET_DEVICE_NIC_1_RESOURCE_CLAIM=U "
                                         "NET_DEVICE_1_INGRESS_BURST=34359738359" },
    { "net with too much", "net-example.yaml", NULL,
      CLAIM("{request: nic, driver: net.example.com, pool: worker, device: nic-1}",
            "{source: FromClaim, opaque: {driver: net.example.com, parameters: {apiVersion: "
            "net.resource.example.com/v1alpha1, kind: NetConfig, bwBurst: {egressBurst: 34359738360}}}}"),
      "!config NetConfig: invalid egressBurst: burst cannot be more than 4GB" },
    { "cpu", "cpu-example.yaml", NULL,
      CLAIM("{request: cpu0, driver: cpu.example.com, pool: worker, device: numa-0, shareID: S, "
            "consumedCapacity: "
            "{cpu.example.com/cpu: \"1\"}}",
            ""),
      COMMON("cpu.example.com", "false") "CPU_DEVICE_NUMA_0_RESOURCE_CLAIM=U CPU_DEVICE_0=numa-0 "
                                         "CPU_DEVICE_0_CONSUMED_CPU=1" },
    { "cpu takes no config", "cpu-example.yaml", NULL,
      CLAIM("{request: cpu0, driver: cpu.example.com, pool: worker, device: numa-0}",
            "{source: FromClaim, opaque: {driver: cpu.example.com, parameters: {apiVersion: "
            "config.tranche.dev/v1, "
            "kind: DeviceConfig}}}"),
      "!config of kind \"config.tranche.dev/v1 DeviceConfig\" is not known to this driver" },
};

static struct prepare_request request_make(const char *claim_text)
{
    struct resource_claim *claim;
    struct error *err = resource_claim_decode(arena, parse(claim_text), &claim);
    if (err)
        fail_msg("%s", err->text);
    return (struct prepare_request){ "worker", claim, &claim->allocation->results[0] };
}

static const char *environment(const struct device_edits *edits)
{
    const char *text = "";
    for (size_t i = 0; i < edits->n_env; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i ? " " : "", edits->env[i].name, edits->env[i].value);
    return text;
}

static void test_prepare(void **state)
{
    const struct prepare_case *row = *state;
    struct inventory_policy *inventory = load(row->file, row->parameters);
    struct prepare_request request = request_make(row->claim);
    struct device_edits edits;
    cleanup_error struct error *err = prepare(arena, inventory, &request, &edits);
    if (err)
        assert_string_equal(arena_printf(arena, "!%s", err->text), row->want);
    else
        assert_string_equal(environment(&edits), row->want);
}

#define HOST_RESULT(device) "{request: r, driver: devices.tranche.dev, pool: worker, device: " device "}"
#define HOST_CONFIG(env)                                                                                     \
    "{source: FromClaim, opaque: {driver: devices.tranche.dev, parameters: {apiVersion: "                    \
    "config.tranche.dev/v1, "                                                                                \
    "kind: DeviceConfig, env: {" env "}}}}"

static void test_host_devices(void **state)
{
    (void)state;
    struct inventory_policy *inventory = load("host-devices.yaml", NULL);
    struct prepare_request request = request_make(CLAIM(HOST_RESULT("kvm"), HOST_CONFIG("MODE: fast")));
    struct device_edits edits;
    assert_null(prepare(arena, inventory, &request, &edits));
    assert_string_equal(environment(&edits), "DEVICE_KVM=/dev/kvm MODE=fast");
    assert_int_equal(edits.n_device_nodes, 1);
    assert_string_equal(edits.device_nodes[0].path, "/dev/kvm");
    assert_string_equal(edits.device_nodes[0].permissions, "rw");
    assert_false(edits.device_nodes[0].has_number);

    request = request_make(CLAIM(HOST_RESULT("scratch-1"), ""));
    assert_null(prepare(arena, inventory, &request, &edits));
    assert_string_equal(environment(&edits), "DEVICE_SCRATCH_1=scratch-1");
    assert_int_equal(edits.n_mounts, 1);
    assert_string_equal(edits.mounts[0].host_path, "/var/lib/tranche/scratch/1");
    assert_string_equal(edits.mounts[0].container_path, "/scratch");
    assert_int_equal(edits.mounts[0].n_options, 3);

    request = request_make(CLAIM(HOST_RESULT("kvm"), HOST_CONFIG("A-B: x")));
    cleanup_error struct error *err = prepare(arena, inventory, &request, &edits);
    assert_string_equal(err->text, "config DeviceConfig: env: \"A-B\" is no name of a variable");
}

static const struct edits_case {
    const char *name;
    const char *edits;
    const char *error; /* NULL: good */
} edits_cases[] = {
    { "hook",
      "hooks: [{hookName: createContainer, path: /bin/x, args: [x, '${name}'], env: [A=B], timeout: 5}]",
      NULL },
    { "device node", "deviceNodes: [{path: /dev/x, hostPath: /dev/y, type: c, major: 10, minor: '${index}'}]",
      NULL },
    { "hook of another name", "hooks: [{hookName: now, path: /bin/x}]",
      "i.yaml:2:15: edits.hooks: hookName must be prestart, createRuntime, createContainer, startContainer, "
      "poststart or poststop" },
    { "relative path", "deviceNodes: [{path: dev/x}]",
      "i.yaml:2:21: edits.deviceNodes: path must be absolute" },
    { "half a number", "deviceNodes: [{path: /dev/x, major: 1}]",
      "i.yaml:2:21: edits.deviceNodes: major and minor go together" },
    { "permissions", "deviceNodes: [{path: /dev/x, permissions: all}]",
      "i.yaml:2:21: edits.deviceNodes: permissions are letters of \"rwm\"" },
    { "no number", "deviceNodes: [{path: /dev/x, major: '${name}', minor: 0}]",
      "i.yaml:2:43: major: \"d\" is no number" },
    { "mount", "mounts: [{hostPath: x, containerPath: /y}]",
      "i.yaml:2:16: edits.mounts: hostPath and containerPath must be absolute" },
    { "variable's name", "env: [{name: 'A=B', value: x}]",
      "i.yaml:2:20: edits.env: \"A=B\" is no name of a variable" },
};

static void test_edits(void **state)
{
    const struct edits_case *row = *state;
    cleanup_policy_set struct policy_set *set = policy_set_new();
    const char *text =
        arena_printf(arena,
                     "{apiVersion: policy.tranche.dev/v1, kind: Inventory, spec: {driver: a.b, "
                     "devices: [{name: d}], edits: {\n      %s}}}",
                     row->edits);
    policy_set_add(set, "i.yaml", span_of(text));
    assert_null(policy_set_error(set));
    struct prepare_request request =
        request_make(CLAIM("{request: r, driver: a.b, pool: worker, device: d}", ""));
    struct device_edits edits;
    cleanup_error struct error *err = prepare(arena, set->inventories.items[0], &request, &edits);
    if (row->error)
        assert_string_equal(err ? err->text : "no error", row->error);
    else
        assert_null(err);
    if (!err && edits.n_hooks) {
        assert_string_equal(edits.hooks[0].args[1], "d");
        assert_int_equal(edits.hooks[0].timeout_seconds, 5);
    }
}

static void test_backends(void **state)
{
    (void)state;
    struct backend **backends;
    size_t n_backends;
    struct discovery discovery;
    assert_null(inventory_backends_load(INVENTORIES, &backends, &n_backends));
    assert_int_equal(n_backends, 4);
    assert_string_equal(backends[0]->driver, "cpu.example.com");
    assert_null(backend_discover(backends[1], arena, "worker", &discovery));
    assert_int_equal(discovery.pools[0].n_devices, 8);

    struct prepare_request request = request_make(CLAIM(GPU_RESULT(", device: gpu-3"), ""));
    struct device_edits edits;
    assert_null(backend_prepare(backends[1], arena, &request, &edits));
    assert_int_equal(edits.n_env, 7);
    assert_null(backend_release(backends[1], "worker", "gpu-3", NULL));
    for (size_t i = 0; i < n_backends; i++)
        backend_free(backends[i]);
    free(backends);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_host_devices),
        cmocka_unit_test(test_backends),
    };
    arena = arena_new();
    int failed = RUN_TABLE(publish_cases, test_publish) + RUN_TABLE(prepare_cases, test_prepare) +
                 RUN_TABLE(edits_cases, test_edits) + cmocka_run_group_tests(others, NULL, NULL);
    arena_free(arena);
    return failed;
}
