/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device in a ResourceSlice. Its attributes are unions, which offsets cannot describe, so they have their
 * own decoder (attribute.h).
 */

#include "api/resource/attribute.h"
#include "api/resource/device.h"
#include "api/resource/gates.h"
#include "api/resource/slice.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field attribute_rows[] = {
    INT64("int", "A number.", .flags = SCHEMA_POINTER),
    BOOL("bool", "A truth value.", .flags = SCHEMA_POINTER),
    STRING("string", "A text.", .flags = SCHEMA_POINTER, .max_bytes = 64),
    STRING("version", "A semantic version 2.0.0.", .flags = SCHEMA_POINTER, .max_bytes = 64),
    LIST("ints", "Numbers.", INT64, .gates = GATE_LIST_ATTRIBUTES),
    LIST("bools", "Truth values.", BOOL, .gates = GATE_LIST_ATTRIBUTES),
    LIST("strings", "Texts.", STRING, .gates = GATE_LIST_ATTRIBUTES),
    LIST("versions", "Semantic versions 2.0.0.", STRING, .gates = GATE_LIST_ATTRIBUTES),
};
static TABLE(attribute_schema, V1("DeviceAttribute"), "Exactly one of its members is set.", attribute_rows,
             .size = sizeof(struct attribute), .decode = attribute_decode, .encode = attribute_encode);

static const struct schema_field range_rows[] = {
    QUANTITY("min", "The least that can be consumed.", .flags = SCHEMA_REQUIRED,
             IN_HAS(struct capacity_range, min, has_min)),
    QUANTITY("max", "The most that can be consumed; absent: the whole capacity.",
             IN_HAS(struct capacity_range, max, has_max)),
    QUANTITY("step", "Consumption is min plus a multiple of this.",
             IN_HAS(struct capacity_range, step, has_step)),
};
static TABLE(range_schema, V1("CapacityRequestPolicyRange"), "A range of quantities that can be consumed.",
             range_rows, .size = sizeof(struct capacity_range));

static const struct schema_field policy_rows[] = {
    QUANTITY("default", "Consumed by requests that do not say how much.", .flags = SCHEMA_KEEP_EMPTY,
             IN_HAS(struct request_policy, fallback, has_fallback)),
    QUANTITY_LIST("validValues", "What can be consumed; a request gets the next larger one.", .max_items = 10,
                  IN_LIST(struct request_policy, valid_values, n_valid_values)),
    OBJECT("validRange", "What can be consumed, as a range.", range_schema,
           BEHIND(struct request_policy, valid_range)),
};
static TABLE(policy_schema, V1("CapacityRequestPolicy"), "How much of a capacity a request may consume.",
             policy_rows, .size = sizeof(struct request_policy));

static const struct schema_field capacity_rows[] = {
    QUANTITY("value", "How much there is.", .flags = SCHEMA_REQUIRED, .fallback = "\"0\"",
             IN(struct capacity, value)),
    OBJECT("requestPolicy", "How much of it a request may consume, on shared devices.", policy_schema,
           .gates = GATE_CONSUMABLE_CAPACITY, BEHIND(struct capacity, policy)),
};
static TABLE(capacity_schema, V1("DeviceCapacity"), "A quantity that the device has.", capacity_rows,
             .size = sizeof(struct capacity));

static const struct schema_field counter_rows[] = {
    QUANTITY("value", "How much of the counter.", .flags = SCHEMA_REQUIRED, .fallback = "\"0\"",
             IN(struct named_quantity, value)),
};
static TABLE(counter_schema, V1("Counter"), "A quantity of something that devices share.", counter_rows,
             .size = sizeof(struct named_quantity));

static const struct schema_field consumption_rows[] = {
    STRING("counterSet", "The set that is drawn from.", .flags = SCHEMA_REQUIRED,
           IN(struct counter_consumption, counter_set)),
    MAP_OF("counters", "What the device takes out of the set's counters while it is allocated.",
           counter_schema, .flags = SCHEMA_REQUIRED, .max_items = 32,
           IN_MAP(struct counter_consumption, counters, n_counters, struct named_quantity, name, value)),
    LIST("compatibilityGroups",
         "Devices in use on the set at a time have one group in common, or none at all.", STRING,
         .max_items = 2, .gates = GATE_COMPATIBILITY_GROUPS,
         IN_LIST(struct counter_consumption, compatibility_groups, n_compatibility_groups)),
};
static TABLE(consumption_schema, V1("DeviceCounterConsumption"), "What a device takes out of a counter set.",
             consumption_rows, .size = sizeof(struct counter_consumption));

static const struct schema_field counter_set_rows[] = {
    STRING("name", "A DNS label, unique in the slice.", .flags = SCHEMA_REQUIRED,
           IN(struct counter_set, name)),
    MAP_OF("counters", "The counters and how much of each there is.", counter_schema,
           .flags = SCHEMA_REQUIRED, .max_items = 32,
           IN_MAP(struct counter_set, counters, n_counters, struct named_quantity, name, value)),
};
TABLE(counter_set_schema, V1("CounterSet"), "What the devices of a pool share, such as memory slices.",
      counter_set_rows, .size = sizeof(struct counter_set));

static const struct schema_field mapping_rows[] = {
    STRING("capacityKey", "The capacity whose consumption counts.", .flags = SCHEMA_POINTER,
           IN(struct node_allocatable, capacity_key)),
    QUANTITY("capacityMultiplier", "How much each unit of the capacity is worth.",
             IN_HAS(struct node_allocatable, capacity_multiplier, has_capacity_multiplier)),
    QUANTITY("deviceMultiplier", "How much each device is worth.",
             IN_HAS(struct node_allocatable, device_multiplier, has_device_multiplier)),
};
static TABLE(mapping_schema, V1("NodeAllocatableMapping"), "How the allocation counts as a node resource.",
             mapping_rows);

static const struct schema_field overhead_rows[] = {
    QUANTITY("perPod", "Added once for each pod.", IN_HAS(struct node_allocatable, per_pod, has_per_pod)),
    QUANTITY("perContainer", "Added once for each container.",
             IN_HAS(struct node_allocatable, per_container, has_per_container)),
};
static TABLE(overhead_schema, V1("NodeAllocatableOverhead"), "What an allocation costs besides.",
             overhead_rows);

static const struct schema_field allocatable_rows[] = {
    OBJECT("mapping", "How the allocation counts as the resource.", mapping_schema, FLAT),
    OBJECT("overhead", "What it costs besides.", overhead_schema, FLAT),
};
static TABLE(allocatable_schema, V1("NodeAllocatableResource"),
             "How a device draws on a resource of its node.", allocatable_rows,
             .size = sizeof(struct node_allocatable));

static const struct schema_field device_rows[] = {
    STRING("name", "A DNS label, unique in the pool.", .flags = SCHEMA_REQUIRED, IN(struct device, name)),
    MAP_OF("attributes", "What the device is, for selectors and constraints.", attribute_schema,
           .max_items = 32, IN_MAP(struct device, attributes, n_attributes, struct attribute, name, integer)),
    MAP_OF("capacity", "How much the device has.", capacity_schema, .max_items = 32,
           IN_MAP(struct device, capacities, n_capacities, struct capacity, name, value)),
    LIST_OF("consumesCounters", "What the device takes out of its pool's counter sets.", consumption_schema,
            .max_items = 2, .gates = GATE_PARTITIONABLE, IN_LIST(struct device, consumes, n_consumes)),
    STRING("nodeName", "The one node that has the device.", .flags = SCHEMA_POINTER,
           .gates = GATE_PARTITIONABLE, IN(struct device, node_name)),
    OBJECT("nodeSelector", "The nodes that have the device.", node_selector_schema,
           .gates = GATE_PARTITIONABLE, BEHIND(struct device, node_selector)),
    BOOL("allNodes", "Every node has the device.", .flags = SCHEMA_POINTER, .gates = GATE_PARTITIONABLE,
         IN(struct device, all_nodes)),
    LIST_OF("taints", "Taints that the driver puts on.", device_taint_schema, .max_items = 16,
            .gates = GATE_DEVICE_TAINTS, IN_LIST(struct device, taints, n_taints)),
    BOOL("bindsToNode", "An allocation stays on the node that it was made for.", .flags = SCHEMA_POINTER,
         .gates = GATE_BINDING_CONDITIONS, IN(struct device, binds_to_node)),
    LIST("bindingConditions", "Conditions that must become true before a pod is bound.", STRING,
         .max_items = 4, .gates = GATE_BINDING_CONDITIONS,
         IN_LIST_HAS(struct device, binding_conditions, n_binding_conditions, has_binding_conditions)),
    LIST("bindingFailureConditions", "Conditions that undo the allocation when one becomes true.", STRING,
         .max_items = 4, .gates = GATE_BINDING_CONDITIONS,
         IN_LIST(struct device, binding_failure_conditions, n_binding_failure_conditions)),
    BOOL("allowMultipleAllocations", "Several claims may share the device.", .flags = SCHEMA_POINTER,
         .gates = GATE_CONSUMABLE_CAPACITY,
         IN_HAS(struct device, allow_multiple_allocations, has_allow_multiple_allocations)),
    MAP_OF("nodeAllocatableResources", "How the device draws on resources of its node.", allocatable_schema,
           .gates = GATE_NODE_ALLOCATABLE,
           IN_MAP(struct device, node_allocatables, n_node_allocatables, struct node_allocatable, resource,
                  capacity_key)),
};
TABLE(device_schema, V1("Device"), "One device, or one part of one.", device_rows,
      .size = sizeof(struct device));

/* v1beta1 has everything but the name one level deeper. */
static const struct schema basic_schema = {
    .name = "io.k8s.api.resource.v1beta1.BasicDevice",
    .doc = "What v1 has in the device itself.",
    .fields = device_rows + 1,
    .n_fields = ARRAY_LEN(device_rows) - 1,
};

static const struct schema_field device_v1beta1_rows[] = {
    STRING("name", "A DNS label, unique in the pool.", .flags = SCHEMA_REQUIRED),
    OBJECT("basic", "What v1 has in the device itself.", basic_schema),
};
TABLE(device_v1beta1_schema, "io.k8s.api.resource.v1beta1.Device", "One device, or one part of one.",
      device_v1beta1_rows);
