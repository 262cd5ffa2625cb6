/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way through libcurl, and the client it belongs to. For this folder only.
 */

#include "driver/http/client.h"
#include "driver/http/curl_pool.h"

#include <sys/queue.h>

struct http_transfer {
    struct http_client *client;
    struct http_request *request;
    TAILQ_ENTRY(http_transfer) entry;     /* among all of the client */
    TAILQ_ENTRY(http_transfer) due_entry; /* among those that the client's turn attends to, or that wait */
    bool is_due, waits;

    /* from the spec */
    char *label; /* "GET https://host/path", for errors */
    struct buf request_body;
    void (*on_headers)(struct http_request *request);
    void (*on_data)(struct http_request *request, struct span piece);
    void (*done)(struct http_request *request, struct error *err);
    uint64_t idle_timeout_ms;

    CURL *easy;
    struct curl_slist *header_lines, *connect_to;
    struct curl_pool *pool; /* NULL: not added yet */
    char curl_text[CURL_ERROR_SIZE];

    struct http_headers headers;
    struct buf body;
    bool headers_complete;

    struct timer idle;
    bool paused;      /* the owner wants no data */
    bool curl_paused; /* and libcurl knows */
    bool cancelled;
    bool ended; /* libcurl is through, with CODE */
    CURLcode code;
    struct error *err; /* ours, and the reason why libcurl was told to stop */
};

TAILQ_HEAD(transfers, http_transfer);

struct http_client {
    struct loop *loop;
    struct http_client_options options;       /* strings and PEM text are ours */
    struct curl_pool *pool;                   /* the one for new transfers; NULL until the first */
    struct transfers transfers, due, waiting; /* waiting: for others to leave the pools */
    size_t n_in_pools;
    struct deferred turn;
    bool stopping;
};

nodiscard struct error *transfer_new(struct http_client *client, const struct http_request_spec *spec,
                                     struct http_request *request, struct http_transfer **out);
void transfer_free(struct http_transfer *transfer);

/* Why it ended, or NULL: it went well. The caller's. */
struct error *transfer_error(struct http_transfer *transfer);

/* client.c: the client's turn will look at it. */
void transfer_is_due(struct http_transfer *transfer);
