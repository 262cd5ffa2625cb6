/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A small kind with every sort of field that patches tell apart, spelt after Pod.
 */

#include "api/schema/schema.h"

static const char *const port_keys[] = { "containerPort", "protocol", NULL };
static const char *const name_keys[] = { "name", NULL };
static const char *const type_keys[] = { "type", NULL };
static const char *const device_keys[] = { "driver", "device", "shareID", NULL };

static const struct schema_field port_fields[] = {
    { .name = "containerPort", .type = SCHEMA_INT32 },
    { .name = "name", .type = SCHEMA_STRING },
    { .name = "protocol", .type = SCHEMA_STRING, .fallback = "\"TCP\"" },
};
static const struct schema port_schema = { .name = "Port", .fields = port_fields, .n_fields = 3 };

static const struct schema_field container_fields[] = {
    { .name = "name", .type = SCHEMA_STRING },
    { .name = "image", .type = SCHEMA_STRING },
    { .name = "command", .type = SCHEMA_LIST, .element = SCHEMA_STRING },
    { .name = "ports",
      .type = SCHEMA_LIST,
      .element = SCHEMA_OBJECT,
      .object = &port_schema,
      .list_type = SCHEMA_LIST_MAP,
      .keys = port_keys,
      .merge_key = "containerPort",
      .flags = SCHEMA_MERGE },
};
static const struct schema container_schema = { .name = "Container",
                                                .fields = container_fields,
                                                .n_fields = 4 };

static const struct schema_field selector_fields[] = {
    { .name = "matchLabels", .type = SCHEMA_MAP, .element = SCHEMA_STRING },
};
static const struct schema selector_schema = {
    .name = "Selector", .fields = selector_fields, .n_fields = 1, .atomic = true
};

static const struct schema_field strategy_fields[] = {
    { .name = "type", .type = SCHEMA_STRING },
    { .name = "rolling", .type = SCHEMA_STRING },
    { .name = "fixed", .type = SCHEMA_STRING },
};
static const struct schema strategy_schema = { .name = "Strategy", .fields = strategy_fields, .n_fields = 3 };

static const struct schema_field spec_fields[] = {
    { .name = "replicas", .type = SCHEMA_INT32 },
    { .name = "nodeName", .type = SCHEMA_STRING },
    { .name = "containers",
      .type = SCHEMA_LIST,
      .element = SCHEMA_OBJECT,
      .object = &container_schema,
      .list_type = SCHEMA_LIST_MAP,
      .keys = name_keys,
      .merge_key = "name",
      .flags = SCHEMA_MERGE | SCHEMA_REQUIRED },
    { .name = "selector", .type = SCHEMA_OBJECT, .object = &selector_schema },
    { .name = "strategy", .type = SCHEMA_OBJECT, .object = &strategy_schema, .flags = SCHEMA_RETAIN_KEYS },
    { .name = "nodeSelector", .type = SCHEMA_MAP, .element = SCHEMA_STRING, .flags = SCHEMA_ATOMIC },
    { .name = "tolerations", .type = SCHEMA_LIST, .element = SCHEMA_STRING },
    { .name = "parameters", .type = SCHEMA_RAW },
};
static const struct schema spec_schema = { .name = "Spec", .fields = spec_fields, .n_fields = 8 };

static const struct schema_field condition_fields[] = {
    { .name = "type", .type = SCHEMA_STRING },
    { .name = "status", .type = SCHEMA_STRING },
};
static const struct schema condition_schema = { .name = "Condition",
                                                .fields = condition_fields,
                                                .n_fields = 2 };

static const struct schema_field device_fields[] = {
    { .name = "driver", .type = SCHEMA_STRING },
    { .name = "device", .type = SCHEMA_STRING },
    { .name = "shareID", .type = SCHEMA_STRING },
    { .name = "data", .type = SCHEMA_RAW },
};
static const struct schema device_schema = { .name = "Device", .fields = device_fields, .n_fields = 4 };

static const struct schema_field status_fields[] = {
    { .name = "phase", .type = SCHEMA_STRING },
    { .name = "conditions",
      .type = SCHEMA_LIST,
      .element = SCHEMA_OBJECT,
      .object = &condition_schema,
      .list_type = SCHEMA_LIST_MAP,
      .keys = type_keys,
      .merge_key = "type",
      .flags = SCHEMA_MERGE },
    { .name = "devices",
      .type = SCHEMA_LIST,
      .element = SCHEMA_OBJECT,
      .object = &device_schema,
      .list_type = SCHEMA_LIST_MAP,
      .keys = device_keys },
};
static const struct schema status_part_schema = { .name = "Status", .fields = status_fields, .n_fields = 3 };

static const struct schema_field metadata_fields[] = {
    { .name = "name", .type = SCHEMA_STRING },
    { .name = "namespace", .type = SCHEMA_STRING },
    { .name = "uid", .type = SCHEMA_STRING },
    { .name = "resourceVersion", .type = SCHEMA_STRING },
    { .name = "labels", .type = SCHEMA_MAP, .element = SCHEMA_STRING },
    { .name = "annotations", .type = SCHEMA_MAP, .element = SCHEMA_STRING },
    { .name = "finalizers",
      .type = SCHEMA_LIST,
      .element = SCHEMA_STRING,
      .list_type = SCHEMA_LIST_SET,
      .flags = SCHEMA_MERGE },
    { .name = "managedFields", .type = SCHEMA_LIST, .element = SCHEMA_RAW },
};
static const struct schema metadata_schema = { .name = "Meta", .fields = metadata_fields, .n_fields = 8 };

static const struct schema_field thing_fields[] = {
    { .name = "apiVersion", .type = SCHEMA_STRING },
    { .name = "kind", .type = SCHEMA_STRING },
    { .name = "metadata", .type = SCHEMA_OBJECT, .object = &metadata_schema },
    { .name = "spec", .type = SCHEMA_OBJECT, .object = &spec_schema },
    { .name = "status", .type = SCHEMA_OBJECT, .object = &status_part_schema },
};
static const struct schema thing_schema = { .name = "Thing", .fields = thing_fields, .n_fields = 5 };
