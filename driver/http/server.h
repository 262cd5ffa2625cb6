/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An HTTP/1.1 server on the loop, with or without TLS. The handler gets whole requests; it answers at once or
 * later, whole or as a stream. Ambiguous requests (the stuff of request smuggling) are refused, not repaired.
 */

#include "driver/http/headers.h"
#include "driver/http/tls.h"
#include "driver/loop/loop.h"

struct http_server;

/*
 * A request and its answer. It is the handler's from `handle` until the handler ends it, by http_respond,
 * http_response_end or http_response_abort: exactly one of them, once. Until then it stays valid even if the
 * peer goes away, in which case what is written is thrown away.
 */
struct http_exchange {
    const char *method; /* "GET" */
    const char *path;   /* percent-encoded as it came; starts with a slash, or is "*" */
    struct span query;  /* behind the question mark, raw; no data: none */
    const struct http_headers *headers;
    struct span body;             /* with a NUL behind it */
    const char *peer_name;        /* the common name of the client's verified certificate, or NULL */
    struct http_headers response; /* add headers here before respond or start; lengths and dates are ours */

    /* The handler's; set them if you keep the exchange. */
    void *owner;
    void (*on_drain)(struct http_exchange *x); /* there is room again after http_response_write said no */
    void (*on_close)(struct http_exchange *x); /* the peer went away; still to be ended. At most once. */
};

/* Zero takes the default. Strings are copied. */
struct http_server_options {
    const char *address;     /* 127.0.0.1 */
    uint16_t port;           /* 0: any, see http_server_port */
    struct tls_context *tls; /* NULL: plain. Referenced. */

    size_t max_head_bytes;       /* 64 KiB: request line and headers */
    size_t max_headers;          /* 100 */
    size_t max_body_bytes;       /* 8 MiB */
    size_t max_connections;      /* 1000 */
    size_t max_unsent_bytes;     /* 256 KiB: http_response_write says no above */
    uint64_t head_timeout_ms;    /* 10,000: TLS handshake and head */
    uint64_t body_timeout_ms;    /* 30,000: the whole body */
    uint64_t idle_timeout_ms;    /* 120,000: between requests */
    uint64_t stalled_timeout_ms; /* 60,000: the peer takes nothing of what waits for it */

    /* Called when a request is complete. May answer at once. */
    void (*handle)(void *ctx, struct http_exchange *x);
    void *ctx;
};

nodiscard struct error *http_server_start(struct loop *loop, const struct http_server_options *options,
                                          struct http_server **out);

/* The port it listens on. */
uint16_t http_server_port(const struct http_server *server);

/* For connections from now on. */
void http_server_set_tls(struct http_server *server, struct tls_context *tls);

size_t http_server_connections(const struct http_server *server);

/*
 * Takes no more connections or requests, lets what is in flight finish, and cuts what is left after GRACE_MS
 * (handlers get on_close). STOPPED (or NULL) is called once, later, from the loop, when every connection is
 * gone and every exchange has been ended; the server is freed then. Calling it again may only shorten the
 * grace; its STOPPED is ignored.
 */
void http_server_stop(struct http_server *server, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx);

/* --- answers --- */

/* A whole response. BODY is copied. CONTENT_TYPE may be NULL. */
void http_respond(struct http_exchange *x, int status, const char *content_type, struct span body);

/* A stream: head now, body in pieces (chunked; to HTTP/1.0 peers until the connection closes). */
void http_response_start(struct http_exchange *x, int status, const char *content_type);

/*
 * Copies PIECE. False when more than max_unsent_bytes wait: pause until on_drain. It is taken nonetheless, so
 * that nobody has to cut an object in two.
 */
bool http_response_write(struct http_exchange *x, struct span piece);
void http_response_end(struct http_exchange *x);

/* Cuts the connection, so that the peer sees an incomplete response. */
void http_response_abort(struct http_exchange *x);

/* Bytes written but not yet taken by the kernel. */
size_t http_response_unsent(const struct http_exchange *x);

/* Whether the peer has gone; then there is no point in going on. */
bool http_exchange_is_closed(const struct http_exchange *x);

/* "Not Found" for 404. */
const char *http_status_text(int status);
