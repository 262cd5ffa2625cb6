/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server and client against each other: calls, limits, goodbyes. Sockets and their files are test_socket.c's;
 * what goes wrong when somebody stops somebody at the worst moment is test_stress.c's.
 */

#include "api/base/memory.h"
#include "api/base/time.h"
#include "tests/support/cmocka.h"
#include "tests/unit/grpc/pair.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- calls --- */

static void test_unary(void **state)
{
    (void)state;
    pair_expect_echo();
    pair_expect(pair_call("/t.T/Echo", SPAN(""), 0), GRPC_OK, "");
    pair_expect(pair_call("/t.T/None", SPAN(""), 0), GRPC_UNIMPLEMENTED,
                "unknown service or method /t.T/None");
    assert_true(grpc_client_is_connected(pair.client));
    assert_int_equal(pair.n_changes, 1);
    assert_int_equal(grpc_server_n_connections(pair.server), 1);
}

static void on_message(struct grpc_request *raw, struct span message)
{
    struct test_request *request = container_of(raw, struct test_request, request);
    snprintf(request->reply, sizeof(request->reply), SPAN_FMT, SPAN_ARG(message));
    request->n_messages++;
}

static void test_server_stream(void **state)
{
    (void)state;
    struct test_request *request = request_new("/t.T/Count", SPAN(""), 2000);
    request->request.on_message = on_message;
    grpc_request_start(pair.client, &request->request);
    pair_run_until(&request->done);
    assert_int_equal(request->n_messages, 1);
    assert_string_equal(request->reply, "newest");
    pair_expect(request, GRPC_OK, NULL);
}

static void test_many_at_once(void **state)
{
    (void)state;
    enum { N = 500 }; /* more than the server takes at once: the rest waits in the client */
    struct test_request *requests[N];
    for (int i = 0; i < N; i++)
        requests[i] = pair_call("/t.T/Echo", SPAN("x"), 10000);
    for (int i = 0; i < N; i++)
        pair_expect(requests[i], GRPC_OK, "x");
    assert_int_equal(grpc_server_n_connections(pair.server), 1);
}

static void test_sizes(void **state)
{
    (void)state;
    enum { LIMIT = 4 << 20 };
    char *bytes = calloc(1, LIMIT + 1);
    struct test_request *request = pair_call("/t.T/Echo", (struct span){ bytes, LIMIT }, 5000);
    pair_run_until(&request->done);
    assert_int_equal(request->reply_bytes, LIMIT);
    pair_expect(request, GRPC_OK, NULL);
    pair_expect(pair_call("/t.T/Echo", (struct span){ bytes, LIMIT + 1 }, 5000), GRPC_RESOURCE_EXHAUSTED,
                "a message of 4194305 bytes is larger than the 4194304 that are accepted");
    pair_expect(pair_call("/t.T/Big", SPAN("4194305"), 5000), GRPC_RESOURCE_EXHAUSTED,
                "a message of 4194305 bytes is larger than the 4194304 that are accepted");
    free(bytes);
    pair_expect_echo();
    assert_int_equal(grpc_server_n_connections(pair.server), 1);
}

static void test_deadline(void **state)
{
    (void)state;
    pair_expect(pair_call("/t.T/Keep", SPAN(""), 30), GRPC_DEADLINE_EXCEEDED, NULL);
    pair_run_for(20);
    assert_int_equal(pair.n_cancelled, 1);
    pair_expect_echo();
}

static void test_cancel(void **state)
{
    (void)state;
    struct test_request *request = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    assert_non_null(pair.kept);
    grpc_request_cancel(&request->request);
    grpc_request_cancel(&request->request);
    pair_expect(request, GRPC_CANCELLED, "the caller cancelled");
    pair_run_for(20);
    assert_int_equal(pair.n_cancelled, 1);

    request = pair_call("/t.T/Echo", SPAN(""), 0);
    grpc_request_cancel(&request->request); /* before it left */
    pair_expect(request, GRPC_CANCELLED, NULL);
    pair_expect_echo();
}

static void test_no_server(void **state)
{
    (void)state;
    char text[200];
    grpc_server_stop(take(pair.server), 0, NULL, NULL);
    snprintf(text, sizeof(text), "%s: connect: No such file or directory", pair.path);
    struct test_request *request = pair_call("/t.T/Echo", SPAN(""), 1000);
    pair_run_until(&request->done);
    assert_int_equal(strcasecmp(request->text, text), 0);
    pair_expect(request, GRPC_UNAVAILABLE, NULL);
    must_succeed(pair_serve_at(pair.path, &pair.server)); /* the next call connects again */
    pair_expect_echo();
}

/* Somebody listens, but does not speak. */
static void test_mute_server(void **state)
{
    (void)state;
    bool stopped = false;
    struct grpc_client_options options = { .path = pair.path, .connect_ms = 50, .on_change = pair_on_change };
    grpc_server_stop(take(pair.server), 0, NULL, NULL);
    grpc_client_stop(take(pair.client), NULL, NULL);
    int fd = pair_bind_raw();
    assert_int_equal(listen(fd, 4), 0);

    must_succeed(grpc_client_new(pair.loop, &options, &pair.client));
    pair_expect(pair_call("/t.T/Echo", SPAN(""), 5000), GRPC_UNAVAILABLE, "the server does not answer");
    assert_int_equal(pair.n_changes, 1);
    grpc_client_connect(pair.client); /* without a request */
    pair_run_for(100);
    assert_int_equal(pair.n_changes, 2);
    close(fd);
    unlink(pair.path);
    grpc_client_stop(take(pair.client), on_stopped, &stopped);
    pair_run_until(&stopped);
}

static void test_connection_lost(void **state)
{
    (void)state;
    struct test_request *request = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    grpc_server_stop(take(pair.server), 0, NULL, NULL);
    pair_expect(request, GRPC_UNAVAILABLE, "the server closed the connection");
    pair_run_for(20);
    assert_int_equal(pair.n_cancelled, 1);
    assert_false(grpc_client_is_connected(pair.client));
    assert_int_equal(pair.n_changes, 2);
}

/* --- goodbyes --- */

static void test_drain(void **state)
{
    (void)state;
    bool stopped = false;
    struct grpc_server *next = NULL;
    struct test_request *request = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    grpc_server_stop(take(pair.server), 5000, on_stopped, &stopped);
    must_succeed(pair_serve_at(pair.path, &next));
    pair_run_for(20);
    pair_expect_echo(); /* on a new connection, with the next server */
    assert_false(request->done);
    assert_false(stopped);
    grpc_call_reply(take(pair.kept), SPAN("late but whole"));
    pair_expect(request, GRPC_OK, "late but whole");
    pair_run_until(&stopped);
    pair.server = next;
    pair_expect_echo();
}

static void test_drain_of_an_idle_server_is_quick(void **state)
{
    (void)state;
    bool stopped = false;
    int mute = pair_connect_raw(); /* never says a word */
    pair_expect_echo();
    uint64_t begin = time_monotonic_nanos();
    grpc_server_stop(take(pair.server), 4000, on_stopped, &stopped);
    pair_run_until(&stopped);
    assert_true(time_monotonic_nanos() - begin < 1000000000);
    assert_true(is_eof(mute));
    close(mute);
}

static void test_grace_runs_out(void **state)
{
    (void)state;
    bool stopped = false;
    struct test_request *request = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    grpc_server_stop(pair.server, 60000, on_stopped, &stopped);
    grpc_server_stop(take(pair.server), 30, NULL, NULL); /* shorter, please */
    pair_run_until(&stopped);
    pair_expect(request, GRPC_UNAVAILABLE, NULL);
    assert_int_equal(pair.n_cancelled, 1);
}

static void test_client_stop(void **state)
{
    (void)state;
    bool stopped = false;
    struct test_request *running = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    struct test_request *fresh = pair_call("/t.T/Echo", SPAN(""), 0);
    grpc_client_stop(pair.client, on_stopped, &stopped);
    struct test_request *late = pair_call("/t.T/Echo", SPAN(""), 0);
    pair.client = NULL;
    pair_run_until(&stopped);
    pair_expect(running, GRPC_CANCELLED, NULL);
    pair_expect(fresh, GRPC_CANCELLED, NULL);
    pair_expect(late, GRPC_CANCELLED, NULL);
    pair_run_for(20);
    assert_int_equal(pair.n_cancelled, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_unary),
        PAIR_TEST(test_server_stream),
        PAIR_TEST(test_many_at_once),
        PAIR_TEST(test_sizes),
        PAIR_TEST(test_deadline),
        PAIR_TEST(test_cancel),
        PAIR_TEST(test_no_server),
        PAIR_TEST(test_mute_server),
        PAIR_TEST(test_connection_lost),
        PAIR_TEST(test_drain),
        PAIR_TEST(test_drain_of_an_idle_server_is_quick),
        PAIR_TEST(test_grace_runs_out),
        PAIR_TEST(test_client_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
