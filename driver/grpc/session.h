/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's side of one connection as a pure machine: bytes in, bytes out, handlers called in between. It
 * knows no socket and no clock; whoever owns it brings both and gives it turns:
 *
 *     session_receive    whenever bytes came
 *     session_turn       soon after wants_turn: calls the handlers, and those whose calls were cancelled
 *     session_send       gathers what is to be written, until it gathers nothing
 *
 * Handlers run in session_turn only, so they may do anything but free the session.
 */

#include "driver/grpc/call.h"
#include "driver/grpc/quota.h"
#include "driver/grpc/server.h"

struct session;

struct session_config {
    const struct grpc_method *methods; /* these live as long as the session */
    size_t n_methods;
    size_t max_message_bytes;
    size_t max_streams;
    struct quota *quota; /* referenced */

    void (*observe)(const struct grpc_call_record *record, void *data); /* or NULL */
    void *observe_data;

    /* There is something to run or to send. Never calls back into the session. */
    void (*wants_turn)(void *owner);
    void *owner;
};

nodiscard struct session *session_new(const struct session_config *config);

/* What still runs is cancelled without being told; session_close and session_turn come first. */
void session_free(struct session *session);

/* NOW is on time_monotonic_nanos' clock. After an error nothing is taken any more: send, then close. */
nodiscard struct error *session_receive(struct session *session, struct span bytes, uint64_t now);

/* Ends what is past its deadline at NOW, then calls handlers. Calls out; the session is as before or closed.
 */
void session_turn(struct session *session, uint64_t now);

/* Handlers wait to be called in the next turn. */
bool session_has_events(const struct session *session);

/* When the next deadline passes; UINT64_MAX if there is none. */
uint64_t session_next_deadline(const struct session *session);

/* Appends to OUT, some 64 KiB at most. */
void session_send(struct session *session, struct buf *out);

/* Says goodbye: calls that run may end, new ones are refused. */
void session_drain(struct session *session);

/* The connection is gone, or is to go: every call is cancelled. Give it one more turn. */
void session_close(struct session *session);

/* Whether the client has said its first words (the preface and its SETTINGS). */
bool session_is_greeted(const struct session *session);

/* No stream is open. */
bool session_is_idle(const struct session *session);

/* Nothing will ever be read or written again. */
bool session_is_finished(const struct session *session);
