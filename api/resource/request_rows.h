/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rows that stand in several tables: in `exactly`, in the alternatives of `firstAvailable`, and, since
 * v1beta1 has no `exactly`, in its requests themselves. For tables of this folder only.
 */

#include "api/resource/claim.h"
#include "api/resource/gates.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

#define REQUEST_ROWS(mode_default, count_default)                                                            \
    STRING("deviceClassName", "The class that the devices must belong to.", .flags = SCHEMA_REQUIRED,        \
           IN(struct exact_request, class_name)),                                                            \
        LIST_OF("selectors", "Each of them must accept a device, besides those of the class.",               \
                device_selector_schema, .max_items = 32,                                                     \
                IN_LIST(struct exact_request, selectors, n_selectors)),                                      \
        STRING("allocationMode", "ExactCount: as many as count says. All: every device there is.",           \
               .fallback = mode_default, .choices = NAMES("ExactCount", "All"),                              \
               IN_CHOICE(struct exact_request, mode, mode_text, MODE_UNKNOWN)),                              \
        INT64("count", "How many devices, for ExactCount.", .fallback = count_default,                       \
              .fallback_if = "allocationMode=ExactCount", IN(struct exact_request, count)),                  \
        LIST_OF("tolerations", "Taints that do not matter.", device_toleration_schema, .max_items = 16,      \
                .gates = GATE_DEVICE_TAINTS, IN_LIST(struct exact_request, tolerations, n_tolerations)),     \
        OBJECT("capacity", "What the devices' capacities must amount to.", capacity_requirements_schema,     \
               .gates = GATE_CONSUMABLE_CAPACITY, FLAT_HAS(struct exact_request, has_capacity)),             \
        LIST_OF("derivedAttributes", "Attributes that constraints can refer to, computed by the claim.",     \
                derived_attribute_schema, .max_items = 32, .gates = GATE_DERIVED_ATTRIBUTES,                 \
                IN_LIST(struct exact_request, derived_attributes, n_derived_attributes))

#define EXACT_REQUEST_ROWS REQUEST_ROWS("\"ExactCount\"", "1")
/* v1beta1: a request that only has alternatives must not get defaults. */
#define FLAT_REQUEST_ROWS REQUEST_ROWS(NULL, NULL)

#define ADMIN_ACCESS_ROW                                                                                     \
    BOOL("adminAccess", "Access for monitoring, also to devices in use; needs a namespace so labelled.",     \
         .flags = SCHEMA_POINTER, .gates = GATE_ADMIN_ACCESS,                                                \
         IN_HAS(struct exact_request, admin_access, has_admin_access))
