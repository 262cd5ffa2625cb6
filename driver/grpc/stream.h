/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One HTTP/2 stream of a server's connection: a request comes in, a call runs, an answer goes out. Private to
 * session.c, stream.c and call.c, which share these structs.
 *
 *   RECEIVING -- END_STREAM, one whole message --> RUNNING -- ended, cancelled, too late --> ANSWERED
 *       |                                                                                      ^
 *       +------------------------------- refused ----------------------------------------------+
 */

#include "driver/grpc/frame.h"
#include "driver/grpc/h2.h"
#include "driver/grpc/outbox.h"
#include "driver/grpc/request_head.h"
#include "driver/grpc/session.h"

#include "api/base/vec.h"

enum stream_state { STREAM_RECEIVING, STREAM_RUNNING, STREAM_ANSWERED };

/* Something to tell a handler in the next turn; holds a reference to the call. */
struct session_event {
    struct grpc_call *call;
    enum { EVENT_HANDLE, EVENT_CANCEL } what;
};

struct session {
    nghttp2_session *h2;
    struct session_config config;
    struct stream *streams;
    VEC(struct session_event) events;
    uint64_t now; /* as the owner said last */
    bool is_greeted, is_draining, said_last_goaway, is_closed;
};

struct stream {
    struct session *session;
    struct stream *next, **prev;
    int32_t id;
    enum stream_state state;
    uint64_t started;  /* for the record */
    uint64_t deadline; /* UINT64_MAX: none */

    /* in */
    struct request_head head;
    const struct grpc_method *method; /* NULL until the headers are judged */
    struct frame_splitter body;
    size_t n_charged; /* bytes taken from the quota for the body */

    struct grpc_call *call; /* while RUNNING; not a reference: each clears the other's pointer */

    /* out */
    struct outbox outbox;
    bool has_headers; /* the response's were submitted, with a body to follow */
    bool is_deferred; /* nghttp2 waits for more of the body */
    bool is_recorded;
    enum grpc_code code;
    struct buf text; /* grpc-message, encoded */
};

struct grpc_call {
    size_t refs;
    struct stream *stream; /* NULL once ended or cancelled */
    struct grpc_method method;
    struct quota *quota;
    size_t n_charged;
    struct buf request;
    uint64_t deadline;
    bool cancelled, ended;
    void (*on_cancel)(struct grpc_call *call, void *data);
    void *data;
};

struct stream *stream_new(struct session *session, int32_t id);
void stream_free(struct stream *stream);

/* What nghttp2 reads, piece by piece. */
void stream_headers_end(struct stream *stream);
void stream_data(struct stream *stream, struct span bytes);
void stream_request_end(struct stream *stream);

/* Answers with one message, or with one more message of a stream, or with a status. */
void stream_reply(struct stream *stream, struct span message);
void stream_push(struct stream *stream, struct span message);
void stream_end(struct stream *stream, enum grpc_code code, const char *text);

/* Cuts the call loose, to be told in the next turn. CODE is for the record. */
void stream_cancel_call(struct stream *stream, enum grpc_code code);

/* Answers DEADLINE_EXCEEDED if it is time. */
void stream_expire(struct stream *stream);

/* The handler's reference is the only one. */
struct grpc_call *call_new(struct stream *stream);

void session_add_event(struct session *session, struct session_event event);
