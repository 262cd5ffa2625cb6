/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * core/v1 Pod, as far as allocation, preparation and the standalone roles look at it.
 */

#include "api/core/node.h"
#include "api/resource/claim.h"

struct pod_gate {
    const char *name;
};

struct pod_claim {
    const char *name;          /* of the entry, unique in the pod */
    const char *claim_name;    /* exactly one of the two */
    const char *template_name; /* a ResourceClaimTemplate */
};

struct container_claim {
    const char *name;    /* of a pod_claim */
    const char *request; /* one request of the claim only, or NULL: all */
};

struct env_var {
    const char *name;
    const char *value;              /* or NULL */
    const struct value *value_from; /* valueFrom as it was written, or NULL */
};

struct volume_mount {
    const char *name; /* of a volume */
    const char *mount_path;
    const char *sub_path;
    bool read_only;
};

struct container {
    const char *name;
    const char *image;
    const char **command;
    size_t n_command;
    const char **args;
    size_t n_args;
    const char *working_dir;
    struct env_var *env;
    size_t n_env;
    struct volume_mount *mounts;
    size_t n_mounts;
    struct container_claim *claims;
    size_t n_claims;
    struct resource_amount *limits;
    size_t n_limits;
    struct resource_amount *requests;
    size_t n_requests;
    const char *restart_policy; /* "Always" makes an init container a sidecar */
};

struct pod_volume {
    const char *name;
    const char *host_path;  /* hostPath.path, or NULL */
    const char *config_map; /* configMap.name, or NULL */
};

enum pod_toleration_operator {
    POD_TOLERATE_EQUAL,
    POD_TOLERATE_EXISTS,
    POD_TOLERATE_LT,
    POD_TOLERATE_GT,
    POD_TOLERATE_UNKNOWN
};

struct pod_toleration {
    const char *key; /* NULL or "": any */
    enum pod_toleration_operator op;
    const char *value;
    const char *effect; /* NULL or "": any */
    int64_t seconds;
    bool has_seconds;
};

enum restart_policy { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER, RESTART_UNKNOWN };
enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED, POD_PHASE_UNKNOWN };

struct pod_condition {
    const char *type;   /* "PodScheduled", "Ready", "tranche.dev/Allocated" */
    const char *status; /* "True", "False", "Unknown" */
    const char *reason;
    const char *message;
    const char *last_transition_time;
    const char *last_probe_time;
    int64_t observed_generation;
};

struct pod_claim_status {
    const char *name;       /* of the entry in spec.resourceClaims */
    const char *claim_name; /* NULL: no claim is needed */
};

struct container_request_mapping {
    const char *container;
    const char *resource;
    const char *request;
};

struct extended_claim_status {
    const char *claim_name;
    struct container_request_mapping *mappings;
    size_t n_mappings;
};

struct container_terminated {
    int64_t exit_code;
    int64_t signal;
    const char *reason;
    const char *message;
    const char *started_at;
    const char *finished_at;
};

struct container_status {
    const char *name;
    const char *container_id;
    bool ready;
    bool started, has_started;
    int64_t restart_count;
    const char *waiting_reason;              /* or NULL */
    const char *running_since;               /* or NULL */
    struct container_terminated *terminated; /* or NULL */
};

struct pod {
    struct object_meta meta;
    const char *node_name; /* "" or NULL: not bound */
    const char *scheduler_name;
    const char *service_account;
    const char *priority_class;
    int64_t priority;
    struct container *containers;
    size_t n_containers;
    struct container *init_containers;
    size_t n_init_containers;
    struct pod_volume *volumes;
    size_t n_volumes;
    struct pod_gate *scheduling_gates;
    size_t n_scheduling_gates;
    struct pod_claim *claims;
    size_t n_claims;
    struct pod_toleration *tolerations;
    size_t n_tolerations;
    struct string_pair *node_selector;
    size_t n_node_selector;
    struct node_selector *required_affinity; /* nodeAffinity's required part, or NULL */
    const char *pod_group;                   /* schedulingGroup.podGroupName, or NULL */
    enum restart_policy restart_policy;
    int64_t termination_grace_seconds;
    bool has_termination_grace_seconds;
    bool host_network;

    enum pod_phase phase;
    const char *reason;
    const char *message;
    const char *nominated_node_name;
    const char *start_time;
    struct pod_condition *conditions;
    size_t n_conditions;
    struct pod_claim_status *claim_statuses;
    size_t n_claim_statuses;
    struct extended_claim_status *extended_claim; /* or NULL */
    struct container_status *container_statuses;
    size_t n_container_statuses;
    struct container_status *init_container_statuses;
    size_t n_init_container_statuses;
};

nodiscard struct error *pod_decode(struct arena *arena, const struct value *tree, struct pod **out);

/* Succeeded or Failed: it will not run again. */
bool pod_is_finished(const struct pod *pod);
bool pod_has_gate(const struct pod *pod, const char *name);
const struct pod_condition *pod_condition_find(const struct pod *pod, const char *type);
const struct pod_claim *pod_claim_find(const struct pod *pod, const char *name);

/*
 * The claim behind entry CLAIM of POD. *OUT is its name, or NULL if there is none: not made yet (returns
 * false), or deliberately not needed (returns true).
 */
bool pod_claim_resolve(const struct pod *pod, const struct pod_claim *claim, const char **out);
