/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening side: options, accepting, and the end.
 *
 *   LISTENING -- http_server_stop --> STOPPING -- last connection closed, last exchange ended --> stopped,
 * freed
 */

#include "api/base/memory.h"
#include "api/base/time.h"
#include "driver/http/connection.h"

#include <assert.h>
#include <netinet/in.h>

static void server_free(struct http_server *server)
{
    tls_context_unref(server->tls);
    free((char *)server->options.address);
    free(server);
}

static void finish(struct deferred *deferred)
{
    struct http_server *server = container_of(deferred, struct http_server, finish);
    void (*stopped)(void *ctx) = server->stopped;
    void *ctx = server->stopped_ctx;
    timer_stop(&server->grace);
    server_free(server);
    if (stopped)
        stopped(ctx);
}

static void finish_if_empty(struct http_server *server)
{
    if (server->stopping && server->listener_closed && !server->n_connections && !server->n_exchanges)
        loop_defer(server->loop, &server->finish, finish);
}

void server_exchange_gone(struct http_server *server)
{
    server->n_exchanges--;
    finish_if_empty(server);
}

static bool is_full(const struct http_server *server)
{
    return server->n_connections >= server->options.max_connections;
}

/* Makes room by closing the connection that has been idle, or almost so, for longest. */
static void close_one_idle(struct http_server *server)
{
    struct connection *conn;
    TAILQ_FOREACH(conn, &server->connections, entry)
    if (connection_is_idle(conn)) {
        connection_close(conn);
        return;
    }
}

void server_connection_gone(struct http_server *server)
{
    server->n_connections--;
    if (server->accept_waits && !server->stopping) {
        server->accept_waits = false;
        connection_accept(server);
    }
    finish_if_empty(server);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *server = container_of(listener, struct http_server, listener);
    if (status < 0 || server->stopping)
        return;
    if (is_full(server)) {
        server->accept_waits = true; /* libuv listens no further until it is accepted */
        close_one_idle(server);
        return;
    }
    connection_accept(server);
}

static void on_listener_closed(uv_handle_t *listener)
{
    struct http_server *server = container_of(listener, struct http_server, listener);
    server->listener_closed = true;
    if (server->port)
        finish_if_empty(server);
    else
        server_free(server); /* it never listened */
}

static void close_listener(struct http_server *server)
{
    uv_close((uv_handle_t *)&server->listener, on_listener_closed);
}

static struct error *listen_at(struct http_server *server)
{
    const char *address = server->options.address;
    struct sockaddr_storage where = { 0 };
    uint16_t port = server->options.port;
    if (uv_ip4_addr(address, port, (struct sockaddr_in *)&where) < 0 &&
        uv_ip6_addr(address, port, (struct sockaddr_in6 *)&where) < 0)
        return error_invalid("listen on %s: want an IP address", address);
    int status = uv_tcp_bind(&server->listener, (struct sockaddr *)&where, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&server->listener, SOMAXCONN, on_connection);
    if (status < 0)
        return error_uv(status, "listen on %s port %u", address, port);

    int length = sizeof(where);
    status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&where, &length);
    if (status < 0)
        return error_uv(status, "find out the port of %s", address);
    server->port = ntohs(where.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&where)->sin6_port
                                                     : ((struct sockaddr_in *)&where)->sin_port);
    return NULL;
}

#define DEFAULT(field, value)                                                                                \
    do {                                                                                                     \
        if (!options->field)                                                                                 \
            options->field = (value);                                                                        \
    } while (0)

static void set_defaults(struct http_server_options *options)
{
    DEFAULT(address, "127.0.0.1");
    DEFAULT(max_head_bytes, 64 * 1024);
    DEFAULT(max_headers, 100);
    DEFAULT(max_body_bytes, 8 * 1024 * 1024);
    DEFAULT(max_connections, 1000);
    DEFAULT(max_unsent_bytes, 256 * 1024);
    DEFAULT(head_timeout_ms, 10 * 1000);
    DEFAULT(body_timeout_ms, 30 * 1000);
    DEFAULT(idle_timeout_ms, 120 * 1000);
    DEFAULT(stalled_timeout_ms, 60 * 1000);
}

struct error *http_server_start(struct loop *loop, const struct http_server_options *options,
                                struct http_server **out)
{
    assert(options->handle);
    struct http_server *server = NEW(struct http_server);
    server->loop = loop;
    server->options = *options;
    set_defaults(&server->options);
    server->options.address = mem_strdup(server->options.address);
    server->tls = tls_context_ref(options->tls);
    TAILQ_INIT(&server->connections);

    int status = uv_tcp_init(loop_uv(loop), &server->listener);
    if (status < 0) {
        server_free(server);
        return error_uv(status, "create a socket");
    }
    struct error *err = listen_at(server);
    if (err) {
        close_listener(server);
        return err;
    }
    *out = server;
    return NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_set_tls(struct http_server *server, struct tls_context *tls)
{
    struct tls_context *old = server->tls;
    server->tls = tls_context_ref(tls);
    tls_context_unref(old);
}

size_t http_server_connections(const struct http_server *server)
{
    return server->n_connections;
}

static void on_grace_over(struct timer *timer)
{
    struct http_server *server = container_of(timer, struct http_server, grace);
    struct connection *conn;
    TAILQ_FOREACH(conn, &server->connections, entry)
    connection_close(conn);
}

void http_server_stop(struct http_server *server, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx)
{
    if (!timer_is_running(&server->grace) || timer_left_ms(&server->grace) > grace_ms)
        timer_start(&server->grace, server->loop, grace_ms, on_grace_over);
    if (server->stopping)
        return;
    server->stopping = true;
    server->stopped = stopped;
    server->stopped_ctx = ctx;
    close_listener(server);
    struct connection *conn;
    TAILQ_FOREACH(conn, &server->connections, entry)
    if (connection_is_idle(conn))
        connection_close(conn);
}

const char *server_date(struct http_server *server)
{
    int64_t second = time_now_micros() / 1000000;
    if (second != server->date_second) {
        static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
        static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        time_t when = (time_t)second;
        struct tm tm;
        gmtime_r(&when, &tm);
        snprintf(server->date, sizeof(server->date), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
                 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        server->date_second = second;
    }
    return server->date;
}
