/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's end of connections and of its socket: clients that do not speak, too many of them, and files
 * that come, go and are somebody else's.
 */

#include "api/base/memory.h"
#include "tests/support/cmocka.h"
#include "tests/unit/grpc/pair.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- connections --- */

static void test_mute_connection_is_reaped(void **state)
{
    (void)state;
    int fd = pair_connect_raw(), half = pair_connect_raw();
    assert_int_equal(write(half, "PRI * HTTP/2.0\r\n", 16), 16);
    pair_run_for(100);
    assert_int_equal(grpc_server_n_connections(pair.server), 2);
    pair_run_for(200);
    assert_int_equal(grpc_server_n_connections(pair.server), 0);
    assert_true(is_eof(fd) && is_eof(half));
    close(fd);
    close(half);
}

static void test_not_http2(void **state)
{
    (void)state;
    int fd = pair_connect_raw();
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    pair_run_for(50);
    assert_true(is_eof(fd));
    close(fd);
    pair_expect_echo();
}

static void test_connection_limit(void **state)
{
    (void)state;
    int fds[6];
    struct test_request *request = pair_call("/t.T/Keep", SPAN(""), 0);
    pair_run_for(20);
    for (int i = 0; i < 6; i++) {
        fds[i] = pair_connect_raw();
        pair_run_for(5);
    }
    assert_int_equal(grpc_server_n_connections(pair.server), 4);
    assert_true(is_eof(fds[0])); /* the mute ones made room for each other, not the one that works */
    assert_false(is_eof(fds[5]));
    grpc_call_reply(take(pair.kept), SPAN("still here"));
    pair_expect(request, GRPC_OK, "still here");
    for (int i = 0; i < 6; i++)
        close(fds[i]);
}

static void test_connect_and_close_leaks_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        bool stopped = false;
        struct grpc_client *one;
        must_succeed(grpc_client_new(pair.loop, &(struct grpc_client_options){ .path = pair.path }, &one));
        struct test_request *request = request_new("/t.T/Echo", SPAN("x"), 1000);
        grpc_request_start(one, &request->request);
        pair_expect(request, GRPC_OK, "x");
        grpc_client_stop(one, on_stopped, &stopped);
        pair_run_until(&stopped);
    }
    pair_run_for(20);
    assert_int_equal(grpc_server_n_connections(pair.server), 0);
    int fd = dup(0);
    assert_true(fd < 40);
    close(fd);
}

/* --- the socket file --- */

static void expect_bind_error(const char *at, enum error_kind kind, const char *text)
{
    struct grpc_server *none = NULL;
    cleanup_error struct error *err = pair_serve_at(at, &none);
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
    memcpy(longest, pair.folder, strlen(pair.folder));
    longest[strlen(pair.folder)] = '/';
    longest[108] = '\0';
    expect_bind_error(longest, ERROR_INVALID, "the path of a socket has at most 107 bytes, this one has 108");
    longest[107] = '\0';
    must_succeed(pair_serve_at(longest, &other));
    assert_int_equal(access(longest, F_OK), 0);
    grpc_server_stop(other, 0, NULL, NULL);
    assert_int_not_equal(access(longest, F_OK), 0);
    expect_bind_error("", ERROR_INVALID, "empty");
}

static void test_other_file_at_the_path(void **state)
{
    (void)state;
    char at[128];
    snprintf(at, sizeof(at), "%s/file", pair.folder);
    close(open(at, O_CREAT | O_WRONLY, 0600));
    expect_bind_error(at, ERROR_CONFLICT, "exists and is not a socket");
    assert_int_equal(unlink(at), 0);
    expect_bind_error(pair.folder, ERROR_CONFLICT, "exists and is not a socket");
    snprintf(at, sizeof(at), "%s/none/s.sock", pair.folder);
    expect_bind_error(at, ERROR_NOT_FOUND, "bind");
}

static void test_mode(void **state)
{
    (void)state;
    struct stat found;
    assert_int_equal(stat(pair.path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
}

/* As after SIGKILL: the file stays. */
static void bind_foreign(void)
{
    close(pair_bind_raw());
}

static void test_stale_socket_is_replaced(void **state)
{
    (void)state;
    grpc_server_stop(take(pair.server), 0, NULL, NULL);
    bind_foreign();
    must_succeed(pair_serve_at(pair.path, &pair.server));
    pair_expect_echo();
}

static void test_bound_again_when_gone(void **state)
{
    (void)state;
    pair_expect_echo();
    unlink(pair.path);
    pair_run_for(60);
    assert_int_equal(access(pair.path, F_OK), 0);
    assert_true(grpc_server_is_bound(pair.server));
    pair_expect_echo(); /* the old connection lives on */
    close(pair_connect_raw());
}

static void test_bound_again_when_foreign(void **state)
{
    (void)state;
    bind_foreign();
    pair_run_for(60);
    close(pair_connect_raw());
    assert_true(grpc_server_is_bound(pair.server));
}

static void test_bound_again_when_the_folder_is_back(void **state)
{
    (void)state;
    unlink(pair.path);
    assert_int_equal(rmdir(pair.folder), 0);
    pair_run_for(60);
    assert_false(grpc_server_is_bound(pair.server));
    assert_int_equal(mkdir(pair.folder, 0700), 0);
    pair_run_for(60);
    assert_true(grpc_server_is_bound(pair.server));
    pair_expect_echo();
}

static void test_stop_leaves_a_newer_socket_alone(void **state)
{
    (void)state;
    struct grpc_server *newer;
    must_succeed(pair_serve_at(pair.path, &newer));
    grpc_server_stop(take(pair.server), 0, NULL, NULL);
    assert_int_equal(access(pair.path, F_OK), 0);
    pair.server = newer;
    pair_expect_echo();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_mute_connection_is_reaped),
        PAIR_TEST(test_not_http2),
        PAIR_TEST(test_connection_limit),
        PAIR_TEST(test_connect_and_close_leaks_nothing),
        PAIR_TEST(test_path_length),
        PAIR_TEST(test_other_file_at_the_path),
        PAIR_TEST(test_mode),
        PAIR_TEST(test_stale_socket_is_replaced),
        PAIR_TEST(test_bound_again_when_gone),
        PAIR_TEST(test_bound_again_when_foreign),
        PAIR_TEST(test_bound_again_when_the_folder_is_back),
        PAIR_TEST(test_stop_leaves_a_newer_socket_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
