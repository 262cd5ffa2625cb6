/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server keeps three things: its socket file, its connections, and the way down.
 *
 *   SERVING -- stop: remove the file, say goodbye --> DRAINING -- no connection left --> told, and gone
 *                                                        |                                  ^
 *                                                        +-- grace over: close them all ----+
 *
 * When the file is found gone it is bound anew at the next look. When it is found foreign, somebody else
 * wants the same path: we take it back, but look half as often each time, so that two who insist do not keep
 * kubelet busy with their quarrel.
 */

#include "driver/grpc/server.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/grpc/connection.h"
#include "driver/grpc/frame.h"
#include "driver/grpc/socket_file.h"
#include "driver/loop/uv.h"

#include <assert.h>

enum { MAX_WATCH_FACTOR = 64 };

/* The handle that libuv keeps until its close callback. */
struct listener {
    uv_pipe_t handle;
    struct grpc_server *server; /* NULL: closed */
};

struct grpc_server {
    struct loop *loop;
    struct grpc_server_options options; /* path and methods are our own copies */
    struct session_config config;
    struct quota *quota;

    struct listener *listener;
    struct socket_id socket;
    bool is_bound, rebind_failed;
    struct timer watch;
    uint64_t watch_factor; /* 1, or more while the path is contested */

    struct connection *connections; /* the newest first */
    size_t n_connections;

    bool is_stopping;
    struct timer grace;
    struct deferred finish;
    void (*on_stopped)(void *data);
    void *data;
};

/* --- connections --- */

static void on_finish(struct deferred *deferred)
{
    struct grpc_server *server = container_of(deferred, struct grpc_server, finish);
    void (*on_stopped)(void *data) = server->on_stopped;
    void *data = server->data;
    timer_stop(&server->grace);
    quota_unref(server->quota);
    free((char *)server->options.path);
    free((void *)server->options.methods);
    free(server);
    if (on_stopped)
        on_stopped(data);
}

static void finish_if_empty(struct grpc_server *server)
{
    if (server->is_stopping && server->n_connections == 0)
        loop_defer(server->loop, &server->finish, on_finish);
}

static void on_gone(struct connection *connection, void *owner)
{
    struct grpc_server *server = owner;
    *connection->prev = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    server->n_connections--;
    finish_if_empty(server);
}

static void add_connection(struct grpc_server *server, struct connection *connection)
{
    connection->gone = on_gone;
    connection->owner = server;
    connection->next = server->connections;
    connection->prev = &server->connections;
    if (connection->next)
        connection->next->prev = &connection->next;
    server->connections = connection;
    server->n_connections++;
}

/* At the limit, the longest-standing connection that does nothing gives way; failing that, the new one. */
static struct connection *find_least_needed(struct grpc_server *server)
{
    struct connection *found = server->connections;
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        if (grpc_connection_is_idle(connection) && !connection->is_closed)
            found = connection;
    return found;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = container_of(stream, struct listener, handle);
    struct grpc_server *server = listener->server;
    if (!server)
        return;
    struct connection *connection = NULL;
    struct error *err = status < 0 ? error_uv(status, "wait for connections")
                                   : grpc_connection_new(server->loop, stream, server->config,
                                                         server->options.preface_ms, &connection);
    if (err) {
        log_error_free(LOG_WARN, "grpc connection was not accepted", err);
        return;
    }
    add_connection(server, connection);
    if (server->n_connections > server->options.max_connections) {
        log_warn("too many grpc connections, closing one", kv_str("socket", server->options.path));
        grpc_connection_close(find_least_needed(server));
    }
}

/* --- the socket file --- */

static void on_listener_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct listener, handle));
}

static void listener_close(struct grpc_server *server)
{
    struct listener *listener = take(server->listener);
    if (!listener)
        return;
    listener->server = NULL;
    uv_close((uv_handle_t *)&listener->handle, on_listener_closed);
}

/* Binds the path and listens there, in place of where we listened before. */
static struct error *bind_path(struct grpc_server *server)
{
    cleanup_close int fd = -1;
    struct socket_id id;
    TRY(socket_file_listen(server->options.path, server->options.mode, &fd, &id));

    struct listener *listener = NEW(struct listener);
    listener->server = server;
    uv_pipe_init(loop_uv(server->loop), &listener->handle, 0);
    listener_close(server);
    server->listener = listener;
    int status = uv_pipe_open(&listener->handle, fd);
    if (status == 0) {
        take_fd(fd);
        status =
            uv_listen((uv_stream_t *)&listener->handle, (int)server->options.max_connections, on_connection);
    }
    if (status < 0) {
        listener_close(server);
        socket_file_remove(server->options.path, id);
        return error_uv(status, "listen on %s", server->options.path);
    }
    server->socket = id;
    server->is_bound = true;
    return NULL;
}

static void on_watch(struct timer *timer);

static void watch_again(struct grpc_server *server)
{
    timer_start(&server->watch, server->loop, server->options.watch_ms * server->watch_factor, on_watch);
}

/* A folder that is gone may come back; until then the trouble is worth one line. */
static void bind_again(struct grpc_server *server)
{
    cleanup_error struct error *err = bind_path(server);
    if (!err)
        log_info("socket is bound again", kv_str("socket", server->options.path));
    else if (!server->rebind_failed)
        log_error("socket cannot be bound again, trying on", kv_error(err));
    server->rebind_failed = err != NULL;
}

static void on_watch(struct timer *timer)
{
    struct grpc_server *server = container_of(timer, struct grpc_server, watch);
    enum socket_file_state state = socket_file_look(server->options.path, server->socket);
    switch (state) {
    case SOCKET_OURS: server->watch_factor = 1; break;
    case SOCKET_GONE: break;
    case SOCKET_FOREIGN:
        if (server->watch_factor < MAX_WATCH_FACTOR)
            server->watch_factor *= 2;
        break;
    }
    if (state != SOCKET_OURS) {
        if (!server->rebind_failed)
            log_warn(state == SOCKET_GONE ? "socket file is gone" : "socket file was replaced",
                     kv_str("socket", server->options.path));
        server->is_bound = false;
        bind_again(server);
    }
    watch_again(server);
}

/* --- start and stop --- */

static void set_default(size_t *value, size_t fallback)
{
    if (*value == 0)
        *value = fallback;
}

static void copy_options(struct grpc_server *server, const struct grpc_server_options *from)
{
    struct grpc_server_options *to = &server->options;
    *to = *from;
    to->path = mem_strdup(from->path);
    struct grpc_method *methods = mem_new(from->n_methods, sizeof(*methods));
    if (from->n_methods)
        memcpy(methods, from->methods, from->n_methods * sizeof(*methods));
    to->methods = methods;
    if (to->mode == 0)
        to->mode = 0600;
    set_default(&to->max_message_bytes, GRPC_MAX_MESSAGE_BYTES);
    set_default(&to->max_connections, 64);
    set_default(&to->max_streams, 128);
    set_default(&to->max_calls, 1024);
    set_default(&to->max_buffered_bytes, 64 << 20);
    set_default(&to->preface_ms, 20000);
    set_default(&to->watch_ms, 1000);
}

struct error *grpc_server_start(struct loop *loop, const struct grpc_server_options *options,
                                struct grpc_server **out)
{
    struct grpc_server *server = NEW(struct grpc_server);
    server->loop = loop;
    server->watch_factor = 1;
    copy_options(server, options);
    options = &server->options;
    server->quota = quota_new(options->max_calls, options->max_buffered_bytes);
    server->config = (struct session_config){ .methods = options->methods,
                                              .n_methods = options->n_methods,
                                              .max_message_bytes = options->max_message_bytes,
                                              .max_streams = options->max_streams,
                                              .quota = server->quota,
                                              .observe = options->observe,
                                              .observe_data = options->observe_data };
    struct error *err = bind_path(server);
    if (err) {
        on_finish(&server->finish);
        return err;
    }
    watch_again(server);
    *out = server;
    return NULL;
}

static void close_all(struct grpc_server *server)
{
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        grpc_connection_close(connection); /* frees nothing yet */
}

static void on_grace_over(struct timer *timer)
{
    close_all(container_of(timer, struct grpc_server, grace));
}

void grpc_server_stop(struct grpc_server *server, uint64_t grace_ms, void (*on_stopped)(void *data),
                      void *data)
{
    if (server->is_stopping) {
        if (grace_ms < timer_left_ms(&server->grace))
            timer_start(&server->grace, server->loop, grace_ms, on_grace_over);
        return;
    }
    server->is_stopping = true;
    server->on_stopped = on_stopped;
    server->data = data;
    timer_stop(&server->watch);
    if (server->is_bound)
        socket_file_remove(server->options.path, server->socket);
    server->is_bound = false;
    listener_close(server);

    timer_start(&server->grace, server->loop, grace_ms, on_grace_over);
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        grpc_connection_drain(connection);
    finish_if_empty(server);
}

bool grpc_server_is_bound(const struct grpc_server *server)
{
    return server->is_bound;
}

size_t grpc_server_n_connections(const struct grpc_server *server)
{
    return server->n_connections;
}
