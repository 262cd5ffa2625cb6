/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server and client over real sockets: files, limits, goodbyes, and the two against each other. What goes
 * wrong when somebody stops somebody at the worst moment is test_stress.c's.
 */

#include "api/base/memory.h"
#include "api/base/time.h"
#include "driver/grpc/client.h"
#include "driver/grpc/server.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct loop *loop;
static char folder[64];
static char path[100];
static struct grpc_server *server;
static struct grpc_client *client;
static struct grpc_call *kept;
static size_t n_cancelled, n_changes;

/* --- methods --- */

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void on_cancel(struct grpc_call *call, void *data)
{
    (void)call, (void)data;
    n_cancelled++;
}

static void on_keep(struct grpc_call *call, void *context)
{
    (void)context;
    kept = call;
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

static struct error *start_server_at(const char *at, struct grpc_server **out)
{
    return grpc_server_start(loop,
                             &(struct grpc_server_options){ .path = at,
                                                            .methods = methods,
                                                            .n_methods = ARRAY_LEN(methods),
                                                            .max_connections = 4,
                                                            .preface_ms = 200,
                                                            .watch_ms = 20 },
                             out);
}

static void must_succeed(struct error *err)
{
    if (err)
        fail_msg("%s", err->text);
}

static void on_change(struct grpc_client *changed, bool connected, void *data)
{
    (void)changed, (void)connected, (void)data;
    n_changes++;
}

static int set_up(void **state)
{
    (void)state;
    n_cancelled = n_changes = 0;
    strcpy(folder, "/tmp/grpc-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s.sock", folder);
    must_succeed(loop_new(&loop));
    must_succeed(start_server_at(path, &server));
    must_succeed(grpc_client_new(loop, &(struct grpc_client_options){ .path = path, .on_change = on_change },
                                 &client));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (server)
        grpc_server_stop(take(server), 0, NULL, NULL);
    if (client)
        grpc_client_stop(take(client), NULL, NULL);
    assert_true(loop_run(loop));
    if (kept)
        grpc_call_finish(take(kept));
    loop_free(take(loop));
    assert_int_not_equal(access(path, F_OK), 0); /* the file is gone */
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* Turns the loop until *FLAG, for 5 s at most. */
static void run_until(const bool *flag)
{
    uint64_t end = time_monotonic_nanos() + 5000000000;
    while (!*flag) {
        assert_true(time_monotonic_nanos() < end);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
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

static void run_for(uint64_t ms)
{
    struct pause pause = { 0 };
    timer_start(&pause.timer, loop, ms, on_pause);
    run_until(&pause.over);
}

/* --- requests --- */

struct test_request {
    struct grpc_request request;
    bool done;
    enum grpc_code code;
    char text[256];
    char reply[64];
    size_t reply_bytes, n_messages;
    void (*then)(struct test_request *request);
};

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
    if (request->then)
        request->then(request);
}

static void on_message(struct grpc_request *raw, struct span message)
{
    struct test_request *request = container_of(raw, struct test_request, request);
    snprintf(request->reply, sizeof(request->reply), SPAN_FMT, SPAN_ARG(message));
    request->n_messages++;
}

static struct test_request *request_new(const char *method, struct span message, uint64_t timeout_ms)
{
    struct test_request *request = NEW(struct test_request);
    request->request = (struct grpc_request){
        .path = method, .message = message, .timeout_ms = timeout_ms, .done = on_done
    };
    return request;
}

static struct test_request *call(const char *method, struct span message, uint64_t timeout_ms)
{
    struct test_request *request = request_new(method, message, timeout_ms);
    grpc_request_start(client, &request->request);
    return request;
}

/* Waits for REQUEST, checks its end, and frees it. */
static void expect(struct test_request *request, enum grpc_code code, const char *reply)
{
    run_until(&request->done);
    if (request->code != code)
        fail_msg("code %d (%s), expected %d", request->code, request->text, code);
    if (reply)
        assert_string_equal(code == GRPC_OK ? request->reply : request->text, reply);
    free(request);
}

static void expect_echo(void)
{
    expect(call("/t.T/Echo", SPAN("hello"), 2000), GRPC_OK, "hello");
}

/* A plain socket, for clients that do not play by the rules. */
static int connect_raw(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static bool is_eof(int fd)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        ;
    return n == 0;
}

/* --- calls --- */

static void test_unary(void **state)
{
    (void)state;
    expect_echo();
    expect(call("/t.T/Echo", SPAN(""), 0), GRPC_OK, "");
    expect(call("/t.T/None", SPAN(""), 0), GRPC_UNIMPLEMENTED, "unknown service or method /t.T/None");
    assert_true(grpc_client_is_connected(client));
    assert_int_equal(n_changes, 1);
    assert_int_equal(grpc_server_n_connections(server), 1);
}

static void test_server_stream(void **state)
{
    (void)state;
    struct test_request *request = request_new("/t.T/Count", SPAN(""), 2000);
    request->request.on_message = on_message;
    grpc_request_start(client, &request->request);
    run_until(&request->done);
    assert_int_equal(request->n_messages, 1);
    assert_string_equal(request->reply, "newest");
    expect(request, GRPC_OK, NULL);
}

static void test_many_at_once(void **state)
{
    (void)state;
    enum { N = 500 }; /* more than the server takes at once: the rest waits in the client */
    struct test_request *requests[N];
    for (int i = 0; i < N; i++)
        requests[i] = call("/t.T/Echo", SPAN("x"), 10000);
    for (int i = 0; i < N; i++)
        expect(requests[i], GRPC_OK, "x");
    assert_int_equal(grpc_server_n_connections(server), 1);
}

static void test_sizes(void **state)
{
    (void)state;
    enum { LIMIT = 4 << 20 };
    char *bytes = calloc(1, LIMIT + 1);
    struct test_request *request = call("/t.T/Echo", (struct span){ bytes, LIMIT }, 5000);
    run_until(&request->done);
    assert_int_equal(request->reply_bytes, LIMIT);
    expect(request, GRPC_OK, NULL);
    expect(call("/t.T/Echo", (struct span){ bytes, LIMIT + 1 }, 5000), GRPC_RESOURCE_EXHAUSTED,
           "a message of 4194305 bytes is larger than the 4194304 that are accepted");
    expect(call("/t.T/Big", SPAN("4194305"), 5000), GRPC_RESOURCE_EXHAUSTED,
           "a message of 4194305 bytes is larger than the 4194304 that are accepted");
    free(bytes);
    expect_echo();
    assert_int_equal(grpc_server_n_connections(server), 1);
}

static void test_deadline(void **state)
{
    (void)state;
    expect(call("/t.T/Keep", SPAN(""), 30), GRPC_DEADLINE_EXCEEDED, NULL);
    run_for(20);
    assert_int_equal(n_cancelled, 1);
    expect_echo();
}

static void test_cancel(void **state)
{
    (void)state;
    struct test_request *request = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    assert_non_null(kept);
    grpc_request_cancel(&request->request);
    grpc_request_cancel(&request->request);
    expect(request, GRPC_CANCELLED, "the caller cancelled");
    run_for(20);
    assert_int_equal(n_cancelled, 1);

    request = call("/t.T/Echo", SPAN(""), 0);
    grpc_request_cancel(&request->request); /* before it left */
    expect(request, GRPC_CANCELLED, NULL);
    expect_echo();
}

static void test_no_server(void **state)
{
    (void)state;
    char text[200];
    grpc_server_stop(take(server), 0, NULL, NULL);
    snprintf(text, sizeof(text), "%s: connect: No such file or directory", path);
    struct test_request *request = call("/t.T/Echo", SPAN(""), 1000);
    run_until(&request->done);
    assert_int_equal(strcasecmp(request->text, text), 0);
    expect(request, GRPC_UNAVAILABLE, NULL);
    must_succeed(start_server_at(path, &server)); /* the next call connects again */
    expect_echo();
}

static void on_stopped(void *data)
{
    *(bool *)data = true;
}

/* Somebody listens, but does not speak. */
static void test_mute_server(void **state)
{
    (void)state;
    bool stopped = false;
    struct grpc_client_options options = { .path = path, .connect_ms = 50, .on_change = on_change };
    grpc_server_stop(take(server), 0, NULL, NULL);
    grpc_client_stop(take(client), NULL, NULL);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 4), 0);

    must_succeed(grpc_client_new(loop, &options, &client));
    expect(call("/t.T/Echo", SPAN(""), 5000), GRPC_UNAVAILABLE, "the server does not answer");
    assert_int_equal(n_changes, 1);
    grpc_client_connect(client); /* without a request */
    run_for(100);
    assert_int_equal(n_changes, 2);
    close(fd);
    unlink(path);
    grpc_client_stop(take(client), on_stopped, &stopped);
    run_until(&stopped);
}

static void test_connection_lost(void **state)
{
    (void)state;
    struct test_request *request = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    grpc_server_stop(take(server), 0, NULL, NULL);
    expect(request, GRPC_UNAVAILABLE, "the server closed the connection");
    run_for(20);
    assert_int_equal(n_cancelled, 1);
    assert_false(grpc_client_is_connected(client));
    assert_int_equal(n_changes, 2);
}

/* --- goodbyes --- */

static void test_drain(void **state)
{
    (void)state;
    bool stopped = false;
    struct grpc_server *next = NULL;
    struct test_request *request = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    grpc_server_stop(take(server), 5000, on_stopped, &stopped);
    must_succeed(start_server_at(path, &next));
    run_for(20);
    expect_echo(); /* on a new connection, with the next server */
    assert_false(request->done);
    assert_false(stopped);
    grpc_call_reply(take(kept), SPAN("late but whole"));
    expect(request, GRPC_OK, "late but whole");
    run_until(&stopped);
    server = next;
    expect_echo();
}

static void test_drain_of_an_idle_server_is_quick(void **state)
{
    (void)state;
    bool stopped = false;
    int mute = connect_raw(); /* never says a word */
    expect_echo();
    uint64_t begin = time_monotonic_nanos();
    grpc_server_stop(take(server), 4000, on_stopped, &stopped);
    run_until(&stopped);
    assert_true(time_monotonic_nanos() - begin < 1000000000);
    assert_true(is_eof(mute));
    close(mute);
}

static void test_grace_runs_out(void **state)
{
    (void)state;
    bool stopped = false;
    struct test_request *request = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    grpc_server_stop(server, 60000, on_stopped, &stopped);
    grpc_server_stop(take(server), 30, NULL, NULL); /* shorter, please */
    run_until(&stopped);
    expect(request, GRPC_UNAVAILABLE, NULL);
    assert_int_equal(n_cancelled, 1);
}

static void test_client_stop(void **state)
{
    (void)state;
    bool stopped = false;
    struct test_request *running = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    struct test_request *fresh = call("/t.T/Echo", SPAN(""), 0);
    grpc_client_stop(client, on_stopped, &stopped);
    struct test_request *late = call("/t.T/Echo", SPAN(""), 0);
    client = NULL;
    run_until(&stopped);
    expect(running, GRPC_CANCELLED, NULL);
    expect(fresh, GRPC_CANCELLED, NULL);
    expect(late, GRPC_CANCELLED, NULL);
    run_for(20);
    assert_int_equal(n_cancelled, 1);
}

/* --- connections --- */

static void test_mute_connection_is_reaped(void **state)
{
    (void)state;
    int fd = connect_raw(), half = connect_raw();
    assert_int_equal(write(half, "PRI * HTTP/2.0\r\n", 16), 16);
    run_for(100);
    assert_int_equal(grpc_server_n_connections(server), 2);
    run_for(200);
    assert_int_equal(grpc_server_n_connections(server), 0);
    assert_true(is_eof(fd) && is_eof(half));
    close(fd);
    close(half);
}

static void test_not_http2(void **state)
{
    (void)state;
    int fd = connect_raw();
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    run_for(50);
    assert_true(is_eof(fd));
    close(fd);
    expect_echo();
}

static void test_connection_limit(void **state)
{
    (void)state;
    int fds[6];
    struct test_request *request = call("/t.T/Keep", SPAN(""), 0);
    run_for(20);
    for (int i = 0; i < 6; i++) {
        fds[i] = connect_raw();
        run_for(5);
    }
    assert_int_equal(grpc_server_n_connections(server), 4);
    assert_true(is_eof(fds[0])); /* the mute ones made room for each other, not the one that works */
    assert_false(is_eof(fds[5]));
    grpc_call_reply(take(kept), SPAN("still here"));
    expect(request, GRPC_OK, "still here");
    for (int i = 0; i < 6; i++)
        close(fds[i]);
}

static void test_connect_and_close_leaks_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        bool stopped = false;
        struct grpc_client *one;
        must_succeed(grpc_client_new(loop, &(struct grpc_client_options){ .path = path }, &one));
        struct test_request *request = request_new("/t.T/Echo", SPAN("x"), 1000);
        grpc_request_start(one, &request->request);
        expect(request, GRPC_OK, "x");
        grpc_client_stop(one, on_stopped, &stopped);
        run_until(&stopped);
    }
    run_for(20);
    assert_int_equal(grpc_server_n_connections(server), 0);
    int fd = dup(0);
    assert_true(fd < 40);
    close(fd);
}

/* --- the socket file --- */

static void expect_bind_error(const char *at, enum error_kind kind, const char *text)
{
    struct grpc_server *none = NULL;
    cleanup_error struct error *err = start_server_at(at, &none);
    assert_non_null(err);
    assert_null(none);
    assert_int_equal(err->kind, kind);
    assert_non_null(strstr(err->text, text));
}

static void test_path_length(void **state)
{
    (void)state;
    char longest[200];
    struct grpc_server *other;
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, folder, strlen(folder));
    longest[strlen(folder)] = '/';
    longest[108] = '\0';
    expect_bind_error(longest, ERROR_INVALID, "the path of a socket has at most 107 bytes, this one has 108");
    longest[107] = '\0';
    must_succeed(start_server_at(longest, &other));
    assert_int_equal(access(longest, F_OK), 0);
    grpc_server_stop(other, 0, NULL, NULL);
    assert_int_not_equal(access(longest, F_OK), 0);
    expect_bind_error("", ERROR_INVALID, "empty");
}

static void test_other_file_at_the_path(void **state)
{
    (void)state;
    char at[128];
    snprintf(at, sizeof(at), "%s/file", folder);
    close(open(at, O_CREAT | O_WRONLY, 0600));
    expect_bind_error(at, ERROR_CONFLICT, "exists and is not a socket");
    assert_int_equal(unlink(at), 0);
    expect_bind_error(folder, ERROR_CONFLICT, "exists and is not a socket");
    snprintf(at, sizeof(at), "%s/none/s.sock", folder);
    expect_bind_error(at, ERROR_NOT_FOUND, "bind");
}

static void test_mode(void **state)
{
    (void)state;
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
}

static void bind_foreign(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd); /* as after SIGKILL: the file stays */
}

static void test_stale_socket_is_replaced(void **state)
{
    (void)state;
    grpc_server_stop(take(server), 0, NULL, NULL);
    bind_foreign();
    must_succeed(start_server_at(path, &server));
    expect_echo();
}

static void test_bound_again_when_gone(void **state)
{
    (void)state;
    expect_echo();
    unlink(path);
    run_for(60);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(grpc_server_is_bound(server));
    expect_echo(); /* the old connection lives on */
    close(connect_raw());
}

static void test_bound_again_when_foreign(void **state)
{
    (void)state;
    bind_foreign();
    run_for(60);
    close(connect_raw());
    assert_true(grpc_server_is_bound(server));
}

static void test_bound_again_when_the_folder_is_back(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    run_for(60);
    assert_false(grpc_server_is_bound(server));
    assert_int_equal(mkdir(folder, 0700), 0);
    run_for(60);
    assert_true(grpc_server_is_bound(server));
    expect_echo();
}

static void test_stop_leaves_a_newer_socket_alone(void **state)
{
    (void)state;
    struct grpc_server *newer;
    must_succeed(start_server_at(path, &newer));
    grpc_server_stop(take(server), 0, NULL, NULL);
    assert_int_equal(access(path, F_OK), 0);
    server = newer;
    expect_echo();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unary),
        TEST(test_server_stream),
        TEST(test_many_at_once),
        TEST(test_sizes),
        TEST(test_deadline),
        TEST(test_cancel),
        TEST(test_no_server),
        TEST(test_mute_server),
        TEST(test_connection_lost),
        TEST(test_drain),
        TEST(test_drain_of_an_idle_server_is_quick),
        TEST(test_grace_runs_out),
        TEST(test_client_stop),
        TEST(test_mute_connection_is_reaped),
        TEST(test_not_http2),
        TEST(test_connection_limit),
        TEST(test_connect_and_close_leaks_nothing),
        TEST(test_path_length),
        TEST(test_other_file_at_the_path),
        TEST(test_mode),
        TEST(test_stale_socket_is_replaced),
        TEST(test_bound_again_when_gone),
        TEST(test_bound_again_when_foreign),
        TEST(test_bound_again_when_the_folder_is_back),
        TEST(test_stop_leaves_a_newer_socket_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
