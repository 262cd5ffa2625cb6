/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v1beta1's claims: the members of v1's `exactly` stand in the request itself. Nothing is decoded by
 * these tables: convert.c turns such objects into v1 first. (v1beta1's slices stand beside v1's.)
 */

#include "api/resource/request_rows.h"
#include "api/resource/tables.h"

#define V1BETA1(name) "io.k8s.api.resource.v1beta1." name

static const struct schema_field request_rows[] = {
    STRING("name", "A DNS label, unique in the claim.", .flags = SCHEMA_REQUIRED),
    FLAT_REQUEST_ROWS,
    ADMIN_ACCESS_ROW,
    LIST_OF("firstAvailable", "Alternatives, the best first.", sub_request_schema, .max_items = 8,
            .gates = GATE_PRIORITIZED_LIST),
};
static TABLE(request_schema, V1BETA1("DeviceRequest"), "One wish.", request_rows);

static const struct schema_field devices_rows[] = {
    LIST_OF("requests", "What is wanted; all of it must be available.", request_schema, .max_items = 32,
            .flags = SCHEMA_KEEP_EMPTY),
    LIST_OF("constraints", "What the devices must have in common.", device_constraint_schema,
            .max_items = 32),
    LIST_OF("config", "How drivers are to set the devices up.", claim_configuration_schema, .max_items = 32),
};
static TABLE(devices_schema, V1BETA1("DeviceClaim"), "Which devices, and how they are set up.", devices_rows);

static const struct schema_field spec_rows[] = {
    OBJECT("devices", "Which devices, and how they are set up.", devices_schema, .flags = SCHEMA_REQUIRED),
};
static TABLE(spec_schema, V1BETA1("ResourceClaimSpec"), "What is wanted.", spec_rows);

static const struct schema_field claim_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema),
    OBJECT("spec", "What is wanted; it never changes.", spec_schema,
           .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE),
    OBJECT("status", "What was allocated, and to whom.", claim_status_schema),
};
TABLE(resource_claim_v1beta1_schema, V1BETA1("ResourceClaim"), "A claim to devices, for pods to use.",
      claim_rows);

static const struct schema_field template_spec_rows[] = {
    OBJECT("metadata", "Labels and annotations for the claims.", object_meta_schema),
    OBJECT("spec", "What the claims want.", spec_schema, .flags = SCHEMA_REQUIRED),
};
static TABLE(template_spec_schema, V1BETA1("ResourceClaimTemplateSpec"), "What the claims look like.",
             template_spec_rows);

static const struct schema_field template_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema),
    OBJECT("spec", "What the claims look like; it never changes.", template_spec_schema,
           .flags = SCHEMA_REQUIRED | SCHEMA_IMMUTABLE),
};
TABLE(resource_claim_template_v1beta1_schema, V1BETA1("ResourceClaimTemplate"),
      "Makes a claim for each pod that names it.", template_rows);
