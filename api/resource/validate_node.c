/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node names and node selectors, as core validation sees them in slices, devices and allocations.
 */

#include "api/resource/validate_rules.h"

void validate_node_name(struct validator *v, const struct field_path *path, const struct value *name)
{
    check_subdomain(v, path, name);
}

/* What each operator asks of the number of values. */
enum values_rule { VALUES_SOME, VALUES_NONE, VALUES_ONE };

static const struct {
    const char *name;
    enum values_rule values;
} operators[] = {
    { "In", VALUES_SOME },           { "NotIn", VALUES_SOME }, { "Exists", VALUES_NONE },
    { "DoesNotExist", VALUES_NONE }, { "Gt", VALUES_ONE },     { "Lt", VALUES_ONE },
};

static void check_values_count(struct validator *v, const struct field_path *path, enum values_rule rule,
                               size_t n_values)
{
    switch (rule) {
    case VALUES_SOME:
        if (n_values == 0)
            refuse_required(v, path, "must be specified when `operator` is 'In' or 'NotIn'");
        break;
    case VALUES_NONE:
        if (n_values)
            refuse_forbidden(v, path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        break;
    case VALUES_ONE:
        if (n_values != 1)
            refuse_required(v, path, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        break;
    }
}

static void check_value(struct validator *v, const struct field_path *path, const struct value *value,
                        const void *unused)
{
    (void)unused;
    check_label_value(v, path, value);
}

static void check_expression(struct validator *v, const struct field_path *path,
                             const struct value *requirement, const void *unused)
{
    const struct value *op = value_get(requirement, "operator"), *values = value_get(requirement, "values");
    size_t i = 0;
    (void)unused;
    while (i < ARRAY_LEN(operators) && !value_says(op, operators[i].name))
        i++;
    if (i < ARRAY_LEN(operators))
        check_values_count(v, CHILD(path, "values"), operators[i].values, value_length(values));
    else
        refuse_invalid(v, CHILD(path, "operator"), shown_text(v, text_of(op)),
                       "not a valid selector operator");
    check_label_key(v, CHILD(path, "key"), text_of(value_get(requirement, "key")));
    check_list(v, CHILD(path, "values"), values, NO_LIMIT, check_value, NULL);
}

static void check_name_value(struct validator *v, const struct field_path *path, const struct value *value,
                             const void *unused)
{
    (void)unused;
    validate_node_name(v, path, value);
}

static void check_field(struct validator *v, const struct field_path *path, const struct value *requirement,
                        const void *unused)
{
    const struct value *op = value_get(requirement, "operator"), *key = value_get(requirement, "key");
    const struct value *values = value_get(requirement, "values");
    (void)unused;
    if (!value_says(op, "In") && !value_says(op, "NotIn"))
        refuse_invalid(v, CHILD(path, "operator"), shown_text(v, text_of(op)),
                       "not a valid selector operator");
    else if (value_length(values) != 1)
        refuse_required(v, CHILD(path, "values"),
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    if (value_says(key, "metadata.name"))
        check_list(v, CHILD(path, "values"), values, NO_LIMIT, check_name_value, NULL);
    else
        refuse_invalid(v, CHILD(path, "key"), shown_text(v, text_of(key)), "not a valid field selector key");
}

static void check_term(struct validator *v, const struct field_path *path, const struct value *term,
                       const void *unused)
{
    (void)unused;
    check_list(v, CHILD(path, "matchExpressions"), value_get(term, "matchExpressions"), NO_LIMIT,
               check_expression, NULL);
    check_list(v, CHILD(path, "matchFields"), value_get(term, "matchFields"), NO_LIMIT, check_field, NULL);
}

void validate_node_selector(struct validator *v, const struct field_path *path, const struct value *selector)
{
    const struct value *terms = value_get(selector, "nodeSelectorTerms");
    if (value_length(terms) == 0)
        refuse_required(v, CHILD(path, "nodeSelectorTerms"), "must have at least one node selector term");
    else
        check_list(v, CHILD(path, "nodeSelectorTerms"), terms, NO_LIMIT, check_term, NULL);
}
