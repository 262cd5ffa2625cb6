/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base: errors that grow at the front, maps that survive removals, texts that parse back.
 */

#include "api/base/arena.h"
#include "api/base/buf.h"
#include "api/base/file.h"
#include "api/base/map.h"
#include "api/base/options.h"
#include "api/base/symbols.h"
#include "api/base/time.h"
#include "api/base/utf8.h"
#include "api/base/uuid.h"
#include "tests/support/cmocka.h"

static void test_error_wrap(void **state)
{
    (void)state;
    cleanup_error struct error *err = error_hint(error_invalid("count %d", -1), "use a positive one");
    err = error_hint(error_wrap(err, "request %s", "gpu"), "a later hint loses");
    assert_string_equal(err->text, "request gpu: count -1");
    assert_string_equal(err->hint, "use a positive one");
    assert_null(error_wrap(NULL, "nothing"));
}

static void test_map_random_steps(void **state)
{
    (void)state;
    enum { KEYS = 200, STEPS = 20000 };
    cleanup_map struct map map = { 0 };
    uintptr_t expected[KEYS] = { 0 };
    unsigned seed = 7;
    for (int step = 0; step < STEPS; step++) {
        unsigned key = (unsigned)rand_r(&seed) % KEYS;
        char text[16];
        snprintf(text, sizeof(text), "key-%u", key);
        if (rand_r(&seed) % 3 == 0) {
            assert_int_equal((uintptr_t)map_remove(&map, span_of(text)), expected[key]);
            expected[key] = 0;
        } else {
            assert_int_equal((uintptr_t)map_put(&map, text, (void *)(uintptr_t)(step + 1)), expected[key]);
            expected[key] = (uintptr_t)step + 1;
        }
        assert_int_equal((uintptr_t)map_get(&map, text), expected[key]);
    }
    size_t live = 0;
    for (int i = 0; i < KEYS; i++)
        live += expected[i] != 0;
    assert_int_equal(map.length, live);
}

static void test_arena(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    for (size_t i = 0; i < 1000; i++) {
        char *memory = arena_array(arena, i, 7);
        for (size_t j = 0; j < i * 7; j++)
            assert_int_equal(memory[j], 0);
        if (i)
            memset(memory, 0xff, i * 7);
    }
    assert_string_equal(arena_printf(arena, "%s-%d", "gpu", 7), "gpu-7");
    assert_null(arena_strdup(arena, NULL));
}

/* Texts and structs share blocks, large things have their own; none of them touch. */
/* What was in a cleared arena is gone, and its memory is used again. */
static void test_arena_clear(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    size_t size = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 1; i < 200; i++) {
            unsigned char *memory = arena_array(arena, i, 16);
            for (size_t j = 0; j < i * 16; j++)
                assert_int_equal(memory[j], 0);
            memset(memory, 0xaa, i * 16);
            arena_strdup(arena, "text");
        }
        assert_true(round == 0 || arena_size(arena) <= 2 * size);
        size = arena_size(arena);
        arena_clear(arena);
        assert_true(arena_size(arena) < 100);
    }
}

static void test_arena_mixed(void **state)
{
    (void)state;
    enum { ROUNDS = 2000 };
    struct kept {
        char *text;
        __int128 *numbers;
        size_t length;
    } *kept = mem_new(ROUNDS, sizeof(*kept));
    cleanup_arena struct arena *arena = arena_new();
    unsigned seed = 3;
    for (int i = 0; i < ROUNDS; i++) {
        size_t length = (size_t)rand_r(&seed) % (i % 100 ? 40 : 9000);
        kept[i].length = length;
        kept[i].text = arena_printf(arena, "%0*d", (int)length + 1, i);
        kept[i].numbers = arena_make_array(arena, __int128, length);
        assert_int_equal((uintptr_t)kept[i].numbers % _Alignof(__int128), 0);
        for (size_t j = 0; j < length; j++)
            kept[i].numbers[j] = i;
    }
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(atoi(kept[i].text), i);
        for (size_t j = 0; j < kept[i].length; j++)
            assert_true(kept[i].numbers[j] == i);
    }
    free(kept);
}

static void test_buf_cap(void **state)
{
    (void)state;
    cleanup_buf struct buf buf = BUF_INIT(5);
    buf_add(&buf, "abc");
    buf_printf(&buf, "%d", 45);
    cleanup_error struct error *none = buf_check(&buf);
    assert_null(none);
    buf_add_char(&buf, 'x');
    buf_consume(&buf, 2);
    assert_string_equal(buf_text(&buf), "c45");
    cleanup_error struct error *err = buf_check(&buf);
    assert_int_equal(err->kind, ERROR_EXHAUSTED);
}

static void test_symbols(void **state)
{
    (void)state;
    struct symbols symbols = { 0 };
    symbol gpu = symbols_intern(&symbols, SPAN("gpu"));
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof(text), "s%d", i);
        symbols_intern(&symbols, span_of(text));
    }
    assert_int_equal(symbols_intern(&symbols, SPAN("gpu")), gpu);
    assert_string_equal(symbols_text(&symbols, gpu), "gpu");
    assert_int_equal(symbols_find(&symbols, SPAN("absent")), 0);
    symbols_done(&symbols);
}

struct time_case {
    const char *name, *text, *want;
};

static const struct time_case time_cases[] = {
    { "utc", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00.000000Z" },
    { "fraction", "2026-07-01T12:00:00.1234567Z", "2026-07-01T12:00:00.123456Z" },
    { "offset", "2026-07-01T12:00:00+02:30", "2026-07-01T09:30:00.000000Z" },
    { "leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z" },
    { "no leap day", "2023-02-29T00:00:00Z", NULL },
    { "no zone", "2026-07-01T12:00:00", NULL },
    { "trailing text", "2026-07-01T12:00:00Zx", NULL },
    { "empty", "", NULL },
};

static void test_time(void **state)
{
    const struct time_case *row = *state;
    int64_t micros = 0;
    cleanup_error struct error *err = time_parse(span_of(row->text), &micros);
    assert_true(!err == (row->want != NULL));
    char text[TIME_TEXT_SIZE];
    if (!err) {
        time_format_micros(micros, text);
        assert_string_equal(text, row->want);
    }
}

struct age_case {
    const char *name;
    int64_t seconds;
    const char *want;
};

static const struct age_case age_cases[] = {
    { "zero", 0, "0s" },
    { "under two minutes", 119, "119s" },
    { "minutes and seconds", 130, "2m10s" },
    { "minutes", 3600, "60m" },
    { "hours and minutes", 3 * 3600 + 240, "3h4m" },
    { "hours", 30 * 3600, "30h" },
    { "days", 2 * 86400, "2d" },
    { "years", 800 * 86400, "2y70d" },
};

static void test_age(void **state)
{
    const struct age_case *row = *state;
    char text[TIME_TEXT_SIZE];
    time_format_age(row->seconds, text);
    assert_string_equal(text, row->want);
}

static void test_utf8(void **state)
{
    (void)state;
    assert_true(utf8_is_valid(SPAN("gr\xc3\xbc\xc3\x9f")));
    assert_false(utf8_is_valid(SPAN("\xc0\x80")));         /* overlong */
    assert_false(utf8_is_valid(SPAN("\xed\xa0\x80")));     /* surrogate */
    assert_false(utf8_is_valid(SPAN("\xf4\x90\x80\x80"))); /* above U+10FFFF */
    assert_false(utf8_is_valid(SPAN("\xe2\x82")));         /* cut short */
    assert_int_equal(utf8_truncate(SPAN("a\xc3\xbc"), 2).length, 1);
    cleanup_buf struct buf out = BUF_INIT(100);
    json_quote(&out, SPAN("a\"\n\x01\xff"));
    assert_string_equal(buf_text(&out), "\"a\\\"\\n\\u0001\xef\xbf\xbd\"");
}

static void test_uuid(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE];
    uuid_make(text);
    assert_true(uuid_is_canonical(span_of(text)));
    text[0] = 'G';
    assert_false(uuid_is_canonical(span_of(text)));
}

struct settings {
    const char *node;
    int64_t count, wait;
    bool dry;
};

static const struct option_row setting_rows[] = {
    { "node-name", "TEST_BASE_NODE", OPTION_STRING, offsetof(struct settings, node), .required = true,
      .help = "node" },
    { "count", NULL, OPTION_INT, offsetof(struct settings, count), 'c', .fallback = "3", .min = 1, .max = 9,
      .help = "n" },
    { "wait", NULL, OPTION_DURATION, offsetof(struct settings, wait), .fallback = "1m30s", .help = "wait" },
    { "dry-run", NULL, OPTION_BOOL, offsetof(struct settings, dry), .help = "dry" },
};

static const struct option_table setting_table = { "test", "[flags]", "A test.", setting_rows,
                                                   ARRAY_LEN(setting_rows) };

static struct error *parse_settings(char **argv, int argc, struct settings *out, size_t *n_words)
{
    enum options_outcome outcome;
    return options_parse(&setting_table, argc, argv, out, n_words, &outcome);
}

static void test_options(void **state)
{
    (void)state;
    struct settings settings = { 0 };
    size_t n_words;
    char *argv[] = { "test", "word", "--node-name=a", "-c", "5", "--dry-run", "--", "--tail" };
    cleanup_error struct error *err = parse_settings(argv, ARRAY_LEN(argv), &settings, &n_words);
    assert_null(err);
    assert_string_equal(settings.node, "a");
    assert_int_equal(settings.count, 5);
    assert_int_equal(settings.wait, 90000000000);
    assert_true(settings.dry);
    assert_int_equal(n_words, 2);
    assert_string_equal(argv[1], "--tail");
}

static void test_options_errors(void **state)
{
    (void)state;
    struct settings settings = { 0 };
    size_t n_words;
    char *missing[] = { "test" };
    cleanup_error struct error *err = parse_settings(missing, 1, &settings, &n_words);
    assert_string_equal(err->text, "flag --node-name is required");
    char *range[] = { "test", "--node-name", "a", "--count", "10" };
    cleanup_error struct error *too_large = parse_settings(range, ARRAY_LEN(range), &settings, &n_words);
    assert_string_equal(too_large->text, "flag --count: 10 is not between 1 and 9");
    char *unknown[] = { "test", "--cuont=1" };
    cleanup_error struct error *typo = parse_settings(unknown, ARRAY_LEN(unknown), &settings, &n_words);
    assert_string_equal(typo->text, "unknown flag --cuont=1");
}

static void test_file_replace(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_base.XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof(path), "%s/x", folder);
    assert_null(file_replace(path, SPAN("one"), 0644, FILE_SYNC));
    assert_null(file_replace(path, SPAN("two"), 0600, 0));
    cleanup_buf struct buf text = BUF_INIT(100);
    assert_null(file_read(path, &text));
    assert_string_equal(buf_text(&text), "two");
    assert_null(file_remove(path, FILE_SYNC));
    assert_null(file_remove(path, 0));
    cleanup_error struct error *err = file_read(path, &text);
    assert_int_equal(err->kind, ERROR_NOT_FOUND);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_wrap),     cmocka_unit_test(test_map_random_steps),
        cmocka_unit_test(test_arena),          cmocka_unit_test(test_arena_clear),
        cmocka_unit_test(test_arena_mixed),    cmocka_unit_test(test_buf_cap),
        cmocka_unit_test(test_symbols),        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_uuid),           cmocka_unit_test(test_options),
        cmocka_unit_test(test_options_errors), cmocka_unit_test(test_file_replace),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += RUN_TABLE(time_cases, test_time);
    failed += RUN_TABLE(age_cases, test_age);
    return failed;
}
