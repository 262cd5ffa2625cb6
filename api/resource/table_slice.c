/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceSlice.
 */

#include "api/resource/gates.h"
#include "api/resource/slice.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field pool_rows[] = {
    STRING("name", "Unique for the driver; of a node's own pool, usually the node's name.",
           .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE, IN(struct resource_slice, pool)),
    INT64("generation", "Grows with each change of the pool; slices of older generations are void.",
          .flags = SCHEMA_REQUIRED, .fallback = "0", IN(struct resource_slice, generation)),
    INT64("resourceSliceCount", "How many slices this generation of the pool has.", .flags = SCHEMA_REQUIRED,
          .fallback = "0", IN(struct resource_slice, slice_count)),
};
static TABLE(pool_schema, V1("ResourcePool"), "The pool that a slice is part of.", pool_rows);

/*
 * In the order in which an API server complains. v1beta1 has another form of device, and does not tell an
 * empty nodeName from an absent one.
 */
#define SPEC_ROWS(device_table, optional)                                                                    \
    OBJECT("pool", "The pool that the slice is part of.", pool_schema, .flags = SCHEMA_REQUIRED, FLAT),      \
        STRING("driver", "The driver that publishes the slice.",                                             \
               .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE, .max_bytes = 63,                                 \
               IN(struct resource_slice, driver)),                                                           \
        STRING("nodeName", "The one node that has the devices.", .flags = SCHEMA_IMMUTABLE | (optional),     \
               IN(struct resource_slice, node_name)),                                                        \
        OBJECT("nodeSelector", "The nodes that have the devices.", node_selector_schema,                     \
               BEHIND(struct resource_slice, node_selector)),                                                \
        BOOL("allNodes", "Every node has the devices.", .flags = (optional),                                 \
             IN(struct resource_slice, all_nodes)),                                                          \
        LIST_OF("devices", "The devices.", device_table, .max_items = 128,                                   \
                IN_LIST(struct resource_slice, devices, n_devices)),                                         \
        BOOL("perDeviceNodeSelection", "Each device says itself which nodes have it.",                       \
             .flags = SCHEMA_POINTER, .gates = GATE_PARTITIONABLE,                                           \
             IN(struct resource_slice, per_device_node_selection)),                                          \
        LIST_OF(                                                                                             \
            "sharedCounters", "Counter sets that the pool's devices draw on; in a slice without devices.",   \
            counter_set_schema, .max_items = 8, .gates = GATE_PARTITIONABLE,                                 \
            IN_LIST_HAS(struct resource_slice, shared_counters, n_shared_counters, has_shared_counters)),    \
        STRING("partitionTypeAttribute", "The attribute that tells the types of partitions apart.",          \
               .flags = SCHEMA_POINTER, .gates = GATE_PARTITION_TYPE,                                        \
               IN(struct resource_slice, partition_type_attribute)),                                         \
        LIST("skipNodeOperations", "Operations on the node that these devices do without.", STRING,          \
             .gates = GATE_OPTIONAL_NODE_OPERATIONS, SET,                                                    \
             IN_LIST(struct resource_slice, skip_node_operations, n_skip_node_operations))

static const struct schema_field spec_rows[] = { SPEC_ROWS(device_schema, SCHEMA_POINTER) };
static TABLE(spec_schema, V1("ResourceSliceSpec"), "The pool, its devices, and where they are.", spec_rows);

static const struct schema_field slice_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct resource_slice, meta)),
    OBJECT("spec", "The pool, its devices, and where they are.", spec_schema, .flags = SCHEMA_REQUIRED, FLAT),
};
TABLE(resource_slice_schema, V1("ResourceSlice"), "A part of a driver's pool of devices.", slice_rows,
      .size = sizeof(struct resource_slice));

static const struct schema_field spec_v1beta1_rows[] = { SPEC_ROWS(device_v1beta1_schema, 0) };
static TABLE(spec_v1beta1_schema, "io.k8s.api.resource.v1beta1.ResourceSliceSpec",
             "The pool, its devices, and where they are.", spec_v1beta1_rows);

static const struct schema_field slice_v1beta1_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema),
    OBJECT("spec", "The pool, its devices, and where they are.", spec_v1beta1_schema,
           .flags = SCHEMA_REQUIRED),
};
TABLE(resource_slice_v1beta1_schema, "io.k8s.api.resource.v1beta1.ResourceSlice",
      "A part of a driver's pool of devices.", slice_v1beta1_rows);
