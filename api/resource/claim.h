/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ResourceClaim, its allocation, and ResourceClaimTemplate (allocation.md 2.9 to 2.11).
 */

#include "api/resource/class.h"
#include "api/resource/device.h"

#define CLAIM_FINALIZER           "resource.kubernetes.io/delete-protection"
#define POD_CLAIM_ANNOTATION      "resource.kubernetes.io/pod-claim-name"
#define EXTENDED_CLAIM_ANNOTATION "resource.kubernetes.io/extended-resource-claim"
#define ADMIN_ACCESS_LABEL        "resource.kubernetes.io/admin-access"

enum {
    CLAIM_MAX_RESULTS = 32,
    CLAIM_MAX_RESERVED_FOR = 256,
};

enum allocation_mode { MODE_EXACT_COUNT, MODE_ALL, MODE_UNKNOWN };
enum toleration_operator { TOLERATE_EQUAL, TOLERATE_EXISTS, TOLERATE_UNKNOWN };

struct toleration {
    const char *key; /* NULL or "": any key */
    enum toleration_operator op;
    const char *value;
    const char *effect; /* NULL or "": any effect */
    int64_t seconds;
    bool has_seconds;
};

struct derived_attribute {
    const char *name;
    const char *expression;
};

/* An `exactly` request or one alternative of `firstAvailable`. */
struct exact_request {
    const char *name; /* of the alternative; NULL in `exactly` */
    const char *class_name;
    struct device_selector *selectors;
    size_t n_selectors;
    enum allocation_mode mode;
    const char *mode_text;
    int64_t count;
    bool admin_access, has_admin_access;
    struct toleration *tolerations;
    size_t n_tolerations;
    struct named_quantity *capacity_requests;
    size_t n_capacity_requests;
    bool has_capacity;
    struct derived_attribute *derived_attributes;
    size_t n_derived_attributes;
};

struct device_request {
    const char *name;
    struct exact_request *exactly; /* or NULL */
    struct exact_request *first_available;
    size_t n_first_available;
};

struct device_constraint {
    const char **requests;
    size_t n_requests;
    const char *match_attribute; /* exactly one of the two, or neither: a kind that we do not know */
    const char *distinct_attribute;
};

struct claim_config {
    const char **requests;
    size_t n_requests;
    struct opaque_config opaque;
};

struct claim_spec {
    struct device_request *requests;
    size_t n_requests;
    struct device_constraint *constraints;
    size_t n_constraints;
    struct claim_config *configs;
    size_t n_configs;
};

struct allocation_result {
    const char *request; /* "request" or "request/alternative" */
    const char *driver;
    const char *pool;
    const char *device;
    bool admin_access, has_admin_access;
    struct toleration *tolerations;
    size_t n_tolerations;
    const char **binding_conditions;
    size_t n_binding_conditions;
    const char **binding_failure_conditions;
    size_t n_binding_failure_conditions;
    const char *share_id; /* or NULL */
    struct named_quantity *consumed;
    size_t n_consumed;
    const char **skip_node_operations;
    size_t n_skip_node_operations;
};

enum config_source { CONFIG_FROM_CLASS, CONFIG_FROM_CLAIM, CONFIG_FROM_UNKNOWN };

struct allocation_config {
    enum config_source source;
    const char **requests;
    size_t n_requests;
    struct opaque_config opaque;
};

struct allocation {
    struct allocation_result *results;
    size_t n_results;
    struct allocation_config *configs;
    size_t n_configs;
    struct node_selector *node_selector; /* NULL: usable from every node */
    const char *timestamp;               /* allocationTimestamp, RFC 3339, or NULL */
};

struct claim_consumer {
    const char *api_group;
    const char *resource; /* "pods" */
    const char *name;
    const char *uid;
};

struct condition {
    const char *type;
    const char *status; /* "True", "False", "Unknown" */
    const char *reason;
    const char *message;
    const char *last_transition_time;
    int64_t observed_generation;
};

struct network_data {
    const char *interface_name;
    const char **ips;
    size_t n_ips;
    const char *hardware_address;
};

struct allocated_device_status {
    const char *driver, *pool, *device, *share_id;
    struct condition *conditions;
    size_t n_conditions;
    const struct value *data;
    struct network_data *network; /* or NULL */
};

struct resource_claim {
    struct object_meta meta;
    struct claim_spec spec;
    struct allocation *allocation; /* NULL: not allocated */
    struct claim_consumer *reserved_for;
    size_t n_reserved_for;
    struct allocated_device_status *devices;
    size_t n_devices;
};

struct resource_claim_template {
    struct object_meta meta;
    struct string_pair *labels; /* spec.metadata, for the claims made from it */
    size_t n_labels;
    struct string_pair *annotations;
    size_t n_annotations;
    struct claim_spec spec;
};

/* Whether the pod (by uid) is among the consumers. */
bool claim_is_reserved_for(const struct resource_claim *claim, const char *uid);

/* "gpu" of "gpu/older-gpu". */
struct span request_base_name(const char *reference);

/*
 * Whether a list of request references covers result REQUEST: an empty list does, so does the whole name,
 * and so does the part before "/" (allocation.md 4.14).
 */
bool requests_cover(const char *const *requests, size_t n_requests, const char *request);
