/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does not compile says so in words that people know, at the place they can see. The texts are part of
 * the interface: they are tested word for word.
 */

#include "selector/selector.h"
#include "tests/support/cmocka.h"

static struct symbols symbols;

struct message_case {
    const char *name;
    const char *text;
    const char *message;
};

#define FAILED "compilation failed: ERROR: <input>:"

static const struct message_case message_cases[] = {
    { "undefined field", "device.pool == \"x\"",
      FAILED "1:7: undefined field 'pool'\n | device.pool == \"x\"\n | ......^" },
    { "second line", "true &&\n  gadget",
      FAILED "2:3: undeclared reference to 'gadget' (in container '')\n |   "
             "gadget\n | ..^" },
    { "tab is a blank", "\tgadget",
      FAILED "1:2: undeclared reference to 'gadget' (in container '')\n |  gadget\n | .^" },
    { "wide characters", "'\u00e9' + gadget",
      FAILED
      "1:7: undeclared reference to 'gadget' (in container '')\n | '\u00e9' + gadget\n | .\uff0e....^" },
    { "two problems", "foo && bar",
      FAILED
      "1:1: undeclared reference to 'foo' (in container '')\n | foo && bar\n | ^\n"
      "ERROR: <input>:1:8: undeclared reference to 'bar' (in container '')\n | foo && bar\n | .......^" },
    { "no overload", "device.driver == 5",
      FAILED
      "1:15: found no matching overload for '_==_' applied to '(string, int)'\n | device.driver == 5\n | "
      "..............^" },
    { "no method", "\"a\".frobnicate()",
      FAILED "1:15: undeclared reference to 'frobnicate' (in container '')\n | \"a\".frobnicate()\n | "
             "..............^" },
    { "wrong method argument", "\"abc\".endsWith(1)",
      FAILED
      "1:15: found no matching overload for 'endsWith' applied to 'string.(int)'\n | \"abc\".endsWith(1)\n | "
      "..............^" },
    { "logic wants bool", "1 && true",
      FAILED "1:1: expected type 'bool' but found 'int'\n | 1 && true\n | ^" },
    { "mixed list", "[1, \"a\"].size() == 2",
      FAILED "1:5: expected type 'int' but found 'string'\n | [1, \"a\"].size() == 2\n | ....^" },
    { "no range", "device.driver.all(c, true)",
      FAILED "1:7: expression of type 'string' cannot be range of a comprehension (must be list, map, or "
             "dynamic)\n | device.driver.all(c, true)\n | ......^" },
    { "macro variable", "[1].all(a.b, true)",
      FAILED "1:10: argument must be a simple name\n | [1].all(a.b, true)\n | .........^" },
    { "has", "has(device)", FAILED "1:5: invalid argument to has() macro\n | has(device)\n | ....^" },
    { "reserved", "while == 1", FAILED "1:1: reserved identifier: while\n | while == 1\n | ^" },
    { "int literal", "9223372036854775808 > 0",
      FAILED "1:1: invalid int literal\n | 9223372036854775808 > 0\n | ^" },
    { "code point", "\"\\ud83d\" == \"x\"",
      FAILED "1:1: invalid unicode code point\n | \"\\ud83d\" == \"x\"\n | ^" },
    { "pattern", "\"a\".matches(\"(\")",
      FAILED "1:13: invalid matches argument\n | \"a\".matches(\"(\")\n | ............^" },
    { "duration", "duration(\"1d\") > duration(\"1h\")",
      FAILED "1:10: invalid duration argument\n | duration(\"1d\") > duration(\"1h\")\n | .........^" },
    { "format", "\"%d\".format([\"x\"]) == \"x\"",
      FAILED
      "1:14: error during formatting: decimal clause can only be used on integers, was given string\n | "
      "\"%d\".format([\"x\"]) == \"x\"\n | .............^" },
    { "two variables alike", "[1].all(r, r, true)",
      FAILED "1:12: duplicate variable name: r\n | [1].all(r, r, true)\n | ...........^" },
    { "result", "device.driver", "must evaluate to bool or the unknown type, not string" },
    { "result in long names", "duration(\"1s\")",
      "must evaluate to bool or the unknown type, not google.protobuf.Duration" },
    { "constant conversion", "false && int(\"x\") == 1",
      "program instantiation failed: type conversion error from 'string' to 'int'" },
};

static void test_message(void **state)
{
    const struct message_case *row = *state;
    struct environment_options options = { .symbols = &symbols };
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(row->text, env, &sel);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_string_equal(err->text, row->message);
}

/* TEXT repeated COUNT times between FRONT and BACK. */
static char *repeat(const char *front, const char *text, size_t count, const char *back)
{
    struct buf out = BUF_INIT(1 << 20);
    buf_add(&out, front);
    while (count-- > 0)
        buf_add(&out, text);
    buf_add(&out, back);
    return buf_take(&out);
}

struct limit_case {
    const char *name;
    const char *front, *text, *middle, *closer, *back;
    size_t fits, fails;
    const char *message;
};

static const struct limit_case limit_cases[] = {
    { "parentheses", "", "(", "true", ")", "", 249, 250, "expression recursion limit exceeded: 250" },
    { "sums", "1", " + 1", "", "", " > 0", 248, 251, "max recursion depth exceeded" },
    { "selections", "dyn({})", ".a", "", "", " == 1", 248, 251, "max recursion depth exceeded" },
    { "lists", "", "[", "1", "]", " == dyn(1)", 248, 250, "expression recursion limit exceeded: 250" },
    { "choices", "", "true ? true : ", "true", "", "", 248, 250, "limit exceeded" },
    { "not has none", "", "!", "true", "", "", 5000, 0, NULL },
    { "and has none", "true", " && true", "", "", "", 1200, 0, NULL },
};

static struct error *compile_nested(const struct limit_case *row, size_t depth)
{
    cleanup_free char *front = repeat(row->front, row->text, depth, row->middle);
    cleanup_free char *back = repeat("", row->closer, depth, row->back);
    cleanup_free char *whole = repeat(front, back, 1, "");
    struct environment_options options = { .symbols = &symbols };
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    return selector_compile(whole, env, &sel);
}

static void test_limit(void **state)
{
    const struct limit_case *row = *state;
    cleanup_error struct error *fine = compile_nested(row, row->fits);
    assert_null(fine);
    if (!row->fails)
        return;
    cleanup_error struct error *err = compile_nested(row, row->fails);
    assert_non_null(err);
    assert_non_null(strstr(err->text, row->message));
}

struct version_case {
    const char *name;
    const char *text;
    struct environment_options options;
    bool compiles;
};

#define QUOTED  "device.attributes.`a.example`.x == 1"
#define SHARED  "device.allowMultipleAllocations"
#define FORMATS "\"%d\".format([device.attributes[\"d\"].x]) == \"1\""
#define WALKS   "device.attributes[\"d\"].x.all(i, true)"

static const struct version_case version_cases[] = {
    { "backquotes in 1.37", QUOTED, { .kube_minor = 37 }, true },
    { "no backquotes in 1.36", QUOTED, { .kube_minor = 36 }, false },
    { "shared capacity is known to stored expressions", SHARED, { .kube_minor = 34 }, true },
    { "and to new ones", SHARED, { .kube_minor = 36, .new_expressions = true }, true },
    { "unless the gate is off",
      SHARED,
      { .kube_minor = 36, .new_expressions = true, .no_shared_capacity = true },
      false },
    { "attributes are dyn in 1.37", WALKS, { .kube_minor = 37 }, true },
    { "and any before", WALKS, { .kube_minor = 36 }, false },
    { "dyn with list attributes", WALKS, { .kube_minor = 36, .list_attributes = true }, true },
    { "includes since 1.36", "[1].includes(1)", { .kube_minor = 36 }, true },
    { "no includes in 1.35", "[1].includes(1)", { .kube_minor = 35 }, false },
    { "nor in new expressions of 1.37",
      "[1].includes(1)",
      { .kube_minor = 37, .new_expressions = true },
      false },
    { "unless the gate is on",
      "[1].includes(1)",
      { .kube_minor = 36, .new_expressions = true, .list_attributes = true },
      true },
    { "new expressions of 1.34 are held back to 1.33",
      "[1].slice(0, 1) == [1]",
      { .kube_minor = 34, .new_expressions = true },
      false },
    { "those of 1.35 have the lists extension",
      "[1].slice(0, 1) == [1]",
      { .kube_minor = 35, .new_expressions = true },
      true },
    { "a function that changed was there before",
      "\"t\".indexOf(\"\", 0) == 0",
      { .kube_minor = 37, .new_expressions = true },
      true },
    { "attributes are any in new expressions of 1.37",
      "dyn(true)",
      { .kube_minor = 37, .new_expressions = true },
      false },
    { "and dyn in stored ones", "dyn(true)", { .kube_minor = 37 }, true },
    { "no verb of a constant format takes any", FORMATS, { .kube_minor = 36 }, false },
    { "each takes dyn", FORMATS, { .kube_minor = 37 }, true },
    { "a selector gives no string", "device.driver", { .kube_minor = 37 }, false },
    { "a derived attribute may", "device.driver", { .derived = true }, true },
    { "or a version", "semver(\"1.0.0\")", { .derived = true }, true },
    { "or an attribute", "device.attributes[\"d\"].x", { .derived = true }, true },
    { "or a list", "[device.driver]", { .derived = true }, true },
    { "but no list of lists", "[[1]]", { .derived = true }, false },
    { "no double", "1.5", { .derived = true }, false },
    { "no quantity", "quantity(\"1\")", { .derived = true }, false },
    { "no optional", "device.attributes[\"d\"].?x", { .derived = true }, false },
    { "no map", "{\"x\": 1}", { .derived = true }, false },
    { "and no list in new expressions", "[1]", { .derived = true, .new_expressions = true }, false },
    { "unless lists are on",
      "[1]",
      { .derived = true, .new_expressions = true, .list_attributes = true },
      true },
};

static void test_version(void **state)
{
    const struct version_case *row = *state;
    struct environment_options options = row->options;
    options.symbols = &symbols;
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(row->text, env, &sel);
    assert_int_equal(err == NULL, row->compiles);
}

struct admission_case {
    const char *name;
    const char *text;
    size_t padding;
    const char *message; /* NULL: admitted */
};

static const struct admission_case admission_cases[] = {
    { "plain", "true", 0, NULL },
    { "just short enough", "true", SELECTOR_MAX_BYTES - 4, NULL },
    { "too long", "true", SELECTOR_MAX_BYTES - 3, "Too long: may not be more than 10240 bytes" },
    { "too dear", "lists.range(1000).all(x, lists.range(1000).all(y, x == y))", 0,
      "Forbidden: too complex, exceeds cost limit" },
};

static void test_admission(void **state)
{
    const struct admission_case *row = *state;
    cleanup_free char *text = repeat(row->text, " ", row->padding, "");
    struct environment_options options = { .symbols = &symbols };
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *compiled = selector_compile(text, env, &sel);
    assert_null(compiled);
    cleanup_error struct error *err = selector_admit(text, sel);
    if (row->message)
        assert_string_equal(err->text, row->message);
    else
        assert_null(err);
}

static void test_kube_version(void **state)
{
    (void)state;
    int minor = 0;
    cleanup_error struct error *fine = kube_version_parse("1.36", &minor);
    assert_null(fine);
    assert_int_equal(minor, 36);
    struct environment_options options = { 0 };
    cleanup_error struct error *lists = environment_version_parse("1.36-lists", &options);
    assert_null(lists);
    assert_true(options.kube_minor == 36 && options.list_attributes && !options.published);
    cleanup_error struct error *published = environment_version_parse("1.37.2", &options);
    assert_null(published);
    assert_true(options.kube_minor == 37 && !options.list_attributes && options.published);
    cleanup_error struct error *err = kube_version_parse("1.99", &minor);
    assert_string_equal(err->text, "unknown Kubernetes version \"1.99\"");
    assert_string_equal(err->hint, "versions 1.34 to 1.37 are known");
}

/* The same expression twice gives the same program, listing and all. */
static void test_explain(void **state)
{
    (void)state;
    struct environment_options options = { .symbols = &symbols };
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile("device.driver == \"d\"", env, &sel);
    assert_null(err);
    cleanup_buf struct buf text = BUF_INIT(64 * 1024);
    selector_explain(sel, &text);
    assert_non_null(strstr(buf_text(&text), "tokens\n  device . driver == \"d\"\n"));
    assert_non_null(strstr(buf_text(&text), "_==_: bool"));
    assert_non_null(strstr(buf_text(&text), "estimated cost: 3 at most\n"));
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(test_kube_version),
                                         cmocka_unit_test(test_explain) };
    int failed = RUN_TABLE(message_cases, test_message) + RUN_TABLE(limit_cases, test_limit) +
                 RUN_TABLE(version_cases, test_version) + RUN_TABLE(admission_cases, test_admission) +
                 cmocka_run_group_tests(others, NULL, NULL);
    symbols_done(&symbols);
    return failed;
}
