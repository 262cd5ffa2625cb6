/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process, one loop: a request is routed, answered from the store, and gone; only watches and logs
 * stay.
 */
#include "driver/standalone/rest/server.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/time.h"
#include "driver/standalone/rest/expiry.h"
#include "driver/standalone/rest/expressions.h"
#include "driver/standalone/rest/features.h"
#include "driver/standalone/rest/request.h"
#include "driver/standalone/rest/route.h"
#include "driver/standalone/rest/seed.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/watch.h"

enum { HISTORY_WINDOW = 4096, MICROS_PER_MS = 1000, MAX_BODY_BYTES = 3 << 20 };

struct rest_server {
    struct loop *loop;
    struct arena *arena; /* of the settings' strings */
    struct rest_options settings;
    struct features features;
    struct expressions expressions;
    struct store *store;
    struct resources resources;
    struct watches *watches;
    struct expiry expiry;
    struct http_server *http;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

const struct resources *rest_resources(const struct rest_server *server)
{
    return &server->resources;
}

struct store *rest_store(const struct rest_server *server)
{
    return server->store;
}

struct loop *rest_loop(const struct rest_server *server)
{
    return server->loop;
}

struct watches *rest_watches(struct rest_server *server)
{
    return server->watches;
}

const struct rest_options *rest_settings(const struct rest_server *server)
{
    return &server->settings;
}

struct expression_checker rest_expressions(const struct rest_server *server)
{
    return expressions_checker(&server->expressions);
}

bool rest_gates_pods(const struct rest_server *server)
{
    return server->settings.gate_pods;
}

bool rest_feature_is_on(const void *context, const char *name)
{
    return features_is_on(&((const struct rest_server *)context)->features, name);
}

uint16_t rest_port(const struct rest_server *server)
{
    return http_server_port(server->http);
}

/* --- a request --- */

/* Probes and the version are for everybody, as in a real cluster. */
static bool is_public(const char *path)
{
    static const char *const paths[] = { "/healthz", "/livez", "/readyz", "/version" };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (strcmp(paths[i], path) == 0)
            return true;
    return false;
}

/* In a time that tells nothing about where they differ. */
static bool secrets_equal(struct span a, struct span b)
{
    unsigned char difference = a.length != b.length;
    for (size_t i = 0; i < a.length && i < b.length; i++)
        difference |= (unsigned char)(a.data[i] ^ b.data[i]);
    return difference == 0;
}

static bool is_known(const struct rest_server *server, const struct http_exchange *x)
{
    static const struct span scheme = { "Bearer ", 7 };
    const char *token = server->settings.token;
    struct span header = span_of(http_headers_get(x->headers, "Authorization"));
    if (!token || x->peer_name || is_public(x->path))
        return true;
    return span_starts_with(header, scheme) &&
           secrets_equal(span_skip(header, scheme.length), span_of(token));
}

static struct error *request_serve(struct request *req)
{
    resource_handler *handler;
    if (!is_known(req->server, req->exchange))
        return refuse_request(req, 401, "Unauthorized", "Unauthorized");
    TRY(query_parse(req->arena, req->exchange->query, &req->query));
    TRY(route_find(req, &handler));
    if (req->target.resource &&
        !negotiate_answer(http_headers_get(req->exchange->headers, "Accept"), &req->answer))
        return refuse_request(
            req, 406, "NotAcceptable",
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml");
    return handler(req);
}

/* Paths outside the API are told in plain words. */
static bool is_unknown_page(const struct request *req, const struct error *err)
{
    return !req->refusal && !req->target.resource && err->kind == ERROR_NOT_FOUND;
}

static void on_request(void *ctx, struct http_exchange *x)
{
    struct arena *arena = arena_new();
    struct request *req = arena_make(arena, struct request);
    *req = (struct request){ .server = ctx, .exchange = x, .arena = arena, .now = time_now_micros() };
    struct error *err = request_serve(req);
    if (!err)
        return;
    if (err->kind == ERROR_INTERNAL)
        log_warn("request failed", kv_str("method", x->method), kv_str("path", x->path), kv_error(err));
    if (is_unknown_page(req, err)) {
        request_reply_text(req, 404, "text/plain; charset=utf-8", SPAN("404 page not found\n"));
        error_free(err);
        return;
    }
    request_reply_error(req, err);
}

/* --- its life --- */

static void rest_free(struct rest_server *server)
{
    watches_free(server->watches);
    resources_done(&server->resources);
    store_free(server->store);
    expressions_done(&server->expressions);
    arena_free(server->arena);
    free(server);
}

/* Versions begin at the clock, so that those of an earlier run lie in the past and clients list again. */
static struct rest_server *rest_new(struct loop *loop, const struct rest_options *options)
{
    struct rest_server *server = NEW(struct rest_server);
    server->loop = loop;
    server->arena = arena_new();
    server->settings = *options;
    server->settings.token = arena_strdup(server->arena, options->token);
    server->settings.kube_version = arena_strdup(server->arena, options->kube_version);
    server->settings.log_folder = arena_strdup(server->arena, options->log_folder);
    server->store = store_new(time_now_micros() / MICROS_PER_MS, HISTORY_WINDOW);
    resources_init(&server->resources, server->store);
    server->watches = watches_new(loop, server->store);
    return server;
}

static struct error *rest_begin(struct rest_server *server, const struct rest_options *options)
{
    TRY(features_parse(options->feature_gates, &server->features));
    TRY(expressions_init(&server->expressions, options->kube_version,
                         features_is_on(&server->features, "DRAListTypeAttributes"),
                         features_is_on(&server->features, "DRAConsumableCapacity")));
    TRY(seed_store(&server->resources, options->node_names, options->kube_version, &server->features));
    const struct http_server_options http = {
        .address = options->address,
        .port = options->port,
        .tls = options->tls,
        .max_body_bytes = MAX_BODY_BYTES,
        .handle = on_request,
        .ctx = server,
    };
    TRY(http_server_start(server->loop, &http, &server->http));
    expiry_start(&server->expiry, server->loop, &server->resources, server->store);
    return NULL;
}

struct error *rest_start(struct loop *loop, const struct rest_options *options, struct rest_server **out)
{
    struct rest_server *server = rest_new(loop, options);
    struct error *err = rest_begin(server, options);
    if (err) {
        rest_free(server);
        return err;
    }
    *out = server;
    return NULL;
}

static void on_http_stopped(void *ctx)
{
    struct rest_server *server = ctx;
    void (*stopped)(void *) = server->stopped;
    void *stopped_ctx = server->stopped_ctx;
    rest_free(server);
    if (stopped)
        stopped(stopped_ctx);
}

void rest_stop(struct rest_server *server, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx)
{
    server->stopped = stopped;
    server->stopped_ctx = ctx;
    expiry_stop(&server->expiry);
    watches_end(server->watches);
    http_server_stop(server->http, grace_ms, on_http_stopped, server);
}
