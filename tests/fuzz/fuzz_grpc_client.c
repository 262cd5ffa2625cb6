/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a server may answer to our gRPC client: one unary request and one stream are under way. The first
 * byte of the input says in which pieces the rest arrives.
 */

#include "driver/grpc/client_session.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static void on_ended(void *owner, struct grpc_exchange *exchange)
{
    (void)owner;
    assert(exchange->state != EXCHANGE_RUNNING);
    assert(exchange->state == EXCHANGE_WAITING || grpc_code_name(exchange->code));
}

static void on_message(void *owner, struct grpc_exchange *exchange, struct buf *message)
{
    (void)owner;
    assert(exchange->state == EXCHANGE_RUNNING && message->length <= 2000);
}

static void wants_turn(void *owner)
{
    (void)owner;
}

static void flush(struct client_session *session)
{
    struct buf out = BUF_INIT(1 << 20);
    client_session_send(session, &out);
    assert(!out.overflowed);
    buf_done(&out);
}

/* Only to tell a stream from a unary call; the session never calls it. */
static void message_unused(struct grpc_request *request, struct span message)
{
    (void)request, (void)message;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t piece = data[0] + (size_t)1;
    struct span input = { (const char *)data + 1, size - 1 };
    struct grpc_request unary = { .path = "/t.T/Echo", .message = SPAN("x"), .timeout_ms = 1000 };
    struct grpc_request stream = { .path = "/t.T/Watch", .on_message = message_unused };
    struct grpc_exchange *exchanges[] = { grpc_exchange_new(&unary, 2000, 0),
                                          grpc_exchange_new(&stream, 2000, 0) };
    struct client_session *session =
        client_session_new(&(struct client_session_config){ .authority = "localhost",
                                                            .max_message_bytes = 2000,
                                                            .ended = on_ended,
                                                            .message = on_message,
                                                            .wants_turn = wants_turn });
    for (size_t i = 0; i < ARRAY_LEN(exchanges); i++)
        client_session_start(session, exchanges[i], 0);
    flush(session);

    struct error *err = NULL;
    while (!err && input.length && !client_session_is_finished(session)) {
        struct span bytes = { input.data, input.length < piece ? input.length : piece };
        input = span_skip(input, bytes.length);
        err = client_session_receive(session, bytes);
        flush(session);
    }
    error_free(err);

    client_session_close(session, "over");
    client_session_free(session);
    for (size_t i = 0; i < ARRAY_LEN(exchanges); i++)
        exchange_free(exchanges[i]);
    return 0;
}
