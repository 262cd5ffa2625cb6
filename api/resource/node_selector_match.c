/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node selectors against nodes. Terms are ORed, the requirements of a term ANDed, and a term without any
 * requirement matches nothing. Labels know all six operators; fields know In and NotIn with one value, and
 * only metadata.name has a value at all.
 */

#include "api/resource/node_selector_match.h"

#include "api/resource/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As Go's ParseInt(text, 10, 64). */
static bool read_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits < '0' || *digits > '9')
        return false;
    *out = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static struct error *check_values_count(const struct node_requirement *requirement)
{
    switch (requirement->op) {
    case NODE_IN:
    case NODE_NOT_IN:
        return requirement->n_values
                   ? NULL
                   : error_invalid("for 'in', 'notin' operators, values set can't be empty");
    case NODE_EXISTS:
    case NODE_DOES_NOT_EXIST:
        return requirement->n_values ? error_invalid("values set must be empty for exists and does not exist")
                                     : NULL;
    case NODE_GT:
    case NODE_LT:
        return requirement->n_values == 1
                   ? NULL
                   : error_invalid("for 'Gt', 'Lt' operators, exactly one value is required");
    case NODE_OPERATOR_UNKNOWN: return error_invalid("not a valid label selector operator");
    }
    return NULL;
}

static struct error *check_expression(const struct node_requirement *requirement)
{
    struct name_faults faults = label_key_faults(span_of(requirement->key));
    if (faults.n_texts)
        return error_invalid("key: %s", faults.texts[0]);
    TRY(check_values_count(requirement));
    bool ordered = requirement->op == NODE_GT || requirement->op == NODE_LT;
    if (ordered && !read_integer(requirement->values[0], &(int64_t){ 0 }))
        return error_invalid("for 'Gt', 'Lt' operators, the value must be an integer");
    for (size_t i = 0; i < requirement->n_values; i++) {
        faults = label_value_faults(span_of(requirement->values[i]));
        if (faults.n_texts)
            return error_invalid("values[%zu]: %s", i, faults.texts[0]);
    }
    return NULL;
}

static struct error *check_field(const struct node_requirement *requirement)
{
    if (requirement->op != NODE_IN && requirement->op != NODE_NOT_IN)
        return error_invalid("not a valid field selector operator");
    if (requirement->n_values != 1)
        return error_invalid("values: must have one element");
    return NULL;
}

static struct error *check_term(const struct node_term *term)
{
    for (size_t i = 0; i < term->n_expressions; i++)
        TRY(error_wrap(check_expression(&term->expressions[i]), "matchExpressions[%zu]", i));
    for (size_t i = 0; i < term->n_fields; i++)
        TRY(error_wrap(check_field(&term->fields[i]), "matchFields[%zu]", i));
    return NULL;
}

struct error *node_selector_check(const struct node_selector *selector)
{
    for (size_t i = 0; i < selector->n_terms; i++)
        TRY(error_wrap(check_term(&selector->terms[i]), "nodeSelectorTerms[%zu]", i));
    return NULL;
}

static bool has_value(const struct node_requirement *requirement, const char *value)
{
    for (size_t i = 0; i < requirement->n_values; i++)
        if (strcmp(requirement->values[i], value) == 0)
            return true;
    return false;
}

static bool is_ordered(const struct node_requirement *requirement, const char *value)
{
    int64_t ours, bound;
    if (!read_integer(value, &ours) || !requirement->n_values ||
        !read_integer(requirement->values[0], &bound))
        return false;
    return requirement->op == NODE_GT ? ours > bound : ours < bound;
}

/* VALUE is NULL where there is none. */
static bool requirement_holds(const struct node_requirement *requirement, const char *value)
{
    switch (requirement->op) {
    case NODE_IN: return value && has_value(requirement, value);
    case NODE_NOT_IN: return !value || !has_value(requirement, value);
    case NODE_EXISTS: return value != NULL;
    case NODE_DOES_NOT_EXIST: return value == NULL;
    case NODE_GT:
    case NODE_LT: return value && is_ordered(requirement, value);
    case NODE_OPERATOR_UNKNOWN: return false;
    }
    return false;
}

static const char *label_find(const struct string_pair *labels, size_t n_labels, const char *name)
{
    for (size_t i = 0; i < n_labels; i++)
        if (strcmp(labels[i].name, name) == 0)
            return labels[i].value;
    return NULL;
}

static bool term_matches(const struct node_term *term, const char *node_name,
                         const struct string_pair *labels, size_t n_labels)
{
    for (size_t i = 0; i < term->n_expressions; i++)
        if (!requirement_holds(&term->expressions[i], label_find(labels, n_labels, term->expressions[i].key)))
            return false;
    for (size_t i = 0; i < term->n_fields; i++)
        if (!requirement_holds(&term->fields[i],
                               strcmp(term->fields[i].key, "metadata.name") == 0 ? node_name : ""))
            return false;
    return term->n_expressions || term->n_fields;
}

bool node_selector_matches(const struct node_selector *selector, const char *node_name,
                           const struct string_pair *labels, size_t n_labels)
{
    for (size_t i = 0; i < selector->n_terms; i++)
        if (term_matches(&selector->terms[i], node_name, labels, n_labels))
            return true;
    return false;
}
