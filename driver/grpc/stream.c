/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a stream, from its headers to its trailers. What a client may get wrong is answered with the
 * codes of Go's server, as early as it is seen; the connection and its other streams go on.
 */

#include "driver/grpc/stream.h"

#include "api/base/time.h"

#include <assert.h>
#include <inttypes.h>

struct stream *stream_new(struct session *session, int32_t id)
{
    struct stream *stream = NEW(struct stream);
    *stream = (struct stream){ .session = session,
                               .next = session->streams,
                               .prev = &session->streams,
                               .id = id,
                               .started = time_monotonic_nanos(),
                               .deadline = UINT64_MAX,
                               .body = { .max_bytes = session->config.max_message_bytes },
                               .text = BUF_INIT(GRPC_MAX_STATUS_MESSAGE_BYTES) };
    request_head_init(&stream->head);
    if (stream->next)
        stream->next->prev = &stream->next;
    session->streams = stream;
    return stream;
}

void stream_free(struct stream *stream)
{
    assert(!stream->call);
    *stream->prev = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
    stream->session->config.quota->n_bytes -= stream->n_charged;
    frame_splitter_done(&stream->body);
    outbox_done(&stream->outbox);
    buf_done(&stream->text);
    free(stream);
}

/* --- the way out --- */

static void wants_turn(struct stream *stream)
{
    stream->session->config.wants_turn(stream->session->config.owner);
}

static void record(struct stream *stream, enum grpc_code code)
{
    const struct session_config *config = &stream->session->config;
    if (!config->observe || stream->is_recorded)
        return;
    stream->is_recorded = true;
    uint64_t now = time_monotonic_nanos();
    config->observe(&(struct grpc_call_record){ .path = stream->method ? stream->method->path : "unknown",
                                                .code = code,
                                                .nanos = now > stream->started ? now - stream->started : 0 },
                    config->observe_data);
}

/* Fills NV with grpc-status and, if there is one, grpc-message; NUMBER holds the digits. */
static size_t status_headers(const struct stream *stream, char number[4], nghttp2_nv *nv)
{
    snprintf(number, 4, "%u", (unsigned)stream->code & 0xff);
    nv[0] = h2_header("grpc-status", span_of(number));
    if (stream->text.length == 0)
        return 1;
    nv[1] = h2_header("grpc-message", buf_span(&stream->text));
    return 2;
}

static void submit_trailers(struct stream *stream)
{
    char number[4];
    nghttp2_nv nv[2];
    size_t n = status_headers(stream, number, nv);
    h2_must(nghttp2_submit_trailer(stream->session->h2, stream->id, nv, n));
}

/* nghttp2 asks for up to LENGTH bytes of the body. */
static ssize_t read_body(nghttp2_session *h2, int32_t stream_id, uint8_t *out, size_t length, uint32_t *flags,
                         nghttp2_data_source *source, void *user_data)
{
    (void)h2, (void)stream_id, (void)user_data;
    struct stream *stream = source->ptr;
    size_t n_read = outbox_read(&stream->outbox, out, length);
    if (stream->state == STREAM_ANSWERED && outbox_is_empty(&stream->outbox)) {
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        submit_trailers(stream);
        return (ssize_t)n_read;
    }
    stream->is_deferred = n_read == 0;
    return stream->is_deferred ? NGHTTP2_ERR_DEFERRED : (ssize_t)n_read;
}

/* Headers with a body to follow. */
static void submit_headers(struct stream *stream)
{
    const nghttp2_nv nv[] = { h2_header(":status", SPAN("200")),
                              h2_header("content-type", SPAN("application/grpc")) };
    nghttp2_data_provider provider = { .source = { .ptr = stream }, .read_callback = read_body };
    stream->has_headers = true;
    h2_must(nghttp2_submit_response(stream->session->h2, stream->id, nv, ARRAY_LEN(nv), &provider));
}

/* Headers that are everything: "trailers-only". */
static void submit_only_headers(struct stream *stream, unsigned http_status)
{
    char http[12], number[4];
    snprintf(http, sizeof(http), "%u", http_status);
    nghttp2_nv nv[5] = { h2_header(":status", span_of(http)),
                         h2_header("content-type", SPAN("application/grpc")),
                         h2_header("grpc-accept-encoding", SPAN("identity")) };
    size_t n = 3 + status_headers(stream, number, nv + 3);
    h2_must(nghttp2_submit_response(stream->session->h2, stream->id, nv, n, NULL));
}

static void resume(struct stream *stream)
{
    if (stream->is_deferred) {
        stream->is_deferred = false;
        h2_must(nghttp2_session_resume_data(stream->session->h2, stream->id));
    }
    wants_turn(stream);
}

static void answer(struct stream *stream, unsigned http_status, enum grpc_code code, const char *text)
{
    assert(stream->state != STREAM_ANSWERED);
    stream->state = STREAM_ANSWERED;
    stream->deadline = UINT64_MAX;
    stream->code = code;
    if (text)
        grpc_message_encode(&stream->text, span_of(text));
    record(stream, code);
    if (stream->has_headers)
        resume(stream); /* read_body goes on to the trailers */
    else
        submit_only_headers(stream, http_status);
    wants_turn(stream);
}

void stream_end(struct stream *stream, enum grpc_code code, const char *text)
{
    answer(stream, 200, code, text);
}

void stream_push(struct stream *stream, struct span message)
{
    outbox_put(&stream->outbox, message);
    if (!stream->has_headers)
        submit_headers(stream);
    resume(stream);
}

void stream_reply(struct stream *stream, struct span message)
{
    stream_push(stream, message);
    stream_end(stream, GRPC_OK, NULL);
}

void stream_cancel_call(struct stream *stream, enum grpc_code code)
{
    struct grpc_call *call = take(stream->call);
    if (!call)
        return;
    record(stream, code);
    call->stream = NULL;
    call->cancelled = true;
    session_add_event(stream->session, (struct session_event){ grpc_call_ref(call), EVENT_CANCEL });
}

void stream_expire(struct stream *stream)
{
    if (stream->session->now < stream->deadline)
        return;
    stream_cancel_call(stream, GRPC_DEADLINE_EXCEEDED);
    stream_end(stream, GRPC_DEADLINE_EXCEEDED, "the deadline of the call has passed");
}

/* --- the way in --- */

static const struct grpc_method *find_method(const struct session_config *config, const char *path)
{
    for (size_t i = 0; i < config->n_methods; i++)
        if (strcmp(config->methods[i].path, path) == 0)
            return &config->methods[i];
    return NULL;
}

void stream_headers_end(struct stream *stream)
{
    struct head_refusal refusal;
    switch (request_head_judge(&stream->head, &refusal)) {
    case HEAD_MALFORMED:
        h2_must(nghttp2_submit_rst_stream(stream->session->h2, NGHTTP2_FLAG_NONE, stream->id,
                                          NGHTTP2_PROTOCOL_ERROR));
        stream->state = STREAM_ANSWERED;
        record(stream, GRPC_INTERNAL);
        return;
    case HEAD_REFUSED: answer(stream, refusal.http_status, refusal.code, refusal.text); return;
    case HEAD_FINE: break;
    }

    stream->method = find_method(&stream->session->config, stream->head.path);
    if (!stream->method) {
        char text[REQUEST_PATH_SIZE + 32];
        snprintf(text, sizeof(text), "unknown service or method %s", stream->head.path);
        stream_end(stream, GRPC_UNIMPLEMENTED, text);
        return;
    }
    if (stream->head.timeout_nanos < UINT64_MAX - stream->session->now)
        stream->deadline = stream->session->now + stream->head.timeout_nanos;
}

static void refuse_frame(struct stream *stream, enum frame_fault fault)
{
    char text[128];
    switch (fault) {
    case FRAME_FINE: return;
    case FRAME_COMPRESSED:
        if (stream->head.is_encoded)
            stream_end(stream, GRPC_UNIMPLEMENTED, "compressed messages are not supported");
        else
            stream_end(stream, GRPC_INTERNAL,
                       "a message is flagged compressed, but there is no grpc-encoding");
        return;
    case FRAME_BAD_FLAG: stream_end(stream, GRPC_INTERNAL, "malformed message prefix"); return;
    case FRAME_TOO_LARGE:
        snprintf(text, sizeof(text), "a message of %zu bytes is larger than the %zu that are accepted",
                 frame_splitter_announced(&stream->body), stream->body.max_bytes);
        stream_end(stream, GRPC_RESOURCE_EXHAUSTED, text);
        return;
    }
}

void stream_data(struct stream *stream, struct span bytes)
{
    if (stream->state != STREAM_RECEIVING || bytes.length == 0)
        return; /* answered already; the client has not noticed yet */
    if (!stream->body.whole) {
        if (!quota_take_bytes(stream->session->config.quota, bytes.length)) {
            stream_end(stream, GRPC_RESOURCE_EXHAUSTED, "too many requests are being received");
            return;
        }
        stream->n_charged += bytes.length;
        enum frame_fault fault = frame_splitter_feed(&stream->body, &bytes);
        if (fault != FRAME_FINE) {
            refuse_frame(stream, fault);
            return;
        }
    }
    if (bytes.length)
        stream_end(stream, GRPC_INTERNAL, "more than one message in the request of a unary call");
}

void stream_request_end(struct stream *stream)
{
    struct session *session = stream->session;
    if (stream->state != STREAM_RECEIVING)
        return;
    if (!stream->body.whole) {
        stream_end(stream, GRPC_INTERNAL,
                   frame_splitter_is_midway(&stream->body) ? "the request ends within its message"
                                                           : "the request has no message");
        return;
    }
    if (session->config.quota->n_calls >= session->config.quota->max_calls) {
        stream_end(stream, GRPC_RESOURCE_EXHAUSTED, "too many calls are in progress");
        return;
    }
    stream->state = STREAM_RUNNING;
    stream->call = call_new(stream);
    session_add_event(session, (struct session_event){ stream->call, EVENT_HANDLE });
}
