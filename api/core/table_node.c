/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 Node and Namespace.
 */

#include "api/core/node.h"
#include "api/core/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.core.v1." name

static const struct schema_field taint_rows[] = {
    STRING("key", "A label name.", .flags = SCHEMA_REQUIRED, IN(struct node_taint, key)),
    STRING("value", "A label value.", IN(struct node_taint, value)),
    STRING("effect", "What it does to pods that do not tolerate it.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("NoSchedule", "PreferNoSchedule", "NoExecute"),
           IN_ENUM(struct node_taint, effect, NODE_TAINT_UNKNOWN)),
    TIME("timeAdded", "When it was added.", .flags = SCHEMA_POINTER, IN(struct node_taint, time_added)),
};
static TABLE(taint_schema, V1("Taint"), "Keeps pods off a node, or drives them away.", taint_rows,
             .size = sizeof(struct node_taint));

static const struct schema_field spec_rows[] = {
    STRING("podCIDR", "Addresses for its pods."),
    LIST("podCIDRs", "Addresses for its pods, of each family.", STRING, .flags = SCHEMA_MERGE, SET),
    STRING("providerID", "The cloud's name for it."),
    BOOL("unschedulable", "No new pods.", IN(struct node, unschedulable)),
    LIST_OF("taints", "Its taints.", taint_schema, IN_LIST(struct node, taints, n_taints)),
    RAW("configSource", "No longer used."),
    STRING("externalID", "No longer used."),
};
static TABLE(spec_schema, V1("NodeSpec"), "What is wanted of the node.", spec_rows, .open = true);

static const struct schema_field condition_rows[] = {
    STRING("type", "What the condition is about.", .flags = SCHEMA_REQUIRED, IN(struct node_condition, type)),
    STRING("status", "Whether it holds.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("True", "False", "Unknown"), IN(struct node_condition, status)),
    TIME("lastHeartbeatTime", "When it was last looked at.", IN(struct node_condition, last_heartbeat_time)),
    TIME("lastTransitionTime", "When the status last changed.",
         IN(struct node_condition, last_transition_time)),
    STRING("reason", "Why, as one word.", IN(struct node_condition, reason)),
    STRING("message", "Why, for people.", IN(struct node_condition, message)),
};
static TABLE(node_condition_schema, V1("NodeCondition"), "One aspect of a node's state.", condition_rows,
             .size = sizeof(struct node_condition));

static const struct schema_field address_rows[] = {
    STRING("type", "InternalIP, ExternalIP, Hostname, ...", .flags = SCHEMA_REQUIRED,
           IN(struct node_address, type)),
    STRING("address", "The address.", .flags = SCHEMA_REQUIRED, IN(struct node_address, address)),
};
static TABLE(address_schema, V1("NodeAddress"), "An address of a node.", address_rows,
             .size = sizeof(struct node_address));

static const struct schema_field info_rows[] = {
    STRING("machineID", "Of /etc/machine-id.", .flags = SCHEMA_REQUIRED),
    STRING("systemUUID", "Of the board.", .flags = SCHEMA_REQUIRED),
    STRING("bootID", "Changes with each boot.", .flags = SCHEMA_REQUIRED, IN(struct node, boot_id)),
    STRING("kernelVersion", "The kernel.", .flags = SCHEMA_REQUIRED),
    STRING("osImage", "The distribution.", .flags = SCHEMA_REQUIRED),
    STRING("containerRuntimeVersion", "The runtime.", .flags = SCHEMA_REQUIRED),
    STRING("kubeletVersion", "The kubelet.", .flags = SCHEMA_REQUIRED, IN(struct node, kubelet_version)),
    STRING("kubeProxyVersion", "No longer used.", .flags = SCHEMA_REQUIRED),
    STRING("operatingSystem", "linux.", .flags = SCHEMA_REQUIRED),
    STRING("architecture", "amd64, arm64, ...", .flags = SCHEMA_REQUIRED),
    RAW("swap", "Its swap."),
};
static TABLE(info_schema, V1("NodeSystemInfo"), "What runs on the node.", info_rows, .open = true);

static const struct schema_field status_rows[] = {
    QUANTITY_MAP("capacity", "What it has.",
                 IN_MAP(struct node, capacity, n_capacity, struct resource_amount, name, amount)),
    QUANTITY_MAP("allocatable", "What it has for pods.",
                 IN_MAP(struct node, allocatable, n_allocatable, struct resource_amount, name, amount)),
    STRING("phase", "No longer used."),
    LIST_OF("conditions", "Aspects of its state.", node_condition_schema, .flags = SCHEMA_MERGE,
            .merge_key = "type", KEYED("type"), IN_LIST(struct node, conditions, n_conditions)),
    LIST_OF("addresses", "Its addresses.", address_schema, .flags = SCHEMA_MERGE, .merge_key = "type",
            KEYED("type"), IN_LIST(struct node, addresses, n_addresses)),
    RAW("daemonEndpoints", "Where its kubelet listens."),
    OBJECT("nodeInfo", "What runs on it.", info_schema, FLAT),
    LIST("images", "Images that it has.", RAW),
    LIST("volumesInUse", "Volumes in use.", STRING),
    LIST("volumesAttached", "Volumes attached.", RAW),
    RAW("config", "No longer used."),
    LIST("runtimeHandlers", "What its runtime can do.", RAW),
    RAW("features", "What its kubelet can do."),
    LIST("declaredFeatures", "Features that it declares.", STRING),
};
static TABLE(node_status_schema, V1("NodeStatus"), "The node's state.", status_rows, .open = true);

static const struct schema_field node_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct node, meta)),
    OBJECT("spec", "What is wanted of it.", spec_schema, FLAT),
    OBJECT("status", "Its state.", node_status_schema, FLAT),
};
TABLE(node_schema, V1("Node"), "A machine that runs pods.", node_rows, .size = sizeof(struct node));

static const struct schema_field namespace_spec_rows[] = {
    LIST("finalizers", "What has to be done before it may vanish.", STRING,
         IN_LIST(struct namespace, finalizers, n_finalizers)),
};
static TABLE(namespace_spec_schema, V1("NamespaceSpec"), "What keeps the namespace.", namespace_spec_rows);

static const struct schema_field namespace_condition_rows[] = {
    STRING("type", "What the condition is about.", .flags = SCHEMA_REQUIRED),
    STRING("status", "Whether it holds.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("True", "False", "Unknown")),
    TIME("lastTransitionTime", "When the status last changed."),
    STRING("reason", "Why, as one word."),
    STRING("message", "Why, for people."),
};
static TABLE(namespace_condition_schema, V1("NamespaceCondition"), "One aspect of a namespace's state.",
             namespace_condition_rows);

static const struct schema_field namespace_status_rows[] = {
    STRING("phase", "Where it stands in its life.", .fallback = "\"Active\"",
           .choices = NAMES("Active", "Terminating"), IN(struct namespace, phase)),
    LIST_OF("conditions", "What hinders its end.", namespace_condition_schema, .flags = SCHEMA_MERGE,
            .merge_key = "type", KEYED("type")),
};
static TABLE(namespace_status_schema, V1("NamespaceStatus"), "The namespace's state.", namespace_status_rows);

static const struct schema_field namespace_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct namespace, meta)),
    OBJECT("spec", "What keeps it.", namespace_spec_schema, FLAT),
    OBJECT("status", "Its state.", namespace_status_schema, FLAT),
};
TABLE(namespace_schema, V1("Namespace"), "A space within which names are unique.", namespace_rows,
      .size = sizeof(struct namespace));
