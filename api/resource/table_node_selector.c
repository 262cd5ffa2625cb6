/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 NodeSelector.
 */

#include "api/resource/node_selector.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

static const struct schema_field requirement_rows[] = {
    STRING("key", "The label, or the field.", .flags = SCHEMA_REQUIRED, IN(struct node_requirement, key)),
    STRING("operator", "How it relates to the values.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
           IN_ENUM(struct node_requirement, op, NODE_OPERATOR_UNKNOWN)),
    LIST("values", "The values: none for Exists and DoesNotExist, one integer for Gt and Lt.", STRING,
         IN_LIST(struct node_requirement, values, n_values)),
};
static TABLE(requirement_schema, "io.k8s.api.core.v1.NodeSelectorRequirement",
             "What one label or field must be.", requirement_rows, .size = sizeof(struct node_requirement));

static const struct schema_field term_rows[] = {
    LIST_OF("matchExpressions", "Requirements on labels.", requirement_schema,
            IN_LIST(struct node_term, expressions, n_expressions)),
    LIST_OF("matchFields", "Requirements on fields; metadata.name is the only one.", requirement_schema,
            IN_LIST(struct node_term, fields, n_fields)),
};
TABLE(node_selector_term_schema, "io.k8s.api.core.v1.NodeSelectorTerm",
      "Requirements, all of which must hold; none matches nothing.", term_rows, .atomic = true,
      .size = sizeof(struct node_term));

static const struct schema_field selector_rows[] = {
    LIST_OF("nodeSelectorTerms", "Alternatives.", node_selector_term_schema, .flags = SCHEMA_REQUIRED,
            IN_LIST(struct node_selector, terms, n_terms)),
};
TABLE(node_selector_schema, "io.k8s.api.core.v1.NodeSelector", "Selects nodes: one of the terms must match.",
      selector_rows, .atomic = true, .size = sizeof(struct node_selector));
