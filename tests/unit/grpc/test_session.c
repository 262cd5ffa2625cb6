/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's session without a socket: whatever a client may get wrong, byte by byte.
 */

#include "driver/grpc/session.h"
#include "tests/support/cmocka.h"
#include "tests/unit/grpc/raw_client.h"

#include <string.h>

/* --- a server with three methods --- */

static struct {
    struct session *session;
    struct raw_client raw;
    struct quota *quota;
    struct grpc_call *kept; /* by the method that keeps */
    int n_cancelled;
    bool is_broken; /* session_receive said so */
    uint64_t now;
    struct buf records;
} t;

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void on_fail(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_fail(call, error_hint(error_not_found("no claim \"x\" at 100%%"), "make one"));
}

static void on_cancel(struct grpc_call *call, void *data)
{
    assert_ptr_equal(data, &t);
    assert_true(grpc_call_is_cancelled(call));
    t.n_cancelled++;
}

static void on_keep(struct grpc_call *call, void *context)
{
    (void)context;
    t.kept = call;
    grpc_call_on_cancel(call, on_cancel, &t);
}

static const struct grpc_method methods[] = {
    { "/t.T/Echo", on_echo, NULL },
    { "/t.T/Fail", on_fail, NULL },
    { "/t.T/Keep", on_keep, NULL },
};

static void wants_turn(void *owner)
{
    (void)owner;
}

static void observe(const struct grpc_call_record *record, void *data)
{
    (void)data;
    buf_printf(&t.records, "%s %s\n", record->path, grpc_code_name(record->code));
}

static int set_up(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    t.records = BUF_INIT(1 << 20);
    t.now = 1000;
    t.quota = quota_new(200, 1 << 20);
    t.session = session_new(&(struct session_config){ .methods = methods,
                                                      .n_methods = ARRAY_LEN(methods),
                                                      .max_message_bytes = 1000,
                                                      .max_streams = 128,
                                                      .quota = t.quota,
                                                      .observe = observe,
                                                      .wants_turn = wants_turn });
    raw_init(&t.raw);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_free(t.session);
    if (t.kept)
        grpc_call_finish(t.kept);
    assert_int_equal(t.quota->n_calls, 0);
    assert_int_equal(t.quota->n_bytes, 0);
    assert_int_equal(t.quota->refs, 1);
    quota_unref(t.quota);
    raw_done(&t.raw);
    buf_done(&t.records);
    return 0;
}

/* Moves bytes both ways, in pieces of PIECE, until nothing moves. */
static void exchange_in(size_t piece)
{
    for (struct span left = buf_span(&t.raw.out); left.length;) {
        struct span bytes = { left.data, left.length < piece ? left.length : piece };
        cleanup_error struct error *err = session_receive(t.session, bytes, t.now);
        t.is_broken = err != NULL;
        if (err)
            break;
        left = span_skip(left, bytes.length);
    }
    buf_clear(&t.raw.out);
    size_t before;
    do {
        before = t.raw.in.length;
        session_turn(t.session, t.now);
        cleanup_buf struct buf out = BUF_INIT(1 << 20);
        session_send(t.session, &out);
        buf_add_span(&t.raw.in, buf_span(&out));
    } while (t.raw.in.length > before || session_has_events(t.session));
    raw_see(&t.raw);
}

static void exchange(void)
{
    exchange_in(SIZE_MAX);
}

static void assert_saw(const char *what)
{
    if (!strstr(buf_text(&t.raw.seen), what))
        fail_msg("expected to see: %s\nsaw:\n%s", what, buf_text(&t.raw.seen));
}

static void assert_works(uint32_t stream)
{
    char want[64];
    buf_clear(&t.raw.seen);
    raw_call(&t.raw, stream, "/t.T/Echo");
    raw_data(&t.raw, stream, true, (struct span){ "\0\0\0\0\2ok", 7 });
    exchange();
    snprintf(want, sizeof(want), "%u DATA 00000000026f6b\n%u HEADERS end grpc-status=0\n", stream, stream);
    assert_saw(want);
}

/* --- bodies --- */

static const struct body_case {
    const char *name;
    const char *path;
    const char *pieces[8]; /* as text: 0 is a zero byte; "" an empty frame */
    const char *want;
    bool reset; /* the server does not wait for the rest */
    bool unfinished;
} body_cases[] = {
    { "whole",
      "/t.T/Echo",
      { "00002ok" },
      "DATA 00000000026f6b\n1 HEADERS end grpc-status=0\n",
      false,
      false },
    { "byte by byte",
      "/t.T/Echo",
      { "0", "0", "0", "0", "2", "o", "k" },
      "DATA 00000000026f6b\n",
      false,
      false },
    { "end on an empty frame", "/t.T/Echo", { "00002ok", "" }, "DATA 00000000026f6b\n", false, false },
    { "empty message", "/t.T/Echo", { "00000" }, "DATA 0000000000\n", false, false },
    { "no message", "/t.T/Echo", { "" }, "grpc-status=13", false, false },
    { "half a prefix", "/t.T/Echo", { "000" }, "grpc-status=13", false, false },
    { "half a message", "/t.T/Echo", { "00005ok" }, "grpc-status=13", false, false },
    { "two messages", "/t.T/Echo", { "00001a", "00001b" }, "grpc-status=13", false, false },
    { "bytes behind the message", "/t.T/Echo", { "00001ab" }, "grpc-status=13", false, false },
    { "too large", "/t.T/Echo", { "09999" }, "grpc-status=8", true, true },
    { "compressed without a coding", "/t.T/Echo", { "10002ok" }, "grpc-status=13", true, true },
    { "unknown flag", "/t.T/Echo", { "70002ok" }, "grpc-status=13", true, true },
    { "unknown method", "/t.T/Nope", { "00002ok" }, "grpc-status=12", true, true },
    { "unknown service", "/u.T/Echo", { "00002ok" }, "grpc-status=12", false, false },
    { "a handler's error",
      "/t.T/Fail",
      { "00000" },
      "1 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity grpc-status=5 "
      "grpc-message=no claim \"x\" at 100%25 (hint: make one)\n",
      false,
      false },
};

/* Digits stand for bytes of that value. */
static struct span bytes_of(const char *text, char *out)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        out[i] = text[i] >= '0' && text[i] <= '9' ? (char)(text[i] - '0') : text[i];
    return (struct span){ out, length };
}

static void test_body(void **state)
{
    const struct body_case *row = *state;
    for (size_t piece = 1; piece < 4000; piece *= 7) {
        set_up(NULL);
        raw_preface(&t.raw);
        raw_call(&t.raw, 1, row->path);
        for (size_t i = 0; row->pieces[i]; i++) {
            char bytes[64];
            bool last = !row->pieces[i + 1] && !row->unfinished;
            raw_data(&t.raw, 1, last, bytes_of(row->pieces[i], bytes));
        }
        exchange_in(piece);
        assert_saw(row->want);
        assert_int_equal(strstr(buf_text(&t.raw.seen), "1 RST 0\n") != NULL, row->reset);
        assert_works(3); /* the connection survives */
        tear_down(NULL);
    }
}

static void test_compressed_with_a_coding(void **state)
{
    (void)state;
    const char *const headers[] = { ":method",          "POST",          ":path", "/t.T/Echo", "content-type",
                                    "application/grpc", "grpc-encoding", "gzip",  NULL };
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, headers);
    raw_data(&t.raw, 1, true, (struct span){ "\1\0\0\0\2ok", 7 });
    exchange();
    assert_saw("grpc-accept-encoding=identity grpc-status=12");
}

/* --- headers --- */

static void test_settings_come_first(void **state)
{
    (void)state;
    exchange(); /* before the client has said a word */
    assert_string_equal(buf_text(&t.raw.seen), "SETTINGS\n");
    raw_preface(&t.raw);
    exchange();
    assert_works(1);
}

static void test_http_errors(void **state)
{
    (void)state;
    const char *const get[] = { ":method",          "GET", ":path", "/t.T/Echo", "content-type",
                                "application/grpc", NULL };
    const char *const json[] = { ":method",          "POST", ":path", "/t.T/Echo", "content-type",
                                 "application/json", NULL };
    const char *const late[] = { ":method",          "POST",         ":path", "/t.T/Echo", "content-type",
                                 "application/grpc", "grpc-timeout", "1h",    NULL };
    const char *const none[] = { ":path", "/t.T/Echo", "content-type", "application/grpc", NULL };
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, get);
    raw_headers(&t.raw, 3, true, json);
    raw_headers(&t.raw, 5, false, late);
    raw_headers(&t.raw, 7, true, none);
    exchange();
    assert_saw("1 HEADERS end :status=405");
    assert_saw("1 RST 0\n");
    assert_saw("3 HEADERS end :status=415");
    assert_saw("5 HEADERS end :status=400");
    assert_saw("7 RST 1\n");
    assert_works(9);
}

static const struct authority_case {
    const char *name;
    const char *authority;
} authority_cases[] = {
    { "localhost", "localhost" },
    { "percent-encoded", "%2Fvar%2Flib%2Fkubelet%2Fplugins%2Fx%2Fdra.sock" },
    { "raw path", "/var/lib/kubelet/plugins/x/dra.sock" },
    { "unix uri", "unix:///var/x.sock" },
    { "empty", "" },
    { "spaces and more", " ~@\"# " },
    { "long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
};

static void test_authority(void **state)
{
    const struct authority_case *row = *state;
    const char *const headers[] = {
        ":method",      "POST",         ":scheme",          "http", ":path", "/t.T/Echo", ":authority",
        row->authority, "content-type", "application/grpc", NULL
    };
    set_up(NULL);
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, headers);
    raw_data(&t.raw, 1, true, (struct span){ "\0\0\0\0\2ok", 7 });
    exchange();
    assert_saw("1 DATA 00000000026f6b\n1 HEADERS end grpc-status=0\n");
    tear_down(NULL);
}

static void test_headers_too_large(void **state)
{
    (void)state;
    const char *headers[202] = {
        ":method", "POST", ":path", "/t.T/Echo", "content-type", "application/grpc"
    };
    static const char value[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    for (size_t i = 6; i < 200; i += 2) {
        headers[i] = "k";
        headers[i + 1] = i < 180 ? value : "";
    }
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, headers);
    raw_headers(&t.raw, 3, false, (const char *const[]){ NULL });
    for (int i = 0; i < 3; i++)
        raw_call(&t.raw, (uint32_t)(5 + 2 * i), "/t.T/Echo");
    exchange();
    assert_works(11);
}

static void test_request_trailers(void **state)
{
    (void)state;
    raw_preface(&t.raw);
    raw_call(&t.raw, 1, "/t.T/Echo");
    raw_data(&t.raw, 1, false, (struct span){ "\0\0\0\0\0", 5 });
    raw_headers(&t.raw, 1, true, (const char *const[]){ "x", "y", NULL });
    exchange();
    assert_saw("1 HEADERS end grpc-status=0\n");
    raw_call(&t.raw, 3, "/t.T/Echo");
    raw_headers(&t.raw, 3, false, (const char *const[]){ "x", "y", NULL }); /* neither head nor end */
    exchange();
    assert_saw("3 RST 1\n");
    assert_works(5);
}

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
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, headers);
    raw_data(&t.raw, 1, true, (struct span){ "\0\0\0\0\0", 5 });
    exchange();
    assert_non_null(t.kept);
}

static void test_deadline(void **state)
{
    (void)state;
    keep_one("10u");
    assert_int_equal(session_next_deadline(t.session), 1000 + 10000);
    assert_int_equal(grpc_call_deadline(t.kept), 1000 + 10000);
    t.now = 10999;
    exchange();
    assert_int_equal(t.n_cancelled, 0);
    t.now = 11000;
    exchange();
    assert_int_equal(t.n_cancelled, 1);
    assert_saw("1 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=4");
    assert_string_equal(buf_text(&t.records), "/t.T/Keep DeadlineExceeded\n");
    grpc_call_reply(take(t.kept), SPAN("late")); /* goes nowhere */
    exchange();
    assert_null(strstr(buf_text(&t.raw.seen), "DATA"));
    assert_int_equal(session_next_deadline(t.session), UINT64_MAX);
}

static void test_deadline_of_a_request_that_never_ends(void **state)
{
    (void)state;
    const char *const headers[] = { ":method",          "POST",         ":path", "/t.T/Echo", "content-type",
                                    "application/grpc", "grpc-timeout", "10u",   NULL };
    raw_preface(&t.raw);
    raw_headers(&t.raw, 1, false, headers);
    exchange();
    t.now = 20000;
    exchange();
    assert_saw("grpc-status=4");
    assert_saw("1 RST 0\n");
}

static void test_cancel(void **state)
{
    (void)state;
    keep_one(NULL);
    raw_reset(&t.raw, 1);
    exchange();
    assert_int_equal(t.n_cancelled, 1);
    assert_true(session_is_idle(t.session));
    assert_false(grpc_call_send(t.kept, SPAN("x")));
    assert_int_equal(t.quota->n_calls, 1); /* until the handler is through */
    assert_string_equal(buf_text(&t.records), "/t.T/Keep Canceled\n");
    grpc_call_fail(take(t.kept), error_internal("too late"));
    assert_int_equal(t.quota->n_calls, 0);
}

static void test_cancel_before_the_handler(void **state)
{
    (void)state;
    raw_preface(&t.raw);
    raw_call(&t.raw, 1, "/t.T/Keep");
    raw_data(&t.raw, 1, true, (struct span){ "\0\0\0\0\0", 5 });
    raw_reset(&t.raw, 1);
    exchange();
    assert_null(t.kept); /* never called */
    assert_int_equal(t.quota->n_calls, 0);
    assert_works(3);
}

static void test_close_cancels(void **state)
{
    (void)state;
    keep_one(NULL);
    session_close(t.session);
    session_turn(t.session, t.now);
    assert_int_equal(t.n_cancelled, 1);
    assert_string_equal(buf_text(&t.records), "/t.T/Keep Unavailable\n");
}

static void test_stream_of_messages(void **state)
{
    (void)state;
    keep_one(NULL);
    assert_true(grpc_call_send(t.kept, SPAN("a")));
    exchange();
    assert_saw("1 HEADERS :status=200 content-type=application/grpc\n1 DATA 000000000161\n");
    buf_clear(&t.raw.seen);
    assert_true(grpc_call_send(t.kept, SPAN("b")));
    assert_true(grpc_call_send(t.kept, SPAN("c"))); /* takes b's place */
    exchange();
    assert_string_equal(buf_text(&t.raw.seen), "1 DATA 000000000163\n");
    buf_clear(&t.raw.seen);
    grpc_call_send(t.kept, SPAN("d"));
    grpc_call_finish(take(t.kept));
    exchange();
    assert_string_equal(buf_text(&t.raw.seen), "1 DATA 000000000164\n1 HEADERS end grpc-status=0\n");
}

static void test_stream_fails_midway(void **state)
{
    (void)state;
    keep_one(NULL);
    grpc_call_send(t.kept, SPAN("a"));
    exchange();
    grpc_call_fail_with(take(t.kept), GRPC_UNAVAILABLE, "going down");
    exchange();
    assert_saw("1 HEADERS end grpc-status=14 grpc-message=going down\n");
}

static void test_stream_ends_without_a_message(void **state)
{
    (void)state;
    keep_one(NULL);
    grpc_call_finish(take(t.kept));
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
        assert_true(grpc_call_send(t.kept, (struct span){ big, sizeof(big) }));
        exchange();
    }
    unsigned char window[] = { 0, 0x10, 0, 0 };
    raw_frame(&t.raw, NGHTTP2_WINDOW_UPDATE, 0, 0, (struct span){ (char *)window, 4 });
    raw_frame(&t.raw, NGHTTP2_WINDOW_UPDATE, 0, 1, (struct span){ (char *)window, 4 });
    buf_clear(&t.raw.seen);
    exchange();
    size_t n_data = 0;
    for (const char *at = buf_text(&t.raw.seen); (at = strstr(at, "DATA")); at++)
        n_data++;
    assert_true(n_data < 12); /* two messages, not fifty */
}

/* --- limits and farewell --- */

static void test_too_many_calls(void **state)
{
    (void)state;
    t.quota->max_calls = 1;
    keep_one(NULL);
    raw_call(&t.raw, 3, "/t.T/Echo");
    raw_data(&t.raw, 3, true, (struct span){ "\0\0\0\0\0", 5 });
    exchange();
    assert_saw("3 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=8");
}

static void test_too_many_bytes(void **state)
{
    (void)state;
    t.quota->max_bytes = 20;
    raw_preface(&t.raw);
    raw_call(&t.raw, 1, "/t.T/Echo");
    raw_call(&t.raw, 3, "/t.T/Echo");
    raw_data(&t.raw, 1, false, (struct span){ "\0\0\0\0\20aaaaaaaaaa", 15 });
    raw_data(&t.raw, 3, false, (struct span){ "\0\0\0\0\20aaaaaaaaaa", 15 });
    exchange();
    assert_saw("3 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity "
               "grpc-status=8");
    raw_data(&t.raw, 1, true, SPAN("aa"));
    exchange();
    assert_saw("1 HEADERS end :status=200"); /* 13: it ends midway */
}

static void test_too_many_streams(void **state)
{
    (void)state;
    raw_preface(&t.raw);
    for (uint32_t i = 0; i < 129; i++)
        raw_call(&t.raw, 1 + 2 * i, "/t.T/Echo");
    exchange();
    assert_saw("257 RST 7\n"); /* REFUSED_STREAM: to be tried again */
    assert_null(strstr(buf_text(&t.raw.seen), "GOAWAY"));
}

static void test_drain(void **state)
{
    (void)state;
    keep_one(NULL);
    buf_clear(&t.raw.seen);
    session_drain(t.session);
    exchange();
    assert_string_equal(buf_text(&t.raw.seen), "GOAWAY 2147483647 code 0\nPING\n");
    raw_call(&t.raw, 3, "/t.T/Echo"); /* was on its way */
    raw_frame(&t.raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, (struct span){ "\0\0\0\0\0\0\0\0", 8 });
    exchange();
    assert_saw("3 RST 7\n");
    assert_saw("GOAWAY 3 code 0\n");
    assert_false(session_is_finished(t.session));
    grpc_call_reply(take(t.kept), SPAN("done"));
    exchange();
    assert_saw("1 HEADERS end grpc-status=0\n");
    assert_true(session_is_finished(t.session));
}

static void flood(int type, struct span payload, int n)
{
    raw_preface(&t.raw);
    for (int i = 0; i < n; i++)
        raw_frame(&t.raw, type, 0, 0, payload);
    exchange();
}

static void test_ping_flood(void **state)
{
    (void)state;
    flood(NGHTTP2_PING, (struct span){ "\0\0\0\0\0\0\0\0", 8 }, 5000);
    assert_true(t.raw.in.length + t.raw.seen.length < 100000);
    assert_true(t.is_broken);
}

static void test_settings_flood(void **state)
{
    (void)state;
    flood(NGHTTP2_SETTINGS, SPAN(""), 5000);
    assert_true(t.is_broken);
}

static void test_rapid_reset(void **state)
{
    (void)state;
    raw_preface(&t.raw);
    for (uint32_t i = 0; i < 5000; i++) {
        raw_call(&t.raw, 1 + 2 * i, "/t.T/Keep");
        raw_data(&t.raw, 1 + 2 * i, true, (struct span){ "\0\0\0\0\0", 5 });
        raw_reset(&t.raw, 1 + 2 * i);
    }
    exchange();
    assert_saw("GOAWAY");
    assert_int_equal(t.quota->n_calls, 0);
}

static void test_not_http2(void **state)
{
    (void)state;
    cleanup_error struct error *err =
        session_receive(t.session, SPAN("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
    assert_non_null(err);
    assert_string_equal(err->text, "http/2: Received bad client magic byte string");
    exchange();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_compressed_with_a_coding),
        TEST(test_settings_come_first),
        TEST(test_http_errors),
        TEST(test_headers_too_large),
        TEST(test_request_trailers),
        TEST(test_deadline),
        TEST(test_deadline_of_a_request_that_never_ends),
        TEST(test_cancel),
        TEST(test_cancel_before_the_handler),
        TEST(test_close_cancels),
        TEST(test_stream_of_messages),
        TEST(test_stream_fails_midway),
        TEST(test_stream_ends_without_a_message),
        TEST(test_stream_conflates_for_a_slow_reader),
        TEST(test_too_many_calls),
        TEST(test_too_many_bytes),
        TEST(test_too_many_streams),
        TEST(test_drain),
        TEST(test_ping_flood),
        TEST(test_settings_flood),
        TEST(test_rapid_reset),
        TEST(test_not_http2),
    };
    return RUN_TABLE(body_cases, test_body) + RUN_TABLE(authority_cases, test_authority) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
