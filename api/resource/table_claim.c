/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceClaim's wishes, and ResourceClaimTemplate. What became of them is in table_allocation.c.
 */

#include "api/resource/claim.h"
#include "api/resource/gates.h"
#include "api/resource/request_rows.h"
#include "api/resource/tables.h"

#define V1(name) "io.k8s.api.resource.v1." name

static const struct schema_field capacity_rows[] = {
    QUANTITY_MAP("requests", "How much of each capacity; of a shared device, that much is consumed.",
                 IN_MAP(struct exact_request, capacity_requests, n_capacity_requests, struct named_quantity,
                        name, value)),
};
TABLE(capacity_requirements_schema, V1("CapacityRequirements"), "What a device's capacities must amount to.",
      capacity_rows);

static const struct schema_field derived_rows[] = {
    STRING("name", "A fully qualified name, for constraints; it hides a published attribute of that name.",
           .flags = SCHEMA_REQUIRED, IN(struct derived_attribute, name)),
    STRING("expression", "A CEL expression about `device`.", .flags = SCHEMA_REQUIRED, .max_bytes = 10 * 1024,
           IN(struct derived_attribute, expression)),
};
TABLE(derived_attribute_schema, V1("DeviceDerivedAttribute"), "An attribute computed by the claim.",
      derived_rows, .size = sizeof(struct derived_attribute));

static void settle_request(void *typed)
{
    struct exact_request *request = typed;
    if (request->mode == MODE_EXACT_COUNT && request->count == 0)
        request->count = 1;
}

static const struct schema_field exact_rows[] = {
    EXACT_REQUEST_ROWS,
    ADMIN_ACCESS_ROW,
};
static TABLE(exact_schema, V1("ExactDeviceRequest"), "A request for one or more equal devices.", exact_rows,
             .size = sizeof(struct exact_request), .settle = settle_request);

static const struct schema_field alternative_rows[] = {
    STRING("name", "A DNS label, unique among the alternatives.", .flags = SCHEMA_REQUIRED,
           IN(struct exact_request, name)),
    EXACT_REQUEST_ROWS,
};
TABLE(sub_request_schema, V1("DeviceSubRequest"), "One of several alternatives.", alternative_rows,
      .size = sizeof(struct exact_request), .settle = settle_request);

static const struct schema_field request_rows[] = {
    STRING("name", "A DNS label, unique in the claim.", .flags = SCHEMA_REQUIRED,
           IN(struct device_request, name)),
    OBJECT("exactly", "Devices of one kind.", exact_schema, BEHIND(struct device_request, exactly)),
    LIST_OF("firstAvailable", "Alternatives, the best first.", sub_request_schema, .max_items = 8,
            .gates = GATE_PRIORITIZED_LIST,
            IN_LIST(struct device_request, first_available, n_first_available)),
};
static TABLE(request_schema, V1("DeviceRequest"), "One wish: exactly one of its two forms is set.",
             request_rows, .size = sizeof(struct device_request));

static const struct schema_field constraint_rows[] = {
    LIST("requests", "The requests that it binds; none: all of them.", STRING, .max_items = 32,
         IN_LIST(struct device_constraint, requests, n_requests)),
    STRING("matchAttribute", "All devices must have this attribute with one value.", .flags = SCHEMA_POINTER,
           IN(struct device_constraint, match_attribute)),
    STRING("distinctAttribute", "All devices must have this attribute, each with another value.",
           .flags = SCHEMA_POINTER, .gates = GATE_CONSUMABLE_CAPACITY,
           IN(struct device_constraint, distinct_attribute)),
};
TABLE(device_constraint_schema, V1("DeviceConstraint"),
      "What the devices of several requests have in common.", constraint_rows,
      .size = sizeof(struct device_constraint));

static const struct schema_field configuration_rows[] = {
    LIST("requests", "The requests that it is for; none: all of them.", STRING, .max_items = 32,
         IN_LIST(struct claim_config, requests, n_requests)),
    OBJECT("opaque", "Parameters for one driver.", opaque_configuration_schema,
           IN(struct claim_config, opaque)),
};
TABLE(claim_configuration_schema, V1("DeviceClaimConfiguration"), "How a driver is to set the devices up.",
      configuration_rows, .size = sizeof(struct claim_config));

static const struct schema_field devices_rows[] = {
    LIST_OF("requests", "What is wanted; all of it must be available.", request_schema, .max_items = 32,
            .flags = SCHEMA_KEEP_EMPTY, IN_LIST(struct claim_spec, requests, n_requests)),
    LIST_OF("constraints", "What the devices must have in common.", device_constraint_schema, .max_items = 32,
            IN_LIST(struct claim_spec, constraints, n_constraints)),
    LIST_OF("config", "How drivers are to set the devices up.", claim_configuration_schema, .max_items = 32,
            IN_LIST(struct claim_spec, configs, n_configs)),
};
static TABLE(devices_schema, V1("DeviceClaim"), "Which devices, and how they are set up.", devices_rows);

static const struct schema_field spec_rows[] = {
    OBJECT("devices", "Which devices, and how they are set up.", devices_schema, .flags = SCHEMA_REQUIRED,
           FLAT),
};
TABLE(claim_spec_schema, V1("ResourceClaimSpec"), "What is wanted.", spec_rows,
      .size = sizeof(struct claim_spec));

static const struct schema_field claim_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, IN(struct resource_claim, meta)),
    OBJECT("spec", "What is wanted; it never changes.", claim_spec_schema,
           .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE, IN(struct resource_claim, spec)),
    OBJECT("status", "What was allocated, and to whom.", claim_status_schema, FLAT),
};
TABLE(resource_claim_schema, V1("ResourceClaim"), "A claim to devices, for pods to use.", claim_rows,
      .size = sizeof(struct resource_claim));

static const struct schema_field template_spec_rows[] = {
    OBJECT("metadata", "Labels and annotations for the claims.", object_meta_schema),
    OBJECT("spec", "What the claims want.", claim_spec_schema, .flags = SCHEMA_REQUIRED,
           IN(struct resource_claim_template, spec)),
};
static TABLE(template_spec_schema, V1("ResourceClaimTemplateSpec"), "What the claims look like.",
             template_spec_rows);

static const struct schema_field template_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema,
           IN(struct resource_claim_template, meta)),
    OBJECT("spec", "What the claims look like; it never changes.", template_spec_schema,
           .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE, FLAT),
};
TABLE(resource_claim_template_schema, V1("ResourceClaimTemplate"),
      "Makes a claim for each pod that names it.", template_rows,
      .size = sizeof(struct resource_claim_template));
