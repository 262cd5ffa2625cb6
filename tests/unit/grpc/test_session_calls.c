/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of calls in the server's session: deadlines, cancellation, streams of messages; and its limits
 * and farewell.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/grpc/served.h"

#include <string.h>

/* --- lives of calls --- */

static void keep_one(const char *timeout)
{
    const char *const headers[] = { ":method",
                                    "POST",
                                    ":path",
                                    "/t.T/Keep",
                                    "content-type",
                                    "application/grpc",
                                    timeout ? "grpc-timeout" : "x",
                                    timeout ? timeout : "y",
                                    NULL };
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, headers);
    raw_data(&served.raw, 1, true, (struct span){ "\0\0\0\0\0", 5 });
    exchange();
    assert_non_null(served.kept);
}

static void test_deadline(void **state)
{
    (void)state;
    keep_one("10u");
    assert_int_equal(session_next_deadline(served.session), 1000 + 10000);
    assert_int_equal(grpc_call_deadline(served.kept), 1000 + 10000);
    served.now = 10999;
    exchange();
    assert_int_equal(served.n_cancelled, 0);
    served.now = 11000;
    exchange();
    assert_int_equal(served.n_cancelled, 1);
    assert_saw("1 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=4");
    assert_string_equal(buf_text(&served.records), "/t.T/Keep DeadlineExceeded\n");
    grpc_call_reply(take(served.kept), SPAN("late")); /* goes nowhere */
    exchange();
    assert_null(strstr(buf_text(&served.raw.seen), "DATA"));
    assert_int_equal(session_next_deadline(served.session), UINT64_MAX);
}

static void test_deadline_of_a_request_that_never_ends(void **state)
{
    (void)state;
    const char *const headers[] = { ":method",          "POST",         ":path", "/t.T/Echo", "content-type",
                                    "application/grpc", "grpc-timeout", "10u",   NULL };
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, headers);
    exchange();
    served.now = 20000;
    exchange();
    assert_saw("grpc-status=4");
    assert_saw("1 RST 0\n");
}

static void test_cancel(void **state)
{
    (void)state;
    keep_one(NULL);
    raw_reset(&served.raw, 1);
    exchange();
    assert_int_equal(served.n_cancelled, 1);
    assert_true(session_is_idle(served.session));
    assert_false(grpc_call_send(served.kept, SPAN("x")));
    assert_int_equal(served.quota->n_calls, 1); /* until the handler is through */
    assert_string_equal(buf_text(&served.records), "/t.T/Keep Canceled\n");
    grpc_call_fail(take(served.kept), error_internal("too late"));
    assert_int_equal(served.quota->n_calls, 0);
}

static void test_cancel_before_the_handler(void **state)
{
    (void)state;
    raw_preface(&served.raw);
    raw_call(&served.raw, 1, "/t.T/Keep");
    raw_data(&served.raw, 1, true, (struct span){ "\0\0\0\0\0", 5 });
    raw_reset(&served.raw, 1);
    exchange();
    assert_null(served.kept); /* never called */
    assert_int_equal(served.quota->n_calls, 0);
    assert_works(3);
}

static void test_close_cancels(void **state)
{
    (void)state;
    keep_one(NULL);
    session_close(served.session);
    session_turn(served.session, served.now);
    assert_int_equal(served.n_cancelled, 1);
    assert_string_equal(buf_text(&served.records), "/t.T/Keep Unavailable\n");
}

static void test_stream_of_messages(void **state)
{
    (void)state;
    keep_one(NULL);
    assert_true(grpc_call_send(served.kept, SPAN("a")));
    exchange();
    assert_saw("1 HEADERS :status=200 content-type=application/grpc\n1 DATA 000000000161\n");
    buf_clear(&served.raw.seen);
    assert_true(grpc_call_send(served.kept, SPAN("b")));
    assert_true(grpc_call_send(served.kept, SPAN("c"))); /* takes b's place */
    exchange();
    assert_string_equal(buf_text(&served.raw.seen), "1 DATA 000000000163\n");
    buf_clear(&served.raw.seen);
    grpc_call_send(served.kept, SPAN("d"));
    grpc_call_finish(take(served.kept));
    exchange();
    assert_string_equal(buf_text(&served.raw.seen), "1 DATA 000000000164\n1 HEADERS end grpc-status=0\n");
}

static void test_stream_fails_midway(void **state)
{
    (void)state;
    keep_one(NULL);
    grpc_call_send(served.kept, SPAN("a"));
    exchange();
    grpc_call_fail_with(take(served.kept), GRPC_UNAVAILABLE, "going down");
    exchange();
    assert_saw("1 HEADERS end grpc-status=14 grpc-message=going down\n");
}

static void test_stream_ends_without_a_message(void **state)
{
    (void)state;
    keep_one(NULL);
    grpc_call_finish(take(served.kept));
    exchange();
    assert_saw("1 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=0\n");
}

/* A reader that gives no window gets what fits and then the newest. */
static void test_stream_conflates_for_a_slow_reader(void **state)
{
    (void)state;
    char big[60000];
    memset(big, 'x', sizeof(big));
    keep_one(NULL);
    for (int i = 0; i < 50; i++) {
        big[0] = (char)i;
        assert_true(grpc_call_send(served.kept, (struct span){ big, sizeof(big) }));
        exchange();
    }
    unsigned char window[] = { 0, 0x10, 0, 0 };
    raw_frame(&served.raw, NGHTTP2_WINDOW_UPDATE, 0, 0, (struct span){ (char *)window, 4 });
    raw_frame(&served.raw, NGHTTP2_WINDOW_UPDATE, 0, 1, (struct span){ (char *)window, 4 });
    buf_clear(&served.raw.seen);
    exchange();
    size_t n_data = 0;
    for (const char *at = buf_text(&served.raw.seen); (at = strstr(at, "DATA")); at++)
        n_data++;
    assert_true(n_data < 12); /* two messages, not fifty */
}

/* --- limits and farewell --- */

static void test_too_many_calls(void **state)
{
    (void)state;
    served.quota->max_calls = 1;
    keep_one(NULL);
    raw_call(&served.raw, 3, "/t.T/Echo");
    raw_data(&served.raw, 3, true, (struct span){ "\0\0\0\0\0", 5 });
    exchange();
    assert_saw("3 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=8");
}

static void test_too_many_bytes(void **state)
{
    (void)state;
    served.quota->max_bytes = 20;
    raw_preface(&served.raw);
    raw_call(&served.raw, 1, "/t.T/Echo");
    raw_call(&served.raw, 3, "/t.T/Echo");
    raw_data(&served.raw, 1, false, (struct span){ "\0\0\0\0\20aaaaaaaaaa", 15 });
    raw_data(&served.raw, 3, false, (struct span){ "\0\0\0\0\20aaaaaaaaaa", 15 });
    exchange();
    assert_saw("3 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=8");
    raw_data(&served.raw, 1, true, SPAN("aa"));
    exchange();
    assert_saw("1 HEADERS end :status=200"); /* 13: it ends midway */
}

static void test_too_many_streams(void **state)
{
    (void)state;
    raw_preface(&served.raw);
    for (uint32_t i = 0; i < 129; i++)
        raw_call(&served.raw, 1 + 2 * i, "/t.T/Echo");
    exchange();
    assert_saw("257 RST 7\n"); /* REFUSED_STREAM: to be tried again */
    assert_null(strstr(buf_text(&served.raw.seen), "GOAWAY"));
}

static void test_drain(void **state)
{
    (void)state;
    keep_one(NULL);
    buf_clear(&served.raw.seen);
    session_drain(served.session);
    exchange();
    assert_string_equal(buf_text(&served.raw.seen), "GOAWAY 2147483647 code 0\nPING\n");
    raw_call(&served.raw, 3, "/t.T/Echo"); /* was on its way */
    raw_frame(&served.raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, (struct span){ "\0\0\0\0\0\0\0\0", 8 });
    exchange();
    assert_saw("3 RST 7\n");
    assert_saw("GOAWAY 3 code 0\n");
    assert_false(session_is_finished(served.session));
    grpc_call_reply(take(served.kept), SPAN("done"));
    exchange();
    assert_saw("1 HEADERS end grpc-status=0\n");
    assert_true(session_is_finished(served.session));
}

static void flood(int type, struct span payload, int n)
{
    raw_preface(&served.raw);
    for (int i = 0; i < n; i++)
        raw_frame(&served.raw, type, 0, 0, payload);
    exchange();
}

static void test_ping_flood(void **state)
{
    (void)state;
    flood(NGHTTP2_PING, (struct span){ "\0\0\0\0\0\0\0\0", 8 }, 5000);
    assert_true(served.raw.in.length + served.raw.seen.length < 100000);
    assert_true(served.is_broken);
}

static void test_settings_flood(void **state)
{
    (void)state;
    flood(NGHTTP2_SETTINGS, SPAN(""), 5000);
    assert_true(served.is_broken);
}

static void test_rapid_reset(void **state)
{
    (void)state;
    raw_preface(&served.raw);
    for (uint32_t i = 0; i < 5000; i++) {
        raw_call(&served.raw, 1 + 2 * i, "/t.T/Keep");
        raw_data(&served.raw, 1 + 2 * i, true, (struct span){ "\0\0\0\0\0", 5 });
        raw_reset(&served.raw, 1 + 2 * i);
    }
    exchange();
    assert_saw("GOAWAY");
    assert_int_equal(served.quota->n_calls, 0);
}

static void test_not_http2(void **state)
{
    (void)state;
    cleanup_error struct error *err =
        session_receive(served.session, SPAN("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
    assert_non_null(err);
    assert_string_equal(err->text, "http/2: Received bad client magic byte string");
    exchange();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED_TEST(test_deadline),
        SERVED_TEST(test_deadline_of_a_request_that_never_ends),
        SERVED_TEST(test_cancel),
        SERVED_TEST(test_cancel_before_the_handler),
        SERVED_TEST(test_close_cancels),
        SERVED_TEST(test_stream_of_messages),
        SERVED_TEST(test_stream_fails_midway),
        SERVED_TEST(test_stream_ends_without_a_message),
        SERVED_TEST(test_stream_conflates_for_a_slow_reader),
        SERVED_TEST(test_too_many_calls),
        SERVED_TEST(test_too_many_bytes),
        SERVED_TEST(test_too_many_streams),
        SERVED_TEST(test_drain),
        SERVED_TEST(test_ping_flood),
        SERVED_TEST(test_settings_flood),
        SERVED_TEST(test_rapid_reset),
        SERVED_TEST(test_not_http2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
