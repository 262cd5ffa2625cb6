/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A peer that sends just the bytes it is told to, and keeps what it hears until the other side closes.
 */

#include "api/base/buf.h"
#include "driver/loop/uv.h"

struct raw_peer {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct buf heard;
    const char *text; /* to be sent once connected */
    size_t length;
    bool deaf;       /* reads nothing */
    bool half_close; /* after sending */
    uv_shutdown_t shutdown;
    bool open;   /* not closed by us yet */
    bool closed; /* all over */
    void (*on_heard)(struct raw_peer *peer);
    void (*on_end)(struct raw_peer *peer); /* the other side closed, or it could not connect */
};

/* TEXT must outlive the peer. */
void raw_peer_start(struct raw_peer *peer, struct loop *loop, uint16_t port, const char *text, size_t length);
void raw_peer_send(struct raw_peer *peer, const char *text, size_t length);
void raw_peer_close(struct raw_peer *peer);
void raw_peer_done(struct raw_peer *peer);
