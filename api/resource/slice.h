/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ResourceSlice (allocation.md 2.3).
 */

#include "api/resource/device.h"

struct counter_set {
    const char *name;
    struct named_quantity *counters;
    size_t n_counters;
};

struct resource_slice {
    struct object_meta meta;
    const char *driver;
    const char *pool;
    int64_t generation;
    int64_t slice_count;
    const char *node_name; /* one of the four */
    struct node_selector *node_selector;
    bool all_nodes;
    bool per_device_node_selection;
    struct device *devices;
    size_t n_devices;
    bool has_shared_counters; /* the list is there, empty or not */
    struct counter_set *shared_counters;
    size_t n_shared_counters;
    const char *partition_type_attribute;
    const char **skip_node_operations;
    size_t n_skip_node_operations;
};
