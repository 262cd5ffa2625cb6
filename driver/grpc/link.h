/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One unix socket connection on the loop, without any protocol: bytes come, and whenever there is room its
 * owner is asked for bytes to send. Only one write is under way at a time, so what an owner has not handed
 * over stays his, to be changed or dropped.
 *
 * Embedded; zeroed memory with the three callbacks set is a closed link. After link_close it is the owner's
 * again, at once, and no callback comes any more.
 */

#include "api/base/buf.h"
#include "driver/loop/uv.h"

struct link_pipe;

struct link {
    /* Connected, for link_connect. May be NULL. */
    void (*on_open)(struct link *link);

    void (*on_bytes)(struct link *link, struct span bytes);

    /* Nothing comes any more: the peer closed (ERR is NULL), or an error, which is the callee's. At most
     * once. */
    void (*on_end)(struct link *link, struct error *err);

    /* Append to OUT what is to be sent now; nothing if there is nothing. */
    void (*fill)(struct link *link, struct buf *out);

    struct link_pipe *pipe; /* NULL: closed */
};

/* Takes the connection that waits at LISTENER. */
nodiscard struct error *link_accept(struct link *link, struct loop *loop, uv_stream_t *listener);

/* Either on_open or on_end comes, later. PATH was checked. */
void link_connect(struct link *link, struct loop *loop, const char *path);

/* Asks for bytes and writes them, unless a write is under way, after which it happens anyway. */
void link_flush(struct link *link);

/* All that was handed over has been written. */
bool link_is_flushed(const struct link *link);

void link_close(struct link *link);
