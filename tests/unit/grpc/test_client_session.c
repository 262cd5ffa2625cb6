/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client makes of whatever a server answers; the codes are grpc-go's.
 */

#include "driver/grpc/client_session.h"
#include "tests/support/cmocka.h"
#include "tests/unit/grpc/raw_client.h"

static struct {
    size_t n_ended, n_messages;
} t;

static void on_ended(void *owner, struct grpc_exchange *exchange)
{
    (void)owner, (void)exchange;
    t.n_ended++;
}

static void on_message(void *owner, struct grpc_exchange *exchange, struct buf *message)
{
    (void)owner, (void)exchange, (void)message;
    t.n_messages++;
}

static void wants_turn(void *owner)
{
    (void)owner;
}

static void message_unused(struct grpc_request *request, struct span message)
{
    (void)request, (void)message;
}

#define HEAD  ":status", "200", "content-type", "application/grpc"
#define HI    "00002hi"
#define RESET "reset" /* a piece that is no body: RST_STREAM with the code in `http2_error` */

static const struct answer_case {
    const char *name;
    const char *head[10];
    const char *body[4];
    const char *trailers[6];
    char http2_error;
    bool is_stream;
    enum grpc_code code;
    const char *text; /* or the reply */
} answer_cases[] = {
    { "fine", { HEAD }, { HI }, { "grpc-status", "0" }, 0, false, GRPC_OK, "hi" },
    { "trailers only",
      { HEAD, "grpc-status", "5", "grpc-message", "no%20such%25" },
      { 0 },
      { 0 },
      0,
      false,
      GRPC_NOT_FOUND,
      "no such%" },
    { "an error after a message",
      { HEAD },
      { HI },
      { "grpc-status", "14", "grpc-message", "down" },
      0,
      false,
      GRPC_UNAVAILABLE,
      "down" },
    { "unknown number", { HEAD, "grpc-status", "77" }, { 0 }, { 0 }, 0, false, GRPC_UNKNOWN, "" },
    { "no number", { HEAD, "grpc-status", "x" }, { 0 }, { 0 }, 0, false, GRPC_UNKNOWN, "" },
    { "no status",
      { HEAD },
      { HI },
      { "x", "y" },
      0,
      false,
      GRPC_INTERNAL,
      "the server closed the stream without a status" },
    { "no message",
      { HEAD },
      { 0 },
      { "grpc-status", "0" },
      0,
      false,
      GRPC_INTERNAL,
      "the reply of a unary call has not exactly one message" },
    { "two messages",
      { HEAD },
      { HI, HI },
      { "grpc-status", "0" },
      0,
      false,
      GRPC_INTERNAL,
      "the reply of a unary call has not exactly one message" },
    { "half a message",
      { HEAD },
      { "00003hi" },
      { "grpc-status", "0" },
      0,
      false,
      GRPC_INTERNAL,
      "the reply ends within a message" },
    { "compressed",
      { HEAD },
      { "10002hi" },
      { 0 },
      0,
      false,
      GRPC_INTERNAL,
      "the reply's prefix is malformed" },
    { "too large",
      { HEAD },
      { "00090" },
      { 0 },
      0,
      false,
      GRPC_RESOURCE_EXHAUSTED,
      "a message of 2304 bytes is larger than the 2000 that are accepted" },
    { "another content type",
      { ":status", "200", "content-type", "text/html" },
      { 0 },
      { 0 },
      0,
      false,
      GRPC_UNKNOWN,
      "the reply's content-type is not application/grpc" },
    { "http 503", { ":status", "503" }, { 0 }, { 0 }, 0, false, GRPC_UNAVAILABLE, "HTTP status 503" },
    { "http 404", { ":status", "404" }, { 0 }, { 0 }, 0, false, GRPC_UNIMPLEMENTED, "HTTP status 404" },
    { "reset: internal",
      { HEAD },
      { RESET },
      { 0 },
      2,
      false,
      GRPC_INTERNAL,
      "the server reset the stream: INTERNAL_ERROR" },
    { "reset: calm down",
      { HEAD },
      { RESET },
      { 0 },
      11,
      false,
      GRPC_RESOURCE_EXHAUSTED,
      "the server reset the stream: ENHANCE_YOUR_CALM" },
    { "reset: cancel",
      { HEAD },
      { RESET },
      { 0 },
      8,
      false,
      GRPC_CANCELLED,
      "the server reset the stream: CANCEL" },
    { "a stream", { HEAD }, { HI, "00000", HI }, { "grpc-status", "0" }, 0, true, GRPC_OK, "" },
    { "a stream of nothing", { HEAD, "grpc-status", "0" }, { 0 }, { 0 }, 0, true, GRPC_OK, "" },
};

static void answer(struct raw_client *server, const struct answer_case *row)
{
    bool only_head = !row->body[0] && !row->trailers[0];
    raw_frame(server, NGHTTP2_SETTINGS, 0, 0, SPAN(""));
    raw_headers(server, 1, only_head, row->head);
    for (size_t i = 0; i < ARRAY_LEN(row->body) && row->body[i]; i++) {
        char bytes[64];
        size_t length = strlen(row->body[i]);
        for (size_t k = 0; k < length; k++)
            bytes[k] = k < 5 ? (char)(row->body[i][k] - '0') : row->body[i][k];
        if (row->http2_error)
            raw_frame(server, NGHTTP2_RST_STREAM, 0, 1,
                      (struct span){ (char[]){ 0, 0, 0, row->http2_error }, 4 });
        else
            raw_data(server, 1, false, (struct span){ bytes, length });
    }
    if (row->trailers[0])
        raw_headers(server, 1, true, row->trailers);
}

static struct client_session *session_start(struct grpc_exchange **exchange, struct grpc_request *request)
{
    struct client_session *session =
        client_session_new(&(struct client_session_config){ .authority = "localhost",
                                                            .max_message_bytes = 2000,
                                                            .ended = on_ended,
                                                            .message = on_message,
                                                            .wants_turn = wants_turn });
    cleanup_buf struct buf out = BUF_INIT(10000);
    memset(&t, 0, sizeof(t));
    *exchange = grpc_exchange_new(request, 2000, 0);
    client_session_start(session, *exchange, 0);
    client_session_send(session, &out);
    return session;
}

static void feed(struct client_session *session, struct raw_client *server, size_t piece)
{
    for (size_t at = 0; at < server->out.length; at += piece) {
        size_t left = server->out.length - at;
        cleanup_error struct error *err = client_session_receive(
            session, (struct span){ server->out.data + at, left < piece ? left : piece });
        assert_null(err);
    }
    buf_clear(&server->out);
}

static void test_answer(void **state)
{
    const struct answer_case *row = *state;
    for (size_t piece = 1; piece < 1000; piece *= 5) {
        struct grpc_request request = { .path = "/t.T/X",
                                        .on_message = row->is_stream ? message_unused : NULL };
        struct grpc_exchange *exchange;
        struct client_session *session = session_start(&exchange, &request);
        struct raw_client server;
        raw_init(&server);
        answer(&server, row);
        feed(session, &server, piece);

        assert_int_equal(exchange->state, EXCHANGE_DONE);
        assert_int_equal(t.n_ended, 1);
        assert_int_equal(exchange->code, row->code);
        assert_string_equal(buf_text(row->code == GRPC_OK ? &exchange->reply : &exchange->text), row->text);
        if (row->is_stream)
            assert_int_equal(t.n_messages, row->body[0] ? 3 : 0);
        raw_done(&server);
        client_session_close(session, "over");
        client_session_free(session);
        exchange_free(exchange);
    }
}

/* Refused before anybody looked: once more, and then no more. */
static void test_refused(void **state)
{
    (void)state;
    struct grpc_request request = { .path = "/t.T/X" };
    struct grpc_exchange *exchange;
    struct client_session *session = session_start(&exchange, &request);
    struct raw_client server;
    raw_init(&server);
    raw_frame(&server, NGHTTP2_SETTINGS, 0, 0, SPAN(""));
    raw_frame(&server, NGHTTP2_RST_STREAM, 0, 1, (struct span){ "\0\0\0\7", 4 });
    feed(session, &server, 1000);
    assert_int_equal(exchange->state, EXCHANGE_WAITING);

    cleanup_buf struct buf out = BUF_INIT(10000);
    client_session_start(session, exchange, 0);
    client_session_send(session, &out);
    raw_frame(&server, NGHTTP2_RST_STREAM, 0, 3, (struct span){ "\0\0\0\7", 4 });
    feed(session, &server, 1000);
    assert_int_equal(exchange->state, EXCHANGE_DONE);
    assert_int_equal(exchange->code, GRPC_UNAVAILABLE);
    raw_done(&server);
    client_session_free(session);
    exchange_free(exchange);
}

/* The server says goodbye while a request waits for its turn, unsent. */
static void test_goaway_before_sending(void **state)
{
    (void)state;
    struct grpc_request request = { .path = "/t.T/X" };
    struct grpc_exchange *first, *second = grpc_exchange_new(&request, 2000, 0);
    struct client_session *session = session_start(&first, &request);
    struct raw_client server;
    raw_init(&server);
    client_session_start(session, second, 0);
    raw_frame(&server, NGHTTP2_SETTINGS, 0, 0, SPAN(""));
    raw_frame(&server, NGHTTP2_GOAWAY, 0, 0, (struct span){ "\0\0\0\1\0\0\0\0", 8 });
    feed(session, &server, 1000);
    cleanup_buf struct buf out = BUF_INIT(10000);
    client_session_send(session, &out);
    assert_false(client_session_takes_requests(session));
    assert_int_equal(first->state, EXCHANGE_RUNNING);
    assert_int_equal(second->state, EXCHANGE_WAITING);
    client_session_close(session, "gone");
    assert_int_equal(first->code, GRPC_UNAVAILABLE);
    assert_string_equal(buf_text(&first->text), "gone");
    raw_done(&server);
    client_session_free(session);
    exchange_free(first);
    exchange_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_goaway_before_sending),
    };
    return RUN_TABLE(answer_cases, test_answer) + cmocka_run_group_tests(tests, NULL, NULL);
}
