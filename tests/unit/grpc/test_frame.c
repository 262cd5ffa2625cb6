/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in and out of their five-byte prefixes, and the outbox that keeps the newest.
 */

#include "driver/grpc/frame.h"
#include "driver/grpc/outbox.h"
#include "tests/support/cmocka.h"

#include <string.h>

/* "\0\0\0\0\3abc" and an empty message behind it */
static const char two_messages[] = { 0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0 };

static void test_split_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof(two_messages); piece++) {
        struct frame_splitter splitter = { .max_bytes = 10 };
        cleanup_buf struct buf first = BUF_INIT(10);
        size_t n_messages = 0;
        for (size_t at = 0; at < sizeof(two_messages); at += piece) {
            size_t left = sizeof(two_messages) - at;
            struct span bytes = { two_messages + at, left < piece ? left : piece };
            while (bytes.length) {
                assert_int_equal(frame_splitter_feed(&splitter, &bytes), FRAME_FINE);
                if (splitter.whole)
                    frame_splitter_next(&splitter, n_messages++ == 0 ? &first : NULL);
            }
        }
        assert_int_equal(n_messages, 2);
        assert_string_equal(buf_text(&first), "abc");
        assert_false(frame_splitter_is_midway(&splitter));
        frame_splitter_done(&splitter);
    }
}

static const struct fault_case {
    const char *name;
    unsigned char prefix[GRPC_PREFIX_BYTES];
    enum frame_fault want;
} fault_cases[] = {
    { "at the limit", { 0, 0, 0, 1, 0 }, FRAME_FINE },
    { "one more", { 0, 0, 0, 1, 1 }, FRAME_TOO_LARGE },
    { "four gigabytes", { 0, 0xff, 0xff, 0xff, 0xff }, FRAME_TOO_LARGE },
    { "compressed", { 1, 0, 0, 0, 1 }, FRAME_COMPRESSED },
    { "another flag", { 2, 0, 0, 0, 1 }, FRAME_BAD_FLAG },
};

static void test_fault(void **state)
{
    const struct fault_case *row = *state;
    struct frame_splitter splitter = { .max_bytes = 256 };
    struct span bytes = { (const char *)row->prefix, sizeof(row->prefix) };
    assert_int_equal(frame_splitter_feed(&splitter, &bytes), row->want);
    assert_int_equal(splitter.message.room, 0); /* nothing was set aside on a promise */
    frame_splitter_done(&splitter);
}

static void test_outbox_keeps_the_newest(void **state)
{
    (void)state;
    struct outbox outbox = { 0 };
    char out[64];
    outbox_put(&outbox, SPAN("one"));
    assert_int_equal(outbox_read(&outbox, out, 6), 6); /* begun, so it will be finished */
    assert_memory_equal(out, "\0\0\0\0\3o", 6);
    outbox_put(&outbox, SPAN("two"));
    outbox_put(&outbox, SPAN("three"));
    assert_int_equal(outbox_read(&outbox, out, sizeof(out)), 2 + 5 + 5);
    assert_memory_equal(out, "ne\0\0\0\0\5three", 12);
    assert_true(outbox_is_empty(&outbox));
    assert_int_equal(outbox_read(&outbox, out, sizeof(out)), 0);
    outbox_put(&outbox, SPAN(""));
    assert_false(outbox_is_empty(&outbox));
    assert_int_equal(outbox_read(&outbox, out, sizeof(out)), 5);
    outbox_done(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_in_any_pieces),
        cmocka_unit_test(test_outbox_keeps_the_newest),
    };
    return RUN_TABLE(fault_cases, test_fault) + cmocka_run_group_tests(tests, NULL, NULL);
}
