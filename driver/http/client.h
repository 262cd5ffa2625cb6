/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP requests on the loop: HTTP/2 over TLS where the server offers it, all requests of one client to one
 * server sharing a connection, HTTP/1.1 otherwise. Redirects are not followed. An HTTP status is never an
 * error here; an error means that there is no complete response.
 * At most 90 requests of a client are under way, streams included; more wait their turn.
 */

#include "driver/http/headers.h"
#include "driver/loop/loop.h"

struct http_client;

/* All of it is copied. Files are read when a connection is made, so rotated ones are seen. */
struct http_client_options {
    const char *ca_file; /* trust these instead of the system's; a file or PEM text, or neither */
    struct span ca_pem;
    const char *cert_file, *key_file; /* client certificate, as files or PEM text */
    struct span cert_pem, key_pem;
    bool insecure;               /* no check of the server's certificate */
    const char *tls_server_name; /* check the certificate for this name instead of the URL's host */
    const char *unix_socket;     /* connect here, whatever host the URL names */
    const char *proxy_url;       /* NULL: none, whatever the environment says */
    const char *user_agent;
    unsigned max_connections;    /* to one host; 0: 64. Over HTTP/1.1 each stream has one. */
    uint64_t connect_timeout_ms; /* 0: 10,000 */

    /* Appends a bearer token to OUT (nothing: none), for each request anew. Must not block. */
    struct error *(*bearer_token)(void *ctx, struct buf *out);
    void *token_ctx;
};

nodiscard struct error *http_client_new(struct loop *loop, const struct http_client_options *options,
                                        struct http_client **out);

/* Cancels what is in flight (each `done` still comes, from the loop) and goes away after that. NULL is fine.
 */
void http_client_stop(struct http_client *client);

/* Closes idle connections; new requests make new ones. For rotated credentials. */
void http_client_drop_connections(struct http_client *client);

/*
 * One request, embedded in its owner and zeroed before the first start. From a successful start until `done`
 * is called it belongs to the client; `done` is called exactly once, later, from the loop, and may free the
 * owner or start the request again.
 */
struct http_request {
    /* the response so far, until `done` returns */
    int status; /* 0: none yet */
    const struct http_headers *headers;
    struct buf *body; /* empty if there is an on_data; buf_take makes it yours */

    struct http_transfer *transfer; /* NULL: not in flight */
};

struct http_request_spec {
    const char *method; /* NULL: GET */
    const char *url;
    const struct http_headers *headers; /* or NULL; copied */
    const char *content_type;           /* of the body, or NULL */
    const char *accept;                 /* or NULL */
    struct span body;                   /* copied; no data: none */
    size_t max_body_bytes;              /* of the response, unless on_data is set; 0: 64 MiB */
    uint64_t timeout_ms;                /* for the whole of it; 0: none, for streams */
    uint64_t idle_timeout_ms;           /* without a byte from the server; 0: none */
    bool without_token;

    /* Optional: status and headers are there. */
    void (*on_headers)(struct http_request *request);

    /* Makes it a stream: the body comes in pieces, which are gone when the call returns. */
    void (*on_data)(struct http_request *request, struct span piece);

    /* ERR is the callee's; ERROR_CANCELLED after http_request_cancel. */
    void (*done)(struct http_request *request, struct error *err);
};

/* On an error nothing was started and `done` will not come. */
nodiscard struct error *http_request_start(struct http_client *client, const struct http_request_spec *spec,
                                           struct http_request *request);

/* `done` comes soon, on_headers and on_data do not come any more. Nothing happens if it is not in flight. */
void http_request_cancel(struct http_request *request);

/* After pause no further on_data until resume; the piece at hand counts as read. From any callback. */
void http_request_pause(struct http_request *request);
void http_request_resume(struct http_request *request);
