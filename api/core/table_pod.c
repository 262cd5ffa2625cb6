/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 Pod: what is wanted. What became of it is in table_pod_status.c.
 */

#include "api/core/pod.h"
#include "api/core/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.core.v1." name

static const struct schema_field host_path_rows[] = {
    STRING("path", "The path on the host.", .flags = SCHEMA_REQUIRED, IN(struct pod_volume, host_path)),
    STRING("type", "What must be there.", .flags = SCHEMA_POINTER),
};
static TABLE(host_path_schema, V1("HostPathVolumeSource"), "A path of the host.", host_path_rows);

static const struct schema_field config_map_rows[] = {
    STRING("name", "The ConfigMap's name.", IN(struct pod_volume, config_map)),
    LIST("items", "Which of its keys, and where.", RAW),
    INT32("defaultMode", "The files' mode.", .flags = SCHEMA_POINTER),
    INT64("defaultUser", "The files' owner.", .flags = SCHEMA_POINTER),
    BOOL("optional", "It need not exist.", .flags = SCHEMA_POINTER),
};
static TABLE(config_map_schema, V1("ConfigMapVolumeSource"), "A ConfigMap as files.", config_map_rows);

static const struct schema_field volume_rows[] = {
    STRING("name", "A DNS label, unique in the pod.", .flags = SCHEMA_REQUIRED, IN(struct pod_volume, name)),
    OBJECT("hostPath", "A path of the host.", host_path_schema, FLAT),
    OBJECT("configMap", "A ConfigMap as files.", config_map_schema, FLAT),
    RAW("emptyDir", "A folder that lives as long as the pod."),
};
static TABLE(volume_schema, V1("Volume"), "Storage that containers can mount.", volume_rows, .open = true,
             .size = sizeof(struct pod_volume));

static const struct schema_field gate_rows[] = {
    STRING("name", "A qualified name.", .flags = SCHEMA_REQUIRED, IN(struct pod_gate, name)),
};
static TABLE(gate_schema, V1("PodSchedulingGate"), "Keeps the pod from being scheduled.", gate_rows,
             .size = sizeof(struct pod_gate));

static const struct schema_field claim_rows[] = {
    STRING("name", "A DNS label, unique in the pod.", .flags = SCHEMA_REQUIRED, IN(struct pod_claim, name)),
    STRING("resourceClaimName", "A ResourceClaim of the pod's namespace.", .flags = SCHEMA_POINTER,
           IN(struct pod_claim, claim_name)),
    STRING("resourceClaimTemplateName", "A template that makes a claim for this pod.",
           .flags = SCHEMA_POINTER, IN(struct pod_claim, template_name)),
};
static TABLE(claim_schema, V1("PodResourceClaim"), "A claim that containers can use.", claim_rows,
             .size = sizeof(struct pod_claim));

static const struct schema_field toleration_rows[] = {
    STRING("key", "The taint's key; empty with operator Exists: any.", IN(struct pod_toleration, key)),
    STRING("operator", "How the value counts; Equal if absent.",
           .choices = NAMES("Equal", "Exists", "Lt", "Gt"),
           IN_ENUM(struct pod_toleration, op, POD_TOLERATE_UNKNOWN)),
    STRING("value", "The taint's value.", IN(struct pod_toleration, value)),
    STRING("effect", "The taint's effect; empty: any.", IN(struct pod_toleration, effect)),
    INT64("tolerationSeconds", "How long a NoExecute taint is tolerated; absent: for ever.",
          .flags = SCHEMA_POINTER, IN_HAS(struct pod_toleration, seconds, has_seconds)),
};
static TABLE(toleration_schema, V1("Toleration"), "Accepts nodes although they are tainted.", toleration_rows,
             .size = sizeof(struct pod_toleration));

static const struct schema_field node_affinity_rows[] = {
    OBJECT("requiredDuringSchedulingIgnoredDuringExecution", "Nodes that the pod must be on.",
           node_selector_schema, BEHIND(struct pod, required_affinity)),
    LIST("preferredDuringSchedulingIgnoredDuringExecution", "Nodes that the pod would rather be on.", RAW),
};
static TABLE(node_affinity_schema, V1("NodeAffinity"), "Which nodes.", node_affinity_rows, .open = true);

static const struct schema_field affinity_rows[] = {
    OBJECT("nodeAffinity", "Which nodes.", node_affinity_schema, FLAT),
    RAW("podAffinity", "Which pods to be near to."),
    RAW("podAntiAffinity", "Which pods to be far from."),
};
static TABLE(affinity_schema, V1("Affinity"), "Where the pod may be.", affinity_rows);

static const struct schema_field reference_rows[] = {
    STRING("name", "The object's name."),
};
static TABLE(reference_schema, V1("LocalObjectReference"), "An object of the pod's namespace.",
             reference_rows, .atomic = true);

static const struct schema_field host_alias_rows[] = {
    STRING("ip", "The address.", .flags = SCHEMA_REQUIRED),
    LIST("hostnames", "Its names.", STRING),
};
static TABLE(host_alias_schema, V1("HostAlias"), "A line of /etc/hosts.", host_alias_rows);

static const struct schema_field spread_rows[] = {
    INT32("maxSkew", "How uneven it may be.", .flags = SCHEMA_REQUIRED),
    STRING("topologyKey", "The label that makes domains.", .flags = SCHEMA_REQUIRED),
    STRING("whenUnsatisfiable", "What if it cannot be.", .flags = SCHEMA_REQUIRED),
    OBJECT("labelSelector", "The pods that count.", label_selector_schema),
    INT32("minDomains", "How many domains there must be.", .flags = SCHEMA_POINTER),
    STRING("nodeAffinityPolicy", "Whether node affinity counts.", .flags = SCHEMA_POINTER),
    STRING("nodeTaintsPolicy", "Whether node taints count.", .flags = SCHEMA_POINTER),
    LIST("matchLabelKeys", "Labels of the pod itself that count.", STRING),
};
static TABLE(spread_schema, V1("TopologySpreadConstraint"), "How pods spread over domains.", spread_rows);

static const struct schema_field group_rows[] = {
    STRING("podGroupName", "The PodGroup.", .flags = SCHEMA_POINTER, IN(struct pod, pod_group)),
};
static TABLE(group_schema, V1("PodSchedulingGroup"), "Pods that are scheduled together.", group_rows);

static const struct schema_field responder_rows[] = {
    STRING("name", "Who.", .flags = SCHEMA_REQUIRED),
    INT32("priority", "Who comes first.", .flags = SCHEMA_REQUIRED | SCHEMA_POINTER),
};
static TABLE(responder_schema, V1("EvictionResponder"), "Has a say in the pod's eviction.", responder_rows);

static const struct schema_field spec_rows[] = {
    LIST_OF("volumes", "Storage that containers can mount.", volume_schema,
            .flags = SCHEMA_MERGE | SCHEMA_RETAIN_KEYS, .merge_key = "name", KEYED("name"),
            IN_LIST(struct pod, volumes, n_volumes)),
    LIST_OF("initContainers", "Containers that run first, one after the other.", container_schema,
            .flags = SCHEMA_MERGE, .merge_key = "name", KEYED("name"),
            IN_LIST(struct pod, init_containers, n_init_containers)),
    LIST_OF("containers", "The containers.", container_schema, .flags = SCHEMA_MERGE | SCHEMA_REQUIRED,
            .merge_key = "name", KEYED("name"), IN_LIST(struct pod, containers, n_containers)),
    LIST_OF("ephemeralContainers", "Containers for debugging.", container_schema, .flags = SCHEMA_MERGE,
            .merge_key = "name", KEYED("name")),
    STRING("restartPolicy", "When containers are restarted.", .fallback = "\"Always\"",
           .choices = NAMES("Always", "OnFailure", "Never"),
           IN_ENUM(struct pod, restart_policy, RESTART_UNKNOWN)),
    INT64("terminationGracePeriodSeconds", "Seconds for a graceful end.", .flags = SCHEMA_POINTER,
          .fallback = "30", IN_HAS(struct pod, termination_grace_seconds, has_termination_grace_seconds)),
    INT64("activeDeadlineSeconds", "How long it may run.", .flags = SCHEMA_POINTER),
    STRING("dnsPolicy", "Where names are looked up.", .fallback = "\"ClusterFirst\""),
    MAP("nodeSelector", "Labels that the node must have.", STRING, .flags = SCHEMA_ATOMIC,
        IN_MAP(struct pod, node_selector, n_node_selector, struct string_pair, name, value)),
    STRING("serviceAccountName", "Who the pod is.", IN(struct pod, service_account)),
    STRING("serviceAccount", "Deprecated: see serviceAccountName."),
    BOOL("automountServiceAccountToken", "Whether it gets a token.", .flags = SCHEMA_POINTER),
    STRING("nodeName", "The node that it is bound to.", IN(struct pod, node_name)),
    BOOL("hostNetwork", "It uses the host's network.", IN(struct pod, host_network)),
    BOOL("hostPID", "It sees the host's processes."),
    BOOL("hostIPC", "It uses the host's IPC."),
    BOOL("shareProcessNamespace", "Containers see each other's processes.", .flags = SCHEMA_POINTER),
    RAW("securityContext", "The privileges of all containers.", .fallback = "{}"),
    LIST_OF("imagePullSecrets", "Secrets for pulling images.", reference_schema, .flags = SCHEMA_MERGE,
            .merge_key = "name", KEYED("name")),
    STRING("hostname", "Its host name."),
    STRING("subdomain", "Its subdomain."),
    OBJECT("affinity", "Where it may be.", affinity_schema, FLAT),
    STRING("schedulerName", "Who schedules it.", .fallback = "\"default-scheduler\"",
           IN(struct pod, scheduler_name)),
    LIST_OF("tolerations", "Taints of nodes that do not matter.", toleration_schema,
            IN_LIST(struct pod, tolerations, n_tolerations)),
    LIST_OF("hostAliases", "Lines of /etc/hosts.", host_alias_schema, .flags = SCHEMA_MERGE,
            .merge_key = "ip", KEYED("ip")),
    STRING("priorityClassName", "Its priority by name.", IN(struct pod, priority_class)),
    INT32("priority", "Its priority.", .flags = SCHEMA_POINTER, IN(struct pod, priority)),
    RAW("dnsConfig", "Where names are looked up, in detail."),
    LIST("readinessGates", "Conditions that readiness also needs.", RAW),
    STRING("runtimeClassName", "The runtime that runs it.", .flags = SCHEMA_POINTER),
    BOOL("enableServiceLinks", "Whether services become variables.", .flags = SCHEMA_POINTER,
         .fallback = "true"),
    STRING("preemptionPolicy", "Whether it preempts others.", .flags = SCHEMA_POINTER),
    QUANTITY_MAP("overhead", "What the runtime costs."),
    LIST_OF("topologySpreadConstraints", "How pods spread over domains.", spread_schema,
            .flags = SCHEMA_MERGE, .merge_key = "topologyKey", KEYED("topologyKey", "whenUnsatisfiable")),
    BOOL("setHostnameAsFQDN", "The host name is the full one.", .flags = SCHEMA_POINTER),
    RAW("os", "The operating system."),
    BOOL("hostUsers", "It uses the host's users.", .flags = SCHEMA_POINTER),
    LIST_OF("schedulingGates", "While there is one, it is not scheduled.", gate_schema, .flags = SCHEMA_MERGE,
            .merge_key = "name", KEYED("name"), IN_LIST(struct pod, scheduling_gates, n_scheduling_gates)),
    LIST_OF("resourceClaims", "Claims that containers can use.", claim_schema,
            .flags = SCHEMA_MERGE | SCHEMA_RETAIN_KEYS, .merge_key = "name", KEYED("name"),
            IN_LIST(struct pod, claims, n_claims)),
    OBJECT("resources", "What all of it needs together.", resource_requirements_schema),
    STRING("hostnameOverride", "Its host name, whatever its name is.", .flags = SCHEMA_POINTER),
    OBJECT("schedulingGroup", "Pods that are scheduled together.", group_schema, FLAT),
    LIST_OF("evictionResponders", "Who has a say in its eviction.", responder_schema, .flags = SCHEMA_MERGE,
            .merge_key = "name", KEYED("name")),
};
TABLE(pod_spec_schema, V1("PodSpec"), "What the pod is.", spec_rows, .open = true);

static const struct schema_field pod_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct pod, meta)),
    OBJECT("spec", "What the pod is.", pod_spec_schema, FLAT),
    OBJECT("status", "What has become of it.", pod_status_schema, FLAT),
};
TABLE(pod_schema, V1("Pod"), "Containers that run together on one node.", pod_rows,
      .size = sizeof(struct pod));
