/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocator's behaviour as rows of text: each file of this folder is a topic, each row a cluster, claims,
 * and what they get. Rows go through `simulate --batch`, so its form is tested with them.
 *
 *     objects: [...]                    # in every row of the file
 *     rows:
 *       - name: a device in use is left alone
 *         objects:
 *           - {slice: s, node: n1, devices: [{name: a}, {name: b}]}
 *           - {class: gpu, selectors: ['device.driver == "gpu.example.com"'], config: [...]}
 *           - {claim: held, holds: [a]}
 *           - {claim: c, requests: [{name: r, exactly: {deviceClassName: gpu}}]}
 *         want: [[r=b]]                 # for each claim what each request got; or none; or {error, scope}
 *         match: [{nodeSelector: ...}]  # for each claim, what its allocation must contain
 *
 * `features` and `kubeVersion` are those of the batch form. `placement` is that of an AllocationPolicy. With
 * `anywhere: true` the claims may go to any node, and `on` is the one that is wanted.
 *
 * Short forms are spelled out below; everything else is an API object as it is. Devices outside of
 * gpu.example.com/pool are written DRIVER/POOL/DEVICE.
 */

#include "api/base/file.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "controller/kubectl/batch.h"
#include "tests/support/cmocka.h"

#include <dirent.h>

#define DEFAULT_DRIVER "gpu.example.com"
#define DEFAULT_POOL   "pool"
#define DEFAULT_NODE   "n1"

struct row {
    const char *name; /* first, for cmocka */
    const struct value *tree;
    const struct value *shared; /* the file's objects */
};

static struct arena *arena;
static VEC(struct row) rows;

/* Short forms into objects */

static struct value *object_new(const char *version, const char *kind, const char *name)
{
    struct value *object = value_object(arena);
    value_set_text(arena, object, "apiVersion", version);
    value_set_text(arena, object, "kind", kind);
    value_set_text(arena, value_child(arena, object, "metadata"), "name", name);
    return object;
}

static void take_over(struct value *into, const struct value *from, const char *const *names)
{
    for (; *names; names++)
        value_set(arena, into, *names, value_get(from, *names));
}

/* node: n1 | all: true | selector: {...} | perDevice: true | nowhere: true */
static void slice_set_target(struct value *spec, const struct value *form)
{
    const char *node = value_path_string(form, "node");
    if (value_get(form, "selector"))
        value_set(arena, spec, "nodeSelector", value_get(form, "selector"));
    else if (value_true(value_get(form, "all")))
        value_set_bool(arena, spec, "allNodes", true);
    else if (value_true(value_get(form, "perDevice")))
        value_set_bool(arena, spec, "perDeviceNodeSelection", true);
    else if (!value_true(value_get(form, "nowhere")))
        value_set_text(arena, spec, "nodeName", node ? node : DEFAULT_NODE);
}

static void attribute_set(struct value *device, const char *name, const char *type, struct value *from)
{
    if (from)
        value_set(arena, value_child(arena, value_child(arena, device, "attributes"), name), type, from);
}

/* {name: a, numa: 0, root: r0, draws: {SET: {COUNTER: N}}} */
static void device_expand(struct value *device)
{
    attribute_set(device, "resource.kubernetes.io/numaNode", "int", value_get(device, "numa"));
    attribute_set(device, "resource.kubernetes.io/pcieRoot", "string", value_get(device, "root"));
    value_each_member (value_get(device, "draws"), set) {
        struct value *consumes = value_object(arena);
        value_set_text(arena, consumes, "counterSet", set->name.data);
        value_each_member (set->value, counter)
            value_set(arena, value_child(arena, value_child(arena, consumes, "counters"), counter->name.data),
                      "value", counter->value);
        value_append(arena, value_child_list(arena, device, "consumesCounters"), consumes);
    }
}

static struct value *slice_expand(const struct value *form)
{
    static const char *const members[] = { "devices", "sharedCounters", "skipNodeOperations", NULL };
    struct value *object =
        object_new("resource.k8s.io/v1", "ResourceSlice", value_path_string(form, "slice"));
    struct value *spec = value_child(arena, object, "spec"), *pool = value_child(arena, spec, "pool");
    const char *driver = value_path_string(form, "driver"), *name = value_path_string(form, "pool");
    value_set_text(arena, spec, "driver", driver ? driver : DEFAULT_DRIVER);
    value_set_text(arena, pool, "name", name ? name : DEFAULT_POOL);
    value_set_int(arena, pool, "generation", value_integer(value_get(form, "generation"), 1));
    value_set_int(arena, pool, "resourceSliceCount", value_integer(value_get(form, "count"), 1));
    slice_set_target(spec, form);
    take_over(spec, form, members);
    value_each (value_get(spec, "devices"), device)
        device_expand(device);
    return object;
}

static struct value *selectors_expand(const struct value *expressions)
{
    struct value *list = value_list(arena);
    value_each (expressions, expression) {
        struct value *selector = value_object(arena);
        value_set(arena, value_child(arena, selector, "cel"), "expression", expression);
        value_append(arena, list, selector);
    }
    return list;
}

static struct value *class_expand(const struct value *form)
{
    static const char *const members[] = { "config", NULL };
    struct value *object = object_new("resource.k8s.io/v1", "DeviceClass", value_path_string(form, "class"));
    struct value *spec = value_child(arena, object, "spec");
    value_set(arena, spec, "selectors", selectors_expand(value_get(form, "selectors")));
    take_over(spec, form, members);
    return object;
}

/* "device" or "driver/pool/device" */
static void device_set(struct value *into, const char *text)
{
    struct span pool = { 0 }, device = { 0 }, driver = span_split(span_of(text), '/', &pool);
    if (pool.data)
        pool = span_split(pool, '/', &device);
    value_set(arena, into, "driver", value_span(arena, device.data ? driver : span_of(DEFAULT_DRIVER)));
    value_set(arena, into, "pool", value_span(arena, device.data ? pool : span_of(DEFAULT_POOL)));
    value_set(arena, into, "device", value_span(arena, device.data ? device : driver));
}

/* An item of `holds`: a device, or {device, share, consumed, admin}. */
static struct value *holding_expand(const struct value *form)
{
    struct value *result = value_object(arena);
    bool is_text = value_is(form, VALUE_STRING);
    value_set_text(arena, result, "request", "r");
    device_set(result, is_text ? value_string(form) : value_path_string(form, "device"));
    value_set(arena, result, "shareID", value_get(form, "share"));
    value_set(arena, result, "consumedCapacity", value_get(form, "consumed"));
    value_set(arena, result, "adminAccess", value_get(form, "admin"));
    return result;
}

/* A request's selectors may be bare expressions. */
static void request_expand(struct value *request)
{
    const struct value *selectors = value_get(request, "selectors");
    if (value_is(value_at(selectors, 0), VALUE_STRING))
        value_set(arena, request, "selectors", selectors_expand(selectors));
}

static struct value *claim_expand(const struct value *form)
{
    static const char *const members[] = { "requests", "constraints", "config", NULL };
    struct value *object =
        object_new("resource.k8s.io/v1", "ResourceClaim", value_path_string(form, "claim"));
    struct value *spec = value_child(arena, value_child(arena, object, "spec"), "devices");
    take_over(spec, form, members);
    value_each (value_get(spec, "requests"), request) {
        request_expand(value_get(request, "exactly"));
        value_each (value_get(request, "firstAvailable"), alternative)
            request_expand(alternative);
    }
    if (value_get(form, "holds")) {
        struct value *allocation = value_child(arena, value_child(arena, object, "status"), "allocation");
        struct value *results = value_child_list(arena, value_child(arena, allocation, "devices"), "results");
        value_each (value_get(form, "holds"), held)
            value_append(arena, results, holding_expand(held));
    }
    return object;
}

static struct value *node_expand(const struct value *form)
{
    struct value *object = object_new("v1", "Node", value_path_string(form, "node"));
    value_set(arena, value_get(object, "metadata"), "labels", value_get(form, "labels"));
    value_set(arena, value_child(arena, object, "status"), "declaredFeatures", value_get(form, "features"));
    return object;
}

static struct value *rule_expand(const struct value *form)
{
    static const char *const members[] = { "deviceSelector", "taint", NULL };
    struct value *object =
        object_new("resource.k8s.io/v1", "DeviceTaintRule", value_path_string(form, "rule"));
    take_over(value_child(arena, object, "spec"), form, members);
    return object;
}

static struct value *object_expand(const struct value *form)
{
    if (value_get(form, "slice"))
        return slice_expand(form);
    if (value_get(form, "class"))
        return class_expand(form);
    if (value_get(form, "claim"))
        return claim_expand(form);
    if (value_get(form, "rule"))
        return rule_expand(form);
    if (value_get(form, "node"))
        return node_expand(form);
    return (struct value *)form;
}

static struct value *policy_make(struct value *placement)
{
    struct value *object = object_new("policy.tranche.dev/v1", "AllocationPolicy", "policy");
    value_set(arena, value_child(arena, object, "spec"), "placement", placement);
    return object;
}

/* A row into a line of the batch; the claims are those that hold nothing, in order. */

static struct value *line_make(const struct row *row)
{
    const struct value *lists[] = { row->shared, value_get(row->tree, "objects") };
    struct value *line = value_object(arena);
    const char *node = value_path_string(row->tree, "node");
    value_set_text(arena, line, "name", row->name);
    if (!value_true(value_get(row->tree, "anywhere")))
        value_set_text(arena, line, "node", node ? node : DEFAULT_NODE);
    value_set(arena, line, "features", value_get(row->tree, "features"));
    if (value_get(row->tree, "kubeVersion"))
        value_set(arena, line, "kubeVersion", value_get(row->tree, "kubeVersion"));
    value_set(arena, line, "allocated", value_get(row->tree, "allocated"));
    struct value *claims = value_child_list(arena, line, "claims");
    struct value *objects = value_child_list(arena, line, "objects");
    if (value_get(row->tree, "placement"))
        value_append(arena, objects, policy_make(value_get(row->tree, "placement")));
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        value_each (lists[i], form) {
            struct value *object = object_expand(form);
            value_append(arena, objects, object);
            if (value_get(form, "claim") && !value_get(form, "holds"))
                value_append(arena, claims, value_get(form, "claim"));
        }
    }
    return line;
}

static struct value *answer_of(const struct row *row)
{
    cleanup_buf struct buf line = BUF_INIT(1 << 20), answer = BUF_INIT(1 << 20);
    struct value *tree = NULL;
    json_write(&line, line_make(row));
    batch_answer(buf_span(&line), &answer);
    struct error *err = json_parse(arena, buf_span(&answer), JSON_STRICT, &tree);
    assert_null(err);
    return tree;
}

/* Comparing */

/* "gpu=a" */
static void result_spell(const struct value *result, struct buf *out)
{
    const char *driver = value_path_string(result, "driver"), *pool = value_path_string(result, "pool");
    buf_printf(out, "%s=", value_path_string(result, "request"));
    if (strcmp(driver, DEFAULT_DRIVER) != 0 || strcmp(pool, DEFAULT_POOL) != 0)
        buf_printf(out, "%s/%s/", driver, pool);
    buf_add(out, value_path_string(result, "device"));
}

static void allocations_spell(const struct value *allocations, struct buf *out)
{
    value_each (allocations, allocation) {
        buf_add_char(out, '[');
        value_each (value_path(allocation, "devices.results"), result) {
            buf_add(out, out->data[out->length - 1] == '[' ? "" : " ");
            result_spell(result, out);
        }
        buf_add_char(out, ']');
    }
}

static void wanted_spell(const struct value *want, struct buf *out)
{
    value_each (want, claim) {
        buf_add_char(out, '[');
        value_each (claim, result)
            buf_printf(out, "%s%s", out->data[out->length - 1] == '[' ? "" : " ", value_string(result));
        buf_add_char(out, ']');
    }
}

static void compare_refusal(const struct value *want, const struct value *answer)
{
    const char *scope = value_path_string(want, "scope"), *says = value_path_string(answer, "error");
    assert_non_null(says);
    if (!strstr(says, value_path_string(want, "error")))
        fail_msg("\"%s\" does not say \"%s\"", says, value_path_string(want, "error"));
    assert_string_equal(value_path_string(answer, "scope"), scope ? scope : "attempt");
}

static void compare_allocations(const struct value *want, const struct value *answer)
{
    cleanup_buf struct buf ours = BUF_INIT(1 << 16), wanted = BUF_INIT(1 << 16);
    if (value_get(answer, "error"))
        fail_msg("error: %s", value_path_string(answer, "error"));
    if (!value_is(value_get(answer, "allocations"), VALUE_LIST))
        fail_msg("no fit: %s", value_path_string(answer, "explanation.sentence"));
    allocations_spell(value_get(answer, "allocations"), &ours);
    wanted_spell(want, &wanted);
    assert_string_equal(buf_text(&ours), buf_text(&wanted));
}

/* Whether HAVE contains WANT: members that are wanted, null for absent ones; lists as a whole. */
static bool contains(const struct value *have, const struct value *want)
{
    if (value_is(want, VALUE_NULL))
        return !have;
    if (value_is(want, VALUE_LIST)) {
        if (value_length(have) != value_length(want))
            return false;
        for (size_t i = 0; i < value_length(want); i++) {
            if (!contains(value_at(have, i), value_at(want, i)))
                return false;
        }
        return true;
    }
    if (!value_is(want, VALUE_OBJECT))
        return have && value_equal(have, want);
    value_each_member (want, member) {
        if (!contains(value_find(have, member->name), member->value))
            return false;
    }
    return true;
}

static void compare_details(const struct value *match, const struct value *allocations)
{
    for (size_t i = 0; i < value_length(match); i++) {
        cleanup_buf struct buf text = BUF_INIT(1 << 16);
        if (contains(value_at(allocations, i), value_at(match, i)))
            continue;
        json_write(&text, value_at(allocations, i));
        fail_msg("allocation %zu does not match: %s", i, buf_text(&text));
    }
}

static void test_row(void **state)
{
    const struct row *row = *state;
    const struct value *want = value_get(row->tree, "want"), *answer = answer_of(row);
    if (value_is(want, VALUE_OBJECT)) {
        compare_refusal(want, answer);
        return;
    }
    if (value_is(want, VALUE_STRING)) {
        assert_string_equal(value_string(want), "none");
        assert_null(value_get(answer, "error"));
        assert_true(value_is(value_get(answer, "allocations"), VALUE_NULL));
        const char *sentence = value_path_string(answer, "explanation.sentence");
        const char *says = value_path_string(row->tree, "says");
        if (says && !strstr(sentence, says))
            fail_msg("\"%s\" does not say \"%s\"", sentence, says);
        return;
    }
    compare_allocations(want, answer);
    if (value_get(row->tree, "on"))
        assert_string_equal(value_path_string(answer, "node"), value_path_string(row->tree, "on"));
    compare_details(value_get(row->tree, "match"), value_get(answer, "allocations"));
}

/* Files */

static void rows_load(const char *folder, const char *file)
{
    cleanup_buf struct buf text = BUF_INIT(1 << 24);
    value_vec documents = { 0 };
    const char *path = arena_printf(arena, "%s/%s", folder, file);
    cleanup_error struct error *err = file_read(path, &text);
    if (!err)
        err = yaml_parse(arena, file, buf_span(&text), &documents);
    if (err) {
        fprintf(stderr, "%s\n", err->text);
        exit(1);
    }
    for (size_t i = 0; i < documents.length; i++) {
        const struct value *document = documents.items[i];
        value_each (value_get(document, "rows"), row) {
            const char *name = arena_printf(arena, "%s: %s", file, value_path_string(row, "name"));
            vec_push(&rows, (struct row){ name, row, value_get(document, "objects") });
        }
    }
    vec_done(&documents);
}

static int is_yaml(const struct dirent *entry)
{
    return span_ends_with(span_of(entry->d_name), span_of(".yaml"));
}

int main(int argc, char **argv)
{
    struct dirent **files;
    const char *folder = argc > 1 ? argv[1] : ".";
    arena = arena_new();
    int n_files = scandir(folder, &files, is_yaml, alphasort);
    for (int i = 0; i < n_files; i++) {
        rows_load(folder, files[i]->d_name);
        free(files[i]);
    }
    if (n_files >= 0)
        free(files);
    int failed = run_table_("allocate", rows.items, rows.length, sizeof(rows.items[0]), test_row);
    bool is_empty = !rows.length;
    vec_done(&rows);
    arena_free(arena);
    return failed || is_empty;
}
