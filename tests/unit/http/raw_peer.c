/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/http/raw_peer.h"

#include "api/base/compiler.h"
#include "tests/support/cmocka.h"

enum { MAX_HEARD_BYTES = 64 * 1024 * 1024 };

static char input[64 * 1024];

static void on_closed(uv_handle_t *handle)
{
    container_of((uv_tcp_t *)handle, struct raw_peer, tcp)->closed = true;
}

void raw_peer_close(struct raw_peer *peer)
{
    if (!peer->open)
        return;
    peer->open = false;
    uv_close((uv_handle_t *)&peer->tcp, on_closed);
}

static void end(struct raw_peer *peer)
{
    raw_peer_close(peer);
    if (peer->on_end)
        peer->on_end(peer);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle, (void)suggested;
    *out = uv_buf_init(input, sizeof(input));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct raw_peer *peer = container_of((uv_tcp_t *)stream, struct raw_peer, tcp);
    if (length < 0) {
        end(peer);
        return;
    }
    buf_append(&peer->heard, bytes->base, (size_t)length);
    if (peer->on_heard)
        peer->on_heard(peer);
}

static void on_written(uv_write_t *write, int status)
{
    struct raw_peer *peer = container_of(write, struct raw_peer, write);
    if (status == 0 && peer->half_close && peer->open)
        uv_shutdown(&peer->shutdown, (uv_stream_t *)&peer->tcp, NULL);
}

void raw_peer_send(struct raw_peer *peer, const char *text, size_t length)
{
    uv_buf_t buf = uv_buf_init((char *)text, (unsigned)length);
    assert_int_equal(uv_write(&peer->write, (uv_stream_t *)&peer->tcp, &buf, 1, on_written), 0);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct raw_peer *peer = container_of(connect, struct raw_peer, connect);
    if (!peer->open)
        return;
    if (status < 0) {
        end(peer);
        return;
    }
    if (!peer->deaf)
        assert_int_equal(uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read), 0);
    if (peer->length)
        raw_peer_send(peer, peer->text, peer->length);
}

void raw_peer_start(struct raw_peer *peer, struct loop *loop, uint16_t port, const char *text, size_t length)
{
    peer->heard = BUF_INIT(MAX_HEARD_BYTES);
    peer->text = text;
    peer->length = length;
    peer->open = true;
    struct sockaddr_in where;
    assert_int_equal(uv_ip4_addr("127.0.0.1", port, &where), 0);
    assert_int_equal(uv_tcp_init(loop_uv(loop), &peer->tcp), 0);
    assert_int_equal(uv_tcp_connect(&peer->connect, &peer->tcp, (struct sockaddr *)&where, on_connected), 0);
}

void raw_peer_done(struct raw_peer *peer)
{
    assert_true(peer->closed);
    buf_done(&peer->heard);
}
