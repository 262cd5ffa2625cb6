/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an admin puts into a folder or a mounted ConfigMap: Inventory and AllocationPolicy documents
 * (policy.tranche.dev/v1) and plain DeviceClasses, in YAML or JSON, several to a file. Everything is read
 * strictly; one broken document is a problem of its own, and the rest keeps working.
 *
 *     apiVersion: policy.tranche.dev/v1
 *     kind: AllocationPolicy
 *     metadata: {name: gpus}
 *     spec:
 *       driver: gpu.example.com            # whose devices; or
 *       classes: [gpu.example.com]         # requests for these classes; absent: every class
 *       placement: binpack                 # first, binpack or spread
 *       allowedNamespaces: [ml, "team-*"]  # absent: every namespace
 */

#include "api/base/vec.h"
#include "api/config/inventory.h"
#include "api/config/placement.h"

struct allocation_policy {
    const char *file;
    const char *name;
    const char *driver; /* NULL: any */
    const char **classes;
    size_t n_classes; /* 0: any */
    enum placement placement;
    bool has_placement;
    const char **namespaces; /* shell patterns */
    size_t n_namespaces;
    bool has_namespaces; /* the list is there: an empty one allows nobody */
};

struct policy_problem {
    const char *file;
    struct error *error; /* the set's */
};

/* Everything of one load; one free ends it. */
struct policy_set {
    struct arena *arena;
    VEC(struct inventory_policy *) inventories;
    VEC(struct allocation_policy *) policies;
    VEC(const struct value *) classes; /* DeviceClass objects */
    VEC(struct policy_problem) problems;
};

struct policy_set *policy_set_new(void);
void policy_set_free(struct policy_set *set);
DEFINE_CLEANUP(cleanup_policy_set_, struct policy_set *, policy_set_free)
#define cleanup_policy_set __attribute__((cleanup(cleanup_policy_set_)))

/* Reads the documents of one file's TEXT. What is wrong becomes a problem of the set. */
void policy_set_add(struct policy_set *set, const char *file, struct span text);
/* A file, or a folder's *.yaml, *.yml and *.json in the order of their names. Blocks. */
void policy_set_add_path(struct policy_set *set, const char *path);

/* The first problem as the caller's error, or NULL: for those who want all or nothing. */
nodiscard struct error *policy_set_error(const struct policy_set *set);

/*
 * The policy for requests that name CLASS_NAME and take devices of DRIVER: the first one that names both,
 * else one, else neither; NULL if there is none.
 */
const struct allocation_policy *policy_find(const struct policy_set *set, const char *driver,
                                            const char *class_name);

/* Whether every policy that has a say lets claims of NAMESPACE use this class of this driver. */
bool policy_allows_namespace(const struct policy_set *set, const char *driver, const char *class_name,
                             const char *namespace);
