/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handler's end of a call. It and its stream point at each other until one of them is through; then both
 * forget, so that neither ever meets a freed other.
 */

#include "driver/grpc/call.h"

#include "driver/grpc/stream.h"

#include <assert.h>

struct grpc_call *call_new(struct stream *stream)
{
    struct quota *quota = stream->session->config.quota;
    struct grpc_call *call = NEW(struct grpc_call);
    *call = (struct grpc_call){ .refs = 1,
                                .stream = stream,
                                .method = *stream->method,
                                .quota = quota_ref(quota),
                                .n_charged = stream->n_charged,
                                .deadline = stream->deadline };
    frame_splitter_next(&stream->body, &call->request);
    stream->n_charged = 0;
    quota->n_calls++;
    return call;
}

struct grpc_call *grpc_call_ref(struct grpc_call *call)
{
    call->refs++;
    return call;
}

void grpc_call_unref(struct grpc_call *call)
{
    if (!call || --call->refs > 0)
        return;
    assert(!call->stream);
    call->quota->n_calls--;
    call->quota->n_bytes -= call->n_charged;
    quota_unref(call->quota);
    buf_done(&call->request);
    free(call);
}

struct span grpc_call_request(const struct grpc_call *call)
{
    return buf_span(&call->request);
}

const char *grpc_call_path(const struct grpc_call *call)
{
    return call->method.path;
}

uint64_t grpc_call_deadline(const struct grpc_call *call)
{
    return call->deadline;
}

bool grpc_call_is_cancelled(const struct grpc_call *call)
{
    return call->cancelled;
}

void grpc_call_on_cancel(struct grpc_call *call, void (*on_cancel)(struct grpc_call *call, void *data),
                         void *data)
{
    if (call->cancelled && on_cancel)
        return;
    call->on_cancel = on_cancel;
    call->data = data;
}

/* Takes the call off its stream, for good; NULL if there is none any more. */
static struct stream *call_end(struct grpc_call *call)
{
    assert(!call->ended);
    call->ended = true;
    struct stream *stream = take(call->stream);
    if (stream)
        stream->call = NULL;
    return stream;
}

void grpc_call_reply(struct grpc_call *call, struct span message)
{
    struct stream *stream = call_end(call);
    if (stream)
        stream_reply(stream, message);
    grpc_call_unref(call);
}

void grpc_call_fail_with(struct grpc_call *call, enum grpc_code code, const char *message)
{
    assert(code != GRPC_OK);
    struct stream *stream = call_end(call);
    if (stream)
        stream_end(stream, code, message);
    grpc_call_unref(call);
}

void grpc_call_fail(struct grpc_call *call, struct error *err)
{
    cleanup_error struct error *owned = err;
    cleanup_buf struct buf text = BUF_INIT(2 * GRPC_MAX_STATUS_MESSAGE_BYTES);
    buf_add_span(&text, (struct span){ owned->text, strnlen(owned->text, GRPC_MAX_STATUS_MESSAGE_BYTES) });
    if (owned->hint)
        buf_printf(&text, " (hint: %s)", owned->hint);
    grpc_call_fail_with(call, grpc_code_of(owned->kind), buf_text(&text));
}

bool grpc_call_send(struct grpc_call *call, struct span message)
{
    assert(!call->ended);
    if (!call->stream)
        return false;
    stream_push(call->stream, message);
    return true;
}

void grpc_call_finish(struct grpc_call *call)
{
    struct stream *stream = call_end(call);
    if (stream)
        stream_end(stream, GRPC_OK, NULL);
    grpc_call_unref(call);
}
