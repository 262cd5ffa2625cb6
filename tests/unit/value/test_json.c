/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in and out: what comes back compact, and how bad text is refused.
 */

#include "api/value/json.h"
#include "tests/support/cmocka.h"

struct json_case {
    const char *name;
    const char *text;
    const char *want;  /* written compact; NULL: the same text */
    const char *error; /* or NULL */
    int flags;
};

static const struct json_case json_cases[] = {
    { "scalars", "[null,true,false,0,-1,9223372036854775807,-9223372036854775808]", NULL, NULL, 0 },
    { "doubles stay doubles", "[1.0, 0.1, 1e100, 2.5e-8]", "[1.0,0.1,1.0e+100,2.5e-08]", NULL, 0 },
    { "a bare scalar", " \"x\" ", "\"x\"", NULL, 0 },
    { "members in order", "{\"b\": 1, \"a\": {\"c\": [ ]}}", "{\"b\":1,\"a\":{\"c\":[]}}", NULL, 0 },
    { "escapes", "\"a\\u00e9\\\"\\\\\\n\\ud83d\\ude00\"", "\"a\xc3\xa9\\\"\\\\\\n\xf0\x9f\x98\x80\"", NULL,
      0 },
    { "NUL in a string", "\"a\\u0000b\"", "\"a\\u0000b\"", NULL, 0 },
    { "the last of two names wins", "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}", NULL, 0 },
    { "a name twice", "{\"a\": [{}, {\"b\":1,\n \"b\":2}]}", NULL,
      "line 2 column 2: duplicate field \"a[1].b\"", JSON_STRICT },
    { "a name twice, once escaped", "{\"a\":1,\"\\u0061\":2}", NULL, "line 1 column 8: duplicate field \"a\"",
      JSON_STRICT },
    { "names once", "{\"a\":{\"a\":1},\"b\":[\"a\",{\"a\":-1.5e3}], \"c\":\"a\\\\\"}",
      "{\"a\":{\"a\":1},\"b\":[\"a\",{\"a\":-1500.0}],\"c\":\"a\\\\\"}", NULL, JSON_STRICT },
    { "nothing", "", NULL, "line 1 column 0: unexpected token near end of file", 0 },
    { "cut short", "{\"a\":\n[1,", NULL, "line 2 column 3: ']' expected near end of file", 0 },
    { "more behind it", "{} x", NULL, "line 1 column 4: end of file expected near 'x'", 0 },
    { "integers beyond 64 bits",
      "[9223372036854775808, -9223372036854775809, \"9223372036854775808\", 1, "
      "123456789012345678901234567890]",
      "[9.223372036854776e+18,-9.223372036854776e+18,\"9223372036854775808\",1,1.2345678901234568e+29]", NULL,
      0 },
    { "too big a double", "[1e999]", NULL, "line 1 column 6: real number overflow near '1e999'", 0 },
    { "broken UTF-8", "\"\xff\"", NULL, "line 1 column 1: unable to decode byte 0xff near '\"'", 0 },
};

static void test_json(void **state)
{
    const struct json_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *value = NULL;
    cleanup_error struct error *err = json_parse(arena, span_of(row->text), row->flags, &value);
    if (row->error) {
        assert_non_null(err);
        assert_string_equal(err->text, row->error);
        assert_null(value);
        return;
    }
    assert_null(err);
    cleanup_buf struct buf out = BUF_INIT(4096);
    json_write(&out, value);
    assert_string_equal(buf_text(&out), row->want ? row->want : row->text);
}

static void test_json_depth(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    for (size_t depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        cleanup_buf struct buf text = BUF_INIT(4096);
        for (size_t i = 0; i < depth; i++)
            buf_add_char(&text, '[');
        for (size_t i = 0; i < depth; i++)
            buf_add_char(&text, ']');
        struct value *value;
        cleanup_error struct error *err = json_parse(arena, buf_span(&text), JSON_STRICT, &value);
        assert_true((err != NULL) == (depth > JSON_MAX_DEPTH));
    }
}

static void test_json_nul(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *value = NULL;
    cleanup_error struct error *err = json_parse(arena, SPAN("{\"a\":4\0}"), 0, &value);
    assert_string_equal(err->text, "byte 6 is NUL");
}

static void test_json_styles(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *value;
    assert_null(json_parse(arena, SPAN("{\"b\":{},\"a\":[1,{\"z\":1,\"y\":[]}]}"), 0, &value));
    cleanup_buf struct buf out = BUF_INIT(4096);
    json_write_canonical(&out, value);
    assert_string_equal(buf_text(&out), "{\"a\":[1,{\"y\":[],\"z\":1}],\"b\":{}}");
    buf_clear(&out);
    json_write_pretty(&out, value);
    assert_string_equal(buf_text(&out), "{\n    \"b\": {},\n    \"a\": [\n        1,\n        {\n"
                                        "            \"z\": 1,\n            \"y\": []\n        }\n    ]\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_depth),
        cmocka_unit_test(test_json_nul),
        cmocka_unit_test(test_json_styles),
    };
    int failed = RUN_TABLE(json_cases, test_json);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
