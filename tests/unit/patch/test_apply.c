/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply as a script: each row is a row of writes to one object, with the object (and optionally
 * its owners) that must come out, or the conflict.
 */

#include "driver/standalone/patch/apply.h"
#include "tests/unit/patch/tables.h"
#include "tests/unit/patch/trees.h"

enum { MAX_WRITES = 6 };

enum verb { END, APPLY, FORCE, UPDATE, UPDATE_STATUS, APPLY_STATUS };

struct write_step {
    enum verb verb;
    const char *manager;
    const char *object;
    const char *error; /* of an apply that is refused: the object stays */
};

struct apply_case {
    const char *name;
    struct write_step steps[MAX_WRITES];
    const char *wanted; /* without managedFields */
    const char *owners; /* {"manager": fields}, or NULL */
};

static const struct apply_case apply_cases[] = {
    { "the first apply creates, and owns leaves",
      { { APPLY, "a", "{'metadata':{'name':'x','labels':{'l':'1'}},'spec':{'replicas':1}}", NULL } },
      "{'metadata':{'name':'x','labels':{'l':'1'}},'spec':{'replicas':1}}",
      "{'a':{'f:metadata':{'f:labels':{'f:l':{}}},'f:spec':{'f:replicas':{}}}}" },
    { "what is applied no longer goes",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { APPLY, "a", "{'spec':{'replicas':1}}", NULL } },
      "{'spec':{'replicas':1}}",
      "{'a':{'f:spec':{'f:replicas':{}}}}" },
    { "the last field takes its object along",
      { { APPLY, "a", "{'metadata':{'name':'x'},'spec':{'nodeName':'n'}}", NULL },
        { APPLY, "a", "{'metadata':{'name':'x'}}", NULL } },
      "{'metadata':{'name':'x'}}",
      "{}" },
    { "what somebody else owns too stays",
      { { APPLY, "a", "{'spec':{'replicas':1}}", NULL },
        { APPLY, "b", "{'spec':{'replicas':1}}", NULL },
        { APPLY, "a", "{'spec':{}}", NULL } },
      "{'spec':{'replicas':1}}",
      "{'b':{'f:spec':{'f:replicas':{}}},'a':{'f:spec':{}}}" },
    { "another value is a conflict",
      { { APPLY, "a", "{'spec':{'replicas':1}}", NULL },
        { APPLY, "b", "{'spec':{'replicas':2}}",
          "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas" } },
      "{'spec':{'replicas':1}}",
      "{'a':{'f:spec':{'f:replicas':{}}}}" },
    { "a conflict with an update names its version",
      { { UPDATE, "kubectl-client-side-apply", "{'spec':{'replicas':1}}", NULL },
        { APPLY, "b", "{'spec':{'replicas':2}}",
          "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using v1: "
          ".spec.replicas" } },
      "{'spec':{'replicas':1}}",
      NULL },
    { "a conflict with a subresource names it",
      { { UPDATE, "u", "{'spec':{'replicas':1}}", NULL },
        { UPDATE_STATUS, "kubelet", "{'spec':{'replicas':1},'status':{'phase':'Running'}}", NULL },
        { APPLY_STATUS, "b", "{'status':{'phase':'Failed'}}",
          "Apply failed with 1 conflict: conflict with \"kubelet\" with subresource \"status\" using v1: "
          ".status.phase" } },
      "{'spec':{'replicas':1},'status':{'phase':'Running'}}",
      NULL },
    { "several conflicts are grouped by manager",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { APPLY, "c", "{'metadata':{'labels':{'l':'1'}}}", NULL },
        { APPLY, "b", "{'metadata':{'labels':{'l':'2'}},'spec':{'replicas':2,'nodeName':'m'}}",
          "Apply failed with 3 conflicts: conflicts with \"a\":\n- .spec.nodeName\n- .spec.replicas\n"
          "conflicts with \"c\":\n- .metadata.labels.l" } },
      "{'metadata':{'labels':{'l':'1'}},'spec':{'replicas':1,'nodeName':'n'}}",
      NULL },
    { "force makes it change hands",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { FORCE, "b", "{'spec':{'replicas':2}}", NULL } },
      "{'spec':{'replicas':2,'nodeName':'n'}}",
      "{'a':{'f:spec':{'f:nodeName':{}}},'b':{'f:spec':{'f:replicas':{}}}}" },
    { "an update takes what it changes",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { UPDATE, "u", "{'spec':{'replicas':2,'nodeName':'n'}}", NULL } },
      "{'spec':{'replicas':2,'nodeName':'n'}}",
      "{'a':{'f:spec':{'f:nodeName':{}}},'u':{'f:spec':{'f:replicas':{}}}}" },
    { "what an update took stays when the applier lets go",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { UPDATE, "u", "{'spec':{'replicas':2,'nodeName':'n'}}", NULL },
        { APPLY, "a", "{'spec':{'nodeName':'n'}}", NULL } },
      "{'spec':{'replicas':2,'nodeName':'n'}}",
      "{'a':{'f:spec':{'f:nodeName':{}}},'u':{'f:spec':{'f:replicas':{}}}}" },
    { "what an update removes is nobody's",
      { { APPLY, "a", "{'spec':{'replicas':1,'nodeName':'n'}}", NULL },
        { UPDATE, "u", "{'spec':{'nodeName':'n'}}", NULL } },
      "{'spec':{'nodeName':'n'}}",
      "{'a':{'f:spec':{'f:nodeName':{}}}}" },
    { "items have owners of their own",
      { { APPLY, "a", "{'spec':{'containers':[{'name':'x','image':'1'}]}}", NULL },
        { APPLY, "b", "{'spec':{'containers':[{'name':'y','image':'2'}]}}", NULL } },
      "{'spec':{'containers':[{'name':'x','image':'1'},{'name':'y','image':'2'}]}}",
      "{'a':{'f:spec':{'f:containers':{'k:{\\'name\\':\\'x\\'}':{'.':{},'f:image':{},'f:name':{}}}}},"
      "'b':{'f:spec':{'f:containers':{'k:{\\'name\\':\\'y\\'}':{'.':{},'f:image':{},'f:name':{}}}}}}" },
    { "an item goes with its last owner",
      { { APPLY, "a", "{'spec':{'containers':[{'name':'x'},{'name':'y'}]}}", NULL },
        { APPLY, "b", "{'spec':{'containers':[{'name':'y'}]}}", NULL },
        { APPLY, "a", "{'spec':{'containers':[{'name':'z'}]}}", NULL } },
      "{'spec':{'containers':[{'name':'y'},{'name':'z'}]}}",
      NULL },
    { "the configuration's order of items wins",
      { { APPLY, "a", "{'spec':{'containers':[{'name':'1'},{'name':'2'},{'name':'3'}]}}", NULL },
        { APPLY, "b", "{'spec':{'containers':[{'name':'3'},{'name':'1'}]}}", NULL } },
      "{'spec':{'containers':[{'name':'2'},{'name':'3'},{'name':'1'}]}}",
      NULL },
    { "a key with a default may be left out",
      { { APPLY, "a", "{'spec':{'containers':[{'name':'x','ports':[{'containerPort':1,'protocol':'TCP'}]}]}}",
          NULL },
        { APPLY, "b", "{'spec':{'containers':[{'name':'x','ports':[{'containerPort':1,'name':'p'}]}]}}",
          NULL } },
      "{'spec':{'containers':[{'name':'x','ports':[{'containerPort':1,'protocol':'TCP','name':'p'}]}]}}",
      NULL },
    { "a key without a default may be left out too",
      { { APPLY_STATUS, "a", "{'status':{'devices':[{'driver':'d','device':'g'}]}}", NULL },
        { APPLY_STATUS, "b", "{'status':{'devices':[{'driver':'d','device':'g','shareID':'s'}]}}", NULL } },
      "{'status':{'devices':[{'driver':'d','device':'g'},{'driver':'d','device':'g','shareID':'s'}]}}",
      NULL },
    { "sets merge by value",
      { { APPLY, "a", "{'metadata':{'finalizers':['x']}}", NULL },
        { APPLY, "b", "{'metadata':{'finalizers':['y']}}", NULL },
        { APPLY, "a", "{'metadata':{'finalizers':[]}}", NULL } },
      "{'metadata':{'finalizers':['y']}}",
      NULL },
    { "atomic lists are one field",
      { { APPLY, "a", "{'spec':{'tolerations':['x']}}", NULL },
        { APPLY, "b", "{'spec':{'tolerations':['y']}}",
          "Apply failed with 1 conflict: conflict with \"a\": .spec.tolerations" },
        { APPLY, "b", "{'spec':{'tolerations':['x']}}", NULL } },
      "{'spec':{'tolerations':['x']}}",
      "{'a':{'f:spec':{'f:tolerations':{}}},'b':{'f:spec':{'f:tolerations':{}}}}" },
    { "atomic objects and maps are one field",
      { { APPLY, "a", "{'spec':{'selector':{'matchLabels':{'x':'1'}},'nodeSelector':{'a':'b'}}}", NULL },
        { FORCE, "b", "{'spec':{'nodeSelector':{'c':'d'}}}", NULL } },
      "{'spec':{'selector':{'matchLabels':{'x':'1'}},'nodeSelector':{'c':'d'}}}",
      "{'a':{'f:spec':{'f:selector':{}}},'b':{'f:spec':{'f:nodeSelector':{}}}}" },
    { "raw objects are one field",
      { { APPLY, "a", "{'spec':{'parameters':{'x':1,'l':[1]}}}", NULL },
        { APPLY, "b", "{'spec':{'parameters':{'x':1}}}",
          "Apply failed with 1 conflict: conflict with \"a\": .spec.parameters" } },
      "{'spec':{'parameters':{'x':1,'l':[1]}}}",
      "{'a':{'f:spec':{'f:parameters':{}}}}" },
    { "an object from before tracking",
      { { UPDATE, NULL, "{'spec':{'replicas':1}}", NULL },
        { APPLY, "a", "{'spec':{'replicas':2}}",
          "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .spec.replicas" },
        { APPLY, "a", "{'spec':{'nodeName':'n'}}", NULL } },
      "{'spec':{'replicas':1,'nodeName':'n'}}",
      "{'before-first-apply':{'f:spec':{'f:replicas':{}}},'a':{'f:spec':{'f:nodeName':{}}}}" },
    { "from client-side to server-side apply",
      { { UPDATE, "kubectl-client-side-apply",
          "{'metadata':{'annotations':{'kubectl.kubernetes.io/last-applied-configuration':"
          "'{\\'spec\\':{\\'replicas\\':1}}'}},'spec':{'replicas':1,'nodeName':'n'}}",
          NULL },
        { APPLY, "kubectl", "{'spec':{'replicas':2,'nodeName':'m'}}",
          "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using v1: "
          ".spec.nodeName" },
        { APPLY, "kubectl", "{'spec':{'replicas':2}}", NULL } },
      "{'metadata':{'annotations':{'kubectl.kubernetes.io/last-applied-configuration':"
      "'{\\'spec\\':{\\'replicas\\':2}}\\n'}},'spec':{'replicas':2,'nodeName':'n'}}",
      NULL },
    { "the status endpoint owns nothing of the spec",
      { { UPDATE, "u", "{'spec':{'replicas':1}}", NULL },
        { APPLY_STATUS, "a", "{'spec':{'replicas':7},'status':{'phase':'x'}}", NULL } },
      "{'spec':{'replicas':1},'status':{'phase':'x'}}",
      "{'u':{'f:spec':{'f:replicas':{}}},'a':{'f:status':{'f:phase':{}}}}" },
    { "the main endpoint owns nothing of the status",
      { { APPLY, "a", "{'spec':{'replicas':1},'status':{'phase':'x'}}", NULL } },
      "{'spec':{'replicas':1}}",
      "{'a':{'f:spec':{'f:replicas':{}}}}" },
    { "an update by many hands",
      { { UPDATE, "u",
          "{'metadata':{'labels':{'a':'1'},'finalizers':['f']},'spec':{'containers':[{'name':"
          "'x'}]}}",
          NULL },
        { UPDATE_STATUS, "k",
          "{'metadata':{'labels':{'a':'1'},'finalizers':['f']},'spec':{'containers':[{'name':'x'}]},"
          "'status':{'conditions':[{'type':'Ready','status':'True'}]}}",
          NULL } },
      "{'metadata':{'labels':{'a':'1'},'finalizers':['f']},'spec':{'containers':[{'name':'x'}]},"
      "'status':{'conditions':[{'type':'Ready','status':'True'}]}}",
      "{'u':{'f:metadata':{'f:labels':{'.':{},'f:a':{}},'f:finalizers':{'.':{},'v:\\'f\\'':{}}},"
      "'f:spec':{'f:containers':{'k:{\\'name\\':\\'x\\'}':{'.':{},'f:name':{}}}}},"
      "'k':{'f:status':{'f:conditions':{'.':{},'k:{\\'type\\':\\'Ready\\'}':{'.':{},'f:status':{},"
      "'f:type':{}}}}}}" },
    { "a reset forgets the owners",
      { { APPLY, "a", "{'spec':{'replicas':1}}", NULL },
        { UPDATE, "u", "{'metadata':{'managedFields':[{}]},'spec':{'replicas':1}}", NULL } },
      "{'metadata':{},'spec':{'replicas':1}}",
      "{}" },
    { "malformed owners do not get in",
      { { APPLY, "a", "{'spec':{'replicas':1}}", NULL },
        { UPDATE, "u",
          "{'metadata':{'managedFields':[{'manager':'x','operation':'Steal'}]},'spec':"
          "{'replicas':1}}",
          NULL } },
      "{'metadata':{},'spec':{'replicas':1}}",
      "{'a':{'f:spec':{'f:replicas':{}}}}" },
    { "unknown fields are refused",
      { { APPLY, "a", "{'kind':'Thing','metadata':{'namespace':'ns','name':'x'},'spec':{'bogus':1}}",
          "failed to create typed patch object (ns/x; v1, Kind=Thing): .spec.bogus: field not declared in "
          "schema" } },
      NULL,
      NULL },
    { "items given twice are refused",
      { { APPLY, "a", "{'spec':{'containers':[{'name':'x'},{'name':'x'}]}}",
          "failed to create typed patch object (/; v1, Kind=): .spec.containers: duplicate entries for key "
          "[name=\"x\"]" } },
      NULL,
      NULL },
    { "items without keys are refused",
      { { APPLY, "a", "{'spec':{'containers':[{'image':'x'}]}}",
          "failed to create typed patch object (/; v1, Kind=): .spec.containers: associative list with keys "
          "has an element that omits all key fields" } },
      NULL,
      NULL },
    { "managedFields cannot be applied",
      { { APPLY, "a", "{'metadata':{'managedFields':[{}]}}", "metadata.managedFields must be nil" } },
      NULL,
      NULL },
};

static struct field_writer writer_of(const struct write_step *step, int second)
{
    static const char *const main_resets[] = { "status", NULL };
    static const char *const status_resets[] = { "spec", NULL };
    static char times[MAX_WRITES][24];
    bool status = step->verb == UPDATE_STATUS || step->verb == APPLY_STATUS;
    snprintf(times[second], sizeof(times[second]), "2026-07-01T12:00:0%dZ", second);
    return (struct field_writer){ .schema = &thing_schema,
                                  .manager = step->manager,
                                  .api_version = "v1",
                                  .subresource = status ? "status" : NULL,
                                  .time = times[second],
                                  .reset_fields = status ? status_resets : main_resets };
}

/* One write: the object afterwards. */
static struct value *write_one(struct arena *arena, const struct write_step *step, int second,
                               struct value *live)
{
    struct field_writer writer = writer_of(step, second);
    struct value *object = tree_of(arena, step->object), *out = NULL;
    if (!step->manager)
        return object;
    if (step->verb == UPDATE || step->verb == UPDATE_STATUS) {
        apply_track_update(arena, &writer, live, object);
        return object;
    }
    struct apply_conflicts conflicts = { 0 };
    cleanup_error struct error *err =
        apply_configuration(arena, &writer, live, object, step->verb == FORCE, &out, &conflicts);
    if (!step->error) {
        assert_string_equal(err ? err->text : "", "");
        return out;
    }
    assert_non_null(err);
    assert_string_equal(err->text, step->error);
    assert_int_equal(err->number, conflicts.length ? 409 : 400);
    return live;
}

static struct value *owners_of(struct arena *arena, const struct value *object)
{
    struct value *owners = value_object(arena);
    value_each (value_path(object, "metadata.managedFields"), entry)
        value_set(arena, owners, value_string(value_get(entry, "manager")), value_get(entry, "fieldsV1"));
    return owners;
}

static void test_apply(void **state)
{
    const struct apply_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *live = NULL;
    for (int i = 0; i < MAX_WRITES && row->steps[i].verb != END; i++)
        live = write_one(arena, &row->steps[i], i, live);
    if (!row->wanted) {
        assert_null(live);
        return;
    }
    if (row->owners)
        assert_tree_equal(arena, owners_of(arena, live), row->owners);
    struct value *bare = value_copy(arena, live), *metadata = value_get(bare, "metadata");
    value_delete(metadata, "managedFields");
    if (value_length(metadata) == 0 && !strstr(row->wanted, "'metadata':{}"))
        value_delete(bare, "metadata");
    assert_tree_equal(arena, bare, row->wanted);
}

static void test_entries_look_like_kubernetes(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct write_step steps[] = { { UPDATE, "u", "{'spec':{'replicas':1}}", NULL },
                                  { UPDATE_STATUS, "k", "{'spec':{'replicas':1},'status':{'phase':'x'}}",
                                    NULL },
                                  { APPLY, "a", "{'spec':{'nodeName':'n'}}", NULL } };
    struct value *live = NULL;
    for (int i = 0; i < 3; i++)
        live = write_one(arena, &steps[i], i, live);
    assert_tree_equal(
        arena, value_path(live, "metadata.managedFields"),
        "[{'manager':'a','operation':'Apply','apiVersion':'v1','time':'2026-07-01T12:00:02Z',"
        "'fieldsType':'FieldsV1','fieldsV1':{'f:spec':{'f:nodeName':{}}}},"
        "{'manager':'u','operation':'Update','apiVersion':'v1','time':'2026-07-01T12:00:00Z',"
        "'fieldsType':'FieldsV1','fieldsV1':{'f:spec':{'f:replicas':{}}}},"
        "{'manager':'k','operation':'Update','apiVersion':'v1','time':'2026-07-01T12:00:01Z',"
        "'fieldsType':'FieldsV1','fieldsV1':{'f:status':{'f:phase':{}}},'subresource':'status'}]");
}

static void test_nothing_new_changes_nothing(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct write_step step = { APPLY, "a", "{'metadata':{'name':'x'},'spec':{'replicas':1}}", NULL };
    struct value *first = write_one(arena, &step, 0, NULL);
    struct value *second = write_one(arena, &step, 1, first);
    assert_true(value_equal(first, second));
}

static void test_many_updaters_are_lumped(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *live = NULL;
    for (int i = 0; i < 20; i++) {
        char manager[16], object[96];
        snprintf(manager, sizeof(manager), "u%02d", i);
        snprintf(object, sizeof(object),
                 "{\"spec\":{\"replicas\":1},\"metadata\":{\"labels\":{\"l%d\":\"1\"}}}", i);
        struct value *next = live ? value_copy(arena, live) : tree_of(arena, object);
        value_set_text(arena, value_path(next, "metadata.labels"), arena_printf(arena, "l%d", i), "1");
        struct write_step step = { UPDATE, manager, object, NULL };
        struct field_writer writer = writer_of(&step, i % MAX_WRITES);
        apply_track_update(arena, &writer, live, next);
        live = next;
    }
    struct value *entries = value_path(live, "metadata.managedFields");
    assert_int_equal(value_length(entries), 10);
    assert_true(value_length(value_path(owners_of(arena, live), "ancient-changes.f:metadata.f:labels")) >=
                10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_look_like_kubernetes),
        cmocka_unit_test(test_nothing_new_changes_nothing),
        cmocka_unit_test(test_many_updaters_are_lumped),
    };
    return RUN_TABLE(apply_cases, test_apply) + cmocka_run_group_tests(tests, NULL, NULL);
}
