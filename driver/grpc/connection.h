/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server's connection: a session, the link that carries its bytes, and a timer. It frees itself once it is
 * closed and everybody has been told.
 */

#include "driver/grpc/link.h"
#include "driver/grpc/session.h"
#include "driver/loop/timer.h"

struct connection {
    struct link link;
    struct session *session;
    struct loop *loop;
    struct deferred turn;
    struct timer timer;
    uint64_t limit; /* when it is closed come what may; UINT64_MAX: never */
    bool is_broken; /* nothing more is read; what is left is sent */
    bool is_closed;

    void (*gone)(struct connection *connection, void *owner); /* last call; CONNECTION is freed afterwards */
    void *owner;
    struct connection *next, **prev; /* the owner's list */
};

/* Takes the connection that waits at LISTENER. The client has PREFACE_MS for its first words. */
nodiscard struct error *grpc_connection_new(struct loop *loop, uv_stream_t *listener,
                                            struct session_config config, uint64_t preface_ms,
                                            struct connection **out);

/* Refuses new calls and closes when the running ones have ended; at once if the client never said a word. */
void grpc_connection_drain(struct connection *connection);

/* Cancels every call; `gone` comes later, from the loop. */
void grpc_connection_close(struct connection *connection);

/* Never greeted, or no call runs: it may go if another needs its place. */
bool grpc_connection_is_idle(const struct connection *connection);
