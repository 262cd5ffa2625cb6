/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A device as the API pictures it: an element of ResourceSlice spec.devices, at Kubernetes 1.37
 * (allocation.md 2.4 to 2.7; upstream: k8s.io/api/resource/v1 types.go). Decoded structs live in one arena
 * and never change.
 */

#include "api/resource/node_selector.h"
#include "api/resource/quantity.h"

enum attribute_type {
    ATTRIBUTE_NONE, /* no member that we know: CEL refuses to evaluate such a device */
    ATTRIBUTE_INT,
    ATTRIBUTE_BOOL,
    ATTRIBUTE_STRING,
    ATTRIBUTE_VERSION,
    ATTRIBUTE_INTS,
    ATTRIBUTE_BOOLS,
    ATTRIBUTE_STRINGS,
    ATTRIBUTE_VERSIONS,
};

/*
 * Where several members are set, the first of ints, bools, strings, versions, int, bool, string, version.
 * A large cluster has millions of these, hence the narrow count.
 */
struct attribute {
    const char *name; /* as written: "model" or "example.com/model" */
    union {
        int64_t integer;
        bool boolean;
        const char *string; /* VERSION too */
        int64_t *integers;
        bool *booleans;
        const char **strings; /* VERSIONS too */
    };
    uint32_t n_items; /* of the lists */
    enum attribute_type type;
};

struct capacity_range {
    struct quantity min, max, step;
    bool has_min, has_max, has_step;
};

struct request_policy {
    struct quantity fallback; /* "default" */
    bool has_fallback;
    struct quantity *valid_values;
    size_t n_valid_values;
    struct capacity_range *valid_range; /* or NULL */
};

struct capacity {
    struct quantity value;
    const char *name;
    struct request_policy *policy; /* or NULL */
};

struct named_quantity {
    const char *name;
    struct quantity value;
};

struct counter_consumption {
    const char *counter_set;
    struct named_quantity *counters;
    size_t n_counters;
    const char **compatibility_groups; /* devices on one set must have one in common (KEP 5963) */
    size_t n_compatibility_groups;
};

enum taint_effect { EFFECT_NONE, EFFECT_NO_SCHEDULE, EFFECT_NO_EXECUTE };

struct taint {
    const char *key;
    const char *value;        /* or NULL */
    enum taint_effect effect; /* what we do not know counts as None */
    const char *effect_text;  /* as written */
    const char *time_added;   /* RFC 3339, or NULL */
};

/* nodeAllocatableResources (KEP 5517, 1.37's fields). */
struct node_allocatable {
    const char *resource;     /* cpu, memory, ... */
    const char *capacity_key; /* mapping.capacityKey, or NULL */
    struct quantity capacity_multiplier, device_multiplier, per_pod, per_container;
    bool has_capacity_multiplier, has_device_multiplier, has_per_pod, has_per_container;
};

/* The lists first, then their lengths: so it is smallest. */
struct device {
    const char *name;
    struct attribute *attributes;
    struct capacity *capacities;
    struct counter_consumption *consumes;
    struct taint *taints;
    const char **binding_conditions;
    const char **binding_failure_conditions;
    struct node_allocatable *node_allocatables;
    const char *node_name; /* these three only with perDeviceNodeSelection */
    struct node_selector *node_selector;
    uint32_t n_attributes;
    uint32_t n_capacities;
    uint32_t n_consumes;
    uint32_t n_taints;
    uint32_t n_binding_conditions;
    uint32_t n_binding_failure_conditions;
    uint32_t n_node_allocatables;
    bool all_nodes;
    bool binds_to_node;
    bool has_binding_conditions; /* the list is there, empty or not */
    bool allow_multiple_allocations;
    bool has_allow_multiple_allocations;
};

/* NULL if DEVICE has none of that name, spelled just so. */
const struct attribute *device_attribute(const struct device *device, const char *name);
const struct capacity *device_capacity(const struct device *device, const char *name);

/* "None", "NoSchedule", "NoExecute" */
const char *taint_effect_name(enum taint_effect effect);
