/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server for peers to call: peer_server SOCKET. It says "ready" and serves until somebody calls Stop.
 *
 *   Echo       the request
 *   Fail       NOT_FOUND, with the request as its message
 *   Delay      "late", after as many milliseconds as the request says
 *   Hold       nothing, ever
 *   Cancelled  how many calls were cancelled so far
 *   Zeros      as many zero bytes as the request says
 *   Ticks      a stream: "1", "2", ... every 10 ms, as many as the request says
 *   Stop       nothing; the server stops, with 5 s of grace
 */

#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/grpc/server.h"
#include "driver/loop/timer.h"

#include <stdio.h>
#include <stdlib.h>

static struct loop *loop;
static struct grpc_server *server;
static size_t n_cancelled;

/* A call that takes its time. */
struct slow {
    struct grpc_call *call;
    struct timer timer;
    long count, n_said;
};

static long request_number(const struct grpc_call *call)
{
    cleanup_free char *text = mem_strndup(grpc_call_request(call).data, grpc_call_request(call).length);
    return strtol(text, NULL, 10);
}

static void slow_done(struct slow *slow)
{
    timer_stop(&slow->timer);
    free(slow);
}

static void on_slow_cancel(struct grpc_call *call, void *data)
{
    n_cancelled++;
    grpc_call_finish(call);
    slow_done(data);
}

static struct slow *slow_new(struct grpc_call *call)
{
    struct slow *slow = NEW(struct slow);
    slow->call = call;
    slow->count = request_number(call);
    grpc_call_on_cancel(call, on_slow_cancel, slow);
    return slow;
}

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void on_fail(struct grpc_call *call, void *context)
{
    (void)context;
    struct span text = grpc_call_request(call);
    grpc_call_fail(call, error_not_found(SPAN_FMT, SPAN_ARG(text)));
}

static void on_late(struct timer *timer)
{
    struct slow *slow = container_of(timer, struct slow, timer);
    grpc_call_reply(slow->call, SPAN("late"));
    slow_done(slow);
}

static void on_delay(struct grpc_call *call, void *context)
{
    (void)context;
    struct slow *slow = slow_new(call);
    timer_start(&slow->timer, loop, (uint64_t)slow->count, on_late);
}

static void on_hold(struct grpc_call *call, void *context)
{
    (void)context;
    slow_new(call);
}

static void on_cancelled(struct grpc_call *call, void *context)
{
    (void)context;
    char text[32];
    snprintf(text, sizeof(text), "%zu", n_cancelled);
    grpc_call_reply(call, span_of(text));
}

static void on_zeros(struct grpc_call *call, void *context)
{
    (void)context;
    size_t length = (size_t)request_number(call);
    cleanup_free char *bytes = mem_new(length, 1);
    grpc_call_reply(call, (struct span){ bytes, length });
}

static void on_tick(struct timer *timer)
{
    struct slow *slow = container_of(timer, struct slow, timer);
    char text[32];
    snprintf(text, sizeof(text), "%ld", ++slow->n_said);
    grpc_call_send(slow->call, span_of(text));
    if (slow->n_said == slow->count) {
        grpc_call_finish(slow->call);
        slow_done(slow);
    }
}

static void on_ticks(struct grpc_call *call, void *context)
{
    (void)context;
    timer_start_periodic(&slow_new(call)->timer, loop, 10, on_tick);
}

static void on_stop(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, SPAN(""));
    grpc_server_stop(server, 5000, NULL, NULL);
}

static const struct grpc_method methods[] = {
    { "/peer.Peer/Echo", on_echo, NULL },           { "/peer.Peer/Fail", on_fail, NULL },
    { "/peer.Peer/Delay", on_delay, NULL },         { "/peer.Peer/Hold", on_hold, NULL },
    { "/peer.Peer/Cancelled", on_cancelled, NULL }, { "/peer.Peer/Zeros", on_zeros, NULL },
    { "/peer.Peer/Ticks", on_ticks, NULL },         { "/peer.Peer/Stop", on_stop, NULL },
};

static struct error *serve(const char *path)
{
    cleanup_loop struct loop *own = NULL;
    TRY(loop_new(&own));
    loop = own;
    struct grpc_server_options options = { .path = path,
                                           .methods = methods,
                                           .n_methods = ARRAY_LEN(methods) };
    TRY(grpc_server_start(loop, &options, &server));
    puts("ready");
    fflush(stdout);
    return loop_run(loop) ? NULL : error_internal("the loop was cut short");
}

int main(int argc, char **argv)
{
    struct error *err = argc == 2 ? serve(argv[1]) : error_invalid("usage: peer_server SOCKET");
    bool failed = err != NULL;
    log_error_free(LOG_ERROR, "peer server", err);
    return failed;
}
