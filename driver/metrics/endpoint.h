/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The small HTTP server of a daemon: /metrics, /healthz (it runs) and /readyz (it does its job, or why not).
 */

#include "api/base/arena.h"
#include "driver/http/server.h"
#include "driver/metrics/metrics.h"

struct endpoint;

struct endpoint_options {
    const char *listen; /* "127.0.0.1:9464", ":9464" */
    struct metrics *metrics;
    /* NULL: ready. Otherwise why not, as a static string. */
    const char *(*not_ready)(void *ctx);
    void *ctx;
};

nodiscard struct error *endpoint_start(struct loop *loop, const struct endpoint_options *options,
                                       struct endpoint **out);
void endpoint_stop(struct endpoint *endpoint, void (*stopped)(void *ctx), void *ctx);
uint16_t endpoint_port(const struct endpoint *endpoint);

/* "host:port", "[v6]:port" or ":port" (every address); HOST is in ARENA. */
nodiscard struct error *listen_parse(struct arena *arena, const char *text, const char **host,
                                     uint16_t *port);
