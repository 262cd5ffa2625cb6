/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of kinds, and that every table in it makes sense.
 */

#include "api/base/map.h"
#include "api/core/kinds.h"
#include "api/resource/tables.h"
#include "api/value/json.h"
#include "tests/support/cmocka.h"

static void test_find(void **state)
{
    (void)state;
    const struct schema_kind *claim = schema_kind_find("resource.k8s.io", "v1", "ResourceClaim");
    assert_string_equal(claim->plural, "resourceclaims");
    assert_true(claim->namespaced && claim->has_status);
    assert_ptr_equal(schema_resource_find("resource.k8s.io", "v1beta1", "resourceclaims"), claim);
    assert_ptr_equal(schema_kind_table(claim, "v1"), schema_kind_table(claim, "v1beta2"));
    assert_ptr_not_equal(schema_kind_table(claim, "v1"), schema_kind_table(claim, "v1beta1"));
    assert_null(schema_kind_table(claim, "v2"));
    assert_null(schema_kind_find("", "v1", "ResourceClaim"));
    assert_null(schema_kind_find("resource.k8s.io", "v1beta1", "DeviceTaintRule"));
    assert_non_null(schema_kind_find("resource.k8s.io", "v1alpha3", "DeviceTaintRule"));
    assert_non_null(schema_resource_find("coordination.k8s.io", "v1", "leases"));
    cleanup_arena struct arena *arena = arena_new();
    struct value *pod = NULL;
    assert_null(json_parse(arena, SPAN("{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}"), 0, &pod));
    assert_string_equal(schema_kind_of(pod)->plural, "pods");
    assert_null(schema_kind_of(value_object(arena)));
}

struct version_case {
    const char *name; /* the text too */
    const char *group, *version;
};

static const struct version_case version_cases[] = {
    { "v1", "", "v1" },   { "resource.k8s.io/v1", "resource.k8s.io", "v1" },
    { "", NULL, NULL },   { "/v1", NULL, NULL },
    { "a/", NULL, NULL }, { "a/b/c", NULL, NULL },
};

static void test_version(void **state)
{
    const struct version_case *row = *state;
    struct api_version version;
    cleanup_error struct error *err = api_version_parse(row->name, &version);
    assert_true((err == NULL) == (row->version != NULL));
    if (err)
        return;
    assert_string_equal(version.group, row->group);
    assert_string_equal(version.version, row->version);
}

static void check_table(const struct schema *schema, struct map *seen);

static void check_field(const struct schema *schema, const struct schema_field *field, struct map *seen)
{
    bool is_object = field->type == SCHEMA_OBJECT || field->element == SCHEMA_OBJECT;
    assert_true(is_object == (field->object != NULL));
    bool is_quantity = field->type == SCHEMA_QUANTITY || field->element == SCHEMA_QUANTITY;
    assert_true(is_quantity == (field->scalar != NULL));
    assert_non_null(field->doc);
    assert_ptr_equal(schema_field_find(schema, span_of(field->name)), field); /* no row twice */
    if (field->fallback) {
        cleanup_arena struct arena *arena = arena_new();
        struct value *value;
        assert_null(json_parse(arena, span_of(field->fallback), 0, &value));
    }
    for (const char *const *key = field->keys; key && *key; key++)
        assert_non_null(schema_field_find(field->object, span_of(*key)));
    assert_true((field->list_type == SCHEMA_LIST_MAP) == (field->keys != NULL));
    if (field->merge_key) {
        assert_true(field->flags & SCHEMA_MERGE);
        assert_non_null(schema_field_find(field->object, span_of(field->merge_key)));
    }
    if (field->object)
        check_table(field->object, seen);
}

static void check_table(const struct schema *schema, struct map *seen)
{
    assert_non_null(schema->doc);
    const struct schema *before = map_put(seen, schema->name, (void *)schema);
    assert_true(!before || before == schema); /* one name, one table */
    if (before)
        return;
    for (size_t i = 0; i < schema->n_fields; i++)
        check_field(schema, &schema->fields[i], seen);
}

static void test_tables(void **state)
{
    (void)state;
    cleanup_map struct map seen = { 0 };
    size_t n_kinds;
    const struct schema_kind *kinds = schema_kinds(&n_kinds);
    for (size_t i = 0; i < n_kinds; i++)
        for (size_t j = 0; j < kinds[i].n_versions; j++)
            check_table(kinds[i].versions[j].schema, &seen);
    check_table(&status_schema, &seen);
    check_table(&delete_options_schema, &seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_tables),
    };
    int failed = RUN_TABLE(version_cases, test_version);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
