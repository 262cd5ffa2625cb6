/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Upstream's switches, by their names in structured.Features, so that the allocator can answer as a cluster
 * with some feature gates off would; and what later releases changed without a switch. features_all() is the
 * default: everything on, as Kubernetes 1.37 answers.
 */

#include "api/base/error.h"
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

/*
 * Changes of behaviour, by the release 1.X that brings them:
 *   all_fails_on_node        All fails on a node with a pool in doubt, and the others are tried (#141898)
 *   capacity_names_resolved  a capacity's name without a domain is in the driver's (#142202)
 */
#define CHANGES(X)                                                                                           \
    X(all_fails_on_node, 38)                                                                                 \
    X(capacity_names_resolved, 38)

#define FEATURES_RELEASES "1.34|1.35|1.36|1.37|1.38" /* those that we know */

/* Nothing but bool: it is compared byte by byte. */
struct features {
#define FEATURE_FIELD(field, name) bool field;
    FEATURES(FEATURE_FIELD)
    CHANGES(FEATURE_FIELD)
#undef FEATURE_FIELD
};

struct features features_all(void);

/* The changes that release RELEASE ("1.34" to "1.38") has, and no others. ERROR_INVALID names those known. */
nodiscard struct error *features_set_release(struct features *features, const char *release);

/* The switch called NAME, or NULL. */
bool *features_find(struct features *features, struct span name);
