/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * core/v1 Node and Namespace, as far as allocation and the standalone roles look at them.
 */

#include "api/resource/meta.h"
#include "api/resource/quantity.h"
#include "api/value/value.h"

enum node_taint_effect {
    NODE_TAINT_NO_SCHEDULE,
    NODE_TAINT_PREFER_NO_SCHEDULE,
    NODE_TAINT_NO_EXECUTE,
    NODE_TAINT_UNKNOWN,
};

struct node_taint {
    const char *key;
    const char *value; /* or NULL */
    enum node_taint_effect effect;
    const char *time_added;
};

struct node_condition {
    const char *type;   /* "Ready" */
    const char *status; /* "True", "False", "Unknown" */
    const char *reason;
    const char *message;
    const char *last_heartbeat_time;
    const char *last_transition_time;
};

struct node_address {
    const char *type; /* "InternalIP", "Hostname" */
    const char *address;
};

struct resource_amount {
    const char *name; /* "cpu" */
    struct quantity amount;
};

struct node {
    struct object_meta meta;
    bool unschedulable;
    struct node_taint *taints;
    size_t n_taints;
    struct resource_amount *capacity;
    size_t n_capacity;
    struct resource_amount *allocatable;
    size_t n_allocatable;
    struct node_condition *conditions;
    size_t n_conditions;
    struct node_address *addresses;
    size_t n_addresses;
    const char *boot_id;
    const char *kubelet_version;
};

struct namespace
{
    struct object_meta meta;
    const char *phase; /* "Active", "Terminating" */
    const char **finalizers;
    size_t n_finalizers;
};

nodiscard struct error *node_decode(struct arena *arena, const struct value *tree, struct node **out);
nodiscard struct error *namespace_decode(struct arena *arena, const struct value *tree,
                                         struct namespace **out);

/* Whether its condition Ready is True. */
bool node_is_ready(const struct node *node);
