/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client: a list of transfers, and a turn in which everything happens that must not happen inside
 * libcurl's callbacks: adding, removing, resuming, and telling owners that it is done.
 *
 *   start --> due --> in the pool --> ended or cancelled --> due --> removed, done
 *              \--> waiting --> due    (the pool is full)
 */

#include "driver/http/client.h"

#include "api/base/memory.h"
#include "driver/http/transfer.h"

#include <assert.h>

/* libcurl 7.88 puts at most 100 streams on a connection, and opens one more for each that is beyond. */
enum { MAX_IN_POOLS = 90 };

static void client_free(struct http_client *client)
{
    struct http_client_options *options = &client->options;
    curl_pool_free(client->pool);
    deferred_stop(&client->turn);
    const void *const texts[] = {
        options->ca_file,       options->cert_file,    options->key_file,   options->tls_server_name,
        options->unix_socket,   options->proxy_url,    options->user_agent, options->ca_pem.data,
        options->cert_pem.data, options->key_pem.data,
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free((void *)texts[i]);
    free(client);
}

/* --- the turn --- */

static void on_activity(struct curl_pool *pool);

static void pool_drop_if_empty(struct curl_pool *pool)
{
    if (pool->retired && !pool->n_transfers)
        curl_pool_free(pool);
}

static void leave_pool(struct http_transfer *transfer)
{
    struct curl_pool *pool = take(transfer->pool);
    if (!pool)
        return;
    curl_multi_remove_handle(pool->multi, transfer->easy);
    pool->n_transfers--;
    pool_drop_if_empty(pool);
    transfer->client->n_in_pools--;
    struct http_transfer *next = TAILQ_FIRST(&transfer->client->waiting);
    if (next)
        transfer_is_due(next);
}

static void enter_pool(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    if (client->n_in_pools >= MAX_IN_POOLS) {
        TAILQ_INSERT_TAIL(&client->waiting, transfer, due_entry);
        transfer->waits = true;
        return;
    }
    if (!client->pool) {
        client->pool = curl_pool_new(client->loop, client->options.max_connections, on_activity);
        client->pool->client = client;
    }
    CURLMcode code = curl_multi_add_handle(client->pool->multi, transfer->easy);
    if (code != CURLM_OK) {
        transfer->ended = true;
        transfer->err = error_internal("%s", curl_multi_strerror(code));
        transfer_is_due(transfer);
        return;
    }
    transfer->pool = client->pool;
    client->pool->n_transfers++;
    client->n_in_pools++;
}

/* Calls out last. */
static void finish(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    struct http_request *request = transfer->request;
    struct error *err = transfer_error(transfer);
    leave_pool(transfer);
    timer_stop(&transfer->idle);
    TAILQ_REMOVE(&client->transfers, transfer, entry);
    request->transfer = NULL;
    transfer->done(request, err);
    transfer_free(transfer);
}

static void attend(struct http_transfer *transfer)
{
    if (transfer->cancelled || transfer->ended) {
        finish(transfer);
    } else if (!transfer->pool) {
        enter_pool(transfer);
    } else if (transfer->curl_paused && !transfer->paused) {
        transfer->curl_paused = false;
        curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
}

static void client_turn(struct http_client *client)
{
    struct http_transfer *transfer;
    while ((transfer = TAILQ_FIRST(&client->due))) {
        TAILQ_REMOVE(&client->due, transfer, due_entry);
        transfer->is_due = false;
        attend(transfer);
    }
    if (client->stopping && TAILQ_EMPTY(&client->transfers))
        client_free(client);
}

static void on_turn(struct deferred *deferred)
{
    client_turn(container_of(deferred, struct http_client, turn));
}

void transfer_is_due(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    if (transfer->waits)
        TAILQ_REMOVE(&client->waiting, transfer, due_entry);
    transfer->waits = false;
    if (!transfer->is_due)
        TAILQ_INSERT_TAIL(&client->due, transfer, due_entry);
    transfer->is_due = true;
    loop_defer(client->loop, &client->turn, on_turn);
}

static void on_activity(struct curl_pool *pool)
{
    struct http_client *client = pool->client;
    CURLcode code;
    CURL *easy;
    while ((easy = curl_pool_next_ended(pool, &code))) {
        struct http_transfer *transfer;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        transfer->ended = true;
        transfer->code = code;
        transfer_is_due(transfer);
    }
    if (!TAILQ_EMPTY(&client->due))
        client_turn(client);
}

/* --- from outside --- */

static void copy_text(const char **text)
{
    *text = *text ? mem_strdup(*text) : NULL;
}

static void copy_pem(struct span *pem)
{
    pem->data = pem->length ? mem_strndup(pem->data, pem->length) : NULL;
}

struct error *http_client_new(struct loop *loop, const struct http_client_options *options,
                              struct http_client **out)
{
    if ((options->cert_file || options->cert_pem.length) != (options->key_file || options->key_pem.length))
        return error_invalid("a client certificate needs its key, and a key its certificate");
    struct http_client *client = NEW(struct http_client);
    client->loop = loop;
    TAILQ_INIT(&client->transfers);
    TAILQ_INIT(&client->due);
    TAILQ_INIT(&client->waiting);
    struct http_client_options *own = &client->options;
    *own = *options;
    const char **const texts[] = { &own->ca_file,     &own->cert_file, &own->key_file,  &own->tls_server_name,
                                   &own->unix_socket, &own->proxy_url, &own->user_agent };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(texts[i]);
    copy_pem(&own->ca_pem);
    copy_pem(&own->cert_pem);
    copy_pem(&own->key_pem);
    if (!own->max_connections)
        own->max_connections = 64;
    if (!own->connect_timeout_ms)
        own->connect_timeout_ms = 10 * 1000;
    if (!own->user_agent)
        own->user_agent = mem_strdup("tranche/" TRANCHE_VERSION);
    *out = client;
    return NULL;
}

void http_client_stop(struct http_client *client)
{
    if (!client)
        return;
    client->stopping = true;
    struct http_transfer *transfer;
    TAILQ_FOREACH(transfer, &client->transfers, entry)
    http_request_cancel(transfer->request);
    loop_defer(client->loop, &client->turn, on_turn);
}

void http_client_drop_connections(struct http_client *client)
{
    struct curl_pool *pool = take(client->pool);
    if (!pool)
        return;
    pool->retired = true;
    if (!pool->n_transfers)
        curl_pool_free(pool);
}

struct error *http_request_start(struct http_client *client, const struct http_request_spec *spec,
                                 struct http_request *request)
{
    assert(!request->transfer && spec->done);
    if (client->stopping)
        return error_new(ERROR_CANCELLED, "the client is shutting down");
    struct http_transfer *transfer;
    TRY(transfer_new(client, spec, request, &transfer));
    *request =
        (struct http_request){ .headers = &transfer->headers, .body = &transfer->body, .transfer = transfer };
    TAILQ_INSERT_TAIL(&client->transfers, transfer, entry);
    transfer_is_due(transfer);
    return NULL;
}

void http_request_cancel(struct http_request *request)
{
    if (!request->transfer)
        return;
    request->transfer->cancelled = true;
    transfer_is_due(request->transfer);
}

void http_request_pause(struct http_request *request)
{
    if (request->transfer)
        request->transfer->paused = true;
}

void http_request_resume(struct http_request *request)
{
    if (!request->transfer)
        return;
    request->transfer->paused = false;
    transfer_is_due(request->transfer);
}
