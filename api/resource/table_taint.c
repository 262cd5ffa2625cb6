/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taints, tolerations, and DeviceTaintRule.
 */

#include "api/resource/tables.h"
#include "api/resource/taint_rule.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field taint_rows[] = {
    STRING("key", "A label name.", .flags = SCHEMA_REQUIRED, IN(struct taint, key)),
    STRING("value", "A label value.", IN(struct taint, value)),
    STRING("effect", "What the taint does to claims that do not tolerate it.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("None", "NoSchedule", "NoExecute"),
           IN_CHOICE(struct taint, effect, effect_text, EFFECT_NONE)),
    TIME("timeAdded", "When the taint was added; evictions count from here.",
         .flags = SCHEMA_POINTER | SCHEMA_DEFAULT_NOW, IN(struct taint, time_added)),
};
TABLE(device_taint_schema, V1("DeviceTaint"), "Keeps claims off a device, or drives them away.", taint_rows,
      .size = sizeof(struct taint));

static const struct schema_field toleration_rows[] = {
    STRING("key", "The taint's key; empty with operator Exists: any.", IN(struct toleration, key)),
    STRING("operator", "Whether the value counts.", .fallback = "\"Equal\"",
           .choices = NAMES("Equal", "Exists"), IN_ENUM(struct toleration, op, TOLERATE_UNKNOWN)),
    STRING("value", "The taint's value, for Equal.", IN(struct toleration, value)),
    STRING("effect", "The taint's effect; empty: any.", .choices = NAMES("None", "NoSchedule", "NoExecute"),
           IN(struct toleration, effect)),
    INT64("tolerationSeconds", "How long a NoExecute taint is tolerated; absent: for ever.",
          .flags = SCHEMA_POINTER, IN_HAS(struct toleration, seconds, has_seconds)),
};
TABLE(device_toleration_schema, V1("DeviceToleration"), "Accepts devices although they are tainted.",
      toleration_rows, .size = sizeof(struct toleration));

static const struct schema_field selector_rows[] = {
    STRING("driver", "Only devices of this driver.", .flags = SCHEMA_POINTER,
           IN(struct device_taint_rule, driver)),
    STRING("pool", "Only devices of pools of this name.", .flags = SCHEMA_POINTER,
           IN(struct device_taint_rule, pool)),
    STRING("device", "Only devices of this name.", .flags = SCHEMA_POINTER,
           IN(struct device_taint_rule, device)),
};
static TABLE(selector_schema, V1("DeviceTaintSelector"), "Devices for which all that is given is equal.",
             selector_rows);

static const struct schema_field spec_rows[] = {
    OBJECT("deviceSelector", "The devices; empty: all, absent: none.", selector_schema,
           FLAT_HAS(struct device_taint_rule, has_selector)),
    OBJECT("taint", "The taint that they get.", device_taint_schema, .flags = SCHEMA_REQUIRED,
           IN(struct device_taint_rule, taint)),
};
static TABLE(spec_schema, V1("DeviceTaintRuleSpec"), "Which devices, which taint.", spec_rows);

static const struct schema_field status_rows[] = {
    LIST_OF("conditions", "How far an eviction has come.", condition_schema, .flags = SCHEMA_MERGE,
            .merge_key = "type", KEYED("type"), .max_items = 8,
            IN_LIST(struct device_taint_rule, conditions, n_conditions)),
};
static TABLE(rule_status_schema, V1("DeviceTaintRuleStatus"), "What has become of it.", status_rows);

static const struct schema_field rule_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct device_taint_rule, meta)),
    OBJECT("spec", "Which devices, which taint.", spec_schema, .flags = SCHEMA_REQUIRED, FLAT),
    OBJECT("status", "What has become of it.", rule_status_schema, FLAT),
};
TABLE(device_taint_rule_schema, V1("DeviceTaintRule"), "Taints every device that it selects.", rule_rows,
      .size = sizeof(struct device_taint_rule));
