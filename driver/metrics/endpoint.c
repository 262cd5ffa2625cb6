/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/metrics/endpoint.h"

#include "api/base/memory.h"

enum { MAX_METRICS_BYTES = 4 * 1024 * 1024, MAX_CONNECTIONS = 32, GRACE_MS = 500 };

struct endpoint {
    struct http_server *server;
    struct endpoint_options options;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

struct error *listen_parse(struct arena *arena, const char *text, const char **host, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    long number = colon ? strtol(colon + 1, &end, 10) : -1;
    if (!colon || end == colon + 1 || *end || number < 0 || number > 65535)
        return error_hint(error_invalid("\"%s\" is no address to listen on", text),
                          "write HOST:PORT, or :PORT");
    struct span name = { text, (size_t)(colon - text) };
    if (name.length > 1 && name.data[0] == '[' && name.data[name.length - 1] == ']')
        name = (struct span){ name.data + 1, name.length - 2 };
    *host = name.length ? arena_span(arena, name) : "0.0.0.0";
    *port = (uint16_t)number;
    return NULL;
}

static void respond_text(struct http_exchange *x, int status, const char *text)
{
    http_respond(x, status, "text/plain; charset=utf-8", span_of(text));
}

static void respond_metrics(struct endpoint *endpoint, struct http_exchange *x)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_METRICS_BYTES);
    metrics_write(endpoint->options.metrics, &text);
    if (text.overflowed)
        respond_text(x, 500, "there are too many metrics\n");
    else
        http_respond(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_span(&text));
}

static void respond_ready(struct endpoint *endpoint, struct http_exchange *x)
{
    const char *why = endpoint->options.not_ready ? endpoint->options.not_ready(endpoint->options.ctx) : NULL;
    respond_text(x, why ? 503 : 200, why ? why : "ok");
}

static void handle(void *ctx, struct http_exchange *x)
{
    struct endpoint *endpoint = ctx;
    if (strcmp(x->method, "GET") != 0 && strcmp(x->method, "HEAD") != 0)
        respond_text(x, 405, "only GET is possible here\n");
    else if (strcmp(x->path, "/metrics") == 0)
        respond_metrics(endpoint, x);
    else if (strcmp(x->path, "/readyz") == 0)
        respond_ready(endpoint, x);
    else if (strcmp(x->path, "/healthz") == 0 || strcmp(x->path, "/livez") == 0)
        respond_text(x, 200, "ok");
    else
        respond_text(x, 404, "there are /metrics, /healthz and /readyz\n");
}

struct error *endpoint_start(struct loop *loop, const struct endpoint_options *options, struct endpoint **out)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *host;
    uint16_t port;
    TRY(listen_parse(arena, options->listen, &host, &port));
    struct endpoint *endpoint = NEW(struct endpoint);
    endpoint->options = *options;
    struct http_server_options server = {
        .address = host, .port = port, .max_connections = MAX_CONNECTIONS, .handle = handle, .ctx = endpoint
    };
    struct error *err = http_server_start(loop, &server, &endpoint->server);
    if (err) {
        free(endpoint);
        return error_hint(error_wrap(err, "metrics on %s", options->listen),
                          "choose another address with --metrics-address");
    }
    *out = endpoint;
    return NULL;
}

static void on_stopped(void *ctx)
{
    struct endpoint *endpoint = ctx;
    void (*stopped)(void *) = endpoint->stopped;
    void *stopped_ctx = endpoint->stopped_ctx;
    free(endpoint);
    if (stopped)
        stopped(stopped_ctx);
}

void endpoint_stop(struct endpoint *endpoint, void (*stopped)(void *ctx), void *ctx)
{
    endpoint->stopped = stopped;
    endpoint->stopped_ctx = ctx;
    http_server_stop(endpoint->server, GRACE_MS, on_stopped, endpoint);
}

uint16_t endpoint_port(const struct endpoint *endpoint)
{
    return http_server_port(endpoint->server);
}
