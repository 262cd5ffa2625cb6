/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a client may send to the gRPC server. The first byte of the input says in which pieces the rest
 * arrives, and whether a proper beginning goes before it; time passes with every piece.
 */

#include "driver/grpc/session.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

enum { MAX_KEPT = 8, MAX_PIECES = 20000 };

static struct grpc_call *kept[MAX_KEPT];
static size_t n_kept;

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void end_oldest(void)
{
    struct grpc_call *call = kept[0];
    memmove(kept, kept + 1, --n_kept * sizeof(kept[0]));
    if (grpc_call_send(call, SPAN("a message of a stream")))
        grpc_call_finish(call);
    else
        grpc_call_fail(call, error_internal("late"));
}

static void on_keep(struct grpc_call *call, void *context)
{
    (void)context;
    if (n_kept == MAX_KEPT)
        end_oldest();
    kept[n_kept++] = call;
    grpc_call_send(call, grpc_call_request(call));
}

static void on_fail(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_fail(call, error_invalid(SPAN_FMT, SPAN_ARG(grpc_call_request(call))));
}

static const struct grpc_method methods[] = {
    { "/t.T/Echo", on_echo, NULL },
    { "/t.T/Keep", on_keep, NULL },
    { "/t.T/Fail", on_fail, NULL },
};

static void wants_turn(void *owner)
{
    (void)owner;
}

static void observe(const struct grpc_call_record *record, void *data)
{
    (void)data;
    assert(record->path && grpc_code_name(record->code));
}

static void turn(struct session *session, uint64_t now)
{
    struct buf out = BUF_INIT(1 << 20);
    session_turn(session, now);
    session_send(session, &out);
    assert(!out.overflowed);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char beginning[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    if (size == 0)
        return 0;
    size_t piece = (data[0] & 0x7f) + (size_t)1;
    struct span input = { (const char *)data + 1, size - 1 };
    if (input.length / piece > MAX_PIECES)
        piece = input.length / MAX_PIECES + 1;

    struct quota *quota = quota_new(16, 4096);
    struct session_config config = { .methods = methods,
                                     .n_methods = ARRAY_LEN(methods),
                                     .max_message_bytes = 2000,
                                     .max_streams = 16,
                                     .quota = quota,
                                     .observe = observe,
                                     .wants_turn = wants_turn };
    struct session *session = session_new(&config);
    uint64_t now = 0;
    struct error *err = NULL;
    if (data[0] & 0x80)
        err = session_receive(session, SPAN(beginning), now);
    while (!err && input.length && !session_is_finished(session)) {
        struct span bytes = { input.data, input.length < piece ? input.length : piece };
        input = span_skip(input, bytes.length);
        err = session_receive(session, bytes, now += 1000);
        turn(session, now);
        if (n_kept > 3)
            end_oldest();
    }
    error_free(err);

    session_drain(session);
    turn(session, now);
    session_close(session);
    turn(session, now);
    session_free(session);
    while (n_kept)
        end_oldest();
    assert(quota->n_calls == 0 && quota->n_bytes == 0 && quota->refs == 1);
    quota_unref(quota);
    return 0;
}
