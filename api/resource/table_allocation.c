/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceClaim's status: the allocation, who uses it, and what the driver says about the devices.
 */

#include "api/resource/claim.h"
#include "api/resource/gates.h"
#include "api/resource/request_rows.h"
#include "api/resource/tables.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field result_rows[] = {
    STRING("request", "The request that it satisfies, with the alternative behind a slash.",
           .flags = SCHEMA_REQUIRED, IN(struct allocation_result, request)),
    STRING("driver", "The device's driver.", .flags = SCHEMA_REQUIRED, .max_bytes = 63,
           IN(struct allocation_result, driver)),
    STRING("pool", "The device's pool.", .flags = SCHEMA_REQUIRED, IN(struct allocation_result, pool)),
    STRING("device", "The device's name in the pool.", .flags = SCHEMA_REQUIRED,
           IN(struct allocation_result, device)),
    BOOL("adminAccess", "It was allocated for monitoring.", .flags = SCHEMA_POINTER,
         .gates = GATE_ADMIN_ACCESS, IN_HAS(struct allocation_result, admin_access, has_admin_access)),
    LIST_OF("tolerations", "The request's tolerations when it was allocated.", device_toleration_schema,
            .max_items = 16, .gates = GATE_DEVICE_TAINTS,
            IN_LIST(struct allocation_result, tolerations, n_tolerations)),
    LIST("bindingConditions", "The device's binding conditions when it was allocated.", STRING,
         .max_items = 4, .gates = GATE_BINDING_CONDITIONS,
         IN_LIST(struct allocation_result, binding_conditions, n_binding_conditions)),
    LIST("bindingFailureConditions", "The device's binding failure conditions when it was allocated.", STRING,
         .max_items = 4, .gates = GATE_BINDING_CONDITIONS,
         IN_LIST(struct allocation_result, binding_failure_conditions, n_binding_failure_conditions)),
    STRING("shareID", "Tells the shares of a shared device apart; a UUID.", .flags = SCHEMA_POINTER,
           .gates = GATE_CONSUMABLE_CAPACITY, IN(struct allocation_result, share_id)),
    QUANTITY_MAP("consumedCapacity", "What the share takes of the device's capacities.",
                 .gates = GATE_CONSUMABLE_CAPACITY,
                 IN_MAP(struct allocation_result, consumed, n_consumed, struct named_quantity, name, value)),
    LIST("skipNodeOperations", "Operations on the node that the device does without.", STRING,
         .gates = GATE_OPTIONAL_NODE_OPERATIONS, SET,
         IN_LIST(struct allocation_result, skip_node_operations, n_skip_node_operations)),
};
static TABLE(result_schema, V1("DeviceRequestAllocationResult"), "One device that was allocated.",
             result_rows, .size = sizeof(struct allocation_result));

static const struct schema_field configuration_rows[] = {
    STRING("source", "Where it comes from; the claim's comes after the class's.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("FromClass", "FromClaim"),
           IN_ENUM(struct allocation_config, source, CONFIG_FROM_UNKNOWN)),
    LIST("requests", "The requests that it is for; none: all of them.", STRING, .max_items = 32,
         IN_LIST(struct allocation_config, requests, n_requests)),
    OBJECT("opaque", "Parameters for one driver.", opaque_configuration_schema,
           IN(struct allocation_config, opaque)),
};
static TABLE(configuration_schema, V1("DeviceAllocationConfiguration"),
             "How a driver is to set the allocated devices up.", configuration_rows,
             .size = sizeof(struct allocation_config));

static const struct schema_field devices_rows[] = {
    LIST_OF("results", "The devices.", result_schema, .max_items = 32,
            IN_LIST(struct allocation, results, n_results)),
    LIST_OF("config", "How drivers are to set them up.", configuration_schema, .max_items = 64,
            IN_LIST(struct allocation, configs, n_configs)),
};
static TABLE(devices_schema, V1("DeviceAllocationResult"), "The devices and their configuration.",
             devices_rows);

static const struct schema_field allocation_rows[] = {
    OBJECT("devices", "The devices and their configuration.", devices_schema, FLAT),
    OBJECT("nodeSelector", "The nodes that can reach all of the devices; absent: every node.",
           node_selector_schema, BEHIND(struct allocation, node_selector)),
    TIME("allocationTimestamp", "When it was allocated.", .flags = SCHEMA_POINTER,
         .gates = GATE_BINDING_CONDITIONS, IN(struct allocation, timestamp)),
};
TABLE(allocation_schema, V1("AllocationResult"), "What was allocated.", allocation_rows,
      .size = sizeof(struct allocation));

static const struct schema_field consumer_rows[] = {
    STRING("apiGroup", "The group of the consumer's resource; empty for pods.",
           IN(struct claim_consumer, api_group)),
    STRING("resource", "The consumer's resource, such as pods.", .flags = SCHEMA_REQUIRED,
           IN(struct claim_consumer, resource)),
    STRING("name", "The consumer's name.", .flags = SCHEMA_REQUIRED, IN(struct claim_consumer, name)),
    STRING("uid", "The consumer's UID.", .flags = SCHEMA_REQUIRED, IN(struct claim_consumer, uid)),
};
static TABLE(consumer_schema, V1("ResourceClaimConsumerReference"), "Who may use the claim.", consumer_rows,
             .size = sizeof(struct claim_consumer));

static const struct schema_field network_rows[] = {
    STRING("interfaceName", "The interface's name in the pod.", .max_bytes = 256,
           IN(struct network_data, interface_name)),
    LIST("ips", "Its addresses, in CIDR notation.", STRING, .max_items = 16,
         IN_LIST(struct network_data, ips, n_ips)),
    STRING("hardwareAddress", "Its hardware address.", .max_bytes = 128,
           IN(struct network_data, hardware_address)),
};
static TABLE(network_schema, V1("NetworkDeviceData"), "What is known about a network device.", network_rows,
             .size = sizeof(struct network_data));

static const struct schema_field device_status_rows[] = {
    STRING("driver", "The device's driver.", .flags = SCHEMA_REQUIRED,
           IN(struct allocated_device_status, driver)),
    STRING("pool", "The device's pool.", .flags = SCHEMA_REQUIRED, IN(struct allocated_device_status, pool)),
    STRING("device", "The device's name in the pool.", .flags = SCHEMA_REQUIRED,
           IN(struct allocated_device_status, device)),
    STRING("shareID", "The share of a shared device.", .flags = SCHEMA_POINTER,
           .gates = GATE_CONSUMABLE_CAPACITY, IN(struct allocated_device_status, share_id)),
    LIST_OF("conditions", "The device's state as its driver sees it.", condition_schema, KEYED("type"),
            .max_items = 8, .flags = SCHEMA_KEEP_EMPTY,
            IN_LIST(struct allocated_device_status, conditions, n_conditions)),
    RAW("data", "Whatever else the driver has to say; an object.", .max_bytes = 10 * 1024,
        IN(struct allocated_device_status, data)),
    OBJECT("networkData", "What is known about a network device.", network_schema,
           BEHIND(struct allocated_device_status, network)),
};
static TABLE(device_status_schema, V1("AllocatedDeviceStatus"),
             "What a driver says about an allocated device.", device_status_rows,
             .size = sizeof(struct allocated_device_status));

static const struct schema_field status_rows[] = {
    OBJECT("allocation", "What was allocated; absent: nothing yet.", allocation_schema,
           BEHIND(struct resource_claim, allocation)),
    LIST_OF("reservedFor", "Who may use the claim; while there is anybody, it stays allocated.",
            consumer_schema, .flags = SCHEMA_MERGE, .merge_key = "uid", KEYED("uid"), .max_items = 256,
            IN_LIST(struct resource_claim, reserved_for, n_reserved_for)),
    LIST_OF("devices", "What the drivers say about the devices.", device_status_schema,
            KEYED("driver", "device", "pool", "shareID"), .gates = GATE_DEVICE_STATUS,
            IN_LIST(struct resource_claim, devices, n_devices)),
};
TABLE(claim_status_schema, V1("ResourceClaimStatus"), "What became of the claim.", status_rows);
