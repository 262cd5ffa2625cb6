/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that calls out happens in the deferred turn, with nothing else of ours on the stack: handlers
 * run, then bytes are flushed, then it is decided whether to close and whether to go. So a handler may stop
 * the server, and thereby close this connection, without anybody's struct being pulled from under his feet.
 */

#include "driver/grpc/connection.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/time.h"

enum { LINGER_MS = 2000 }; /* for a peer to take our last words */

static void on_turn(struct deferred *deferred);

static void want_turn(void *owner)
{
    struct connection *connection = owner;
    loop_defer(connection->loop, &connection->turn, on_turn);
}

static void on_time(struct timer *timer)
{
    struct connection *connection = container_of(timer, struct connection, timer);
    if (time_monotonic_nanos() >= connection->limit)
        grpc_connection_close(connection);
    else
        want_turn(connection);
}

static void arm_timer(struct connection *connection)
{
    uint64_t next = session_next_deadline(connection->session);
    uint64_t now = time_monotonic_nanos();
    if (connection->limit < next)
        next = connection->limit;
    if (next == UINT64_MAX)
        timer_stop(&connection->timer);
    else
        timer_start(&connection->timer, connection->loop, next > now ? (next - now + 999999) / 1000000 : 0,
                    on_time);
}

static void limit_to(struct connection *connection, uint64_t ms)
{
    uint64_t limit = time_monotonic_nanos() + ms * 1000000;
    if (limit < connection->limit)
        connection->limit = limit;
}

static void connection_free(struct connection *connection)
{
    deferred_stop(&connection->turn);
    connection->gone(connection, connection->owner);
    session_free(connection->session);
    free(connection);
}

static bool is_over(const struct connection *connection)
{
    return connection->is_broken || session_is_finished(connection->session);
}

static void on_turn(struct deferred *deferred)
{
    struct connection *connection = container_of(deferred, struct connection, turn);
    session_turn(connection->session, time_monotonic_nanos());
    link_flush(&connection->link);
    if (!connection->is_closed && is_over(connection) && link_is_flushed(&connection->link))
        grpc_connection_close(connection);
    if (!connection->is_closed)
        arm_timer(connection);
    else if (!session_has_events(connection->session))
        connection_free(connection);
}

static void on_bytes(struct link *link, struct span bytes)
{
    struct connection *connection = container_of(link, struct connection, link);
    if (is_over(connection))
        return;
    bool was_greeted = session_is_greeted(connection->session);
    struct error *err = session_receive(connection->session, bytes, time_monotonic_nanos());
    if (err) {
        connection->is_broken = true;
        limit_to(connection, LINGER_MS);
        log_error_free(LOG_DEBUG, "grpc connection is beyond repair", err);
    } else if (!was_greeted && session_is_greeted(connection->session)) {
        connection->limit = UINT64_MAX;
    }
    want_turn(connection);
}

static void on_end(struct link *link, struct error *err)
{
    log_error_free(LOG_DEBUG, "grpc connection ended", err);
    grpc_connection_close(container_of(link, struct connection, link));
}

static void fill(struct link *link, struct buf *out)
{
    struct connection *connection = container_of(link, struct connection, link);
    session_send(connection->session, out);
    if (out->length == 0 && is_over(connection))
        want_turn(connection); /* the last bytes are out */
}

struct error *grpc_connection_new(struct loop *loop, uv_stream_t *listener, struct session_config config,
                                  uint64_t preface_ms, struct connection **out)
{
    struct connection *connection = NEW(struct connection);
    *connection = (struct connection){ .link = { .on_bytes = on_bytes, .on_end = on_end, .fill = fill },
                                       .loop = loop,
                                       .limit = UINT64_MAX };
    struct error *err = link_accept(&connection->link, loop, listener);
    if (err) {
        free(connection);
        return err;
    }
    config.wants_turn = want_turn;
    config.owner = connection;
    connection->session = session_new(&config);
    limit_to(connection, preface_ms);
    want_turn(connection); /* our SETTINGS go out before anything came in */
    *out = connection;
    return NULL;
}

void grpc_connection_drain(struct connection *connection)
{
    if (!session_is_greeted(connection->session))
        grpc_connection_close(connection);
    else
        session_drain(connection->session);
}

void grpc_connection_close(struct connection *connection)
{
    if (connection->is_closed)
        return;
    connection->is_closed = true;
    link_close(&connection->link);
    timer_stop(&connection->timer);
    session_close(connection->session);
    want_turn(connection);
}

bool grpc_connection_is_idle(const struct connection *connection)
{
    return !session_is_greeted(connection->session) || session_is_idle(connection->session);
}
