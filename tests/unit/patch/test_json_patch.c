/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patch and merge patch: the examples of RFC 6902 (appendix A) and RFC 7386 (appendix A), and what a
 * hostile patch would try.
 */

#include "driver/standalone/patch/patch.h"
#include "tests/unit/patch/trees.h"

struct json_patch_case {
    const char *name;
    const char *document;
    const char *patch;
    const char *wanted; /* NULL: an error ... */
    const char *error;  /* ... with this text ... */
    int status;         /* ... and this HTTP status */
};

static const struct json_patch_case json_patch_cases[] = {
    { "A.1 add an object member", "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]",
      "{'baz':'qux','foo':'bar'}", NULL, 0 },
    { "A.2 add an array element", "{'foo':['bar','baz']}", "[{'op':'add','path':'/foo/1','value':'qux'}]",
      "{'foo':['bar','qux','baz']}", NULL, 0 },
    { "A.3 remove an object member", "{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]",
      "{'foo':'bar'}", NULL, 0 },
    { "A.4 remove an array element", "{'foo':['bar','qux','baz']}", "[{'op':'remove','path':'/foo/1'}]",
      "{'foo':['bar','baz']}", NULL, 0 },
    { "A.5 replace a value", "{'baz':'qux','foo':'bar'}", "[{'op':'replace','path':'/baz','value':'boo'}]",
      "{'baz':'boo','foo':'bar'}", NULL, 0 },
    { "A.6 move a value", "{'foo':{'bar':'baz','waldo':'fred'},'qux':{'corge':'grault'}}",
      "[{'op':'move','from':'/foo/waldo','path':'/qux/thud'}]",
      "{'foo':{'bar':'baz'},'qux':{'corge':'grault','thud':'fred'}}", NULL, 0 },
    { "A.7 move an array element", "{'foo':['all','grass','cows','eat']}",
      "[{'op':'move','from':'/foo/1','path':'/foo/3'}]", "{'foo':['all','cows','eat','grass']}", NULL, 0 },
    { "A.8 test a value: success", "{'baz':'qux','foo':['a',2,'c']}",
      "[{'op':'test','path':'/baz','value':'qux'},{'op':'test','path':'/foo/1','value':2}]",
      "{'baz':'qux','foo':['a',2,'c']}", NULL, 0 },
    { "A.9 test a value: error", "{'baz':'qux'}", "[{'op':'test','path':'/baz','value':'bar'}]", NULL,
      "testing value /baz failed: test failed", 422 },
    { "A.10 add a nested member object", "{'foo':'bar'}",
      "[{'op':'add','path':'/child','value':{'grandchild':{}}}]", "{'foo':'bar','child':{'grandchild':{}}}",
      NULL, 0 },
    { "A.11 ignore unrecognized elements", "{'foo':'bar'}",
      "[{'op':'add','path':'/baz','value':'qux','xyz':123}]", "{'foo':'bar','baz':'qux'}", NULL, 0 },
    { "A.12 add to a nonexistent target", "{'foo':'bar'}", "[{'op':'add','path':'/baz/bat','value':'qux'}]",
      NULL, "add operation does not apply: doc is missing path: \"/baz/bat\": missing value", 422 },
    { "A.14 escapes are undone in the right order", "{'/':9,'~1':10}",
      "[{'op':'test','path':'/~01','value':10}]", "{'/':9,'~1':10}", NULL, 0 },
    { "A.15 strings are no numbers", "{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':'10'}]", NULL,
      "testing value /~01 failed: test failed", 422 },
    { "A.16 add an array value", "{'foo':['bar']}", "[{'op':'add','path':'/foo/-','value':['abc','def']}]",
      "{'foo':['bar',['abc','def']]}", NULL, 0 },
    { "the whole document", "{'a':1}", "[{'op':'replace','path':'','value':{'b':2}}]", "{'b':2}", NULL, 0 },
    { "add at the end by number", "{'a':[1]}", "[{'op':'add','path':'/a/1','value':2}]", "{'a':[1,2]}", NULL,
      0 },
    { "add past the end", "{'a':[1]}", "[{'op':'add','path':'/a/2','value':2}]", NULL,
      "add operation does not apply: index \"2\" is not one of the list's: invalid index referenced", 422 },
    { "no zeros in front", "{'a':[1,2]}", "[{'op':'remove','path':'/a/01'}]", NULL,
      "remove operation does not apply: doc is missing path: \"/a/01\": missing value", 422 },
    { "no signs", "{'a':[1,2]}", "[{'op':'replace','path':'/a/-1','value':0}]", NULL,
      "replace operation does not apply: doc is missing path: \"/a/-1\": missing value", 422 },
    { "no huge numbers", "{'a':[1]}", "[{'op':'test','path':'/a/99999999999999999999','value':1}]", NULL,
      "testing value /a/99999999999999999999 failed: test failed", 422 },
    { "replace what is not there", "{}", "[{'op':'replace','path':'/a','value':0}]", "{'a':0}", NULL, 0 },
    { "replace below what is not there", "{}", "[{'op':'replace','path':'/a/b','value':0}]", NULL,
      "replace operation does not apply: doc is missing path: \"/a/b\": missing value", 422 },
    { "remove everything", "{}", "[{'op':'remove','path':''}]", NULL,
      "remove operation does not apply: the whole document cannot be removed", 422 },
    { "move into itself", "{'a':{'b':{}}}", "[{'op':'move','from':'/a','path':'/a/b/c'}]", NULL,
      "move operation does not apply: doc is missing path: \"/a/b/c\": missing value", 422 },
    { "move onto itself", "{'a':1}", "[{'op':'move','from':'/a','path':'/a'}]", "{'a':1}", NULL, 0 },
    { "copies are independent", "{'a':{'x':1}}",
      "[{'op':'copy','from':'/a','path':'/b'},{'op':'replace','path':'/b/x','value':2}]",
      "{'a':{'x':1},'b':{'x':2}}", NULL, 0 },
    { "test that nothing is there", "{'a':1}", "[{'op':'test','path':'/b','value':null}]", "{'a':1}", NULL,
      0 },
    { "test whole trees", "{'a':{'b':[1,{'c':2.0}]}}",
      "[{'op':'test','path':'/a','value':{'b':[1.0,{'c':2}]}}]", "{'a':{'b':[1,{'c':2.0}]}}", NULL, 0 },
    { "an empty member name", "{'':{'':1}}", "[{'op':'replace','path':'//','value':2}]", "{'':{'':2}}", NULL,
      0 },
    { "an unknown operation", "{}", "[{'op':'frob','path':'/a'}]", NULL, "Unexpected kind: frob", 400 },
    { "no operation", "{}", "[{'path':'/a'}]", NULL,
      "a JSON patch operation must be an object with \"op\" and \"path\"", 400 },
    { "no path", "{}", "[{'op':'remove'}]", NULL, "remove operation: a path must be a string, not absent",
      400 },
    { "no slash", "{}", "[{'op':'remove','path':'a'}]", NULL,
      "remove operation: invalid JSON pointer \"a\": it must begin with \"/\"", 400 },
    { "a bad escape", "{}", "[{'op':'remove','path':'/~2'}]", NULL,
      "remove operation: invalid JSON pointer: a '~' must be followed by 0 or 1", 400 },
    { "no value", "{}", "[{'op':'add','path':'/a'}]", NULL, "add operation has no value", 400 },
    { "not a list", "{}", "{'op':'add'}", NULL, "a JSON patch must be a list of operations, not object",
      400 },
};

static void test_json_patch(void **state)
{
    const struct json_patch_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *document = tree_of(arena, row->document), *got = NULL;
    cleanup_error struct error *err = json_patch_apply(arena, document, tree_of(arena, row->patch), &got);
    assert_tree_equal(arena, document, row->document);
    if (row->wanted) {
        assert_null(err);
        assert_tree_equal(arena, got, row->wanted);
        return;
    }
    assert_non_null(err);
    assert_string_equal(err->text, row->error);
    assert_int_equal(err->number, row->status);
}

/* The operations again and again, on {"a": {"b": "..."}}. */
static struct error *repeat(struct arena *arena, const char *operations, size_t times)
{
    struct value *patch = value_list(arena), *got;
    for (size_t i = 0; i < times; i++) {
        value_each (tree_of(arena, operations), operation)
            value_append(arena, patch, operation);
    }
    return json_patch_apply(arena, tree_of(arena, "{'a':{'b':'0123456789'}}"), patch, &got);
}

static void test_copies_have_a_budget(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_error struct error *wide = repeat(
        arena, "[{'op':'copy','from':'/a','path':'/a/x'},{'op':'copy','from':'/a','path':'/a/y'}]", 60);
    assert_non_null(wide);
    assert_int_equal(wide->number, 413);
    cleanup_error struct error *deep = repeat(arena, "[{'op':'copy','from':'/a','path':'/a/c'}]", 250);
    assert_non_null(deep);
    assert_int_equal(deep->number, 413);
    cleanup_error struct error *many = repeat(arena, "[{'op':'test','path':'/x','value':null}]", 10001);
    assert_non_null(many);
    assert_string_equal(many->text, "The allowed maximum operations in a JSON patch is 10000, got 10001");
    assert_int_equal(many->number, 413);
}

static void test_moves_cannot_dig(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *patch = value_list(arena), *got;
    for (size_t i = 0; i < 300; i++) {
        value_append(arena, patch, tree_of(arena, "{'op':'add','path':'/n','value':{}}"));
        value_append(arena, patch, tree_of(arena, "{'op':'move','from':'/a','path':'/n/a'}"));
        value_append(arena, patch, tree_of(arena, "{'op':'move','from':'/n','path':'/a'}"));
    }
    cleanup_error struct error *err = json_patch_apply(arena, tree_of(arena, "{'a':{}}"), patch, &got);
    assert_non_null(err);
    assert_int_equal(err->number, 413);
}

struct merge_patch_case {
    const char *name;
    const char *document;
    const char *patch;
    const char *wanted;
};

/* RFC 7386, appendix A */
static const struct merge_patch_case merge_patch_cases[] = {
    { "replace", "{'a':'b'}", "{'a':'c'}", "{'a':'c'}" },
    { "add", "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}" },
    { "remove", "{'a':'b'}", "{'a':null}", "{}" },
    { "remove one of two", "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}" },
    { "a string for a list", "{'a':['b']}", "{'a':'c'}", "{'a':'c'}" },
    { "a list for a string", "{'a':'c'}", "{'a':['b']}", "{'a':['b']}" },
    { "nested", "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}" },
    { "lists are replaced", "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}" },
    { "a list at the root", "['a','b']", "['c','d']", "['c','d']" },
    { "a list for an object", "{'a':'b'}", "['c']", "['c']" },
    { "null at the root", "{'a':'foo'}", "null", "null" },
    { "null that was there stays", "{'e':null}", "{'a':1}", "{'e':null,'a':1}" },
    { "an object for a list", "[1,2]", "{'a':'b','c':null}", "{'a':'b'}" },
    { "nulls inside of what is new", "{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}" },
    { "nothing there", NULL, "{'a':{'b':null,'c':1}}", "{'a':{'c':1}}" },
};

static void test_merge_patch(void **state)
{
    const struct merge_patch_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *document = tree_of(arena, row->document);
    struct value *got = merge_patch_apply(arena, document, tree_of(arena, row->patch));
    assert_tree_equal(arena, got, row->wanted);
    if (document)
        assert_tree_equal(arena, document, row->document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_have_a_budget),
        cmocka_unit_test(test_moves_cannot_dig),
    };
    return RUN_TABLE(json_patch_cases, test_json_patch) + RUN_TABLE(merge_patch_cases, test_merge_patch) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
