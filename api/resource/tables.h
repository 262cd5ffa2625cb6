/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables of resource.k8s.io and of the types that it shares with the rest of Kubernetes. The first
 * tables of a kind are v1's and v1beta2's, which look the same; those of v1beta1 are for its door only and
 * are bound to no struct (convert.h).
 */

#include "api/schema/schema.h"

/* meta/v1 */
extern const struct schema object_meta_schema, list_meta_schema, condition_schema, label_selector_schema,
    status_schema, delete_options_schema;

/* core/v1 */
extern const struct schema node_selector_schema, node_selector_term_schema;

/* resource.k8s.io/v1 */
extern const struct schema device_class_schema, resource_slice_schema, resource_claim_schema,
    resource_claim_template_schema, device_taint_rule_schema;
extern const struct schema claim_status_schema, derived_attribute_schema, sub_request_schema, device_schema,
    counter_set_schema, device_taint_schema, device_toleration_schema, device_selector_schema,
    device_configuration_schema, opaque_configuration_schema, claim_spec_schema, allocation_schema,
    device_constraint_schema, claim_configuration_schema, capacity_requirements_schema;

/* resource.k8s.io/v1beta1 */
extern const struct schema resource_slice_v1beta1_schema, resource_claim_v1beta1_schema,
    resource_claim_template_v1beta1_schema, device_v1beta1_schema;

/* The grammar of quantities, for rows of that type (rows.h). */
extern const struct schema_scalar quantity_scalar;
