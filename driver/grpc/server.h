/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A gRPC server on a unix socket: kubelet's registration, DRA and health services. Plain HTTP/2, no TLS; the
 * socket's permissions are the authentication.
 *
 *     struct grpc_method methods[] = { { KUBELET_PATH_GET_INFO, on_get_info, plugin } };
 *     TRY(grpc_server_start(loop, &(struct grpc_server_options){ .path = path, .methods = methods,
 *                                                                .n_methods = 1 }, &server));
 *     ...
 *     grpc_server_stop(server, 5000, on_stopped, plugin);
 *
 * Unknown methods, wrong content types, bad framing, deadlines and cancellation are answered here; a handler
 * sees whole requests only (see call.h). The socket file is watched: when somebody removes or replaces it,
 * the server binds it anew, since kubelet finds us by nothing else.
 */

#include "api/base/error.h"
#include "driver/grpc/call.h"

struct grpc_server;
struct loop;

/* What one ended call looked like, for metrics and logs. */
struct grpc_call_record {
    const char *path; /* the method's, or "unknown" */
    enum grpc_code code;
    uint64_t nanos;
};

struct grpc_server_options {
    const char *path; /* of the socket, at most 107 bytes; copied */
    unsigned mode;    /* of the socket file; 0: 0600 */

    const struct grpc_method *methods; /* copied; the paths are kept by reference */
    size_t n_methods;

    /* Limits; 0 takes the value in brackets. */
    size_t max_message_bytes;  /* of a request [4 MiB] */
    size_t max_connections;    /* [64] */
    size_t max_streams;        /* at once, on one connection [128] */
    size_t max_calls;          /* at once, cancelled ones that still run included [1024] */
    size_t max_buffered_bytes; /* of requests, over all connections [64 MiB] */
    uint64_t preface_ms;       /* for a new connection to say its first words [20 s] */
    uint64_t watch_ms;         /* between looks at the socket file [1 s] */

    /* Called once for each call when its outcome is known; or NULL. */
    void (*observe)(const struct grpc_call_record *record, void *data);
    void *observe_data;
};

/*
 * Binds and listens. A socket file that is there already is replaced; anything else at the path is
 * ERROR_CONFLICT, a path over 107 bytes ERROR_INVALID.
 */
nodiscard struct error *grpc_server_start(struct loop *loop, const struct grpc_server_options *options,
                                          struct grpc_server **out);

/*
 * Removes the socket file (if it is still ours), refuses new calls, lets running ones end for GRACE_MS, then
 * cancels what is left and closes. Streams do not end by themselves: whoever sends on them finishes them
 * first, or they last until the grace is over. ON_STOPPED (or NULL) is called from the loop when no
 * connection and no timer is left, after which SERVER is gone. Calls that were cancelled may still be ended
 * later. A second stop can only shorten the grace; its ON_STOPPED is not called.
 */
void grpc_server_stop(struct grpc_server *server, uint64_t grace_ms, void (*on_stopped)(void *data),
                      void *data);

/* Whether the socket file was ours when it was looked at last; for readiness. */
bool grpc_server_is_bound(const struct grpc_server *server);

size_t grpc_server_n_connections(const struct grpc_server *server);
