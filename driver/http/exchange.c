/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. What a handler writes is put behind what waits already; the connection sends it on its next turn.
 */

#include "api/base/memory.h"
#include "driver/http/connection.h"

#include <assert.h>
#include <http_parser.h>

static struct exchange *exchange_of(const struct http_exchange *x)
{
    return container_of(x, struct exchange, public);
}

struct exchange *exchange_new(struct connection *conn)
{
    struct exchange *x = NEW(struct exchange);
    struct request_reader *reader = &conn->reader;
    x->server = conn->server;
    x->server->n_exchanges++;
    x->conn = conn;
    x->head = reader->head;
    reader->head = (struct request_head){ 0 };
    x->body = reader->body;
    reader->body = BUF_INIT(0);
    x->keep_alive = x->head.keep_alive;
    if (conn->tls.ssl)
        x->peer_name = tls_session_peer_name(&conn->tls);
    x->public.method = x->head.method;
    x->public.path = x->head.path;
    x->public.query = x->head.query;
    x->public.headers = &x->head.headers;
    x->public.body = buf_span(&x->body);
    x->public.peer_name = x->peer_name;
    return x;
}

void exchange_tell_closed(struct exchange *x)
{
    if (x->told_closed)
        return;
    x->told_closed = true;
    if (x->public.on_close)
        x->public.on_close(&x->public);
}

void exchange_tell_drained(struct exchange *x)
{
    x->wants_drain = false;
    if (x->public.on_drain)
        x->public.on_drain(&x->public);
}

/* The handler is done with it. */
static void exchange_end(struct exchange *x)
{
    struct connection *conn = x->conn;
    struct http_server *server = x->server;
    if (conn) {
        conn->exchange = NULL;
        if (!x->keep_alive)
            conn->close_after = true;
        connection_turn_later(conn);
    }
    request_head_done(&x->head);
    http_headers_done(&x->public.response);
    buf_done(&x->body);
    free(x->peer_name);
    free(x);
    server_exchange_gone(server);
}

/* --- heads --- */

static void write_status(struct buf *out, struct http_server *server, int status, const char *content_type)
{
    buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, http_status_text(status), server_date(server));
    if (content_type)
        buf_printf(out, "Content-Type: %s\r\n", content_type);
}

static void write_head(struct exchange *x, int status, const char *content_type, const char *framing)
{
    struct buf *out = &x->conn->out;
    write_status(out, x->server, status, content_type);
    http_headers_write(&x->public.response, out);
    if (x->server->stopping)
        x->keep_alive = false;
    if (!x->keep_alive)
        buf_add(out, "Connection: close\r\n");
    else if (x->head.old)
        buf_add(out, "Connection: keep-alive\r\n");
    buf_add(out, framing);
    buf_add(out, "\r\n");
}

static bool has_no_body(const struct exchange *x, int status)
{
    return strcmp(x->head.method, "HEAD") == 0 || status == 204 || status == 304;
}

void refusal_write(struct connection *conn, struct refusal refusal)
{
    write_status(&conn->out, conn->server, refusal.status, "text/plain; charset=utf-8");
    buf_printf(&conn->out, "Connection: close\r\nContent-Length: %zu\r\n\r\n%s\n", strlen(refusal.reason) + 1,
               refusal.reason);
}

/* --- the handler's verbs --- */

/* A peer that is gone needs no bytes; one that takes none at all is not worth a gigabyte. */
static bool can_write(struct exchange *x)
{
    if (x->conn && !x->conn->closing && x->conn->out.overflowed)
        connection_close(x->conn);
    return x->conn && !x->conn->closing;
}

void http_respond(struct http_exchange *public, int status, const char *content_type, struct span body)
{
    struct exchange *x = exchange_of(public);
    assert(!x->started);
    if (can_write(x)) {
        char framing[48] = "";
        if (status != 204 && status != 304)
            snprintf(framing, sizeof(framing), "Content-Length: %zu\r\n", body.length);
        write_head(x, status, content_type, framing);
        if (!has_no_body(x, status))
            buf_add_span(&x->conn->out, body);
        can_write(x);
    }
    exchange_end(x);
}

void http_response_start(struct http_exchange *public, int status, const char *content_type)
{
    struct exchange *x = exchange_of(public);
    assert(!x->started);
    x->started = true;
    x->bodyless = has_no_body(x, status);
    x->chunked = !x->head.old && !x->bodyless;
    if (x->head.old && !x->bodyless)
        x->keep_alive = false; /* only the end of the connection tells where the body ends */
    if (!can_write(x))
        return;
    write_head(x, status, content_type, x->chunked ? "Transfer-Encoding: chunked\r\n" : "");
    connection_turn_later(x->conn);
}

bool http_response_write(struct http_exchange *public, struct span piece)
{
    struct exchange *x = exchange_of(public);
    assert(x->started);
    if (!can_write(x) || x->bodyless || !piece.length)
        return true;
    struct buf *out = &x->conn->out;
    if (x->chunked)
        buf_printf(out, "%zx\r\n", piece.length);
    buf_add_span(out, piece);
    if (x->chunked)
        buf_add(out, "\r\n");
    if (!can_write(x))
        return true;
    connection_turn_later(x->conn);
    x->wants_drain = connection_unsent(x->conn) > x->server->options.max_unsent_bytes;
    return !x->wants_drain;
}

void http_response_end(struct http_exchange *public)
{
    struct exchange *x = exchange_of(public);
    assert(x->started);
    if (can_write(x) && x->chunked)
        buf_add(&x->conn->out, "0\r\n\r\n");
    exchange_end(x);
}

void http_response_abort(struct http_exchange *public)
{
    struct exchange *x = exchange_of(public);
    struct connection *conn = x->conn;
    if (conn) {
        conn->exchange = NULL;
        x->conn = NULL;
        connection_reset(conn);
    }
    exchange_end(x);
}

size_t http_response_unsent(const struct http_exchange *public)
{
    const struct exchange *x = exchange_of(public);
    return x->conn ? connection_unsent(x->conn) : 0;
}

bool http_exchange_is_closed(const struct http_exchange *public)
{
    const struct exchange *x = exchange_of(public);
    return !x->conn || x->conn->closing || x->conn->ended;
}

const char *http_status_text(int status)
{
    return http_status_str((enum http_status)status);
}
