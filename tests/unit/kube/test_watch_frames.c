/* SPDX-License-Identifier: Apache-2.0 */
/*
 * However a watch stream is cut into pieces, the same lines come out.
 */

#include "driver/kube/base64.h"
#include "driver/kube/watch_frames.h"
#include "tests/support/cmocka.h"

static void collect(struct watch_frames *frames, struct span piece, struct buf *out)
{
    for (;;) {
        struct span line;
        bool found;
        assert_null(watch_frames_next(frames, &piece, &line, &found));
        if (!found)
            return;
        buf_add_char(out, '[');
        buf_add_span(out, line);
        buf_add_char(out, ']');
    }
}

static void test_every_cut(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\n\n{\"bb\":22}\r\n  \n{\"ccc\":333}\n";
    for (size_t size = 1; size <= sizeof(text); size++) {
        struct watch_frames frames = WATCH_FRAMES_INIT;
        cleanup_buf struct buf out = BUF_INIT(1000);
        for (size_t at = 0; at < sizeof(text) - 1; at += size) {
            size_t left = sizeof(text) - 1 - at;
            collect(&frames, (struct span){ text + at, left < size ? left : size }, &out);
        }
        assert_string_equal(buf_text(&out), "[{\"a\":1}][{\"bb\":22}\r][{\"ccc\":333}]");
        watch_frames_done(&frames);
    }
}

static void test_long_line(void **state)
{
    (void)state;
    struct watch_frames frames = { BUF_INIT(10) };
    struct span piece = SPAN("0123456789abcdef"), line;
    bool found;
    cleanup_error struct error *err = watch_frames_next(&frames, &piece, &line, &found);
    assert_int_equal(err->kind, ERROR_EXHAUSTED);
    watch_frames_done(&frames);
}

struct base64_case {
    const char *name, *text, *want;
};

static const struct base64_case base64_cases[] = {
    { "no padding", "Zm9v", "foo" },
    { "one", "Zm9vYmE=", "fooba" },
    { "two", "Zm9vYg==", "foob" },
    { "line breaks", "Zm\n9v\r\n", "foo" },
    { "cut short", "Zm9", NULL },
    { "not base64", "Zm9*", NULL },
    { "text after padding", "Zg==Zg==", NULL },
};

static void test_base64(void **state)
{
    const struct base64_case *row = *state;
    cleanup_buf struct buf out = BUF_INIT(100);
    cleanup_error struct error *err = base64_decode(span_of(row->text), &out);
    assert_true(!err == (row->want != NULL));
    if (err)
        return;
    assert_string_equal(buf_text(&out), row->want);
    cleanup_buf struct buf text = BUF_INIT(100);
    base64_encode(buf_span(&out), &text);
    if (!strchr(row->text, '\n'))
        assert_string_equal(buf_text(&text), row->text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_cut), cmocka_unit_test(test_long_line) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(base64_cases, test_base64);
}
