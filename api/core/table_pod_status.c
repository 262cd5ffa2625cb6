/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 Pod: what has become of it.
 */

#include "api/core/pod.h"
#include "api/core/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.core.v1." name

static const struct schema_field condition_rows[] = {
    STRING("type", "What the condition is about.", .flags = SCHEMA_REQUIRED, IN(struct pod_condition, type)),
    INT64("observedGeneration", "The generation that it was judged from.",
          IN(struct pod_condition, observed_generation)),
    STRING("status", "Whether it holds.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("True", "False", "Unknown"), IN(struct pod_condition, status)),
    TIME("lastProbeTime", "When it was last looked at.", IN(struct pod_condition, last_probe_time)),
    TIME("lastTransitionTime", "When the status last changed.",
         IN(struct pod_condition, last_transition_time)),
    STRING("reason", "Why, as one word.", IN(struct pod_condition, reason)),
    STRING("message", "Why, for people.", IN(struct pod_condition, message)),
};
static TABLE(pod_condition_schema, V1("PodCondition"), "One aspect of a pod's state.", condition_rows,
             .size = sizeof(struct pod_condition));

static const struct schema_field waiting_rows[] = {
    STRING("reason", "Why, as one word.", IN(struct container_status, waiting_reason)),
    STRING("message", "Why, for people."),
};
static TABLE(waiting_schema, V1("ContainerStateWaiting"), "Not started yet.", waiting_rows);

static const struct schema_field running_rows[] = {
    TIME("startedAt", "Since when.", IN(struct container_status, running_since)),
};
static TABLE(running_schema, V1("ContainerStateRunning"), "Running.", running_rows);

static const struct schema_field terminated_rows[] = {
    INT32("exitCode", "Its exit status.", .flags = SCHEMA_REQUIRED,
          IN(struct container_terminated, exit_code)),
    INT32("signal", "The signal that ended it.", IN(struct container_terminated, signal)),
    STRING("reason", "Why, as one word.", IN(struct container_terminated, reason)),
    STRING("message", "Its last words.", IN(struct container_terminated, message)),
    TIME("startedAt", "From when.", IN(struct container_terminated, started_at)),
    TIME("finishedAt", "Until when.", IN(struct container_terminated, finished_at)),
    STRING("containerID", "The runtime's name for it."),
};
static TABLE(terminated_schema, V1("ContainerStateTerminated"), "Ended.", terminated_rows,
             .size = sizeof(struct container_terminated));

static const struct schema_field state_rows[] = {
    OBJECT("waiting", "Not started yet.", waiting_schema, FLAT),
    OBJECT("running", "Running.", running_schema, FLAT),
    OBJECT("terminated", "Ended.", terminated_schema, BEHIND(struct container_status, terminated)),
};
static TABLE(state_schema, V1("ContainerState"), "At most one of its members is set.", state_rows);

static const struct schema_field mount_status_rows[] = {
    STRING("name", "A volume's name.", .flags = SCHEMA_REQUIRED),
    STRING("mountPath", "Where it appears.", .flags = SCHEMA_REQUIRED),
    BOOL("readOnly", "It cannot be written to."),
    STRING("recursiveReadOnly", "Whether mounts below are read-only too.", .flags = SCHEMA_POINTER),
};
static TABLE(mount_status_schema, V1("VolumeMountStatus"), "A mount as it was made.", mount_status_rows,
             .open = true);

static const struct schema_field health_rows[] = {
    STRING("resourceID", "The device; of a claim, its CDI or pool name.", .flags = SCHEMA_REQUIRED),
    STRING("health", "Healthy, Unhealthy or Unknown."),
    STRING("message", "More about it.", .flags = SCHEMA_POINTER),
};
static TABLE(health_schema, V1("ResourceHealth"), "The health of one device.", health_rows);

static const struct schema_field resource_status_rows[] = {
    STRING("name", "The resource; claim:NAME/REQUEST for claims.", .flags = SCHEMA_REQUIRED),
    LIST_OF("resources", "The health of each device.", health_schema, KEYED("resourceID")),
};
static TABLE(resource_status_schema, V1("ResourceStatus"), "The health of one resource.",
             resource_status_rows);

static const struct schema_field container_status_rows[] = {
    STRING("name", "The container.", .flags = SCHEMA_REQUIRED, IN(struct container_status, name)),
    OBJECT("state", "What it is doing.", state_schema, FLAT),
    OBJECT("lastState", "How it ended the last time.", state_schema),
    BOOL("ready", "It can serve.", .flags = SCHEMA_REQUIRED, IN(struct container_status, ready)),
    INT32("restartCount", "How often it was restarted.", .flags = SCHEMA_REQUIRED,
          IN(struct container_status, restart_count)),
    STRING("image", "The image.", .flags = SCHEMA_REQUIRED),
    STRING("imageID", "The image's digest.", .flags = SCHEMA_REQUIRED),
    STRING("containerID", "The runtime's name for it.", IN(struct container_status, container_id)),
    BOOL("started", "It has started.", .flags = SCHEMA_POINTER,
         IN_HAS(struct container_status, started, has_started)),
    QUANTITY_MAP("allocatedResources", "What was set aside for it."),
    OBJECT("resources", "What it needs, as the runtime has it.", resource_requirements_schema),
    LIST_OF("volumeMounts", "Mounts as they were made.", mount_status_schema, .flags = SCHEMA_MERGE,
            .merge_key = "mountPath", KEYED("mountPath")),
    RAW("user", "Who it runs as."),
    LIST_OF("allocatedResourcesStatus", "The health of its devices.", resource_status_schema,
            .flags = SCHEMA_MERGE, .merge_key = "name", KEYED("name")),
    STRING("stopSignal", "The signal that asks it to end.", .flags = SCHEMA_POINTER),
};
static TABLE(container_status_schema, V1("ContainerStatus"), "What has become of a container.",
             container_status_rows, .open = true, .size = sizeof(struct container_status));

static const struct schema_field claim_status_rows[] = {
    STRING("name", "An entry of spec.resourceClaims.", .flags = SCHEMA_REQUIRED,
           IN(struct pod_claim_status, name)),
    STRING("resourceClaimName", "The claim that was made; absent: none is needed.", .flags = SCHEMA_POINTER,
           IN(struct pod_claim_status, claim_name)),
};
static TABLE(pod_claim_status_schema, V1("PodResourceClaimStatus"), "The claim behind an entry.",
             claim_status_rows, .size = sizeof(struct pod_claim_status));

static const struct schema_field mapping_rows[] = {
    STRING("containerName", "The container.", .flags = SCHEMA_REQUIRED,
           IN(struct container_request_mapping, container)),
    STRING("resourceName", "The extended resource.", .flags = SCHEMA_REQUIRED,
           IN(struct container_request_mapping, resource)),
    STRING("requestName", "The request in the claim.", .flags = SCHEMA_REQUIRED,
           IN(struct container_request_mapping, request)),
};
static TABLE(mapping_schema, V1("ContainerExtendedResourceRequest"),
             "Which request stands for which resource.", mapping_rows,
             .size = sizeof(struct container_request_mapping));

static const struct schema_field extended_rows[] = {
    LIST_OF("requestMappings", "Which request stands for which resource.", mapping_schema,
            .flags = SCHEMA_REQUIRED, IN_LIST(struct extended_claim_status, mappings, n_mappings)),
    STRING("resourceClaimName", "The claim.", .flags = SCHEMA_REQUIRED,
           IN(struct extended_claim_status, claim_name)),
};
static TABLE(extended_schema, V1("PodExtendedResourceClaimStatus"), "The claim behind extended resources.",
             extended_rows, .size = sizeof(struct extended_claim_status));

static const struct schema_field allocatable_rows[] = {
    STRING("resourceClaimName", "The claim.", .flags = SCHEMA_REQUIRED),
    LIST("containers", "The containers that use it.", STRING, SET),
};
static TABLE(allocatable_schema, V1("NodeAllocatableResourceClaimStatus"),
             "What a claim takes of the node's resources.", allocatable_rows, .open = true);

static const struct schema_field ip_rows[] = {
    STRING("ip", "An address.", .flags = SCHEMA_REQUIRED),
};
static TABLE(pod_ip_schema, V1("PodIP"), "An address of the pod.", ip_rows);
static TABLE(host_ip_schema, V1("HostIP"), "An address of the host.", ip_rows);

static const struct schema_field status_rows[] = {
    INT64("observedGeneration", "The generation that this status is about."),
    STRING("phase", "Where it stands in its life.",
           .choices = NAMES("Pending", "Running", "Succeeded", "Failed"), .fallback = "\"Pending\"",
           IN_ENUM(struct pod, phase, POD_PHASE_UNKNOWN)),
    LIST_OF("conditions", "Aspects of its state.", pod_condition_schema, .flags = SCHEMA_MERGE,
            .merge_key = "type", KEYED("type"), IN_LIST(struct pod, conditions, n_conditions)),
    STRING("message", "Why, for people.", IN(struct pod, message)),
    STRING("reason", "Why, as one word.", IN(struct pod, reason)),
    STRING("nominatedNodeName", "The node that is being freed for it.", IN(struct pod, nominated_node_name)),
    STRING("hostIP", "The host's address."),
    LIST_OF("hostIPs", "The host's addresses.", host_ip_schema, .flags = SCHEMA_MERGE, .merge_key = "ip"),
    STRING("podIP", "Its address."),
    LIST_OF("podIPs", "Its addresses.", pod_ip_schema, .flags = SCHEMA_MERGE, .merge_key = "ip", KEYED("ip")),
    TIME("startTime", "When the kubelet took it on.", .flags = SCHEMA_POINTER, IN(struct pod, start_time)),
    LIST_OF("initContainerStatuses", "What has become of its init containers.", container_status_schema,
            IN_LIST(struct pod, init_container_statuses, n_init_container_statuses)),
    LIST_OF("containerStatuses", "What has become of its containers.", container_status_schema,
            IN_LIST(struct pod, container_statuses, n_container_statuses)),
    STRING("qosClass", "Its quality of service."),
    LIST_OF("ephemeralContainerStatuses", "What has become of its ephemeral containers.",
            container_status_schema),
    STRING("resize", "How far a resize has come."),
    LIST_OF("resourceClaimStatuses", "The claims behind its entries.", pod_claim_status_schema,
            .flags = SCHEMA_MERGE | SCHEMA_RETAIN_KEYS, .merge_key = "name", KEYED("name"),
            IN_LIST(struct pod, claim_statuses, n_claim_statuses)),
    OBJECT("extendedResourceClaimStatus", "The claim behind extended resources.", extended_schema,
           BEHIND(struct pod, extended_claim)),
    QUANTITY_MAP("allocatedResources", "What was set aside for all of it."),
    OBJECT("resources", "What all of it needs together, as it stands.", resource_requirements_schema),
    LIST_OF("nodeAllocatableResourceClaimStatuses", "What its claims take of the node's resources.",
            allocatable_schema, .flags = SCHEMA_MERGE, .merge_key = "resourceClaimName",
            KEYED("resourceClaimName")),
};
TABLE(pod_status_schema, V1("PodStatus"), "What has become of the pod.", status_rows, .open = true);
