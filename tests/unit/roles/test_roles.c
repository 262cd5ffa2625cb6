/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles against the embedded API server, all on one loop. A scenario is a row of writes, as users,
 * allocators and kubelets make them, and of things to wait for. "@POD" as a name stands for the claim that
 * was made for POD.
 */

#include "api/value/json.h"
#include "driver/kube/client.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/roles/roles.h"
#include "tests/support/cmocka.h"

enum { MAX_STEPS = 14, LOOK_MS = 10, PATIENCE_MS = 10000 };

enum verb { END, CREATE, MERGE, STATUS, DELETE, WAIT, GONE };

struct step {
    enum verb verb;
    const char *plural, *namespace, *name;
    const char *body;   /* with ' for ", or the path of what is waited for */
    const char *wanted; /* the value as JSON, with ' for "; NULL: nothing is there */
};

struct scenario {
    const char *name;
    struct step steps[MAX_STEPS];
};

#define NODE                                                                                                 \
    { CREATE, "nodes", NULL, NULL, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'}}", NULL },      \
    {                                                                                                        \
        STATUS, "nodes", NULL, "n", "{'status':{'conditions':[{'type':'Ready','status':'True'}]}}", NULL     \
    }
#define POD(name, spec)                                                                                      \
    {                                                                                                        \
        CREATE, "pods", "default", NULL,                                                                     \
            "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'" name "'},'spec':{'containers':[{'name':"  \
            "'c','image':'i'}]" spec "}}",                                                                   \
            NULL                                                                                             \
    }
#define CLAIM(name)                                                                                          \
    {                                                                                                        \
        CREATE, "resourceclaims", "default", NULL,                                                           \
            "{'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim','metadata':{'name':'" name            \
            "','finalizers':['resource.kubernetes.io/delete-protection']},'spec':{'devices':{'requests':["   \
            "{'name':'r','exactly':{'deviceClassName':'c'}}]}}}",                                            \
            NULL                                                                                             \
    }
#define TEMPLATE                                                                                             \
    {                                                                                                        \
        CREATE, "resourceclaimtemplates", "default", NULL,                                                   \
            "{'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaimTemplate','metadata':{'name':'t'},"     \
            "'spec':{'metadata':{'labels':{'l':'v'}},'spec':{'devices':{'requests':[{'name':'r','exactly':"  \
            "{'deviceClassName':'c'}}]}}}}",                                                                 \
            NULL                                                                                             \
    }
#define RESULTS(more)                                                                                        \
    "'devices':{'results':[{'request':'r','driver':'d.example','pool':'p','device':'x'" more "}]}"
#define ALLOCATE(name, more)                                                                                 \
    {                                                                                                        \
        STATUS, "resourceclaims", "default", name, "{'status':{'allocation':{" RESULTS(more) "}}}", NULL     \
    }
#define USES(claim)   ",'resourceClaims':[{'name':'e','resourceClaimName':'" claim "'}]"
#define USES_TEMPLATE ",'resourceClaims':[{'name':'e','resourceClaimTemplateName':'t'}]"
#define BOUND(pod)                                                                                           \
    {                                                                                                        \
        WAIT, "pods", "default", pod, "spec.nodeName", "'n'"                                                 \
    }

static const struct scenario scenarios[] = {
    { "the first namespaces are there",
      { { WAIT, "namespaces", NULL, "kube-node-lease", "status.phase", "'Active'" } } },
    { "a pod without claims is bound", { NODE, POD("p", ""), BOUND("p") } },
    { "no node",
      { POD("p", ""),
        { WAIT, "pods", "default", "p", "status.conditions.0.message", "'0/0 nodes are available.'" } } },
    { "a gate keeps a pod back, until it is taken off",
      { NODE,
        POD("p", ",'schedulingGates':[{'name':'g'}]"),
        { WAIT, "pods", "default", "p", "status.conditions.0.reason", "'SchedulingGated'" },
        { MERGE, "pods", "default", "p", "{'spec':{'schedulingGates':null}}", NULL },
        BOUND("p") } },
    { "the node selector matters",
      { NODE,
        POD("p", ",'nodeSelector':{'disk':'ssd'}"),
        { WAIT, "pods", "default", "p", "status.conditions.0.message",
          "'0/1 nodes are available: 1 node(s) didn\\u0027t match Pod\\u0027s node affinity/selector.'" },
        { MERGE, "nodes", NULL, "n", "{'metadata':{'labels':{'disk':'ssd'}}}", NULL },
        BOUND("p") } },
    { "a claim is waited for, reserved, and freed with its last pod",
      { NODE,
        CLAIM("k"),
        POD("p", USES("k")),
        { WAIT, "pods", "default", "p", "status.conditions.0.message",
          "'waiting for resourceclaim \\\"k\\\" to be allocated'" },
        ALLOCATE("k", ""),
        BOUND("p"),
        { WAIT, "resourceclaims", "default", "k", "status.reservedFor.0.name", "'p'" },
        { STATUS, "pods", "default", "p", "{'status':{'phase':'Succeeded'}}", NULL },
        { WAIT, "resourceclaims", "default", "k", "status.allocation", NULL },
        { WAIT, "resourceclaims", "default", "k", "metadata.finalizers", NULL } } },
    { "an allocation that nobody used stays",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ""),
        POD("p", USES("k")),
        BOUND("p"),
        { WAIT, "resourceclaims", "default", "k", "status.allocation.devices.results.0.device", "'x'" } } },
    { "a claim from a template, with its owner, and gone with its pod",
      { TEMPLATE,
        POD("p", USES_TEMPLATE),
        { WAIT, "pods", "default", "p", "status.resourceClaimStatuses.0.name", "'e'" },
        { WAIT, "resourceclaims", "default", "@p", "metadata.labels", "{'l':'v'}" },
        { WAIT, "resourceclaims", "default", "@p", "metadata.ownerReferences.0.name", "'p'" },
        { WAIT, "resourceclaims", "default", "@p", "metadata.annotations",
          "{'resource.kubernetes.io/pod-claim-name':'e'}" },
        { DELETE, "pods", "default", "p", NULL, NULL },
        { GONE, "resourceclaims", "default", "@p", NULL, NULL } } },
    { "a template that comes after its pod",
      { POD("p", USES_TEMPLATE),
        { WAIT, "events", "default", "*", "reason", "'FailedResourceClaimCreation'" },
        TEMPLATE,
        { WAIT, "pods", "default", "p", "status.resourceClaimStatuses.0.name", "'e'" } } },
    { "binding conditions are waited for",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ",'bindingConditions':['Warm'],'bindingFailureConditions':['Broken']"),
        POD("p", USES("k")),
        { WAIT, "events", "default", "*", "reason", "'BindingConditionsPending'" },
        { WAIT, "pods", "default", "p", "spec.nodeName", NULL },
        { STATUS, "resourceclaims", "default", "k",
          "{'status':{'devices':[{'driver':'d.example','pool':'p','device':'x','conditions':[{'type':'Warm',"
          "'status':'True','reason':'Ready','message':'','lastTransitionTime':'2026-07-01T12:00:00Z'}]}]}}",
          NULL },
        BOUND("p") } },
    { "an allocation whose devices failed is given back",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ",'bindingConditions':['Warm'],'bindingFailureConditions':['Broken']"),
        POD("p", USES("k")),
        { WAIT, "resourceclaims", "default", "k", "status.reservedFor.0.name", "'p'" },
        { STATUS, "resourceclaims", "default", "k",
          "{'status':{'devices':[{'driver':'d.example','pool':'p','device':'x','conditions':[{'type':'Broken'"
          ","
          "'status':'True','reason':'Ready','message':'','lastTransitionTime':'2026-07-01T12:00:00Z'}]}]}}",
          NULL },
        { WAIT, "resourceclaims", "default", "k", "status.allocation", NULL } } },
    { "a rule evicts the pod from its device",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ""),
        POD("p", USES("k") ",'terminationGracePeriodSeconds':0"),
        BOUND("p"),
        { WAIT, "resourceclaims", "default", "k", "status.reservedFor.0.name", "'p'" },
        { CREATE, "devicetaintrules", NULL, NULL,
          "{'apiVersion':'resource.k8s.io/v1','kind':'DeviceTaintRule','metadata':{'name':'r'},'spec':"
          "{'deviceSelector':{'driver':'d.example'},'taint':{'key':'a.b/k','effect':'NoExecute'}}}",
          NULL },
        { GONE, "pods", "default", "p", NULL, NULL },
        { WAIT, "resourceclaims", "default", "k", "status.allocation", NULL },
        { WAIT, "devicetaintrules", NULL, "r", "status.conditions.0.reason", "'Completed'" } } },
    { "a slice's taint evicts, too",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ""),
        POD("p", USES("k") ",'terminationGracePeriodSeconds':0"),
        BOUND("p"),
        { CREATE, "resourceslices", NULL, NULL,
          "{'apiVersion':'resource.k8s.io/"
          "v1','kind':'ResourceSlice','metadata':{'name':'s'},'spec':{'driver':"
          "'d.example','nodeName':'n','pool':{'name':'p','generation':1,'resourceSliceCount':1},'devices':["
          "{'name':'x','taints':[{'key':'a.b/k','effect':'NoExecute'}]}]}}",
          NULL },
        { GONE, "pods", "default", "p", NULL, NULL } } },
    { "a rule that only keeps new pods away",
      { { CREATE, "devicetaintrules", NULL, NULL,
          "{'apiVersion':'resource.k8s.io/v1','kind':'DeviceTaintRule','metadata':{'name':'r'},'spec':"
          "{'deviceSelector':{},'taint':{'key':'a.b/k','effect':'NoSchedule'}}}",
          NULL },
        { WAIT, "devicetaintrules", NULL, "r", "status.conditions.0.reason", "'OtherEffect'" } } },
    { "a namespace is emptied before it goes",
      { { CREATE, "namespaces", NULL, NULL, "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'ns'}}",
          NULL },
        { CREATE, "resourceclaims", "ns", NULL,
          "{'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim','metadata':{'name':'k','finalizers':"
          "['resource.kubernetes.io/"
          "delete-protection']},'spec':{'devices':{'requests':[{'name':'r','exactly':"
          "{'deviceClassName':'c'}}]}}}",
          NULL },
        { DELETE, "namespaces", NULL, "ns", NULL, NULL },
        { GONE, "resourceclaims", "ns", "k", NULL, NULL },
        { GONE, "namespaces", NULL, "ns", NULL, NULL } } },
    { "what an owner that never was left behind is collected",
      { { CREATE, "resourceclaimtemplates", "default", NULL,
          "{'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaimTemplate','metadata':{'name':'t',"
          "'ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'x','uid':'00000000-0000-4000-8000-"
          "000000000000'}]},'spec':{'spec':{'devices':{'requests':[{'name':'r','exactly':{'deviceClassName':"
          "'c'}}]}}}}",
          NULL },
        { GONE, "resourceclaimtemplates", "default", "t", NULL, NULL } } },
    { "the pods of a node that has gone go, too",
      { { CREATE, "pods", "default", NULL,
          "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{'nodeName':'lost','containers':["
          "{'name':'c','image':'i'}]}}",
          NULL },
        { GONE, "pods", "default", "p", NULL, NULL } } },
    { "a pod that came with its node gets its reservation",
      { NODE,
        CLAIM("k"),
        ALLOCATE("k", ""),
        POD("p", ",'nodeName':'n'" USES("k")),
        { WAIT, "resourceclaims", "default", "k", "status.reservedFor.0.name", "'p'" } } },
};

struct play {
    struct loop *loop;
    struct arena *arena;
    struct rest_server *rest;
    struct kube_client *client;
    struct roles *roles;
    const struct step *step;
    struct kube_call call;
    struct kube_resource resource;
    struct timer look;
    uint64_t since;
    char trouble[512];
};

static void play_next(struct play *play);

static const char *with_quotes(struct arena *arena, const char *text)
{
    char *json = arena_strdup(arena, text);
    for (char *c = json; c && *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return json;
}

static struct value *tree_of(struct arena *arena, const char *text)
{
    struct value *tree = NULL;
    struct error *err = json_parse(arena, span_of(with_quotes(arena, text)), 0, &tree);
    if (err)
        fail_msg("%s: %s", err->text, text);
    return tree;
}

static const struct resource *served(const struct play *play, const char *plural)
{
    static const char *const groups[] = { "", "resource.k8s.io", "coordination.k8s.io" };
    const struct resource *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(groups) && !found; i++)
        found = resource_named(rest_resources(play->rest), groups[i], plural);
    assert_non_null(found);
    return found;
}

/* What the store has, seen from the inside; NULL if there is no such object. */
static const struct value *stored(const struct play *play, const char *plural, const char *namespace,
                                  const char *name)
{
    struct object *object =
        collection_find(served(play, plural)->collection, span_of(namespace ? namespace : ""), span_of(name));
    return object ? object->tree : NULL;
}

/* "a.b.0.c" */
static const struct value *follow(const struct value *tree, const char *path)
{
    for (struct span rest = span_of(path); rest.data && tree;) {
        struct span name = span_split(rest, '.', &rest);
        tree = value_is(tree, VALUE_LIST) ? value_at(tree, (size_t)atoi(name.data)) : value_find(tree, name);
    }
    return tree;
}

/* The name of the step's object; "@p" is the claim of pod p, as its status said when it was last there. */
static const char *name_of(struct play *play, const struct step *step)
{
    static char remembered[256];
    if (step->name[0] != '@')
        return step->name;
    const struct value *pod = stored(play, "pods", step->namespace, step->name + 1);
    const char *name = value_string(follow(pod, "status.resourceClaimStatuses.0.resourceClaimName"));
    if (name)
        snprintf(remembered, sizeof(remembered), "%s", name);
    return remembered;
}

/* Whether any object of the kind has, or had, the value. */
static bool was_reached_by_any(struct play *play, const struct step *step)
{
    const struct collection *collection = served(play, step->plural)->collection;
    const struct store *store = rest_store(play->rest);
    for (int64_t version = store_oldest_version(store); version <= store_version(store); version++) {
        const struct store_event *event = store_event(store, version);
        const struct value *found = event && event->after && event->collection == collection
                                        ? follow(event->after->tree, step->body)
                                        : NULL;
        if (found && value_equal(found, tree_of(play->arena, step->wanted)))
            return true;
    }
    return false;
}

static bool is_reached(struct play *play)
{
    const struct step *step = play->step;
    if (strcmp(step->name, "*") == 0)
        return was_reached_by_any(play, step);
    const struct value *object = stored(play, step->plural, step->namespace, name_of(play, step));
    if (step->verb == GONE)
        return !object;
    const struct value *found = follow(object, step->body);
    if (!step->wanted)
        return object && !found;
    return found && value_equal(found, tree_of(play->arena, step->wanted));
}

static void finish(struct play *play)
{
    timer_stop(&play->look);
    loop_stop(play->loop, 5000);
}

static void on_look(struct timer *timer)
{
    struct play *play = container_of(timer, struct play, look);
    if (is_reached(play)) {
        play->step++;
        play_next(play);
    } else if (loop_now(play->loop) - play->since > PATIENCE_MS) {
        cleanup_buf struct buf text = BUF_INIT(1 << 20);
        const struct value *object =
            stored(play, play->step->plural, play->step->namespace, name_of(play, play->step));
        if (object)
            json_write(&text, object);
        snprintf(play->trouble, sizeof(play->trouble), "%s %s: waited for %s = %s; there is %s",
                 play->step->plural, play->step->name, play->step->body ? play->step->body : "its end",
                 play->step->wanted ? play->step->wanted : "nothing", buf_text(&text));
        finish(play);
    } else {
        timer_start(&play->look, play->loop, LOOK_MS, on_look);
    }
}

static void on_written(struct kube_call *call, struct value *object, struct error *err)
{
    struct play *play = container_of(call, struct play, call);
    (void)object;
    if (err && err->kind == ERROR_CONFLICT && play->step->verb != CREATE) {
        error_free(take(err));
        play_next(play);
        return;
    }
    if (err) {
        snprintf(play->trouble, sizeof(play->trouble), "%s", err->text);
        error_free(err);
        finish(play);
        return;
    }
    play->step++;
    play_next(play);
}

static void play_write(struct play *play)
{
    const struct step *step = play->step;
    const struct resource *resource = served(play, step->plural);
    play->resource = (struct kube_resource){ .group = resource->kind->group,
                                             .version = resource->kind->versions[0].name,
                                             .plural = step->plural,
                                             .kind = resource->kind->kind,
                                             .namespaced = resource->kind->namespaced };
    struct kube_call_spec spec = {
        .verb = step->verb == CREATE   ? KUBE_CREATE
                : step->verb == DELETE ? KUBE_DELETE
                                       : KUBE_PATCH_MERGE,
        .resource = &play->resource,
        .namespace = step->namespace,
        .name = step->name ? name_of(play, step) : NULL,
        .subresource = step->verb == STATUS ? "status" : NULL,
        .body = step->body ? tree_of(play->arena, step->body) : NULL,
        .done = on_written,
    };
    struct error *err = kube_call_start(play->client, &spec, &play->call);
    if (err)
        fail_msg("%s", err->text);
}

static void play_next(struct play *play)
{
    play->since = loop_now(play->loop);
    if (play->step->verb == END)
        finish(play);
    else if (play->step->verb == WAIT || play->step->verb == GONE)
        timer_start(&play->look, play->loop, 0, on_look);
    else
        play_write(play);
}

/* --- the stage --- */

struct stage {
    struct play play;
    struct stop_hook stop;
};

static void on_rest_stopped(void *context)
{
    struct stage *stage = context;
    stop_hook_finished(&stage->stop);
}

static void on_roles_stopped(void *context)
{
    struct stage *stage = context;
    kube_client_stop(stage->play.client);
    rest_stop(stage->play.rest, 1000, on_rest_stopped, stage);
}

static void on_stop(struct stop_hook *hook)
{
    struct stage *stage = container_of(hook, struct stage, stop);
    roles_stop(stage->play.roles, on_roles_stopped, stage);
}

static void must_work(struct error *err)
{
    if (err)
        fail_msg("%s", err->text);
}

static void test_scenario(void **state)
{
    const struct scenario *row = *state;
    struct stage stage = { .play = { .step = row->steps, .arena = arena_new() } };
    struct play *play = &stage.play;
    must_work(loop_new(&play->loop));
    must_work(rest_start(play->loop, &(struct rest_options){ .address = "127.0.0.1", .kube_version = "1.37" },
                         &play->rest));
    struct kube_config config = {
        .server = arena_printf(play->arena, "http://127.0.0.1:%u", rest_port(play->rest)),
        .namespace = "default",
    };
    must_work(kube_client_new(play->loop, &config, "test", &play->client));
    must_work(roles_start(play->client, &play->roles));
    loop_on_stop(play->loop, &stage.stop, on_stop);
    play_next(play);
    assert_true(loop_run(play->loop));
    loop_free(play->loop);
    arena_free(play->arena);
    assert_string_equal(play->trouble, "");
}

int main(void)
{
    return RUN_TABLE(scenarios, test_scenario);
}
