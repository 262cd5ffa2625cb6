/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: socket --> (TLS) --> in --> reader --> handler. One exchange at a time: while one is in flight, what
 * a pipelining peer sends on waits in `in`, and when there is enough of it we stop reading. A peer that does
 * not read our answers gets no further requests served either.
 */

#include "driver/http/connection.h"

#include "api/base/memory.h"

#include <assert.h>

enum {
    ENOUGH_WAITING_BYTES = 16 * 1024,
    MAX_IN_BYTES = 256 * 1024, /* never reached: a read adds READ_BYTES to what is enough */
    MAX_OUT_BYTES = 1024 * 1024 * 1024,
    LINGER_MS = 2000,
};

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
    struct connection *conn = container_of((uv_tcp_t *)handle, struct connection, tcp);
    struct http_server *server = conn->server;
    struct exchange *x = conn->exchange;
    if (x)
        x->conn = NULL;
    TAILQ_REMOVE(&server->connections, conn, entry);
    if (conn->tls.ssl)
        tls_session_done(&conn->tls);
    request_reader_done(&conn->reader);
    buf_done(&conn->in);
    buf_done(&conn->out);
    buf_done(&conn->wire);
    free(conn);
    server_connection_gone(server);
    if (x)
        exchange_tell_closed(x);
}

static bool begin_closing(struct connection *conn)
{
    if (conn->closing)
        return false;
    conn->closing = true;
    deferred_stop(&conn->turn);
    timer_stop(&conn->deadline);
    timer_stop(&conn->stalled);
    return true;
}

void connection_close(struct connection *conn)
{
    if (begin_closing(conn))
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

void connection_reset(struct connection *conn)
{
    if (begin_closing(conn) && uv_tcp_close_reset(&conn->tcp, on_closed) < 0)
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

bool connection_is_idle(const struct connection *conn)
{
    return !conn->exchange && !conn->refused && !conn->in.length && !connection_unsent(conn) &&
           !request_reader_has_begun(&conn->reader);
}

/* --- deadlines --- */

static void refuse(struct connection *conn, struct refusal refusal);

static void on_deadline(struct timer *timer)
{
    struct connection *conn = container_of(timer, struct connection, deadline);
    if (!request_reader_has_begun(&conn->reader) || conn->phase == PHASE_LINGER) {
        connection_close(conn);
        return;
    }
    refuse(conn, (struct refusal){ 408, "the request takes too long" });
    connection_flush(conn);
}

static enum phase phase_now(const struct connection *conn)
{
    if (conn->refused)
        return PHASE_LINGER;
    if (conn->exchange)
        return PHASE_NONE;
    if (conn->reader.state == READER_HEAD)
        return request_reader_has_begun(&conn->reader) || conn->phase == PHASE_HEAD ? PHASE_HEAD : PHASE_IDLE;
    return PHASE_BODY;
}

static void set_deadline(struct connection *conn)
{
    const struct http_server_options *options = &conn->server->options;
    enum phase phase = phase_now(conn);
    if (phase == conn->phase)
        return;
    conn->phase = phase;
    uint64_t span_ms = 0;
    switch (phase) {
    case PHASE_NONE: timer_stop(&conn->deadline); return;
    case PHASE_HEAD: span_ms = options->head_timeout_ms; break;
    case PHASE_BODY: span_ms = options->body_timeout_ms; break;
    case PHASE_IDLE: span_ms = options->idle_timeout_ms; break;
    case PHASE_LINGER: span_ms = LINGER_MS; break;
    }
    timer_start(&conn->deadline, conn->server->loop, span_ms, on_deadline);
}

/* --- requests --- */

static void refuse(struct connection *conn, struct refusal refusal)
{
    conn->refused = true;
    conn->close_after = true;
    buf_done(&conn->in);
    request_reader_done(&conn->reader);
    refusal_write(conn, refusal);
    set_deadline(conn);
}

static void dispatch(struct connection *conn)
{
    struct http_server *server = conn->server;
    struct exchange *x = exchange_new(conn);
    request_reader_next(&conn->reader);
    conn->continued = false;
    conn->exchange = x;
    conn->phase = PHASE_NONE;
    timer_stop(&conn->deadline);
    server->options.handle(server->options.ctx, &x->public);
}

static void send_continue(struct connection *conn)
{
    if (conn->continued || !conn->reader.head.expects_continue || conn->in.length)
        return;
    if (conn->reader.state == READER_BODY || conn->reader.state == READER_CHUNKS) {
        conn->continued = true;
        buf_add(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
}

bool connection_may_read(const struct connection *conn)
{
    return !conn->closing && !conn->refused && !conn->close_after && !conn->exchange && conn->in.length &&
           connection_unsent(conn) <= conn->server->options.max_unsent_bytes;
}

static void process_input(struct connection *conn)
{
    conn->processing = true;
    while (connection_may_read(conn)) {
        buf_consume(&conn->in, request_reader_feed(&conn->reader, buf_span(&conn->in)));
        if (conn->reader.state == READER_COMPLETE)
            dispatch(conn);
        else if (conn->reader.state == READER_REFUSED)
            refuse(conn, conn->reader.refusal);
        else
            send_continue(conn);
    }
    conn->processing = false;
}

static void set_reading(struct connection *conn);

/* Input as far as it goes, then output. Calls out last. */
static void go_on(struct connection *conn)
{
    process_input(conn);
    if (conn->closing)
        return;
    if (!conn->in.length)
        buf_done(&conn->in);
    if (conn->ended && !conn->exchange && !conn->in.length)
        conn->close_after = true;
    set_deadline(conn);
    set_reading(conn);
    connection_flush(conn);
}

static void on_turn(struct deferred *deferred)
{
    go_on(container_of(deferred, struct connection, turn));
}

void connection_turn_later(struct connection *conn)
{
    if (!conn->processing && !conn->closing)
        loop_defer(conn->server->loop, &conn->turn, on_turn);
}

/* --- bytes --- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct connection *conn = container_of((uv_tcp_t *)handle, struct connection, tcp);
    *out = uv_buf_init(conn->server->input, READ_BYTES);
}

static struct error *take_bytes(struct connection *conn, struct span bytes)
{
    if (conn->refused)
        return NULL;
    if (!conn->tls.ssl) {
        buf_add_span(&conn->in, bytes);
        return buf_check(&conn->in);
    }
    TRY(tls_session_receive(&conn->tls, bytes, &conn->in));
    conn->ended |= conn->tls.ended;
    return NULL;
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct connection *conn = container_of((uv_tcp_t *)stream, struct connection, tcp);
    if (length == 0)
        return;
    if (length < 0 && length != UV_EOF) {
        connection_close(conn);
        return;
    }
    if (length == UV_EOF) {
        conn->ended = true;
    } else {
        struct error *err = take_bytes(conn, (struct span){ bytes->base, (size_t)length });
        if (err) {
            error_free(err); /* a peer that does not speak TLS; OpenSSL's alert, if any, is sent on */
            conn->refused = conn->close_after = conn->ended = true;
            set_deadline(conn);
        }
    }
    go_on(conn);
    /* Whoever waits for this peer learns that it left; what is written may still reach a half-closed one. */
    if (conn->ended && !conn->closing && conn->exchange)
        exchange_tell_closed(conn->exchange);
}

static void set_reading(struct connection *conn)
{
    bool want = !conn->ended && (conn->in.length < ENOUGH_WAITING_BYTES || conn->refused);
    if (want == conn->reading)
        return;
    conn->reading = want;
    if (!want)
        uv_read_stop((uv_stream_t *)&conn->tcp);
    else if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) < 0)
        connection_close(conn);
}

void connection_accept(struct http_server *server)
{
    struct connection *conn = NEW(struct connection);
    conn->server = server;
    conn->in = BUF_INIT(MAX_IN_BYTES);
    conn->out = BUF_INIT(MAX_OUT_BYTES);
    conn->wire = BUF_INIT(MAX_OUT_BYTES);
    const struct http_server_options *options = &server->options;
    request_reader_init(
        &conn->reader,
        &(struct request_limits){ options->max_head_bytes, options->max_headers, options->max_body_bytes });
    if (uv_tcp_init(loop_uv(server->loop), &conn->tcp) < 0) {
        free(conn);
        return;
    }
    TAILQ_INSERT_TAIL(&server->connections, conn, entry);
    server->n_connections++;
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&conn->tcp) < 0) {
        connection_close(conn);
        return;
    }
    uv_tcp_nodelay(&conn->tcp, 1);
    if (server->tls)
        tls_session_init(&conn->tls, server->tls);
    conn->phase = PHASE_HEAD;
    timer_start(&conn->deadline, server->loop, options->head_timeout_ms, on_deadline);
    set_reading(conn);
}
