/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nghttp2's callbacks bring what the client says to its streams. They run within session_receive and
 * session_send, where nothing may call out; handlers therefore wait in `events` for the next turn.
 *
 * Saying goodbye takes two GOAWAYs: the first with the highest possible stream id, the second with the true
 * one after a PING has come back, by when every call that was on its way has arrived.
 */

#include "driver/grpc/session.h"

#include "driver/grpc/stream.h"

#include <assert.h>

void session_add_event(struct session *session, struct session_event event)
{
    vec_push(&session->events, event);
    session->config.wants_turn(session->config.owner);
}

static struct stream *stream_of(struct session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session->h2, id);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    struct session *session = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    int32_t id = frame->hd.stream_id;
    if (session->is_draining) {
        h2_must(nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM));
        return 0;
    }
    struct stream *stream = stream_new(session, id);
    h2_must(nghttp2_session_set_stream_user_data(h2, id, stream));
    return 0;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
                     const uint8_t *value, size_t value_length, uint8_t flags, void *user_data)
{
    (void)h2, (void)flags;
    struct stream *stream = stream_of(user_data, frame->hd.stream_id);
    if (stream && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        request_head_add(&stream->head, (struct span){ (const char *)name, name_length },
                         (struct span){ (const char *)value, value_length });
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t length,
                   void *user_data)
{
    (void)h2, (void)flags;
    struct stream *stream = stream_of(user_data, stream_id);
    if (stream)
        stream_data(stream, (struct span){ (const char *)data, length });
    return 0;
}

static void on_stream_frame(struct stream *stream, const nghttp2_frame *frame)
{
    bool is_head = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    if (is_head)
        stream_headers_end(stream);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        stream_request_end(stream);
    else if (frame->hd.type == NGHTTP2_HEADERS && !is_head)
        h2_must(nghttp2_submit_rst_stream(stream->session->h2, NGHTTP2_FLAG_NONE, stream->id,
                                          NGHTTP2_PROTOCOL_ERROR));
}

static void say_last_goaway(struct session *session)
{
    session->said_last_goaway = true;
    int32_t last = nghttp2_session_get_last_proc_stream_id(session->h2);
    h2_must(nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0));
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    (void)h2;
    struct session *session = user_data;
    bool is_ack = frame->hd.flags & NGHTTP2_FLAG_ACK;
    struct stream *stream;
    switch (frame->hd.type) {
    case NGHTTP2_SETTINGS: session->is_greeted |= !is_ack; break;
    case NGHTTP2_PING:
        if (is_ack && session->is_draining && !session->said_last_goaway)
            say_last_goaway(session);
        break;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        stream = stream_of(session, frame->hd.stream_id);
        if (stream)
            on_stream_frame(stream, frame);
        break;
    default: break;
    }
    return 0;
}

/*
 * After the first GOAWAY: ask for the sign that the client has seen it. After an answer that did not wait for
 * the end of the request: tell the client to stop sending it.
 */
static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    struct session *session = user_data;
    if (frame->hd.type == NGHTTP2_GOAWAY && session->is_draining && !session->said_last_goaway)
        h2_must(nghttp2_submit_ping(h2, NGHTTP2_FLAG_NONE, NULL));

    int32_t id = frame->hd.stream_id;
    bool is_end = frame->hd.type == NGHTTP2_HEADERS && frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (is_end && nghttp2_session_get_stream_remote_close(h2, id) == 0)
        h2_must(nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR));
    return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t stream_id, uint32_t http2_error, void *user_data)
{
    (void)h2, (void)http2_error;
    struct stream *stream = stream_of(user_data, stream_id);
    if (!stream)
        return 0;
    stream_cancel_call(stream, GRPC_CANCELLED);
    stream_free(stream);
    return 0;
}

static nghttp2_session *h2_new(struct session *session)
{
    nghttp2_session_callbacks *callbacks;
    h2_must(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);

    nghttp2_option *option;
    h2_must(nghttp2_option_new(&option));
    nghttp2_option_set_no_http_messaging(option, 1); /* see request_head.h */
    nghttp2_option_set_no_closed_streams(option, 1);

    nghttp2_session *h2;
    h2_must(nghttp2_session_server_new2(&h2, callbacks, session, option));
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return h2;
}

struct session *session_new(const struct session_config *config)
{
    struct session *session = NEW(struct session);
    session->config = *config;
    quota_ref(config->quota);
    session->h2 = h2_new(session);

    /* The very first frame, without waiting for the client's: grpc-go takes nothing else. */
    const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)config->max_streams },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_MAX_HEADER_LIST_BYTES },
    };
    h2_must(nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)));
    return session;
}

void session_close(struct session *session)
{
    session->is_closed = true;
    for (struct stream *stream = session->streams; stream; stream = stream->next)
        stream_cancel_call(stream, GRPC_UNAVAILABLE);
}

void session_free(struct session *session)
{
    if (!session)
        return;
    session_close(session);
    while (session->streams)
        stream_free(session->streams);
    vec_each (&session->events, event)
        grpc_call_unref(event->call);
    vec_done(&session->events);
    nghttp2_session_del(session->h2);
    quota_unref(session->config.quota);
    free(session);
}

struct error *session_receive(struct session *session, struct span bytes, uint64_t now)
{
    session->now = now;
    struct error *err = h2_receive(session->h2, bytes);
    session->config.wants_turn(session->config.owner);
    return err;
}

static void run_event(struct session_event event)
{
    struct grpc_call *call = event.call;
    switch (event.what) {
    case EVENT_HANDLE:
        if (call->cancelled)
            grpc_call_unref(call); /* no handler ever saw it */
        else
            call->method.handle(call, call->method.context);
        return;
    case EVENT_CANCEL:
        if (call->on_cancel && !call->ended)
            call->on_cancel(call, call->data);
        grpc_call_unref(call);
        return;
    }
}

void session_turn(struct session *session, uint64_t now)
{
    session->now = now;
    for (struct stream *stream = session->streams; stream; stream = stream->next)
        stream_expire(stream);
    for (size_t i = 0; i < session->events.length; i++)
        run_event(session->events.items[i]); /* may add more */
    vec_clear(&session->events);
}

bool session_has_events(const struct session *session)
{
    return session->events.length > 0;
}

uint64_t session_next_deadline(const struct session *session)
{
    uint64_t next = UINT64_MAX;
    for (const struct stream *stream = session->streams; stream; stream = stream->next)
        if (stream->deadline < next)
            next = stream->deadline;
    return next;
}

void session_send(struct session *session, struct buf *out)
{
    h2_send(session->h2, out);
}

void session_drain(struct session *session)
{
    if (session->is_draining)
        return;
    session->is_draining = true;
    h2_must(nghttp2_submit_shutdown_notice(session->h2));
    session->config.wants_turn(session->config.owner);
}

bool session_is_greeted(const struct session *session)
{
    return session->is_greeted;
}

bool session_is_idle(const struct session *session)
{
    return !session->streams;
}

bool session_is_finished(const struct session *session)
{
    return h2_is_finished(session->h2);
}
