/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeviceClass, and what it shares with claims: selectors and configuration.
 */

#include "api/resource/class.h"
#include "api/resource/gates.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field cel_rows[] = {
    STRING("expression", "A CEL expression about `device` that yields a boolean.", .flags = SCHEMA_REQUIRED,
           .max_bytes = 10 * 1024, IN(struct device_selector, expression)),
};
static TABLE(cel_schema, V1("CELDeviceSelector"), "Selects devices by a CEL expression.", cel_rows);

static const struct schema_field selector_rows[] = {
    OBJECT("cel", "A CEL expression; the only kind of selector so far.", cel_schema, FLAT),
};
TABLE(device_selector_schema, V1("DeviceSelector"), "Decides whether a device is acceptable.", selector_rows,
      .size = sizeof(struct device_selector));

static const struct schema_field opaque_rows[] = {
    STRING("driver", "The driver that understands the parameters.", .flags = SCHEMA_REQUIRED, .max_bytes = 63,
           IN(struct opaque_config, driver)),
    RAW("parameters", "An object for the driver; with apiVersion and kind, so that it can evolve.",
        .flags = SCHEMA_REQUIRED, .max_bytes = 10 * 1024, IN(struct opaque_config, parameters)),
};
TABLE(opaque_configuration_schema, V1("OpaqueDeviceConfiguration"),
      "Parameters that only the driver understands.", opaque_rows);

static const struct schema_field configuration_rows[] = {
    OBJECT("opaque", "Parameters for one driver.", opaque_configuration_schema, FLAT),
};
static TABLE(class_configuration_schema, V1("DeviceClassConfiguration"),
             "Configuration that a class adds to each claim.", configuration_rows,
             .size = sizeof(struct opaque_config));

static const struct schema_field spec_rows[] = {
    LIST_OF("selectors", "Each of them must accept a device; none accepts every device.",
            device_selector_schema, .max_items = 32, IN_LIST(struct device_class, selectors, n_selectors)),
    LIST_OF("config", "Copied into allocations; a claim's own configuration comes after it.",
            class_configuration_schema, .max_items = 32, IN_LIST(struct device_class, configs, n_configs)),
    STRING("extendedResourceName", "An extended resource that containers may request instead of a claim.",
           .flags = SCHEMA_POINTER, .gates = GATE_EXTENDED_RESOURCE,
           IN(struct device_class, extended_resource_name)),
};
static TABLE(spec_schema, V1("DeviceClassSpec"), "What the class stands for.", spec_rows);

static const struct schema_field class_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct device_class, meta)),
    OBJECT("spec", "What the class stands for.", spec_schema, .flags = SCHEMA_REQUIRED, .fallback = "{}",
           FLAT),
};
TABLE(device_class_schema, V1("DeviceClass"), "A preset of selectors and configuration, made by an admin.",
      class_rows, .size = sizeof(struct device_class));
