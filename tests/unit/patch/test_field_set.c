/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FieldsV1 in and out, and the algebra.
 */

#include "driver/standalone/patch/field_set.h"
#include "tests/unit/patch/trees.h"

static struct field_set *set_of(struct arena *arena, const char *text)
{
    struct field_set *set = NULL;
    cleanup_error struct error *err = field_set_decode(arena, tree_of(arena, text), &set);
    if (err)
        fail_msg("%s", err->text);
    return set;
}

struct algebra_case {
    const char *name;
    const char *a, *b;
    const char *joined, *common, *without, *without_below;
};

static const struct algebra_case algebra_cases[] = {
    { "disjoint", "{'f:a':{}}", "{'f:b':{}}", "{'f:a':{},'f:b':{}}", "{}", "{'f:a':{}}", "{'f:a':{}}" },
    { "equal", "{'f:a':{'f:b':{}}}", "{'f:a':{'f:b':{}}}", "{'f:a':{'f:b':{}}}", "{'f:a':{'f:b':{}}}", "{}",
      "{}" },
    { "a parent keeps its children unless asked", "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{}}",
      "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{}}", "{'f:a':{'f:b':{}}}", "{}" },
    { "a child leaves its parent", "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{'f:b':{}}}",
      "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{'f:b':{}}}", "{'f:a':{}}", "{'f:a':{}}" },
    { "nothing", "{}", "{'f:a':{}}", "{'f:a':{}}", "{}", "{}", "{}" },
};

static void test_algebra(void **state)
{
    const struct algebra_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct field_set *a = set_of(arena, row->a), *b = set_of(arena, row->b);
    assert_tree_equal(arena, field_set_encode(arena, field_set_union(arena, a, b)), row->joined);
    assert_tree_equal(arena, field_set_encode(arena, field_set_intersect(arena, a, b)), row->common);
    assert_tree_equal(arena, field_set_encode(arena, field_set_subtract(arena, a, b)), row->without);
    assert_tree_equal(arena, field_set_encode(arena, field_set_subtract_below(arena, a, b)),
                      row->without_below);
    assert_true(field_set_equal(field_set_union(arena, a, b), field_set_union(arena, b, a)));
}

static void test_elements_are_canonical(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = value_object(arena), *inner = value_object(arena);
    value_set(arena, inner, "k:{ \"protocol\": \"TCP\", \"containerPort\": 80 }", value_object(arena));
    value_set(arena, inner, "v: \"x\"", value_object(arena));
    value_set(arena, tree, "f:ports", inner);
    struct field_set *set;
    assert_null(field_set_decode(arena, tree, &set));
    field_texts texts = { 0 };
    field_set_list(arena, set, &texts);
    assert_int_equal(texts.length, 2);
    assert_string_equal(texts.items[0], ".ports[containerPort=80,protocol=\"TCP\"]");
    assert_string_equal(texts.items[1], ".ports[=\"x\"]");
    vec_done(&texts);
}

static const struct bad_case {
    const char *name;
    const char *fields;
} bad_cases[] = {
    { "not an object", "['f:a']" },
    { "an unknown prefix", "{'g:a':{}}" },
    { "no prefix", "{'a':{}}" },
    { "keys that are no JSON", "{'k:{':{}}" },
    { "keys that are a list", "{'k:[1]':{}}" },
    { "a leaf that is no object", "{'f:a':true}" },
};

static void test_bad(void **state)
{
    const struct bad_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct field_set *set;
    cleanup_error struct error *err = field_set_decode(arena, tree_of(arena, row->fields), &set);
    assert_non_null(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_elements_are_canonical) };
    return RUN_TABLE(algebra_cases, test_algebra) + RUN_TABLE(bad_cases, test_bad) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
