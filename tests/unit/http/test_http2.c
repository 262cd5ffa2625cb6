/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client against an HTTP/2 server of Node's: one connection carries everything, and streams do not
 * disturb each other. Skipped where there is no node.
 */

#include "api/base/file.h"
#include "driver/http/client.h"
#include "driver/http/tls.h"
#include "driver/loop/timer.h"
#include "tests/support/cmocka.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PEM_BYTES = 64 * 1024, N_WATCHES = 20, N_PATCHES = 300, SKIPPED = 77 };

static char folder[] = "/tmp/test_http2.XXXXXX";
static struct buf ca_cert, ca_key;
static char origin[64];
static pid_t server_pid;
static int server_input;

static const char *path_in(const char *name)
{
    static char path[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_certificates(void)
{
    static const char *const names[] = { "127.0.0.1", NULL };
    struct tls_identity identity = { .common_name = "server", .names = names, .valid_days = 1 };
    cleanup_buf struct buf cert = BUF_INIT(PEM_BYTES), key = BUF_INIT(PEM_BYTES);
    ca_cert = ca_key = BUF_INIT(PEM_BYTES);
    assert_null(tls_make_ca("authority", 1, &ca_cert, &ca_key));
    assert_null(tls_issue(buf_span(&ca_cert), buf_span(&ca_key), &identity, &cert, &key));
    assert_null(file_replace(path_in("cert"), buf_span(&cert), 0600, 0));
    assert_null(file_replace(path_in("key"), buf_span(&key), 0600, 0));
}

/* False if there is no node. */
static bool server_start(void)
{
    int input[2], output[2];
    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe(output), 0);
    char key[64], cert[64];
    snprintf(key, sizeof(key), "%s", path_in("key"));
    snprintf(cert, sizeof(cert), "%s", path_in("cert"));
    server_pid = fork();
    if (server_pid == 0) {
        dup2(input[0], 0);
        dup2(output[1], 1);
        close(input[1]);
        close(output[0]);
        execlp("node", "node", HTTP2_SERVER_JS, key, cert, NULL);
        _exit(SKIPPED);
    }
    close(input[0]);
    close(output[1]);
    server_input = input[1];
    char line[32] = "";
    ssize_t got = read(output[0], line, sizeof(line) - 1);
    close(output[0]);
    if (got > 0)
        snprintf(origin, sizeof(origin), "https://127.0.0.1:%d", atoi(line));
    return got > 0;
}

static void server_stop(void)
{
    close(server_input);
    waitpid(server_pid, NULL, 0);
    unlink(path_in("key"));
    unlink(path_in("cert"));
    rmdir(folder);
    buf_done(&ca_cert);
    buf_done(&ca_key);
}

/* --- a scene: watches, a flood, and calls beside them --- */

struct scene;

struct call {
    struct http_request request;
    struct scene *scene;
    size_t n_bytes;
    char text[64];
    struct error *err;
    bool done;
};

struct scene {
    struct loop *loop;
    struct http_client *client;
    struct call watches[N_WATCHES], patches[N_PATCHES], flood, sessions, other;
    struct timer calm;
    size_t n_patches_done;
    size_t flood_bytes;                /* when it was paused */
    void (*then)(struct scene *scene); /* the next step of the test */
};

static void on_done(struct http_request *request, struct error *err)
{
    struct call *call = container_of(request, struct call, request);
    call->err = err;
    call->done = true;
    snprintf(call->text, sizeof(call->text), "%s", buf_text(request->body));
}

static void on_patched(struct http_request *request, struct error *err)
{
    struct scene *scene = container_of(request, struct call, request)->scene;
    on_done(request, err);
    if (++scene->n_patches_done == N_PATCHES)
        scene->then(scene);
}

static void on_step(struct http_request *request, struct error *err)
{
    struct scene *scene = container_of(request, struct call, request)->scene;
    on_done(request, err);
    scene->then(scene);
}

static void on_line(struct http_request *request, struct span piece)
{
    container_of(request, struct call, request)->n_bytes += piece.length;
}

static void on_flood(struct http_request *request, struct span piece)
{
    on_line(request, piece);
    http_request_pause(request);
    struct call *call = container_of(request, struct call, request);
    call->scene->flood_bytes = call->n_bytes;
}

static void call_start(struct scene *scene, struct call *call, const char *method, const char *path,
                       void (*on_data)(struct http_request *request, struct span piece),
                       void (*done)(struct http_request *request, struct error *err))
{
    char url[128];
    snprintf(url, sizeof(url), "%s%s", origin, path);
    struct http_request_spec spec = { .method = method, .url = url, .on_data = on_data, .done = done };
    if (strcmp(method, "PATCH") == 0)
        spec.body = SPAN("{}");
    *call = (struct call){ .scene = scene };
    assert_null(http_request_start(scene->client, &spec, &call->request));
}

static void scene_start(struct scene *scene)
{
    *scene = (struct scene){ 0 };
    assert_null(loop_new(&scene->loop));
    struct http_client_options options = { .ca_pem = buf_span(&ca_cert) };
    assert_null(http_client_new(scene->loop, &options, &scene->client));
}

static void calls_done(struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        error_free(calls[i].err);
}

static void scene_free(struct scene *scene)
{
    loop_free(scene->loop);
    calls_done(scene->watches, N_WATCHES);
    calls_done(scene->patches, N_PATCHES);
    calls_done(&scene->flood, 1);
    calls_done(&scene->sessions, 1);
    calls_done(&scene->other, 1);
}

static void step_stop(struct scene *scene)
{
    http_client_stop(take(scene->client));
}

/* --- one connection for everything --- */

static void step_ask_sessions(struct scene *scene)
{
    scene->then = step_stop;
    call_start(scene, &scene->sessions, "GET", "/sessions", NULL, on_step);
}

static void on_calm(struct timer *timer)
{
    struct scene *scene = container_of(timer, struct scene, calm);
    assert_int_equal(scene->flood.n_bytes, scene->flood_bytes); /* paused is paused */
    http_request_cancel(&scene->watches[0].request);
    scene->then = step_ask_sessions;
    for (size_t i = 0; i < N_PATCHES; i++)
        call_start(scene, &scene->patches[i], "PATCH", "/p", NULL, on_patched);
}

static void test_one_connection(void **state)
{
    (void)state;
    static struct scene scene;
    scene_start(&scene);
    for (size_t i = 0; i < N_WATCHES; i++)
        call_start(&scene, &scene.watches[i], "GET", "/watch", on_line, on_done);
    call_start(&scene, &scene.flood, "GET", "/flood", on_flood, on_done);
    timer_start(&scene.calm, scene.loop, 300, on_calm);
    assert_true(loop_run(scene.loop));
    assert_string_equal(scene.sessions.text, "1");
    for (size_t i = 0; i < N_PATCHES; i++)
        assert_string_equal(scene.patches[i].text, "PATCH /p {}");
    for (size_t i = 0; i < N_WATCHES; i++) {
        assert_true(scene.watches[i].n_bytes > 0);
        assert_int_equal(scene.watches[i].err->kind, ERROR_CANCELLED);
    }
    scene_free(&scene);
}

/* --- the server wants a new connection, and then dies --- */

static void on_watch_ended(struct http_request *request, struct error *err)
{
    on_done(request, err);
    struct scene *scene = container_of(request, struct call, request)->scene;
    if (scene->client)
        step_stop(scene);
}

static void step_die(struct scene *scene)
{
    scene->then = step_stop;
    call_start(scene, &scene->other, "GET", "/die", NULL, on_done);
}

static void step_after_goaway(struct scene *scene)
{
    scene->then = step_die;
    error_free(scene->other.err);
    call_start(scene, &scene->other, "GET", "/again", NULL, on_step);
}

static void test_goaway_and_death(void **state)
{
    (void)state;
    static struct scene scene;
    scene_start(&scene);
    scene.then = step_after_goaway;
    call_start(&scene, &scene.watches[0], "GET", "/watch", on_line, on_watch_ended);
    call_start(&scene, &scene.other, "GET", "/goaway", NULL, on_step);
    assert_true(loop_run(scene.loop));
    assert_true(scene.watches[0].done && scene.other.done);
    assert_int_equal(scene.watches[0].err->kind, ERROR_UNAVAILABLE);
    scene_free(&scene);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    make_certificates();
    if (!server_start()) {
        server_stop();
        printf("no node: skipped\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_connection),
        cmocka_unit_test(test_goaway_and_death),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_stop();
    return failed;
}
