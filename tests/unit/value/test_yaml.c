/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in and out: what a text means as JSON, where errors point, and that what is written reads back.
 */

#include "api/value/json.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

struct yaml_case {
    const char *name;
    const char *text;
    const char *want;  /* the documents as JSON, a blank between them */
    const char *error; /* or NULL */
};

static const struct yaml_case yaml_cases[] = {
    { "block form", "a:\n- b: 1\n  c: x\n- d\n", "{\"a\":[{\"b\":1,\"c\":\"x\"},\"d\"]}", NULL },
    { "booleans", "[y, Yes, on, TRUE, n, No, off, False, 'no', tRue]",
      "[true,true,true,true,false,false,false,false,\"no\",\"tRue\"]", NULL },
    { "null", "{a: , b: ~, c: null, d: '', e: \"null\"}",
      "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\",\"e\":\"null\"}", NULL },
    { "integers", "[1_000, 0x1F, 0o17, 017, -0b11, +5, -9223372036854775808]",
      "[1000,31,15,15,-3,5,-9223372036854775808]", NULL },
    { "not quite octal", "[08, 0, -0]", "[8,0,0]", NULL },
    { "doubles", "[1.5, .5, 1., 1e3, 1.0, 18446744073709551616]", "[1.5,0.5,1,1000,1,1.8446744073709552e+19]",
      NULL },
    { "texts after all",
      "[1.2.3, 1:30, 2026-07-01, 2026-07-01T12:00:00Z, 0x, 0x0x1, 0x1F9223372036854775807, 1e999, 1e, -, +, "
      "., 100m, 1Gi, _1]",
      "[\"1.2.3\",\"1:30\",\"2026-07-01\",\"2026-07-01T12:00:00Z\",\"0x\",\"0x0x1\","
      "\"0x1F9223372036854775807\",\"1e999\",\"1e\",\"-\",\"+\",\".\",\"100m\","
      "\"1Gi\",\"_1\"]",
      NULL },
    { "underscores", "[1_0, 1_, .5_1, ._5, 1__0]", "[10,1,0.51,\"._5\",10]", NULL },
    { "tags", "[!!str 1, ! 2, !!float 3, !!int 4, !!map {}, !!seq []]", "[\"1\",\"2\",3,4,{},[]]", NULL },
    { "names that are no texts", "{1: a, true: b, 1.5: c, x: d}",
      "{\"1\":\"a\",\"true\":\"b\",\"1.5\":\"c\",\"x\":\"d\"}", NULL },
    { "several documents", "a: 1\n---\n# nothing\n---\nb: 2\n...\n---\n- c\n", "{\"a\":1} {\"b\":2} [\"c\"]",
      NULL },
    { "nothing at all", "# a comment\n", "", NULL },
    { "literal and folded", "a: |\n  x\n   y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\n y\\n\",\"b\":\"x y\"}",
      NULL },
    { "aliases", "a: &x {b: [1]}\nc: *x\n", "{\"a\":{\"b\":[1]},\"c\":{\"b\":[1]}}", NULL },
    { "merge keys", "a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x, b: 4}\ne: {<<: [{f: 1}, {f: 2, g: 3}]}\n",
      "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"c\":3,\"b\":4},\"e\":{\"f\":1,\"g\":3}}", NULL },
    { "JSON", "{\"a\": [1, \"\\ud83d\\ude00\"]}", "{\"a\":[1,\"\xf0\x9f\x98\x80\"]}", NULL },
    { "a name twice", "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", NULL,
      "f.yaml:5:3: field \"c\" is given twice (first in line 3)" },
    { "no such anchor", "a: *x\n", NULL, "f.yaml:1:4: *x has no anchor &x before it" },
    { "an anchor in itself", "a: &x [*x]\n", NULL, "f.yaml:1:8: &x contains itself" },
    { "anchors end with their document", "a: &x 1\n---\nb: *x\n", NULL,
      "f.yaml:3:4: *x has no anchor &x before it" },
    { "infinity", "a: .inf\n", NULL, "f.yaml:1:4: JSON has no number like .inf" },
    { "null as a name", "{~: 1}\n", NULL, "f.yaml:1:2: a name must be a text, not null" },
    { "a list as a name", "? [a]\n: b\n", NULL, "f.yaml:1:3: a name must be a text, not a container" },
    { "unknown tag", "a: !thing 1\n", NULL, "f.yaml:1:4: the tag !thing does not fit a JSON number here" },
    { "tag of another type", "a: !!int x\n", NULL,
      "f.yaml:1:4: the tag !!int does not fit a JSON string here" },
    { "bad indentation", "a:\n  b: 1\n c: 2\n", NULL,
      "f.yaml:3:2: did not find expected key while parsing a block mapping that starts in line 1" },
    { "a tab", "a:\n\tb: 1\n", NULL,
      "f.yaml:2:1: found character that cannot start any token while scanning for the next token that starts "
      "in "
      "line 2" },
    { "control characters", "a: \x01\n", NULL, "f.yaml: byte 3: control characters are not allowed" },
};

static void write_all(struct buf *out, value_vec *documents)
{
    vec_each (documents, document) {
        if (document != documents->items)
            buf_add_char(out, ' ');
        json_write(out, *document);
    }
}

static void test_yaml(void **state)
{
    const struct yaml_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    value_vec documents = { 0 };
    cleanup_error struct error *err = yaml_parse(arena, "f.yaml", span_of(row->text), &documents);
    cleanup_buf struct buf out = BUF_INIT(4096);
    write_all(&out, &documents);
    vec_done(&documents);
    if (row->error) {
        assert_non_null(err);
        assert_string_equal(err->text, row->error);
    } else {
        assert_null(err);
        assert_string_equal(buf_text(&out), row->want);
    }
}

static void test_positions(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    value_vec documents = { 0 };
    assert_null(yaml_parse(arena, "f", SPAN("a: 1\nb:\n  - x\n  - {c: 'd'}\n"), &documents));
    const struct value *c = value_get(value_at(value_get(documents.items[0], "b"), 1), "c");
    assert_int_equal(c->line, 4);
    assert_int_equal(c->column, 9);
    vec_done(&documents);
}

/* The billion laughs, and a tower of brackets. */
static void test_budgets(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(100000);
    buf_add(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++)
        buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    value_vec documents = { 0 };
    struct error *err = yaml_parse(arena, "f", buf_span(&text), &documents);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_EXHAUSTED);
    error_free(err);
    buf_clear(&text);
    for (int i = 0; i <= JSON_MAX_DEPTH; i++)
        buf_add_char(&text, '[');
    err = yaml_parse(arena, "f", buf_span(&text), &documents);
    assert_string_equal(err->text, "f:1:201: nested more than 200 levels deep");
    error_free(err);
    assert_int_equal(documents.length, 0);
    vec_done(&documents);
}

struct write_case {
    const char *name;
    const char *json;
    const char *want; /* YAML */
};

static const struct write_case write_cases[] = {
    { "an object", "{\"b\":{\"c\":[1,{\"e\":true,\"d\":null}]},\"a\":\"x\"}",
      "a: x\nb:\n  c:\n  - 1\n  - d: null\n    e: true\n" },
    { "empty containers", "{\"a\":{},\"b\":[],\"c\":[[]]}", "a: {}\nb: []\nc:\n- []\n" },
    { "texts that look like something else",
      "[\"\",\"yes\",\"1\",\"1.5\",\"null\",\"~\",\"2026-07-01\",\"1:30\",\"0x1F\",\"=\",\"<<\",\"1_000\","
      "\"y\"]",
      "- \"\"\n- \"yes\"\n- \"1\"\n- \"1.5\"\n- \"null\"\n- \"~\"\n- \"2026-07-01\"\n- \"1:30\"\n- "
      "\"0x1F\"\n- \"=\"\n- "
      "\"<<\"\n- \"1_000\"\n- \"y\"\n" },
    { "special characters",
      "[\"a: b\",\"- a\",\" a\",\"#a\",\"a #b\",\"@a\",\"{a\",\"*a\",\"a\\u0001\",\"'\"]",
      "- 'a: b'\n- '- a'\n- ' a'\n- '#a'\n- 'a #b'\n- '@a'\n- '{a'\n- '*a'\n- \"a\\x01\"\n- ''''\n" },
    { "several lines", "{\"a\":\"x\\ny\\n\",\"b\":\"x\\ny\",\"c\":\"x\\n\\n\",\"d\":\"\\n\"}",
      "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2+\n\n...\n" },
    { "several lines in the way", "{\"a\":\" x\\ny\",\"b\":\"x \\ny\",\"c\\nd\":1}",
      "a: |2-\n   x\n  y\nb: \"x \\ny\"\n? \"c\\nd\"\n: 1\n" },
    { "numbers", "[-1,1.0,2.5e-8,1e100]", "- -1\n- 1.0\n- 2.5e-08\n- 1.0e+100\n" },
    { "NUL", "\"a\\u0000b\"", "\"a\\0b\"\n" },
    { "a long line",
      "{\"a\":\"1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3\"}",
      "a: 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3\n" },
    { "beyond ASCII", "[\"\xc3\xa9\",\"\xf0\x9f\x98\x80\"]", "- \xc3\xa9\n- \"\\U0001F600\"\n" },
};

static void test_write(void **state)
{
    const struct write_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *value;
    assert_null(json_parse(arena, span_of(row->json), 0, &value));
    cleanup_buf struct buf out = BUF_INIT(4096);
    yaml_write(&out, value);
    assert_string_equal(buf_text(&out), row->want);
    value_vec documents = { 0 };
    assert_null(yaml_parse(arena, "f", buf_span(&out), &documents));
    assert_int_equal(documents.length, 1);
    assert_true(value_equal(value, documents.items[0]));
    vec_done(&documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_budgets),
    };
    int failed = RUN_TABLE(yaml_cases, test_yaml);
    failed += RUN_TABLE(write_cases, test_write);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
