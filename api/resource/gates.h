/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The feature gates of dynamic resource allocation that the tables name (allocation.md section 1).
 */

#define GATE_ADMIN_ACCESS             "DRAAdminAccess"
#define GATE_PRIORITIZED_LIST         "DRAPrioritizedList"
#define GATE_PARTITIONABLE            "DRAPartitionableDevices"
#define GATE_PARTITION_TYPE           "DRAPartitionableDevicesType"
#define GATE_DEVICE_TAINTS            "DRADeviceTaints"
#define GATE_DEVICE_STATUS            "DRAResourceClaimDeviceStatus"
#define GATE_BINDING_CONDITIONS       "DRADeviceBindingConditions DRAResourceClaimDeviceStatus"
#define GATE_CONSUMABLE_CAPACITY      "DRAConsumableCapacity"
#define GATE_EXTENDED_RESOURCE        "DRAExtendedResource"
#define GATE_LIST_ATTRIBUTES          "DRAListTypeAttributes"
#define GATE_NODE_ALLOCATABLE         "DRANodeAllocatableResources"
#define GATE_OPTIONAL_NODE_OPERATIONS "DRAOptionalNodeOperations"
#define GATE_DERIVED_ATTRIBUTES       "DRADerivedAttributes"
#define GATE_COMPATIBILITY_GROUPS     "DRADeviceCompatibilityGroups"
