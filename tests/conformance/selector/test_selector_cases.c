/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conformance cases as tests: `test_selector_cases dra|cel FILE VERSION`. A case that does not name the
 * version in its "k8s" is left out (dra), or must be right or not in the environment (cel).
 */

#include "api/base/file.h"
#include "api/base/symbols.h"
#include "api/value/json.h"
#include "controller/kubectl/cases.h"
#include "selector/selector.h"
#include "tests/support/cmocka.h"

#include <unistd.h>

enum { SKIPPED = 77, MAX_CASES_BYTES = 64 << 20 };

static struct environment_options options;

static bool holds(const struct value *row, const char *version)
{
    value_each (value_get(row, "k8s"), item)
        if (strcmp(value_string(item), version) == 0)
            return true;
    return false;
}

static void check_estimate(const struct value *row)
{
    const struct value *estimate = value_path(row, "upstream.estimate");
    if (!estimate || options.kube_minor != KUBE_NEWEST)
        return;
    uint64_t wanted = estimate->type == VALUE_STRING ? strtoull(estimate->string.data, NULL, 10)
                                                     : (uint64_t)estimate->integer;
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(value_string(value_get(row, "expr")), env, &sel);
    assert_null(err);
    assert_int_equal(selector_estimate(sel), wanted);
}

static void test_device_case(void **state)
{
    const struct value *row = *state, *expect = value_get(row, "expect");
    cleanup_arena struct arena *arena = arena_new();
    struct value *answer = NULL;
    cleanup_error struct error *err = selector_case_answer(arena, row, &options, &answer);
    assert_null(err);
    if (value_get(expect, "compileError"))
        assert_non_null(value_get(answer, "compileError"));
    if (value_get(expect, "runtimeError"))
        assert_non_null(value_get(answer, "runtimeError"));
    if (!value_get(expect, "match"))
        return;
    assert_non_null(value_get(answer, "match"));
    assert_int_equal(value_true(value_get(answer, "match")), value_true(value_get(expect, "match")));
    const struct value *cost = value_path(row, "upstream.cost");
    if (cost && options.kube_minor == KUBE_NEWEST)
        assert_int_equal(value_integer(value_get(answer, "cost"), -1), cost->integer);
    check_estimate(row);
}

static void test_cel_case(void **state)
{
    const struct value *row = *state, *expect = value_get(row, "expect");
    cleanup_arena struct arena *arena = arena_new();
    struct value *answer = NULL;
    cleanup_error struct error *err = cel_case_answer(arena, row, &options, &answer);
    assert_null(err);
    if (value_get(answer, "notInEnvironment")) {
        assert_false(holds(row, "1.37"));
        return;
    }
    if (value_get(expect, "error")) {
        assert_non_null(value_get(answer, "error"));
        return;
    }
    assert_non_null(value_get(answer, "value"));
    assert_true(typed_value_same(value_get(answer, "value"), value_get(expect, "value")));
}

static const char *case_name(struct arena *arena, const struct value *row)
{
    const char *section = value_string(value_get(row, "section"));
    const char *name = value_string(value_get(row, "name"));
    return section ? arena_printf(arena, "%s: %s", section, name) : name;
}

static int run_rows(struct arena *arena, const struct value *rows, const char *kind, const char *version)
{
    bool devices = strcmp(kind, "dra") == 0;
    struct CMUnitTest *tests = arena_make_array(arena, struct CMUnitTest, value_length(rows));
    size_t n = 0;
    value_each (rows, row)
        if (!devices || holds(row, version))
            tests[n++] = (struct CMUnitTest){ .name = case_name(arena, row),
                                              .test_func = devices ? test_device_case : test_cel_case,
                                              .initial_state = row };
    return _cmocka_run_group_tests(kind, tests, n, NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    if (access(argv[2], R_OK) != 0)
        return SKIPPED; /* data that a clone by itself does not have */
    struct symbols symbols = { 0 };
    options.symbols = &symbols;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(MAX_CASES_BYTES);
    struct value *rows = NULL;
    struct error *err = environment_version_parse(argv[3], &options);
    if (!err)
        err = file_read(argv[2], &text);
    if (!err)
        err = json_parse(arena, buf_span(&text), 0, &rows);
    int failed = err ? 1 : run_rows(arena, rows, argv[1], argv[3]);
    if (err)
        fprintf(stderr, "%s\n", err->text);
    error_free(err);
    symbols_done(&symbols);
    return failed ? 1 : 0;
}
