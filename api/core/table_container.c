/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 Container and what it is made of. Probes, lifecycle and security contexts pass through as they are.
 */

#include "api/core/pod.h"
#include "api/core/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.core.v1." name

static const struct schema_field claim_rows[] = {
    STRING("name", "An entry of the pod's spec.resourceClaims.", .flags = SCHEMA_REQUIRED,
           IN(struct container_claim, name)),
    STRING("request", "One request of the claim; absent: all.", IN(struct container_claim, request)),
};
static TABLE(claim_schema, V1("ResourceClaim"), "A claim that the container uses.", claim_rows,
             .size = sizeof(struct container_claim));

static const struct schema_field resources_rows[] = {
    QUANTITY_MAP("limits", "The most that may be used.",
                 IN_MAP(struct container, limits, n_limits, struct resource_amount, name, amount)),
    QUANTITY_MAP("requests", "The least that is needed.",
                 IN_MAP(struct container, requests, n_requests, struct resource_amount, name, amount)),
    LIST_OF("claims", "Claims that the container uses.", claim_schema, KEYED("name"),
            IN_LIST(struct container, claims, n_claims)),
};
TABLE(resource_requirements_schema, V1("ResourceRequirements"), "What a container needs of its node.",
      resources_rows);

static const struct schema_field port_rows[] = {
    STRING("name", "A name for services."),
    INT32("hostPort", "The port on the host."),
    INT32("containerPort", "The port in the pod.", .flags = SCHEMA_REQUIRED),
    STRING("protocol", "The transport.", .fallback = "\"TCP\"", .choices = NAMES("UDP", "TCP", "SCTP")),
    STRING("hostIP", "The host's address to bind to."),
};
static TABLE(port_schema, V1("ContainerPort"), "A port that the container listens on.", port_rows);

static const struct schema_field env_rows[] = {
    STRING("name", "The variable's name.", .flags = SCHEMA_REQUIRED, IN(struct env_var, name)),
    STRING("value", "Its value; $(NAME) is replaced.", IN(struct env_var, value)),
    RAW("valueFrom", "Where its value is.", IN(struct env_var, value_from)),
};
static TABLE(env_schema, V1("EnvVar"), "An environment variable.", env_rows, .size = sizeof(struct env_var));

static const struct schema_field mount_rows[] = {
    STRING("name", "A volume's name.", .flags = SCHEMA_REQUIRED, IN(struct volume_mount, name)),
    BOOL("readOnly", "It cannot be written to.", IN(struct volume_mount, read_only)),
    STRING("recursiveReadOnly", "Whether mounts below are read-only too.", .flags = SCHEMA_POINTER),
    STRING("mountPath", "Where it appears in the container.", .flags = SCHEMA_REQUIRED,
           IN(struct volume_mount, mount_path)),
    STRING("subPath", "A path within the volume.", IN(struct volume_mount, sub_path)),
    STRING("mountPropagation", "How mounts travel.", .flags = SCHEMA_POINTER),
    STRING("subPathExpr", "A path within the volume, with $(NAME)."),
    LIST("bindMountOptions", "Further mount options.", STRING, SET),
};
static TABLE(mount_schema, V1("VolumeMount"), "Where a volume appears in a container.", mount_rows,
             .size = sizeof(struct volume_mount));

static const struct schema_field volume_device_rows[] = {
    STRING("name", "A claim's volume.", .flags = SCHEMA_REQUIRED),
    STRING("devicePath", "The device file in the container.", .flags = SCHEMA_REQUIRED),
};
static TABLE(volume_device_schema, V1("VolumeDevice"), "A raw block device.", volume_device_rows);

static const struct schema_field container_rows[] = {
    STRING("name", "A DNS label, unique in the pod.", .flags = SCHEMA_REQUIRED, IN(struct container, name)),
    STRING("image", "The image.", IN(struct container, image)),
    LIST("command", "What runs, in place of the image's entry point.", STRING,
         IN_LIST(struct container, command, n_command)),
    LIST("args", "Its arguments.", STRING, IN_LIST(struct container, args, n_args)),
    STRING("workingDir", "Where it runs.", IN(struct container, working_dir)),
    LIST_OF("ports", "Ports that it listens on.", port_schema, .flags = SCHEMA_MERGE,
            .merge_key = "containerPort", KEYED("containerPort", "protocol")),
    LIST("envFrom", "Sources of many variables.", RAW),
    LIST_OF("env", "Environment variables.", env_schema, .flags = SCHEMA_MERGE, .merge_key = "name",
            KEYED("name"), IN_LIST(struct container, env, n_env)),
    OBJECT("resources", "What it needs of its node.", resource_requirements_schema, FLAT),
    LIST("resizePolicy", "What resizing does.", RAW),
    STRING("restartPolicy", "Always makes an init container a sidecar.", .flags = SCHEMA_POINTER,
           IN(struct container, restart_policy)),
    LIST("restartPolicyRules", "When to restart it.", RAW),
    LIST_OF("volumeMounts", "Where volumes appear.", mount_schema, .flags = SCHEMA_MERGE,
            .merge_key = "mountPath", KEYED("mountPath"), IN_LIST(struct container, mounts, n_mounts)),
    LIST_OF("volumeDevices", "Raw block devices.", volume_device_schema, .flags = SCHEMA_MERGE,
            .merge_key = "devicePath", KEYED("devicePath")),
    RAW("livenessProbe", "Restarts it when it hangs."),
    RAW("readinessProbe", "Whether it can serve."),
    RAW("startupProbe", "Whether it has started."),
    RAW("lifecycle", "What to do after its start and before its end."),
    STRING("terminationMessagePath", "The file with its last words.", .fallback = "\"/dev/termination-log\""),
    STRING("terminationMessagePolicy", "Where its last words come from.", .fallback = "\"File\""),
    STRING("imagePullPolicy", "When the image is pulled."),
    RAW("securityContext", "Its privileges."),
    BOOL("stdin", "It has a standard input."),
    BOOL("stdinOnce", "Standard input is closed after the first session."),
    BOOL("tty", "It has a terminal."),
};
TABLE(container_schema, V1("Container"), "One container of a pod.", container_rows, .open = true,
      .size = sizeof(struct container));
