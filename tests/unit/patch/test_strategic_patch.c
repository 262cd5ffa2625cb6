/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategic merge patch. What upstream's test data says about merging lists, ordering and directives, on a
 * table of our own.
 */

#include "driver/standalone/patch/patch.h"
#include "tests/unit/patch/tables.h"
#include "tests/unit/patch/trees.h"

struct strategic_case {
    const char *name;
    const char *document;
    const char *patch;
    const char *wanted; /* NULL: an error ... */
    const char *error;  /* ... with this text */
};

static const struct strategic_case strategic_cases[] = {
    { "scalars and maps as in a merge patch", "{'spec':{'replicas':1,'nodeName':'n'}}",
      "{'metadata':{'labels':{'a':'b'}},'spec':{'replicas':2,'nodeName':null}}",
      "{'metadata':{'labels':{'a':'b'}},'spec':{'replicas':2}}", NULL },
    { "nulls do not get in", "{}", "{'spec':{'strategy':{'type':null,'fixed':'x'}}}",
      "{'spec':{'strategy':{'fixed':'x'}}}", NULL },
    { "atomic lists are replaced", "{'spec':{'tolerations':['a','b']}}", "{'spec':{'tolerations':['c']}}",
      "{'spec':{'tolerations':['c']}}", NULL },
    { "lists behind unknown members are replaced", "{'x':[{'name':'a'}]}", "{'x':[{'name':'b'}]}",
      "{'x':[{'name':'b'}]}", NULL },
    { "items merge by their key", "{'spec':{'containers':[{'name':'a','image':'1'},{'name':'b'}]}}",
      "{'spec':{'containers':[{'name':'a','image':'2'}]}}",
      "{'spec':{'containers':[{'name':'a','image':'2'},{'name':'b'}]}}", NULL },
    { "new items come behind", "{'spec':{'containers':[{'name':'a'}]}}",
      "{'spec':{'containers':[{'name':'b'}]}}", "{'spec':{'containers':[{'name':'b'},{'name':'a'}]}}", NULL },
    { "keyed lists inside of items",
      "{'spec':{'containers':[{'name':'a','ports':[{'containerPort':1,'name':'x'},{'containerPort':2}]}]}}",
      "{'spec':{'containers':[{'name':'a','ports':[{'containerPort':2,'name':'y'}]}]}}",
      "{'spec':{'containers':[{'name':'a','ports':[{'containerPort':1,'name':'x'},{'containerPort':2,'name':"
      "'y'}]}]}}",
      NULL },
    { "scalars merge as a set", "{'metadata':{'finalizers':['a','b']}}",
      "{'metadata':{'finalizers':['b','c']}}", "{'metadata':{'finalizers':['a','b','c']}}", NULL },
    { "$deleteFromPrimitiveList", "{'metadata':{'finalizers':['a','b','c']}}",
      "{'metadata':{'$deleteFromPrimitiveList/finalizers':['b','x']}}",
      "{'metadata':{'finalizers':['a','c']}}", NULL },
    { "$deleteFromPrimitiveList of nothing", "{'metadata':{}}",
      "{'metadata':{'$deleteFromPrimitiveList/finalizers':['b']}}", "{'metadata':{}}", NULL },
    { "$setElementOrder of scalars", "{'metadata':{'finalizers':['a','b']}}",
      "{'metadata':{'$setElementOrder/finalizers':['c','b','a'],'finalizers':['c']}}",
      "{'metadata':{'finalizers':['c','b','a']}}", NULL },
    { "$setElementOrder, as kubectl apply sends it",
      "{'spec':{'containers':[{'name':'c','image':'b:1'},{'name':'d'}]}}",
      "{'spec':{'$setElementOrder/"
      "containers':[{'name':'d'},{'name':'c'}],'containers':[{'image':'b:2','name':"
      "'c'}]}}",
      "{'spec':{'containers':[{'name':'d'},{'name':'c','image':'b:2'}]}}", NULL },
    { "$setElementOrder leaves others near their place",
      "{'spec':{'containers':[{'name':'1'},{'name':'x'},{'name':'2'},{'name':'3'}]}}",
      "{'spec':{'$setElementOrder/containers':[{'name':'1'},{'name':'3'},{'name':'2'}]}}",
      "{'spec':{'containers':[{'name':'1'},{'name':'x'},{'name':'3'},{'name':'2'}]}}", NULL },
    { "$setElementOrder of nothing", "{'spec':{}}", "{'spec':{'$setElementOrder/containers':[{'name':'a'}]}}",
      "{'spec':{}}", NULL },
    { "$patch delete on an item", "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}",
      "{'spec':{'$setElementOrder/containers':[{'name':'b'}],'containers':[{'$patch':'delete','name':'a'}]}}",
      "{'spec':{'containers':[{'name':'b'}]}}", NULL },
    { "$patch replace on a list", "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}",
      "{'spec':{'containers':[{'name':'c'},{'$patch':'replace'}]}}", "{'spec':{'containers':[{'name':'c'}]}}",
      NULL },
    { "$patch replace on an object", "{'spec':{'strategy':{'type':'a','fixed':'b'}}}",
      "{'spec':{'strategy':{'$patch':'replace','type':'c'}}}", "{'spec':{'strategy':{'type':'c'}}}", NULL },
    { "$patch delete on an object", "{'spec':{'strategy':{'type':'a'}}}",
      "{'spec':{'strategy':{'$patch':'delete'}}}", "{'spec':{'strategy':{}}}", NULL },
    { "$patch merge is what happens anyway", "{'spec':{'strategy':{'type':'a'}}}",
      "{'spec':{'strategy':{'$patch':'merge','fixed':'b'}}}",
      "{'spec':{'strategy':{'type':'a','fixed':'b'}}}", NULL },
    { "$retainKeys", "{'spec':{'strategy':{'type':'a','rolling':'b'}}}",
      "{'spec':{'strategy':{'$retainKeys':['type','fixed'],'fixed':'c'}}}",
      "{'spec':{'strategy':{'type':'a','fixed':'c'}}}", NULL },
    { "$retainKeys that forgets what is set", "{}",
      "{'spec':{'strategy':{'$retainKeys':['type'],'fixed':'c'}}}", NULL,
      "$retainKeys directive doesn't contain \"fixed\", which the patch sets" },
    { "directives inside of new things are obeyed", "{}",
      "{'spec':{'containers':[{'name':'a','$retainKeys':['name'],'image':null}]}}",
      "{'spec':{'containers':[{'name':'a'}]}}", NULL },
    { "an item without its key", "{}", "{'spec':{'containers':[{'image':'x'}]}}", NULL,
      "map: does not contain declared merge key: name" },
    { "a scalar among items", "{}", "{'spec':{'containers':['x']}}", NULL,
      "a list that merges by \"name\" cannot hold string" },
    { "an unknown mark", "{}", "{'spec':{'$patch':'frob'}}", NULL, "Unknown patch type found: frob" },
    { "an unknown mark on an item", "{}", "{'spec':{'containers':[{'$patch':'frob'}]}}", NULL,
      "unknown patch type: frob" },
    { "$setElementOrder that forgets an item", "{}",
      "{'spec':{'$setElementOrder/containers':[],'containers':[{'name':'a'}]}}", NULL,
      "the patch has items of containers that $setElementOrder does not name" },
    { "$setElementOrder of an atomic list", "{}", "{'spec':{'$setElementOrder/tolerations':['a']}}", NULL,
      "$setElementOrder/tolerations needs a list, for a list that merges" },
    { "no object", "{}", "[1]", NULL, "a strategic merge patch must be an object, not array" },
};

static void test_strategic(void **state)
{
    const struct strategic_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *document = tree_of(arena, row->document), *got = NULL;
    cleanup_error struct error *err =
        strategic_patch_apply(arena, &thing_schema, document, tree_of(arena, row->patch), &got);
    assert_tree_equal(arena, document, row->document);
    if (row->wanted) {
        assert_string_equal(err ? err->text : "", "");
        assert_tree_equal(arena, got, row->wanted);
        return;
    }
    assert_non_null(err);
    assert_string_equal(err->text, row->error);
    assert_int_equal(err->number, 400);
}

static void test_long_lists_are_refused(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *document = value_object(arena), *patch = value_object(arena), *got;
    struct value *list = value_child_list(arena, value_child(arena, patch, "metadata"), "finalizers");
    for (int i = 0; i <= PATCH_MAX_MERGED_ITEMS; i++)
        value_append(arena, list, value_int(arena, i));
    cleanup_error struct error *err = strategic_patch_apply(arena, &thing_schema, document, patch, &got);
    assert_non_null(err);
    assert_int_equal(err->number, 413);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_long_lists_are_refused) };
    return RUN_TABLE(strategic_cases, test_strategic) + cmocka_run_group_tests(tests, NULL, NULL);
}
