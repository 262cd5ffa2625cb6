/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client hands each request to the newest connection that takes one, and makes a connection if there is
 * none. A connection that was told to go away serves what runs on it to the end. As everywhere, what calls
 * out waits for a turn: outcomes and messages are queued until then.
 */

#include "driver/grpc/client.h"

#include "api/base/memory.h"
#include "api/base/time.h"
#include "api/base/vec.h"
#include "driver/grpc/client_session.h"
#include "driver/grpc/link.h"
#include "driver/grpc/socket_file.h"
#include "driver/loop/timer.h"

#include <assert.h>

/* One connection of a client. */
struct client_link {
    struct link link;
    struct grpc_client *client;
    struct client_session *session;
    struct timer connect; /* for the server's first words */
    struct deferred turn;
    bool is_open, is_closed, is_up;
    struct client_link *next, **prev;
};

/* Something for on_message. */
struct client_message {
    struct grpc_exchange *exchange;
    struct buf bytes;
};

struct grpc_client {
    struct loop *loop;
    struct grpc_client_options options; /* the strings are our own */
    struct client_link *links;          /* the newest first */
    struct grpc_exchange *exchanges;
    VEC(struct client_message) messages;
    struct deferred turn;
    struct timer deadline;
    bool is_stopping;
    void (*on_stopped)(void *data);
    void *data;
};

static void on_client_turn(struct deferred *deferred);

static void want_client_turn(struct grpc_client *client)
{
    loop_defer(client->loop, &client->turn, on_client_turn);
}

/* --- connections --- */

static void on_link_turn(struct deferred *deferred);

static void want_link_turn(void *owner)
{
    struct client_link *link = owner;
    loop_defer(link->client->loop, &link->turn, on_link_turn);
}

static void link_lost(struct client_link *link, const char *why)
{
    if (link->is_closed)
        return;
    link->is_closed = true;
    timer_stop(&link->connect);
    link_close(&link->link);
    client_session_close(link->session, why);
    want_link_turn(link);
}

static void link_free(struct client_link *link)
{
    *link->prev = link->next;
    if (link->next)
        link->next->prev = link->prev;
    deferred_stop(&link->turn);
    client_session_free(link->session);
    free(link);
}

static bool link_takes_requests(const struct client_link *link)
{
    return !link->is_closed && client_session_takes_requests(link->session);
}

static void tell_change(struct grpc_client *client, bool connected)
{
    if (client->options.on_change && !client->is_stopping)
        client->options.on_change(client, connected, client->options.data);
}

static void on_link_turn(struct deferred *deferred)
{
    struct client_link *link = container_of(deferred, struct client_link, turn);
    struct grpc_client *client = link->client;
    if (link->is_open)
        link_flush(&link->link);
    if (client_session_is_idle(link->session) && !client_session_takes_requests(link->session))
        link_lost(link, "the server closed the connection");
    want_client_turn(client);

    if (link->is_closed) {
        bool is_newest = link == client->links;
        link_free(link);
        if (is_newest)
            tell_change(client, false);
    } else if (!link->is_up && client_session_is_greeted(link->session)) {
        link->is_up = true;
        timer_stop(&link->connect);
        tell_change(client, true);
    }
}

static void on_open(struct link *raw)
{
    struct client_link *link = container_of(raw, struct client_link, link);
    link->is_open = true;
    want_link_turn(link);
}

static void on_end(struct link *raw, struct error *err)
{
    struct client_link *link = container_of(raw, struct client_link, link);
    cleanup_error struct error *cause = error_wrap(err, "%s", link->client->options.path);
    link_lost(link, cause ? cause->text : "the server closed the connection");
}

static void on_bytes(struct link *raw, struct span bytes)
{
    struct client_link *link = container_of(raw, struct client_link, link);
    cleanup_error struct error *err = client_session_receive(link->session, bytes);
    if (err)
        link_lost(link, err->text);
}

static void fill(struct link *raw, struct buf *out)
{
    client_session_send(container_of(raw, struct client_link, link)->session, out);
}

static void on_connect_timeout(struct timer *timer)
{
    link_lost(container_of(timer, struct client_link, connect), "the server does not answer");
}

/* An exchange has ended, or waits again. */
static void on_ended(void *owner, struct grpc_exchange *exchange)
{
    (void)owner;
    want_client_turn(exchange->client);
}

static void on_message(void *owner, struct grpc_exchange *exchange, struct buf *message)
{
    struct grpc_client *client = ((struct client_link *)owner)->client;
    vec_push(&client->messages, (struct client_message){ exchange, *message });
    *message = BUF_INIT(message->max);
    want_client_turn(client);
}

static struct client_link *link_start(struct grpc_client *client)
{
    struct client_link *link = NEW(struct client_link);
    *link = (struct client_link){
        .link = { .on_open = on_open, .on_bytes = on_bytes, .on_end = on_end, .fill = fill },
        .client = client,
        .next = client->links,
        .prev = &client->links,
    };
    link->session = client_session_new(
        &(struct client_session_config){ .authority = client->options.authority,
                                         .max_message_bytes = client->options.max_message_bytes,
                                         .ended = on_ended,
                                         .message = on_message,
                                         .wants_turn = want_link_turn,
                                         .owner = link });
    if (link->next)
        link->next->prev = &link->next;
    client->links = link;
    timer_start(&link->connect, client->loop, client->options.connect_ms, on_connect_timeout);
    link_connect(&link->link, client->loop, client->options.path);
    return link;
}

/* The newest connection, if it takes requests, or a new one. */
static struct client_link *usable_link(struct grpc_client *client)
{
    struct client_link *newest = client->links;
    return newest && link_takes_requests(newest) ? newest : link_start(client);
}

/* --- requests --- */

static void exchange_add(struct grpc_client *client, struct grpc_exchange *exchange)
{
    exchange->client = client;
    exchange->next = client->exchanges;
    exchange->prev = &client->exchanges;
    if (exchange->next)
        exchange->next->prev = &exchange->next;
    client->exchanges = exchange;
}

static void exchange_remove(struct grpc_exchange *exchange)
{
    *exchange->prev = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
}

static void start_waiting(struct grpc_client *client)
{
    for (struct grpc_exchange *exchange = client->exchanges; exchange; exchange = exchange->next)
        if (exchange->state == EXCHANGE_WAITING)
            client_session_start(usable_link(client)->session, exchange, time_monotonic_nanos());
}

static void tell_messages(struct grpc_client *client)
{
    for (size_t i = 0; i < client->messages.length; i++) {
        struct client_message message = client->messages.items[i];
        struct grpc_request *request = message.exchange->request;
        if (!message.exchange->is_muted)
            request->on_message(request, buf_span(&message.bytes)); /* may add more */
        buf_done(&message.bytes);
    }
    vec_clear(&client->messages);
}

static void tell_done(struct grpc_exchange *exchange)
{
    struct grpc_request *request = exchange->request;
    struct grpc_result result = { .code = exchange->code,
                                  .text = buf_text(&exchange->text),
                                  .message =
                                      exchange->code == GRPC_OK ? buf_span(&exchange->reply) : SPAN("") };
    exchange_remove(exchange);
    request->exchange = NULL;
    request->done(request, &result);
    exchange_free(exchange);
}

static struct grpc_exchange *find_done(struct grpc_client *client)
{
    for (struct grpc_exchange *exchange = client->exchanges; exchange; exchange = exchange->next)
        if (exchange->state == EXCHANGE_DONE)
            return exchange;
    return NULL;
}

static void on_deadline(struct timer *timer)
{
    want_client_turn(container_of(timer, struct grpc_client, deadline));
}

/* Ends what is past its deadline and sets the timer for the next. */
static void watch_deadlines(struct grpc_client *client)
{
    uint64_t now = time_monotonic_nanos();
    uint64_t next = UINT64_MAX;
    for (struct grpc_exchange *exchange = client->exchanges; exchange; exchange = exchange->next) {
        if (exchange->deadline <= now)
            exchange_abandon(exchange, GRPC_DEADLINE_EXCEEDED, "the deadline of the call has passed");
        else if (exchange->state != EXCHANGE_DONE && exchange->deadline < next)
            next = exchange->deadline;
    }
    if (next == UINT64_MAX)
        timer_stop(&client->deadline);
    else
        timer_start(&client->deadline, client->loop, millis_of_nanos((int64_t)(next - now)), on_deadline);
}

static void client_free(struct grpc_client *client)
{
    deferred_stop(&client->turn);
    timer_stop(&client->deadline);
    vec_done(&client->messages);
    free((char *)client->options.path);
    free((char *)client->options.authority);
    free(client);
}

static void on_client_turn(struct deferred *deferred)
{
    struct grpc_client *client = container_of(deferred, struct grpc_client, turn);
    if (!client->is_stopping)
        start_waiting(client);
    watch_deadlines(client);
    tell_messages(client);
    for (struct grpc_exchange *exchange; (exchange = find_done(client));)
        tell_done(exchange);

    if (!client->is_stopping || client->links || client->exchanges)
        return;
    void (*on_stopped)(void *data) = client->on_stopped;
    void *data = client->data;
    client_free(client);
    if (on_stopped)
        on_stopped(data);
}

void grpc_request_start(struct grpc_client *client, struct grpc_request *request)
{
    assert(!request->exchange);
    request->exchange = grpc_exchange_new(request, client->options.max_message_bytes, time_monotonic_nanos());
    exchange_add(client, request->exchange);
    if (client->is_stopping)
        exchange_abandon(request->exchange, GRPC_CANCELLED, "the client is stopping");
    want_client_turn(client);
}

void grpc_request_cancel(struct grpc_request *request)
{
    struct grpc_exchange *exchange = request->exchange;
    if (!exchange)
        return;
    exchange->is_muted = true;
    exchange_abandon(exchange, GRPC_CANCELLED, "the caller cancelled");
    want_client_turn(exchange->client);
}

/* --- the client --- */

struct error *grpc_client_new(struct loop *loop, const struct grpc_client_options *options,
                              struct grpc_client **out)
{
    TRY(socket_path_check(options->path));
    struct grpc_client *client = NEW(struct grpc_client);
    client->loop = loop;
    client->options = *options;
    client->options.path = mem_strdup(options->path);
    client->options.authority = mem_strdup(options->authority ? options->authority : "localhost");
    if (client->options.max_message_bytes == 0)
        client->options.max_message_bytes = GRPC_MAX_MESSAGE_BYTES;
    if (client->options.connect_ms == 0)
        client->options.connect_ms = 20000;
    *out = client;
    return NULL;
}

void grpc_client_connect(struct grpc_client *client)
{
    if (!client->is_stopping)
        usable_link(client);
}

bool grpc_client_is_connected(const struct grpc_client *client)
{
    const struct client_link *newest = client->links;
    return newest && newest->is_up && link_takes_requests(newest);
}

void grpc_client_stop(struct grpc_client *client, void (*on_stopped)(void *data), void *data)
{
    if (client->is_stopping)
        return;
    client->is_stopping = true;
    client->on_stopped = on_stopped;
    client->data = data;
    for (struct grpc_exchange *exchange = client->exchanges; exchange; exchange = exchange->next) {
        exchange->is_muted = true;
        exchange_abandon(exchange, GRPC_CANCELLED, "the client is stopping");
    }
    for (struct client_link *link = client->links; link; link = link->next)
        link_lost(link, "the client is stopping");
    want_client_turn(client);
}

struct error *grpc_result_error(const struct grpc_result *result)
{
    if (result->code == GRPC_OK)
        return NULL;
    return error_new(grpc_error_kind(result->code), "%s: %s", grpc_code_name(result->code), result->text);
}
