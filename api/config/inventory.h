/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An Inventory: the devices that a node has for one driver, and what containers get with them.
 *
 *     apiVersion: policy.tranche.dev/v1
 *     kind: Inventory
 *     metadata: {name: gpu-example}
 *     spec:
 *       driver: gpu.example.com
 *       nodes: ["worker-*"]             # of which nodes; absent: of every one that reads this file
 *       pool: ${node}                   # this is the default
 *       allNodes: true                  # instead of nodes: one pool of devices that every node reaches, or
 *       nodeSelector: {...}             # those that this selects; published by the controller. Needs a pool
 *       parameters: {gpus: 8}           # constants for the templates below
 *       counterSets: [...]              # as in a ResourceSlice, each with `count` and `as` if need be
 *       devices:
 *       - count: ${gpus}                # that many; absent: one
 *         as: i                         # the variable that counts them, from 0; default `index`
 *         name: gpu-${i}                # from here on a device as in a ResourceSlice
 *         attributes: {index: {int: "${i}"}}
 *         edits: {...}                  # for these devices, behind the common ones
 *         health: {exists: /dev/gpu${i}, absent: "/run/broken/${name}"}    # good while there is that, not
 * this
 *       - count: ${gpus}
 *         as: i
 *         devices: [...]                # a group: all of it for each i
 *       configs: [...]                  # config_kind.h
 *       edits:                          # what containers get, for each device
 *         env: [{name: GPU_${name|ident|upper}, value: "${name}", when: config.visible}]
 *         deviceNodes: [{path: "/dev/gpu${index}", hostPath: ..., permissions: rw}]
 *         mounts: [{hostPath: ..., containerPath: ..., options: [ro]}]
 *         hooks: [{hookName: createContainer, path: ..., args: [...], env: [...], timeout: 5}]
 *
 * Templates are those of template.h. In devices and counter sets they know `node`, `driver`, the parameters
 * and the counting variables; in edits also `name`, `pool`, `request`, `shareID`, `adminAccess`, `claim`
 * (uid, name, namespace), `attributes` (by name, the plain values), `capacity` (consumed, by name) and
 * `config`.
 */

#include "api/config/config_kind.h"

enum { INVENTORY_MAX_DEVICES = 4096, INVENTORY_MAX_DEPTH = 4 };

struct inventory_policy {
    const char *file;
    const char *name;
    const char *driver;
    const char **nodes; /* shell patterns */
    size_t n_nodes;
    const char *pool;                  /* a template */
    bool all_nodes;                    /* a cluster-wide pool: devices that every node reaches */
    const struct value *node_selector; /* or those that this selects; NULL: no */
    const struct value *parameters;
    const struct value *counter_sets;
    const struct value *devices;
    const struct value *edits;
    bool has_health; /* some device has rules */
    struct config_kind *kinds;
    size_t n_kinds;
};

/* A device of the inventory, still as a tree. */
struct inventory_device {
    const struct value *tree;      /* as in a ResourceSlice's spec.devices */
    const struct value *variables; /* the counting variables */
    const struct value *edits;     /* of its own, or NULL */
    const struct value *health;    /* its rules, or NULL */
};

struct inventory_content {
    const char *pool;
    struct value *counter_sets; /* a list, as in spec.sharedCounters; empty if there are none */
    struct inventory_device *devices;
    size_t n_devices;
};

/* TREE must live as long as the inventory, which is in ARENA. Errors begin with file, line and column. */
nodiscard struct error *inventory_decode(struct arena *arena, const char *file, const struct value *tree,
                                         struct inventory_policy **out);

/* Replaces parameters; unknown ones are ERROR_INVALID. VALUES is an object. */
nodiscard struct error *inventory_set_parameters(struct arena *arena, struct inventory_policy *inventory,
                                                 const struct value *values);

/* Its devices are on no single node: the controller publishes them, nodes only prepare them. */
bool inventory_is_cluster_wide(const struct inventory_policy *inventory);

bool inventory_is_for_node(const struct inventory_policy *inventory, const char *node_name);

/* Everything that a node of this name has, checked as an API server would check it. */
nodiscard struct error *inventory_expand(struct arena *arena, const struct inventory_policy *inventory,
                                         const char *node_name, struct inventory_content *out);
