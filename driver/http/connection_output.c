/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output: out -- (TLS) --> wire -- socket --> peer. At most one libuv write is under way; what is written
 * meanwhile gathers in `out`. A peer that takes nothing for too long is cut.
 */

#include "driver/http/connection.h"

enum {
    TLS_PIECE_BYTES = 16 * 1024, /* encrypted at once: OpenSSL keeps room for as much as it was ever given */
    COMPACT_ABOVE_BYTES = 64 * 1024, /* sent bytes at the front of `out` that are worth moving the rest for */
    KEEP_ROOM_BYTES = 16 * 1024,
};

static size_t out_left(const struct connection *conn)
{
    return conn->out.length - conn->out_sent;
}

size_t connection_unsent(const struct connection *conn)
{
    return out_left(conn) + conn->wire.length - conn->wire_sent;
}

static void buf_empty(struct buf *buf)
{
    if (buf->room > KEEP_ROOM_BYTES)
        buf_done(buf);
    else
        buf_clear(buf);
}

static void out_moved_on(struct connection *conn, size_t length)
{
    conn->out_sent += length;
    if (conn->out_sent == conn->out.length) {
        buf_empty(&conn->out);
        conn->out_sent = 0;
    } else if (conn->out_sent > COMPACT_ABOVE_BYTES && conn->out_sent > conn->out.length / 2) {
        buf_consume(&conn->out, conn->out_sent);
        conn->out_sent = 0;
    }
}

static void encrypt_some(struct connection *conn)
{
    struct span piece = span_skip(buf_span(&conn->out), conn->out_sent);
    if (piece.length > TLS_PIECE_BYTES)
        piece.length = TLS_PIECE_BYTES;
    if (piece.length && tls_session_is_ready(&conn->tls)) {
        struct error *err = tls_session_send(&conn->tls, piece);
        if (err) {
            error_free(err); /* the session is broken, and with it the connection */
            connection_close(conn);
            return;
        }
        out_moved_on(conn, piece.length);
    }
    tls_session_take(&conn->tls, &conn->wire);
}

static void fill_wire(struct connection *conn)
{
    if (conn->tls.ssl) {
        encrypt_some(conn);
        return;
    }
    struct buf empty = conn->wire;
    conn->wire = conn->out;
    conn->wire_sent = conn->out_sent;
    conn->out = empty;
    conn->out_sent = 0;
}

static void on_stalled(struct timer *timer)
{
    struct connection *conn = container_of(timer, struct connection, stalled);
    size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);
    if (queued >= conn->stalled_at) {
        connection_close(conn);
        return;
    }
    conn->stalled_at = queued;
    timer_start(timer, conn->server->loop, conn->server->options.stalled_timeout_ms, on_stalled);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *conn = container_of(write, struct connection, write);
    conn->writing = false;
    timer_stop(&conn->stalled);
    buf_empty(&conn->wire);
    conn->wire_sent = 0;
    if (conn->closing)
        return;
    if (status < 0)
        connection_close(conn);
    else
        connection_turn_later(conn);
}

static uv_buf_t wire_left(const struct connection *conn)
{
    return uv_buf_init(conn->wire.data + conn->wire_sent, (unsigned)(conn->wire.length - conn->wire_sent));
}

/* What the kernel takes at once needs no request. */
static void write_some(struct connection *conn)
{
    uv_buf_t left = wire_left(conn);
    int written = uv_try_write((uv_stream_t *)&conn->tcp, &left, 1);
    if (written < 0 && written != UV_EAGAIN) {
        connection_close(conn);
        return;
    }
    conn->wire_sent += written > 0 ? (size_t)written : 0;
    if (conn->wire_sent == conn->wire.length) {
        buf_empty(&conn->wire);
        conn->wire_sent = 0;
        return;
    }
    left = wire_left(conn);
    int status = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &left, 1, on_written);
    if (status < 0) {
        connection_close(conn);
        return;
    }
    conn->writing = true;
    conn->stalled_at = uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp);
    timer_start(&conn->stalled, conn->server->loop, conn->server->options.stalled_timeout_ms, on_stalled);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown, (void)status;
}

/*
 * Everything is sent. If the peer may still be sending, closing at once would make its kernel throw our
 * answer away; so only our direction is closed, and the deadline (or the peer) does the rest.
 */
static void close_after(struct connection *conn)
{
    if (!conn->refused || conn->ended) {
        connection_close(conn);
    } else if (!conn->shut) {
        conn->shut = true;
        if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shut) < 0)
            connection_close(conn);
    }
}

static void send_waiting(struct connection *conn)
{
    while (!conn->closing && !conn->writing) {
        if (conn->wire_sent == conn->wire.length)
            fill_wire(conn);
        if (conn->closing || conn->wire_sent == conn->wire.length)
            break;
        write_some(conn);
    }
}

void connection_flush(struct connection *conn)
{
    send_waiting(conn);
    if (conn->closing)
        return;
    if (conn->close_after && !conn->exchange && !connection_unsent(conn)) {
        if (conn->tls.ssl && !conn->shut) {
            tls_session_end(&conn->tls);
            send_waiting(conn);
            if (conn->closing || conn->writing)
                return; /* the goodbye did not fit: on_written brings us back here */
        }
        close_after(conn);
        return;
    }
    if ((conn->server->stopping || conn->server->accept_waits) && connection_is_idle(conn)) {
        connection_close(conn);
        return;
    }
    if (connection_may_read(conn))
        connection_turn_later(conn); /* it waited for the output to shrink */
    struct exchange *x = conn->exchange;
    if (x && x->wants_drain && connection_unsent(conn) <= conn->server->options.max_unsent_bytes / 4)
        exchange_tell_drained(x);
}
