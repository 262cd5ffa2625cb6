/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server and a client on one loop, with a handler that the paths steer:
 *
 *   /echo            method, path, query, body and peer name
 *   /bytes?n=N       N bytes in one response
 *   /stream?n=N      N pieces of 100 bytes, as fast as the peer reads
 *   /forever         a stream that ends when the peer goes
 *   /later           an answer after some milliseconds
 *   /abort           a stream that is cut
 */

#include "driver/http/client.h"
#include "driver/http/query.h"
#include "driver/http/server.h"
#include "driver/loop/timer.h"

struct site {
    struct loop *loop;
    struct http_server *server;
    struct http_client *client;
    char origin[64];
    struct buf ca_cert, ca_key;
    size_t n_handled, n_closed, n_open; /* exchanges: given to us, whose peer left, not ended yet */
    size_t most_open;
    bool stopped;
};

/* Server and client with these options; addresses, handler and trust are filled in. */
void site_start(struct site *site, const struct http_server_options *server_options,
                const struct http_client_options *client_options, bool tls, const char *client_name);

/* Stops both. What is in flight ends soon. */
void site_stop(struct site *site, uint64_t grace_ms);

/* Runs the loop until everything has stopped, and checks that nothing was left. */
void site_finish(struct site *site);

/* A request that counts how it is called, and starts nothing by itself. */
struct visit {
    struct http_request request;
    struct site *site;
    int n_headers, n_done;
    size_t n_bytes;
    int status;
    struct error *err;
    char *text;                            /* the body of a whole response */
    void (*then)(struct visit *visit);     /* at the end */
    void (*on_piece)(struct visit *visit); /* after each piece */
};

nodiscard struct error *visit_start(struct visit *visit, struct site *site, const char *path,
                                    const struct http_request_spec *base, bool stream);
void visit_done(struct visit *visit);
