/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees: made, changed, compared, and read without checks on the way.
 */

#include "api/value/json.h"
#include "api/value/value.h"
#include "tests/support/cmocka.h"

static struct value *parse(struct arena *arena, const char *text)
{
    struct value *value = NULL;
    assert_null(json_parse(arena, span_of(text), 0, &value));
    return value;
}

struct equal_case {
    const char *name;
    const char *a, *b;
    bool want;
};

static const struct equal_case equal_cases[] = {
    { "order of members", "{\"a\":1,\"b\":[2,{}]}", "{\"b\":[2,{}],\"a\":1}", true },
    { "order of items", "[1,2]", "[2,1]", false },
    { "integer and double", "[1,2.0]", "[1.0,2]", true },
    { "beyond a double", "9007199254740993", "9007199254740992.0", false },
    { "the largest integer", "9223372036854775807", "9223372036854775808.0", false },
    { "null and absent", "{\"a\":null}", "{}", false },
    { "other names", "{\"a\":1}", "{\"b\":1}", false },
    { "types", "[\"1\",false]", "[1,0]", false },
};

static void test_equal(void **state)
{
    const struct equal_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    assert_int_equal(value_equal(parse(arena, row->a), parse(arena, row->b)), row->want);
}

static void test_equal_large(void **state)
{
    (void)state;
    enum { MEMBERS = 20000 };
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf up = BUF_INIT(1 << 20), down = BUF_INIT(1 << 20);
    for (int i = 0; i < MEMBERS; i++) {
        buf_printf(&up, "%c\"%d\":%d", i ? ',' : '{', i, i);
        buf_printf(&down, "%c\"%d\":%d", i ? ',' : '{', MEMBERS - 1 - i, MEMBERS - 1 - i);
    }
    buf_add_char(&up, '}');
    buf_add_char(&down, '}');
    assert_true(value_equal(parse(arena, buf_text(&up)), parse(arena, buf_text(&down))));
}

static void expect(const struct value *value, const char *json)
{
    cleanup_buf struct buf out = BUF_INIT(4096);
    json_write(&out, value);
    assert_string_equal(buf_text(&out), json);
}

static void test_changes(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *object = value_object(arena);
    for (int i = 0; i < 10; i++) {
        value_append(arena, value_child_list(arena, value_child(arena, object, "a"), "b"),
                     value_int(arena, i));
    }
    struct value *list = value_path(object, "a.b");
    value_delete_item(list, 0);
    value_delete_item(list, 8);
    value_insert(arena, list, 1, value_text(arena, "x"));
    value_append(arena, list, NULL);
    value_set(arena, object, "absent", NULL);
    value_set_text(arena, object, "t", "u");
    value_set_bool(arena, object, "t", true);
    value_set_int(arena, object, "i", -5);
    assert_true(value_delete(object, "i"));
    assert_false(value_delete(object, "i"));
    expect(object, "{\"a\":{\"b\":[1,\"x\",2,3,4,5,6,7,8]},\"t\":true}");
    struct value *copy = value_copy(arena, object);
    value_set_int(arena, value_child(arena, copy, "t"), "n", 1);
    expect(copy, "{\"a\":{\"b\":[1,\"x\",2,3,4,5,6,7,8]},\"t\":{\"n\":1}}");
    expect(value_get(object, "t"), "true");
}

static void test_reading(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    const struct value *pod = parse(arena, "{\"metadata\":{\"name\":\"p\",\"n\":3},\"spec\":[1,2]}");
    assert_string_equal(value_path_string(pod, "metadata.name"), "p");
    assert_null(value_path_string(pod, "metadata.n"));
    assert_null(value_path(pod, "spec.nodeName"));
    assert_null(value_path(pod, "status.phase.x"));
    assert_int_equal(value_integer(value_path(pod, "metadata.n"), 7), 3);
    assert_int_equal(value_integer(NULL, 7), 7);
    int64_t sum = 0;
    value_each (value_get(pod, "spec"), item)
        sum += item->integer;
    value_each (value_get(pod, "metadata"), item)
        sum += item->integer;
    value_each_member (value_get(pod, "spec"), member)
        sum += member->value->integer;
    assert_int_equal(sum, 3);
    assert_null(value_at(value_get(pod, "spec"), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_large),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_reading),
    };
    int failed = RUN_TABLE(equal_cases, test_equal);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
