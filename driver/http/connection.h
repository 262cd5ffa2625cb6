/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the server share: the server, its connections, the exchange on each. For this folder
 * only.
 *
 * A connection lives until libuv has closed its socket. An exchange lives until the handler has ended it; if
 * the connection is gone by then, it just has none any more.
 */

#include "driver/http/request_reader.h"
#include "driver/http/server.h"
#include "driver/http/tls_session.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"

#include <sys/queue.h>

enum { READ_BYTES = 16 * 1024 };

struct exchange {
    struct http_exchange public;
    struct http_server *server;
    struct connection *conn; /* NULL: gone */
    struct request_head head;
    struct buf body;
    char *peer_name;
    bool started;  /* the head of a stream is out */
    bool bodyless; /* HEAD, 204, 304 */
    bool chunked;
    bool keep_alive;
    bool wants_drain; /* the handler was told to pause */
    bool told_closed;
};

/* What the deadline of a connection is for. */
enum phase { PHASE_NONE, PHASE_HEAD, PHASE_BODY, PHASE_IDLE, PHASE_LINGER };

struct connection {
    struct http_server *server;
    TAILQ_ENTRY(connection) entry;
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;

    struct tls_session tls; /* tls.ssl is NULL on plain connections */
    struct buf in;          /* what came and is not read yet: the next requests of a pipelining peer */
    struct request_reader reader;
    struct exchange *exchange; /* in flight */

    struct buf out; /* to be sent, before TLS; out_sent bytes of it have moved on */
    size_t out_sent;
    struct buf wire; /* on its way through the socket; wire_sent bytes of it are through */
    size_t wire_sent;
    size_t stalled_at; /* libuv's queue when we looked last */

    struct deferred turn; /* go on with input and output */
    struct timer deadline;
    struct timer stalled;
    enum phase phase;

    bool reading;
    bool writing;     /* libuv has `wire` */
    bool processing;  /* inside connection_process */
    bool continued;   /* 100 Continue is out for this request */
    bool ended;       /* the peer will send no more */
    bool refused;     /* what the peer sends is thrown away */
    bool close_after; /* when everything is sent */
    bool shut;        /* our direction is closed */
    bool closing;     /* uv_close was called */
};

TAILQ_HEAD(connections, connection);

struct http_server {
    struct loop *loop;
    struct http_server_options options;
    struct tls_context *tls;
    uv_tcp_t listener;
    uint16_t port;
    bool listener_closed;
    bool accept_waits; /* full: a peer waits in the kernel */
    struct connections connections;
    size_t n_connections;
    size_t n_exchanges;

    bool stopping;
    struct timer grace;
    struct deferred finish;
    void (*stopped)(void *ctx);
    void *stopped_ctx;

    int64_t date_second; /* of `date` */
    char date[40];
    char input[READ_BYTES]; /* one read at a time */
};

/* server.c */
void server_connection_gone(struct http_server *server);
void server_exchange_gone(struct http_server *server);
const char *server_date(struct http_server *server);

/* connection.c */
void connection_accept(struct http_server *server);
void connection_close(struct connection *conn);
void connection_reset(struct connection *conn);
bool connection_is_idle(const struct connection *conn);
bool connection_may_read(const struct connection *conn); /* there is input, and it is its time */
void connection_turn_later(struct connection *conn);

/* connection_output.c */
size_t connection_unsent(const struct connection *conn);
void connection_flush(struct connection *conn); /* may call out, last */

/* exchange.c */
struct exchange *exchange_new(struct connection *conn);
void exchange_tell_closed(struct exchange *x);  /* calls out */
void exchange_tell_drained(struct exchange *x); /* calls out */
void refusal_write(struct connection *conn, struct refusal refusal);
