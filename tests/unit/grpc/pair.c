/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/grpc/pair.h"
#include "api/base/memory.h"
#include "api/base/time.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"
#include "tests/support/cmocka.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct pair pair;

/* --- methods --- */

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void on_cancel(struct grpc_call *call, void *data)
{
    (void)call, (void)data;
    pair.n_cancelled++;
}

static void on_keep(struct grpc_call *call, void *context)
{
    (void)context;
    pair.kept = call;
    grpc_call_on_cancel(call, on_cancel, NULL);
}

static void on_big(struct grpc_call *call, void *context)
{
    (void)context;
    size_t length = strtoul(grpc_call_request(call).data, NULL, 10);
    char *bytes = calloc(1, length);
    grpc_call_reply(call, (struct span){ bytes, length });
    free(bytes);
}

static void on_count(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_send(call, SPAN("newest"));
    grpc_call_finish(call);
}

static const struct grpc_method methods[] = {
    { "/t.T/Echo", on_echo, NULL },
    { "/t.T/Keep", on_keep, NULL },
    { "/t.T/Big", on_big, NULL },
    { "/t.T/Count", on_count, NULL },
};

/* --- set up --- */

struct error *pair_serve_at(const char *at, struct grpc_server **out)
{
    return grpc_server_start(pair.loop,
                             &(struct grpc_server_options){ .path = at,
                                                            .methods = methods,
                                                            .n_methods = ARRAY_LEN(methods),
                                                            .max_connections = 4,
                                                            .preface_ms = 200,
                                                            .watch_ms = 20 },
                             out);
}

void must_succeed(struct error *err)
{
    if (err)
        fail_msg("%s", err->text);
}

void pair_on_change(struct grpc_client *changed, bool connected, void *data)
{
    (void)changed, (void)connected, (void)data;
    pair.n_changes++;
}

int pair_set_up(void **state)
{
    (void)state;
    pair.n_cancelled = pair.n_changes = 0;
    strcpy(pair.folder, "/tmp/grpc-test-XXXXXX");
    assert_non_null(mkdtemp(pair.folder));
    snprintf(pair.path, sizeof(pair.path), "%s/s.sock", pair.folder);
    must_succeed(loop_new(&pair.loop));
    must_succeed(pair_serve_at(pair.path, &pair.server));
    must_succeed(grpc_client_new(
        pair.loop, &(struct grpc_client_options){ .path = pair.path, .on_change = pair_on_change },
        &pair.client));
    return 0;
}

int pair_tear_down(void **state)
{
    (void)state;
    if (pair.server)
        grpc_server_stop(take(pair.server), 0, NULL, NULL);
    if (pair.client)
        grpc_client_stop(take(pair.client), NULL, NULL);
    assert_true(loop_run(pair.loop));
    if (pair.kept)
        grpc_call_finish(take(pair.kept));
    loop_free(take(pair.loop));
    assert_int_not_equal(access(pair.path, F_OK), 0); /* the file is gone */
    assert_int_equal(rmdir(pair.folder), 0);
    return 0;
}

void pair_run_until(const bool *flag)
{
    uint64_t end = time_monotonic_nanos() + 5000000000;
    while (!*flag) {
        assert_true(time_monotonic_nanos() < end);
        uv_run(loop_uv(pair.loop), UV_RUN_ONCE);
    }
}

struct pause {
    struct timer timer;
    bool over;
};

static void on_pause(struct timer *timer)
{
    container_of(timer, struct pause, timer)->over = true;
}

void pair_run_for(uint64_t ms)
{
    struct pause pause = { 0 };
    timer_start(&pause.timer, pair.loop, ms, on_pause);
    pair_run_until(&pause.over);
}

void on_stopped(void *flag)
{
    *(bool *)flag = true;
}

/* --- requests --- */

static void on_done(struct grpc_request *raw, const struct grpc_result *result)
{
    struct test_request *request = container_of(raw, struct test_request, request);
    assert_false(request->done);
    request->done = true;
    request->code = result->code;
    snprintf(request->text, sizeof(request->text), "%s", result->text);
    if (!raw->on_message)
        snprintf(request->reply, sizeof(request->reply), SPAN_FMT, (int)(result->message.length & 63),
                 result->message.data);
    request->reply_bytes = result->message.length;
}

struct test_request *request_new(const char *method, struct span message, uint64_t timeout_ms)
{
    struct test_request *request = NEW(struct test_request);
    request->request = (struct grpc_request){
        .path = method, .message = message, .timeout_ms = timeout_ms, .done = on_done
    };
    return request;
}

struct test_request *pair_call(const char *method, struct span message, uint64_t timeout_ms)
{
    struct test_request *request = request_new(method, message, timeout_ms);
    grpc_request_start(pair.client, &request->request);
    return request;
}

void pair_expect(struct test_request *request, enum grpc_code code, const char *reply)
{
    pair_run_until(&request->done);
    if (request->code != code)
        fail_msg("code %d (%s), expected %d", request->code, request->text, code);
    if (reply)
        assert_string_equal(code == GRPC_OK ? request->reply : request->text, reply);
    free(request);
}

void pair_expect_echo(void)
{
    pair_expect(pair_call("/t.T/Echo", SPAN("hello"), 2000), GRPC_OK, "hello");
}

/* --- plain sockets --- */

static struct sockaddr_un pair_address(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", pair.path);
    return address;
}

int pair_connect_raw(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = pair_address();
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

int pair_bind_raw(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = pair_address();
    unlink(pair.path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

bool is_eof(int fd)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        ;
    return n == 0;
}
