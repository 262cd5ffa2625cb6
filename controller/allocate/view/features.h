/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Upstream's switches, by their names in structured.Features, so that the allocator can answer as a cluster
 * with some feature gates off would. features_all() is the default.
 */

#include "api/base/span.h"

#include <stdbool.h>

#define FEATURES(X)                                                                                          \
    X(admin_access, "AdminAccess")                                                                           \
    X(compatibility_groups, "CompatibilityGroups")                                                           \
    X(consumable_capacity, "ConsumableCapacity")                                                             \
    X(derived_attributes, "DerivedAttributes")                                                               \
    X(device_binding_and_status, "DeviceBindingAndStatus")                                                   \
    X(device_taints, "DeviceTaints")                                                                         \
    X(fractional_capacity_range, "FractionalCapacityRange")                                                  \
    X(list_type_attributes, "ListTypeAttributes")                                                            \
    X(optional_node_operations, "OptionalNodeOperations")                                                    \
    X(partitionable_devices, "PartitionableDevices")                                                         \
    X(prioritized_list, "PrioritizedList")

struct features {
#define FEATURE_FIELD(field, name) bool field;
    FEATURES(FEATURE_FIELD)
#undef FEATURE_FIELD
};

struct features features_all(void);

/* The switch called NAME, or NULL. */
bool *features_find(struct features *features, struct span name);
