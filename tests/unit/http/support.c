/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/http/support.h"

#include "api/base/memory.h"
#include "tests/support/cmocka.h"

#include <string.h>

/* --- the handler --- */

struct stream {
    struct site *site;
    struct http_exchange *x;
    size_t n_left;
    struct timer later;
};

static void stream_end(struct stream *stream)
{
    stream->site->n_open--;
    timer_stop(&stream->later);
    free(stream);
}

static void on_stream_closed(struct http_exchange *x)
{
    struct stream *stream = x->owner;
    stream->site->n_closed++;
    stream_end(stream);
    http_response_end(x);
}

static void stream_more(struct http_exchange *x)
{
    struct stream *stream = x->owner;
    char piece[100];
    memset(piece, 'x', sizeof(piece));
    while (stream->n_left) {
        stream->n_left--;
        if (!http_response_write(x, (struct span){ piece, sizeof(piece) }))
            return;
    }
    stream_end(stream);
    http_response_end(x);
}

static struct stream *stream_new(struct site *site, struct http_exchange *x)
{
    struct stream *stream = NEW(struct stream);
    stream->site = site;
    stream->x = x;
    if (++site->n_open > site->most_open)
        site->most_open = site->n_open;
    x->owner = stream;
    x->on_close = on_stream_closed;
    return stream;
}

static void on_later_closed(struct http_exchange *x)
{
    struct stream *stream = x->owner;
    stream->site->n_closed++;
    stream_end(stream);
    http_respond(x, 200, NULL, SPAN("too late"));
}

static void on_later(struct timer *timer)
{
    struct stream *stream = container_of(timer, struct stream, later);
    struct http_exchange *x = stream->x;
    stream_end(stream);
    http_respond(x, 200, "text/plain", SPAN("later"));
}

static void on_tick(struct timer *timer)
{
    struct stream *stream = container_of(timer, struct stream, later);
    http_response_write(stream->x, SPAN("tick\n"));
}

static size_t parameter(const struct http_exchange *x, const char *key)
{
    cleanup_arena struct arena *arena = arena_new();
    struct query query;
    assert_null(query_parse(arena, x->query, &query));
    const char *value = query_get(&query, key);
    return value ? (size_t)atol(value) : 0;
}

static void echo(struct http_exchange *x)
{
    cleanup_buf struct buf out = BUF_INIT(64 * 1024 * 1024);
    buf_printf(&out, "%s %s?" SPAN_FMT " %s\n", x->method, x->path, SPAN_ARG(x->query),
               x->peer_name ? x->peer_name : "-");
    buf_add_span(&out, x->body);
    const char *name = http_headers_get(x->headers, "x-echo");
    if (name)
        http_headers_put(&x->response, "X-Echo", name);
    http_respond(x, 200, "text/plain", buf_span(&out));
}

static void handle(void *ctx, struct http_exchange *x)
{
    struct site *site = ctx;
    site->n_handled++;
    if (strcmp(x->path, "/bytes") == 0) {
        size_t length = parameter(x, "n");
        cleanup_free char *bytes = mem_new(1, length);
        memset(bytes, 'b', length);
        http_respond(x, 200, "application/octet-stream", (struct span){ bytes, length });
    } else if (strcmp(x->path, "/stream") == 0) {
        struct stream *stream = stream_new(site, x);
        stream->n_left = parameter(x, "n");
        x->on_drain = stream_more;
        http_response_start(x, 200, "text/plain");
        stream_more(x);
    } else if (strcmp(x->path, "/forever") == 0) {
        struct stream *stream = stream_new(site, x);
        http_response_start(x, 200, "text/plain");
        http_response_write(x, SPAN("first\n"));
        timer_start_periodic(&stream->later, site->loop, 1 + parameter(x, "ms"), on_tick);
    } else if (strcmp(x->path, "/later") == 0) {
        struct stream *stream = stream_new(site, x);
        x->on_close = on_later_closed;
        timer_start(&stream->later, site->loop, 1 + parameter(x, "ms"), on_later);
    } else if (strcmp(x->path, "/abort") == 0) {
        http_response_start(x, 200, "text/plain");
        http_response_write(x, SPAN("half"));
        http_response_abort(x);
    } else {
        echo(x);
    }
}

/* --- the site --- */

enum { PEM_BYTES = 64 * 1024 };

static void issue(struct site *site, const char *name, bool for_client, struct buf *cert, struct buf *key)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "::1", NULL };
    struct tls_identity identity = {
        .common_name = name, .names = for_client ? NULL : names, .valid_days = 1, .for_client = for_client
    };
    assert_null(tls_issue(buf_span(&site->ca_cert), buf_span(&site->ca_key), &identity, cert, key));
}

static struct tls_context *make_tls(struct site *site)
{
    site->ca_cert = BUF_INIT(PEM_BYTES);
    site->ca_key = BUF_INIT(PEM_BYTES);
    assert_null(tls_make_ca("test authority", 1, &site->ca_cert, &site->ca_key));
    cleanup_buf struct buf cert = BUF_INIT(PEM_BYTES), key = BUF_INIT(PEM_BYTES);
    issue(site, "server", false, &cert, &key);
    struct tls_context *tls;
    assert_null(tls_context_new(&(struct tls_options){ .cert_pem = buf_span(&cert),
                                                       .key_pem = buf_span(&key),
                                                       .client_ca_pem = buf_span(&site->ca_cert) },
                                &tls));
    return tls;
}

void site_start(struct site *site, const struct http_server_options *server_options,
                const struct http_client_options *client_options, bool tls, const char *client_name)
{
    *site = (struct site){ 0 };
    assert_null(loop_new(&site->loop));
    struct http_server_options server = server_options ? *server_options : (struct http_server_options){ 0 };
    struct http_client_options client = client_options ? *client_options : (struct http_client_options){ 0 };
    server.handle = handle;
    server.ctx = site;
    server.tls = tls ? make_tls(site) : NULL;
    assert_null(http_server_start(site->loop, &server, &site->server));
    tls_context_unref(server.tls);

    cleanup_buf struct buf cert = BUF_INIT(PEM_BYTES), key = BUF_INIT(PEM_BYTES);
    if (tls && !client.ca_pem.length && !client.ca_file && !client.insecure)
        client.ca_pem = buf_span(&site->ca_cert);
    if (client_name) {
        issue(site, client_name, true, &cert, &key);
        client.cert_pem = buf_span(&cert);
        client.key_pem = buf_span(&key);
    }
    assert_null(http_client_new(site->loop, &client, &site->client));
    snprintf(site->origin, sizeof(site->origin), "%s://%s:%u", tls ? "https" : "http",
             server.address && strchr(server.address, ':') ? "[::1]" : "127.0.0.1",
             http_server_port(site->server));
}

static void on_stopped(void *ctx)
{
    ((struct site *)ctx)->stopped = true;
}

void site_stop(struct site *site, uint64_t grace_ms)
{
    if (!site->server)
        return;
    http_client_stop(take(site->client));
    http_server_stop(take(site->server), grace_ms, on_stopped, site);
}

void site_finish(struct site *site)
{
    assert_true(loop_run(site->loop));
    assert_true(site->stopped);
    assert_int_equal(site->n_open, 0);
    loop_free(site->loop);
    buf_done(&site->ca_cert);
    buf_done(&site->ca_key);
}

/* --- visits --- */

static void on_headers(struct http_request *request)
{
    struct visit *visit = container_of(request, struct visit, request);
    visit->n_headers++;
    visit->status = request->status;
}

static void on_data(struct http_request *request, struct span piece)
{
    struct visit *visit = container_of(request, struct visit, request);
    visit->n_bytes += piece.length;
    if (visit->on_piece)
        visit->on_piece(visit);
}

static void on_done(struct http_request *request, struct error *err)
{
    struct visit *visit = container_of(request, struct visit, request);
    visit->n_done++;
    visit->err = err;
    visit->status = request->status;
    if (!err && request->body->length) {
        visit->n_bytes = request->body->length;
        visit->text = buf_take(request->body);
    }
    if (visit->then)
        visit->then(visit);
}

struct error *visit_start(struct visit *visit, struct site *site, const char *path,
                          const struct http_request_spec *base, bool stream)
{
    char url[512];
    snprintf(url, sizeof(url), "%s%s", site->origin, path);
    struct http_request_spec spec = base ? *base : (struct http_request_spec){ 0 };
    spec.url = url;
    spec.on_headers = on_headers;
    spec.on_data = stream ? on_data : NULL;
    spec.done = on_done;
    visit->site = site;
    return http_request_start(site->client, &spec, &visit->request);
}

void visit_done(struct visit *visit)
{
    error_free(visit->err);
    free(visit->text);
    *visit = (struct visit){ 0 };
}
