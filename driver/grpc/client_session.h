/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The client's side of one connection as a pure machine, the twin of session.h: requests and bytes in, bytes
 * and outcomes out. Outcomes are told by two callbacks that run within client_session_receive,
 * client_session_send and exchange_abandon; they note what happened and leave the rest for later.
 */

#include "driver/grpc/client.h"
#include "driver/grpc/frame.h"

struct client_session;

enum exchange_state { EXCHANGE_WAITING, EXCHANGE_RUNNING, EXCHANGE_DONE };

/* One request on its way. */
struct grpc_exchange {
    struct grpc_request *request;
    struct buf message; /* with its prefix */
    size_t n_sent;
    uint64_t deadline; /* time_monotonic_nanos; UINT64_MAX: none */
    bool was_refused;  /* by a server that never looked at it; such a request is tried once more */

    enum exchange_state state;
    struct client_session *session; /* while RUNNING */
    int32_t stream_id;
    struct grpc_exchange *next_running, **prev_running;

    /* what came back */
    unsigned http_status;
    bool has_content_type, has_code;
    enum grpc_code code;
    struct buf text;
    struct frame_splitter body;
    struct buf reply;
    size_t n_messages;

    bool is_muted; /* cancelled by its owner, who wants to hear no more than the end */
    struct grpc_client *client;
    struct grpc_exchange *next, **prev; /* the client's list */
};

struct client_session_config {
    const char *authority; /* borrowed */
    size_t max_message_bytes;

    /* EXCHANGE is DONE, or WAITING again because the server refused it unseen. */
    void (*ended)(void *owner, struct grpc_exchange *exchange);

    /* A message of a stream; MESSAGE may be taken. */
    void (*message)(void *owner, struct grpc_exchange *exchange, struct buf *message);

    /* There is something to send. */
    void (*wants_turn)(void *owner);
    void *owner;
};

nodiscard struct client_session *client_session_new(const struct client_session_config *config);

/* Running exchanges end with UNAVAILABLE and WHY. */
void client_session_close(struct client_session *session, const char *why);
void client_session_free(struct client_session *session);

nodiscard struct error *client_session_receive(struct client_session *session, struct span bytes);
void client_session_send(struct client_session *session, struct buf *out);

/* EXCHANGE is WAITING, and RUNNING afterwards. */
void client_session_start(struct client_session *session, struct grpc_exchange *exchange, uint64_t now);

/* The server's SETTINGS came. */
bool client_session_is_greeted(const struct client_session *session);

/* New requests may be started: no GOAWAY came, and stream ids are left. */
bool client_session_takes_requests(const struct client_session *session);

bool client_session_is_idle(const struct client_session *session);
bool client_session_is_finished(const struct client_session *session);

/* Makes an exchange in any state DONE, and tells the server if it knows of it. */
void exchange_abandon(struct grpc_exchange *exchange, enum grpc_code code, const char *why);

nodiscard struct grpc_exchange *grpc_exchange_new(struct grpc_request *request, size_t max_message_bytes,
                                                  uint64_t now);
void exchange_free(struct grpc_exchange *exchange);
