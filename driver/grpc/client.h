/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A gRPC client over a unix socket: what kubelet is to a plugin, for the stand-in and for tests. One
 * connection, made when first needed and made again when it is lost; a call that meets no server fails at
 * once with UNAVAILABLE, as kubelet's do.
 *
 *     struct grpc_request req = { .path = KUBELET_PATH_GET_INFO, .message = SPAN(""), .timeout_ms = 1000,
 *                                 .done = on_info };
 *     grpc_request_start(client, &req);
 */

#include "api/base/error.h"
#include "driver/grpc/status.h"

struct grpc_client;
struct grpc_exchange;
struct grpc_request;
struct loop;

/* How a request ended. The message is valid during the callback only. */
struct grpc_result {
    enum grpc_code code;
    const char *text;    /* of the status; "" if there was none */
    struct span message; /* the reply of a unary call that ended with GRPC_OK */
};

/* Embedded in the caller's struct; fill the first part, zero the rest, leave it in place until done. */
struct grpc_request {
    const char *path;    /* "/package.Service/Method"; kept by reference until done */
    struct span message; /* copied by grpc_request_start */
    uint64_t timeout_ms; /* 0: waits for ever */

    /* For server streams: each message, as it comes. NULL: unary. May cancel. */
    void (*on_message)(struct grpc_request *request, struct span message);

    /* Exactly once, later, from the loop; REQUEST is the caller's again. */
    void (*done)(struct grpc_request *request, const struct grpc_result *result);

    struct grpc_exchange *exchange; /* the client's */
};

struct grpc_client_options {
    const char *path;         /* of the socket, at most 107 bytes; copied */
    const char *authority;    /* NULL: "localhost" */
    size_t max_message_bytes; /* of a reply; 0: 4 MiB */
    uint64_t connect_ms;      /* 0: 20 s, for the server's first words */

    /* Called when a connection is up (the server's SETTINGS came) or lost; or NULL. May stop the client. */
    void (*on_change)(struct grpc_client *client, bool connected, void *data);
    void *data;
};

nodiscard struct error *grpc_client_new(struct loop *loop, const struct grpc_client_options *options,
                                        struct grpc_client **out);

/* Connects without waiting for a request, unless connected or connecting. The outcome comes by on_change. */
void grpc_client_connect(struct grpc_client *client);

bool grpc_client_is_connected(const struct grpc_client *client);

void grpc_request_start(struct grpc_client *client, struct grpc_request *request);

/* It will be done with GRPC_CANCELLED (later), unless it is done already. */
void grpc_request_cancel(struct grpc_request *request);

/* Requests still running are done with GRPC_CANCELLED (later); then CLIENT is gone and ON_STOPPED (or NULL)
 * is called. */
void grpc_client_stop(struct grpc_client *client, void (*on_stopped)(void *data), void *data);

/* NULL if RESULT is OK, else an error of the kind that the code means: "code Unavailable: connection
 * refused". */
nodiscard struct error *grpc_result_error(const struct grpc_result *result);
