/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views and evaluation: what a device looks like from inside, what verdicts depend on, where evaluating ends.
 */

#include "api/resource/device.h"
#include "api/value/value.h"
#include "selector/selector.h"
#include "tests/support/cmocka.h"

#include <pthread.h>

static struct symbols symbols;
static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    symbols_done(&symbols);
    return 0;
}

static struct environment *new_environment(void)
{
    return environment_new_device(&(struct environment_options){ .symbols = &symbols });
}

static struct selector *compile(const struct environment *env, const char *text)
{
    struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(text, env, &sel);
    if (err)
        print_error("%s\n", err->text);
    assert_null(err);
    return sel;
}

static const struct device_view *view_of(struct attribute *attributes, size_t n_attributes,
                                         const char *memory)
{
    struct capacity capacity = { .name = "memory" };
    struct device device = { .name = "d0", .attributes = attributes, .n_attributes = n_attributes };
    if (memory) {
        cleanup_error struct error *err = quantity_parse(span_of(memory), &capacity.value);
        assert_null(err);
        device.capacities = &capacity;
        device.n_capacities = 1;
    }
    return device_view_new(arena, &symbols, &device, "d");
}

static const struct device_view *simple_view(const char *model, int64_t index)
{
    struct attribute attributes[] = {
        { .name = "model", .type = ATTRIBUTE_STRING, .string = model },
        { .name = "d/index", .type = ATTRIBUTE_INT, .integer = index },
        { .name = "other/x", .type = ATTRIBUTE_BOOL, .boolean = true },
    };
    return view_of(attributes, 3, "80Gi");
}

static void test_view(void **state)
{
    (void)state;
    const struct device_view *view = simple_view("a100", 7);
    assert_null(view->error);
    const struct view_entry *model = view_find(&view->attributes, view_key(&symbols, "d", "model"));
    const struct view_entry *index = view_find(&view->attributes, view_key(&symbols, "d", "index"));
    assert_string_equal(model->name, "model");
    assert_int_equal(index->value.integer, 7);
    assert_null(view_find(&view->attributes, view_key(&symbols, "d", "ghost")));
    assert_int_equal(view->attributes.n_domains, 2);
    assert_string_equal(view->attributes.domains[0].text, "d");
    assert_int_equal(view->attributes.domains[0].count, 2);
    const struct device_view *same = simple_view("a100", 8);
    assert_int_equal(model->value_id, view_find(&same->attributes, model->key)->value_id);
    assert_int_not_equal(index->value_id, view_find(&same->attributes, index->key)->value_id);
}

static void test_bad_version(void **state)
{
    (void)state;
    struct attribute attribute = { .name = "v", .type = ATTRIBUTE_VERSION, .string = "1.2" };
    const struct device_view *view = view_of(&attribute, 1, NULL);
    cleanup_environment struct environment *env = new_environment();
    cleanup_selector struct selector *sel = compile(env, "true");
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool accepted = false;
    cleanup_error struct error *err = selector_eval(sel, view, scratch, &accepted, NULL);
    assert_string_equal(err->text,
                        "attribute v: parse semantic version: No Major.Minor.Patch elements found");
}

static void test_missing_key_hint(void **state)
{
    (void)state;
    cleanup_environment struct environment *env = new_environment();
    cleanup_selector struct selector *sel = compile(env, "device.attributes[\"d\"].ghost == 1");
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool accepted = false;
    uint64_t cost = 0;
    cleanup_error struct error *err = selector_eval(sel, simple_view("a", 1), scratch, &accepted, &cost);
    assert_string_equal(err->text, "no such key: ghost");
    assert_non_null(strstr(err->hint, "orValue()"));
    assert_int_equal(cost, 5);
}

/* What is read decides which devices are alike. */
static void test_combinations(void **state)
{
    (void)state;
    cleanup_environment struct environment *env = new_environment();
    cleanup_selector struct selector *sel =
        compile(env, "device.driver == \"d\" && device.attributes[\"d\"].model == \"a\" && "
                     "has(device.capacity[\"d\"].cores)");
    const struct selector_reads *reads = selector_reads(sel);
    assert_true(reads->driver && !reads->allow_multiple && !reads->everything);
    assert_int_equal(reads->n_attributes, 1);
    assert_int_equal(reads->n_capacities, 1);
    assert_int_equal(reads->attributes[0], view_key(&symbols, "d", "model"));
    symbol one[8], two[8], three[8];
    uint32_t length = selector_combination_length(sel);
    assert_true(length > 0 && length <= 8);
    selector_combination(sel, simple_view("a", 1), one);
    selector_combination(sel, simple_view("a", 2), two);
    selector_combination(sel, simple_view("b", 1), three);
    assert_memory_equal(one, two, length * sizeof(symbol));
    assert_memory_not_equal(one, three, length * sizeof(symbol));
    cleanup_selector struct selector *walker = compile(env, "device.attributes.exists(d, d == \"d\")");
    assert_true(selector_reads(walker)->everything);
    assert_int_equal(selector_combination_length(walker), 0);
}

struct end_case {
    const char *name;
    const char *text;
    enum error_kind kind;
    const char *message;
};

static const struct end_case end_cases[] = {
    { "cost", "lists.range(1000).all(i, lists.range(1000).all(j, true)) || true", ERROR_EXHAUSTED,
      "operation cancelled: actual cost limit exceeded" },
    { "a list too long for memory", "lists.range(100000000).size() > 0 || true", ERROR_EXHAUSTED,
      "operation cancelled: work limit exceeded" },
    { "lists that double",
      "cel.bind(a, lists.range(900000), cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(e, "
      "c + c, (e + e).size() > 0))))",
      ERROR_EXHAUSTED, "operation cancelled: work limit exceeded" },
    { "values that share their parts",
      "cel.bind(a, lists.range(1000), cel.bind(b, a.map(x, a), cel.bind(c, b.map(x, b), c == c.map(x, x))))",
      ERROR_EXHAUSTED, "operation cancelled: work limit exceeded" },
    { "sorting is charged before it begins", "lists.range(900000).distinct().size() > 0", ERROR_EXHAUSTED,
      "operation cancelled: actual cost limit exceeded" },
    { "no bool", "device.attributes[\"d\"].model", ERROR_INVALID,
      "CEL result of type string could not be converted to bool: type conversion error from 'string' to "
      "'bool'" },
    { "no overload", "device.attributes[\"d\"].index > \"a\"", ERROR_INVALID, "no such overload" },
    { "no range", "device.attributes[\"d\"].index.all(i, true)", ERROR_INVALID,
      "got 'types.Int', expected iterable type" },
    { "no range for two variables", "dyn(quantity(\"1\")).all(i, q, true)", ERROR_INVALID,
      "unsupported comprehension range type: cel.Quantity" },
    { "division", "1 / (device.attributes[\"d\"].index - 1) == 0", ERROR_INVALID, "division by zero" },
};

static void test_end(void **state)
{
    const struct end_case *row = *state;
    struct symbols own = { 0 };
    cleanup_arena struct arena *own_arena = arena_new();
    cleanup_environment struct environment *env =
        environment_new_device(&(struct environment_options){ .symbols = &own });
    struct attribute attributes[] = { { .name = "model", .type = ATTRIBUTE_STRING, .string = "a" },
                                      { .name = "index", .type = ATTRIBUTE_INT, .integer = 1 } };
    struct device device = { .name = "d0", .attributes = attributes, .n_attributes = 2 };
    const struct device_view *view = device_view_new(own_arena, &own, &device, "d");
    cleanup_selector struct selector *sel = compile(env, row->text);
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool accepted = false;
    cleanup_error struct error *err = selector_eval(sel, view, scratch, &accepted, NULL);
    symbols_done(&own);
    assert_non_null(err);
    assert_int_equal(err->kind, row->kind);
    assert_string_equal(err->text, row->message);
}

/* JSON variables, as policies will have them. */
static void test_values(void **state)
{
    (void)state;
    static const struct environment_variable variables[] = { { "claim", "dyn" }, { "a.count", "int" } };
    cleanup_environment struct environment *env = NULL;
    cleanup_error struct error *made = environment_new_values(
        &(struct environment_options){ .symbols = &symbols }, variables, 2, NULL, &env);
    assert_null(made);
    struct value *claim = value_object(arena), *list = value_list(arena);
    value_append(arena, list, value_int(arena, 1));
    value_append(arena, list, value_int(arena, 2));
    value_set(arena, claim, "requests", list);
    value_set_text(arena, claim, "name", "train");
    struct datum values[] = { datum_of_value(claim), { .kind = DATUM_INT, .integer = 3 } };
    cleanup_selector struct selector *sel = compile(
        env, "claim.requests.map(r, r * a.count)[1] == 6 && claim.name.startsWith('t') && !has(claim.x)");
    cleanup_scratch struct scratch *scratch = scratch_new();
    struct datum result;
    cleanup_error struct error *err = selector_eval_values(sel, values, scratch, &result, NULL);
    assert_null(err);
    assert_int_equal(result.kind, DATUM_BOOL);
    assert_true(result.boolean);
    values[0].kind = DATUM_UNSET;
    cleanup_error struct error *unbound = selector_eval_values(sel, values, scratch, &result, NULL);
    assert_string_equal(unbound->text, "no such attribute(s): claim");
}

/* The variables that policies are about, all of any shape; a result need not be a bool. */
static void test_policy_values(void **state)
{
    (void)state;
    static const struct environment_variable variables[] = {
        { "claim", "dyn" }, { "request", "dyn" }, { "namespace", "dyn" },
        { "pod", "dyn" },   { "node", "dyn" },    { "usage", "dyn" },
    };
    cleanup_environment struct environment *env = NULL;
    cleanup_error struct error *made = environment_new_values(
        &(struct environment_options){ .symbols = &symbols }, variables, ARRAY_LEN(variables), NULL, &env);
    assert_null(made);
    struct datum values[ARRAY_LEN(variables)];
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        struct value *tree = value_object(arena);
        value_set_text(arena, tree, "name", variables[i].name);
        value_set_int(arena, tree, "weight", (int64_t)i);
        values[i] = datum_of_value(tree);
    }
    cleanup_selector struct selector *sel = compile(
        env,
        "[claim, request, namespace, pod, node, usage].filter(v, v.weight > 3).map(v, v.name).join('+')");
    cleanup_scratch struct scratch *scratch = scratch_new();
    struct datum result;
    cleanup_error struct error *err = selector_eval_values(sel, values, scratch, &result, NULL);
    assert_null(err);
    assert_int_equal(result.kind, DATUM_STRING);
    assert_true(span_is(datum_span(&result), "node+usage"));
}

struct shared_work {
    const struct selector *sel;
    const struct device_view *view;
    unsigned n_accepted;
};

static void *work(void *context)
{
    struct shared_work *shared = context;
    cleanup_scratch struct scratch *scratch = scratch_new();
    for (int i = 0; i < 200; i++) {
        bool accepted = false;
        cleanup_error struct error *err = selector_eval(shared->sel, shared->view, scratch, &accepted, NULL);
        shared->n_accepted += !err && accepted;
    }
    return NULL;
}

/* One program, many threads, each with its own scratch area. */
static void test_threads(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    cleanup_environment struct environment *env = new_environment();
    cleanup_selector struct selector *sel = compile(
        env, "device.attributes[\"d\"].model.matches(\"^a[0-9]+$\") && [1, 2].map(x, x + 1).size() == 2");
    const struct device_view *view = simple_view("a100", 1);
    pthread_t threads[THREADS];
    struct shared_work works[THREADS];
    for (int i = 0; i < THREADS; i++) {
        works[i] = (struct shared_work){ sel, view, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &works[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(works[i].n_accepted, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view),         cmocka_unit_test(test_bad_version),
        cmocka_unit_test(test_combinations), cmocka_unit_test(test_missing_key_hint),
        cmocka_unit_test(test_values),       cmocka_unit_test(test_policy_values),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) + RUN_TABLE(end_cases, test_end);
}
