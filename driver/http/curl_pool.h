/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libcurl's multi handle on our loop: its sockets, its one timer, its connections. For this folder only.
 */

#include "driver/loop/timer.h"

#include <curl/curl.h>

struct curl_pool {
    CURLM *multi;
    struct loop *loop;
    struct timer timer;
    void (*on_activity)(struct curl_pool *pool); /* something was read or written, or it is time */
    bool retired;                                /* takes no more transfers */
    size_t n_transfers;
    struct http_client *client; /* the owner's */
};

struct curl_pool *curl_pool_new(struct loop *loop, unsigned max_connections,
                                void (*on_activity)(struct curl_pool *pool));

/* Not from inside libcurl's callbacks, and without transfers. */
void curl_pool_free(struct curl_pool *pool);

/* A transfer that has ended since the last call, or NULL. */
CURL *curl_pool_next_ended(struct curl_pool *pool, CURLcode *code);
