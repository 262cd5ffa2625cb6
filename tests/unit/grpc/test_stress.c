/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that can happen to a connection, at the worst moment. One scenario (calls that are quick, slow,
 * streamed, held, too late) is run undisturbed to count its callbacks. Then it is run once for each
 * disturbance and each callback, and the disturbance strikes within just that callback. Whatever happens,
 * each request is done exactly once, each call is ended, both sides stop, and the sanitizers find nothing.
 */

#include "api/base/memory.h"
#include "driver/grpc/client.h"
#include "driver/grpc/server.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"
#include "tests/support/cmocka.h"

#include <sys/socket.h>
#include <unistd.h>

enum { N_REQUESTS = 12 };

struct stress_request {
    struct grpc_request request;
    bool started, done;
};

static struct {
    struct loop *loop;
    struct grpc_server *server;
    struct grpc_client *client;
    struct stress_request requests[N_REQUESTS];
    size_t n_done, n_open_calls, n_stopped;
    size_t step, strike_at;
    void (*strike)(void);
} s;

/* --- disturbances --- */

static void on_server_stopped(void *data)
{
    (void)data;
    s.server = NULL;
    s.n_stopped++;
}

static void on_client_stopped(void *data)
{
    (void)data;
    s.client = NULL;
    s.n_stopped++;
}

static void stop_server(uint64_t grace_ms)
{
    if (s.server)
        grpc_server_stop(s.server, grace_ms, on_server_stopped, NULL);
}

static void strike_server_now(void)
{
    stop_server(0);
}

static void strike_server_gently(void)
{
    stop_server(20);
}

static void strike_client(void)
{
    if (s.client)
        grpc_client_stop(s.client, on_client_stopped, NULL);
}

static void strike_both(void)
{
    strike_client();
    strike_server_now();
}

static void strike_cancel(void)
{
    for (size_t i = 0; i < N_REQUESTS; i++)
        grpc_request_cancel(&s.requests[i].request);
}

static void cut(uv_handle_t *handle, void *unused)
{
    (void)unused;
    uv_os_fd_t fd;
    if (handle->type == UV_NAMED_PIPE && !uv_is_closing(handle) && uv_fileno(handle, &fd) == 0)
        shutdown(fd, SHUT_RDWR);
}

/* Every open connection breaks, and the listener too. */
static void strike_wires(void)
{
    uv_walk(loop_uv(s.loop), cut, NULL);
}

static void step(void)
{
    if (++s.step == s.strike_at)
        s.strike();
}

/* --- the server's side --- */

struct slow_call {
    struct grpc_call *call;
    struct timer timer;
    int left; /* messages of a stream */
};

static void slow_free(struct slow_call *slow)
{
    timer_stop(&slow->timer);
    free(slow);
    s.n_open_calls--;
}

static void on_call_cancelled(struct grpc_call *call, void *data)
{
    struct slow_call *slow = data;
    assert_ptr_equal(slow->call, call);
    grpc_call_ref(call);
    grpc_call_fail(call, error_new(ERROR_CANCELLED, "never mind"));
    slow_free(slow);
    step();
    assert_true(grpc_call_is_cancelled(call));
    grpc_call_unref(call);
}

static struct slow_call *slow_new(struct grpc_call *call)
{
    struct slow_call *slow = NEW(struct slow_call);
    slow->call = call;
    slow->left = 4;
    s.n_open_calls++;
    grpc_call_on_cancel(call, on_call_cancelled, slow);
    return slow;
}

static void on_quick(struct grpc_call *call, void *context)
{
    (void)context;
    step(); /* before the answer */
    grpc_call_reply(call, grpc_call_request(call));
    step(); /* and after */
}

static void on_slow_time(struct timer *timer)
{
    struct slow_call *slow = container_of(timer, struct slow_call, timer);
    grpc_call_reply(slow->call, SPAN("slow"));
    slow_free(slow);
    step();
}

static void on_slow(struct grpc_call *call, void *context)
{
    (void)context;
    timer_start(&slow_new(call)->timer, s.loop, 2, on_slow_time);
    step();
}

static void on_tick(struct timer *timer)
{
    struct slow_call *slow = container_of(timer, struct slow_call, timer);
    grpc_call_send(slow->call, SPAN("tick"));
    if (--slow->left > 0) {
        step();
        return;
    }
    grpc_call_finish(slow->call);
    slow_free(slow);
    step();
}

static void on_stream(struct grpc_call *call, void *context)
{
    (void)context;
    timer_start_periodic(&slow_new(call)->timer, s.loop, 1, on_tick);
    step();
}

static void on_hold(struct grpc_call *call, void *context)
{
    (void)context;
    slow_new(call);
    step();
}

static void observe(const struct grpc_call_record *record, void *data)
{
    (void)data;
    assert_non_null(record->path);
}

/* --- the client's side --- */

static void finish_when_done(void)
{
    if (s.n_done < N_REQUESTS)
        return;
    strike_client();
    stop_server(50);
}

static void on_done(struct grpc_request *raw, const struct grpc_result *result)
{
    struct stress_request *request = container_of(raw, struct stress_request, request);
    assert_true(request->started && !request->done);
    assert_non_null(grpc_code_name(result->code));
    request->done = true;
    s.n_done++;
    step();
    finish_when_done();
}

static void on_message(struct grpc_request *raw, struct span message)
{
    assert_false(container_of(raw, struct stress_request, request)->done);
    assert_true(span_is(message, "tick"));
    step();
}

static void on_change(struct grpc_client *client, bool connected, void *data)
{
    (void)client, (void)connected, (void)data;
    step();
}

static void start_requests(void)
{
    static const struct grpc_request kinds[] = {
        { .path = "/s.S/Quick", .message = { "q", 1 } },
        { .path = "/s.S/Slow", .message = { "", 0 } },
        { .path = "/s.S/Stream", .message = { "", 0 }, .on_message = on_message },
        { .path = "/s.S/Hold", .message = { "", 0 }, .timeout_ms = 6 },
        { .path = "/s.S/None", .message = { "", 0 } },
        { .path = "/s.S/Quick", .message = { "r", 1 }, .timeout_ms = 1000 },
    };
    for (size_t i = 0; i < N_REQUESTS; i++) {
        s.requests[i].request = kinds[i % ARRAY_LEN(kinds)];
        s.requests[i].request.done = on_done;
        s.requests[i].started = true;
        grpc_request_start(s.client, &s.requests[i].request);
    }
}

static const struct grpc_method methods[] = {
    { "/s.S/Quick", on_quick, NULL },
    { "/s.S/Slow", on_slow, NULL },
    { "/s.S/Stream", on_stream, NULL },
    { "/s.S/Hold", on_hold, NULL },
};

static void must_succeed(struct error *err)
{
    if (err)
        fail_msg("%s", err->text);
}

/* Returns how many steps it took. */
static size_t run(const char *path, void (*strike)(void), size_t strike_at)
{
    memset(&s, 0, sizeof(s));
    s.strike = strike;
    s.strike_at = strike_at;
    must_succeed(loop_new(&s.loop));
    struct grpc_server_options server = {
        .path = path, .methods = methods, .n_methods = ARRAY_LEN(methods), .observe = observe, .watch_ms = 3
    };
    struct grpc_client_options client = { .path = path, .on_change = on_change };
    must_succeed(grpc_server_start(s.loop, &server, &s.server));
    must_succeed(grpc_client_new(s.loop, &client, &s.client));
    start_requests();
    assert_true(loop_run(s.loop));
    loop_free(s.loop);
    assert_int_equal(s.n_done, N_REQUESTS);
    assert_int_equal(s.n_open_calls, 0);
    assert_int_equal(s.n_stopped, 2);
    return s.step;
}

static const struct strike_case {
    const char *name;
    void (*strike)(void);
} strike_cases[] = {
    { "the server stops at once", strike_server_now },
    { "the server says goodbye", strike_server_gently },
    { "the client stops", strike_client },
    { "both stop", strike_both },
    { "every request is cancelled", strike_cancel },
    { "every connection breaks", strike_wires },
};

static void test_strike(void **state)
{
    const struct strike_case *row = *state;
    char folder[] = "/tmp/grpc-stress-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s.sock", folder);
    size_t n_steps = run(path, NULL, 0);
    assert_true(n_steps > 30);
    for (size_t at = 1; at <= n_steps; at++)
        run(path, row->strike, at);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    return RUN_TABLE(strike_cases, test_strike);
}
