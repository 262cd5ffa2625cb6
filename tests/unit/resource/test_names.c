/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, with apimachinery's sentences word for word, and the small questions about objects: node selectors,
 * tolerations, request references.
 */

#include "api/resource/names.h"

#include "api/resource/node_selector_match.h"
#include "api/resource/taint_rule.h"
#include "tests/support/cmocka.h"

#define LONG_LABEL "a23456789-123456789-123456789-123456789-123456789-123456789-1234"

static const struct name_case {
    const char *name;
    struct name_faults (*faults)(struct span);
    const char *text;
    const char *want; /* the faults, a bar between them */
} name_cases[] = {
    { "label", dns_label_faults, "gpu-0", "" },
    { "label with upper case", dns_label_faults, "A",
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
      "and "
      "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')" },
    { "label with dots", dns_label_faults, "a.b", "must not contain dots" },
    { "long label", dns_label_faults, LONG_LABEL, "must be no more than 63 characters" },
    { "subdomain", dns_subdomain_faults, "gpu.example.com", "" },
    { "empty part", dns_subdomain_faults, "gpu..com",
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
      "must "
      "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')" },
    { "label key", label_key_faults, "example.com/My_name.1", "" },
    { "label key without name", label_key_faults, "example.com/",
      "name part must be non-empty|name part must consist of alphanumeric characters, '-', '_' or '.', and "
      "must "
      "start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used "
      "for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
    { "label value", label_value_faults, "", "" },
    { "label value with a blank", label_value_faults, "a b",
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
      "must "
      "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
      "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')" },
    { "identifier", c_identifier_faults, "9a",
      "a valid C identifier must start with alphabetic character or '_', followed by a string of "
      "alphanumeric "
      "characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is "
      "'[A-Za-z_][A-Za-z0-9_]*')" },
};

static void test_name(void **state)
{
    const struct name_case *row = *state;
    struct name_faults faults = row->faults(span_of(row->text));
    char text[1024] = "";
    for (size_t i = 0; i < faults.n_texts; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? "|" : "", faults.texts[i]);
    assert_string_equal(text, row->want);
}

static void test_compound_names(void **state)
{
    (void)state;
    assert_true(driver_name_is_valid(SPAN("GPU.example.com")));
    assert_false(driver_name_is_valid(SPAN(LONG_LABEL)));
    assert_true(pool_name_is_valid(SPAN("node-1/rack.2")));
    assert_false(pool_name_is_valid(SPAN("node-1//x")));
    assert_true(qualified_name_is_valid(SPAN("example.com/memory")));
    assert_true(qualified_name_is_valid(SPAN("memory")));
    assert_false(qualified_name_is_valid(SPAN("/memory")));
    assert_false(qualified_name_is_valid(SPAN("a/b/c")));
    assert_int_equal(extended_resource_name_faults(SPAN("example.com/gpu")).n_texts, 0);
    assert_int_equal(extended_resource_name_faults(SPAN("requests.example.com/gpu")).n_texts, 1);
    assert_int_equal(extended_resource_name_faults(SPAN("x.kubernetes.io/gpu")).n_texts, 1);
    assert_int_equal(extended_resource_name_faults(SPAN("gpu")).n_texts, 1);
}

#define VALUES(...)                                                                                          \
    .values = (const char *[]){ __VA_ARGS__ },                                                               \
    .n_values = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)

static const struct selector_case {
    const char *name;
    struct node_requirement expression; /* no key: none */
    struct node_requirement field;
    bool matches;
    const char *error;
} selector_cases[] = {
    { "nothing required", { 0 }, { 0 }, false, NULL },
    { "in", { .key = "zone", .op = NODE_IN, VALUES("a", "b") }, { 0 }, true, NULL },
    { "not in", { .key = "zone", .op = NODE_NOT_IN, VALUES("a", "b") }, { 0 }, false, NULL },
    { "not in, absent", { .key = "rack", .op = NODE_NOT_IN, VALUES("a") }, { 0 }, true, NULL },
    { "exists", { .key = "zone", .op = NODE_EXISTS }, { 0 }, true, NULL },
    { "does not exist", { .key = "zone", .op = NODE_DOES_NOT_EXIST }, { 0 }, false, NULL },
    { "greater", { .key = "gpus", .op = NODE_GT, VALUES("7") }, { 0 }, true, NULL },
    { "less", { .key = "gpus", .op = NODE_LT, VALUES("8") }, { 0 }, false, NULL },
    { "no number", { .key = "zone", .op = NODE_GT, VALUES("8") }, { 0 }, false, NULL },
    { "name", { 0 }, { .key = "metadata.name", .op = NODE_IN, VALUES("worker") }, true, NULL },
    { "unknown field", { 0 }, { .key = "metadata.uid", .op = NODE_IN, VALUES("worker") }, false, NULL },
    { "both",
      { .key = "zone", .op = NODE_EXISTS },
      { .key = "metadata.name", .op = NODE_IN, VALUES("x") },
      false,
      NULL },
    { "unknown operator",
      { .key = "zone", .op = NODE_OPERATOR_UNKNOWN },
      { 0 },
      false,
      "nodeSelectorTerms[0]: matchExpressions[0]: not a valid label selector operator" },
    { "no values",
      { .key = "zone", .op = NODE_IN },
      { 0 },
      false,
      "nodeSelectorTerms[0]: matchExpressions[0]: for 'in', 'notin' operators, values set can't be empty" },
    { "field with two values",
      { 0 },
      { .key = "metadata.name", .op = NODE_IN, VALUES("a", "b") },
      false,
      "nodeSelectorTerms[0]: matchFields[0]: values: must have one element" },
};

static void test_selector(void **state)
{
    const struct selector_case *row = *state;
    struct node_requirement expression = row->expression, field = row->field;
    struct node_term term = { &expression, expression.key != NULL, &field, field.key != NULL };
    struct node_selector selector = { &term, 1 };
    struct string_pair labels[] = { { "zone", "a" }, { "gpus", "8" } };
    cleanup_error struct error *err = node_selector_check(&selector);
    if (row->error) {
        assert_string_equal(err ? err->text : "no error", row->error);
        return;
    }
    assert_null(err);
    assert_int_equal(node_selector_matches(&selector, "worker", labels, 2), row->matches);
}

static const struct toleration_case {
    const char *name;
    struct toleration toleration;
    bool tolerates;
} toleration_cases[] = {
    { "anything", { .op = TOLERATE_EXISTS }, true },
    { "key", { .key = "k", .op = TOLERATE_EXISTS }, true },
    { "other key", { .key = "x", .op = TOLERATE_EXISTS }, false },
    { "key and value", { .key = "k", .value = "v", .op = TOLERATE_EQUAL }, true },
    { "other value", { .key = "k", .op = TOLERATE_EQUAL }, false },
    { "effect", { .key = "k", .op = TOLERATE_EXISTS, .effect = "NoExecute" }, true },
    { "other effect", { .key = "k", .op = TOLERATE_EXISTS, .effect = "NoSchedule" }, false },
};

static void test_toleration(void **state)
{
    const struct toleration_case *row = *state;
    struct taint taints[] = { { .key = "harmless", .effect = EFFECT_NONE },
                              { .key = "k", .value = "v", .effect = EFFECT_NO_EXECUTE } };
    const struct taint *found = taints_find_untolerated(taints, 2, &row->toleration, 1);
    assert_ptr_equal(found, row->tolerates ? NULL : &taints[1]);
}

static void test_requests_cover(void **state)
{
    (void)state;
    const char *parent[] = { "other", "gpu" }, *alternative[] = { "gpu/small" };
    assert_true(requests_cover(NULL, 0, "gpu"));
    assert_true(requests_cover(parent, 2, "gpu/small"));
    assert_true(requests_cover(alternative, 1, "gpu/small"));
    assert_false(requests_cover(alternative, 1, "gpu/large"));
    assert_false(requests_cover(alternative, 1, "gpu"));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_compound_names),
        cmocka_unit_test(test_requests_cover),
    };
    return RUN_TABLE(name_cases, test_name) + RUN_TABLE(selector_cases, test_selector) +
           RUN_TABLE(toleration_cases, test_toleration) + cmocka_run_group_tests(others, NULL, NULL);
}
