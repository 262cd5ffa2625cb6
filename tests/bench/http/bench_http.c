/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many small GETs a second the server answers on loopback, and what the pieces cost in memory while idle.
 *
 *     bench_http [seconds [connections [URL]]]
 *
 * URL is what our own client asks for at the end, instead of our own server.
 *
 * The load comes from another process, over keep-alive connections with one request in flight each.
 */

#include "driver/http/client.h"
#include "driver/http/server.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- memory --- */

static long anonymous_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    char line[200];
    long kib = -1;
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Anonymous: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static void report(const char *what)
{
    printf("%-40s %6ld KiB anonymous\n", what, anonymous_kib());
    fflush(stdout);
}

static void die(struct error *err)
{
    if (!err)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

/* --- server --- */

static void handle(void *ctx, struct http_exchange *x)
{
    (void)ctx;
    http_respond(x, 200, "application/json", SPAN("{\"kind\":\"Status\",\"status\":\"Success\"}\n"));
}

/* --- load --- */

static const char request[] = "GET /api/v1/namespaces/default/pods/a HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "Accept: application/json\r\nUser-Agent: bench\r\n\r\n";

struct load {
    uv_tcp_t tcp;
    uv_connect_t connect;
};

static size_t n_answers;
static char input[64 * 1024];

static void ask(struct load *load)
{
    uv_buf_t buf = uv_buf_init((char *)request, sizeof(request) - 1);
    uv_try_write((uv_stream_t *)&load->tcp, &buf, 1);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle, (void)suggested;
    *out = uv_buf_init(input, sizeof(input));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
    (void)buf;
    if (length <= 0)
        exit(1);
    n_answers++;
    ask(container_of((uv_tcp_t *)stream, struct load, tcp));
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct load *load = container_of(connect, struct load, connect);
    if (status < 0)
        exit(1);
    uv_read_start((uv_stream_t *)&load->tcp, on_alloc, on_read);
    ask(load);
}

static void on_end(struct timer *timer)
{
    loop_stop_now(timer->loop);
}

static int run_load(uint16_t port, unsigned seconds, unsigned n_connections)
{
    struct loop *loop;
    die(loop_new(&loop));
    struct sockaddr_in where;
    uv_ip4_addr("127.0.0.1", port, &where);
    for (unsigned i = 0; i < n_connections; i++) {
        struct load *load = calloc(1, sizeof(*load));
        uv_tcp_init(loop_uv(loop), &load->tcp);
        uv_tcp_nodelay(&load->tcp, 1);
        uv_tcp_connect(&load->connect, &load->tcp, (struct sockaddr *)&where, on_connected);
    }
    struct timer end = { 0 };
    timer_start(&end, loop, seconds * UINT64_C(1000), on_end);
    (void)!loop_run(loop);
    printf("%u connections: %zu requests a second\n", n_connections, n_answers / seconds);
    return 0;
}

/* --- the story: idle, load, one request of our own --- */

struct bench {
    struct loop *loop;
    struct http_server *server;
    struct http_client *client;
    const char *url;
    pid_t load;
    struct timer check;
    struct http_request request;
};

static void on_done(struct http_request *r, struct error *err)
{
    struct bench *bench = container_of(r, struct bench, request);
    die(err);
    report("after a request of the client");
    loop_stop_now(bench->loop);
}

static void check_load(struct timer *timer)
{
    struct bench *bench = container_of(timer, struct bench, check);
    if (waitpid(bench->load, NULL, WNOHANG) != bench->load)
        return;
    timer_stop(timer);
    report("after the load");
    die(http_request_start(bench->client, &(struct http_request_spec){ .url = bench->url, .done = on_done },
                           &bench->request));
}

int main(int argc, char **argv)
{
    unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 3;
    unsigned n_connections = argc > 2 ? (unsigned)atoi(argv[2]) : 32;
    struct bench bench = { 0 };
    report("at the start");
    die(loop_new(&bench.loop));
    report("with a loop");
    die(http_server_start(bench.loop, &(struct http_server_options){ .handle = handle }, &bench.server));
    report("with a server");
    die(http_client_new(bench.loop, &(struct http_client_options){ .insecure = true }, &bench.client));
    report("with a client");

    char own_url[64];
    uint16_t port = http_server_port(bench.server);
    snprintf(own_url, sizeof(own_url), "http://127.0.0.1:%u/", port);
    bench.url = argc > 3 ? argv[3] : own_url;
    bench.load = fork();
    if (bench.load == 0)
        return run_load(port, seconds, n_connections);
    timer_start_periodic(&bench.check, bench.loop, 50, check_load);
    (void)!loop_run(bench.loop);
    return 0;
}
