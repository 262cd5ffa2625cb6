/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests/bench/plugin.py times with a clock that costs nothing. Prints one latency a line, in
 * microseconds.
 *
 *   bench_plugin getinfo SOCKET SINCE_NANOS     polls for the registration socket, calls GetInfo; one line
 *   bench_plugin prepare SOCKET ROUNDS < CLAIMS all claims at once, one call each, ROUNDS times
 *   bench_plugin get URL TOKEN ROUNDS < PATHS   the same number of plain GETs at once
 *   bench_plugin fsync FOLDER ROUNDS            a 4 KiB write and fsync
 *
 * CLAIMS has lines "namespace uid name"; between rounds they are unprepared, which is not timed.
 */

#include "api/base/time.h"
#include "api/base/vec.h"
#include "api/kubelet/dra_v1.pb-c.h"
#include "api/kubelet/services.h"
#include "driver/grpc/client.h"
#include "driver/http/client.h"
#include "driver/loop/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct shot {
    struct grpc_request grpc;
    struct http_request http;
    char *namespace, *uid, *name; /* of a claim; or the path in `name` */
    struct span message;
    uint64_t begun;
};

static struct loop *loop;
static struct grpc_client *client;
static struct http_client *http;
static VEC(struct shot *) shots;
static size_t n_left, rounds_left;
static bool any_round, unpreparing;

static noreturn_function void die(struct error *err)
{
    fprintf(stderr, "bench_plugin: %s\n", err->text);
    exit(1);
}

static void check(struct error *err)
{
    if (err)
        die(err);
}

static void print_latency(uint64_t begun)
{
    printf("%.1f\n", (double)(time_monotonic_nanos() - begun) / 1000);
}

/* --- getinfo --- */

static const char *socket_path;
static uint64_t since;
static struct timer poll;
static struct grpc_request info;

static void on_info(struct grpc_request *request, const struct grpc_result *result)
{
    (void)request;
    if (result->code != GRPC_OK) {
        grpc_request_start(client, &info);
        return;
    }
    print_latency(since);
    exit(0);
}

static void look_for_socket(struct timer *timer)
{
    if (access(socket_path, F_OK) != 0)
        return;
    timer_stop(timer);
    check(grpc_client_new(loop, &(struct grpc_client_options){ .path = socket_path }, &client));
    info = (struct grpc_request){ .path = KUBELET_PATH_GET_INFO, .message = SPAN(""), .done = on_info };
    grpc_request_start(client, &info);
}

/* --- prepare --- */

static void next_round(void);

static void shot_done(void)
{
    if (--n_left == 0)
        next_round();
}

static void check_reply(struct span message)
{
    Dra__V1__NodePrepareResourcesResponse *reply =
        dra__v1__node_prepare_resources_response__unpack(NULL, message.length, (const uint8_t *)message.data);
    if (!reply || reply->n_claims != 1 || *reply->claims[0]->value->error)
        die(error_invalid("a claim was not prepared: %s",
                          reply && reply->n_claims ? reply->claims[0]->value->error : ""));
    dra__v1__node_prepare_resources_response__free_unpacked(reply, NULL);
}

static void on_grpc(struct grpc_request *request, const struct grpc_result *result)
{
    struct shot *shot = container_of(request, struct shot, grpc);
    check(grpc_result_error(result));
    if (!unpreparing) {
        print_latency(shot->begun);
        check_reply(result->message);
    }
    shot_done();
}

static void make_message(struct shot *shot)
{
    Dra__V1__Claim claim = DRA__V1__CLAIM__INIT, *claims[] = { &claim };
    Dra__V1__NodePrepareResourcesRequest request = DRA__V1__NODE_PREPARE_RESOURCES_REQUEST__INIT;
    claim.namespace_ = shot->namespace;
    claim.uid = shot->uid;
    claim.name = shot->name;
    request.claims = claims;
    request.n_claims = 1;
    size_t size = dra__v1__node_prepare_resources_request__get_packed_size(&request);
    char *bytes = mem_new(size, 1);
    dra__v1__node_prepare_resources_request__pack(&request, (uint8_t *)bytes);
    shot->message = (struct span){ bytes, size };
}

static void on_http(struct http_request *request, struct error *err)
{
    check(err);
    if (request->status != 200)
        die(error_invalid("GET answered %d", request->status));
    print_latency(container_of(request, struct shot, http)->begun);
    shot_done();
}

static void fire(struct shot *shot)
{
    shot->begun = time_monotonic_nanos();
    if (http) {
        struct http_request_spec spec = { .url = shot->name, .timeout_ms = 30000, .done = on_http };
        check(http_request_start(http, &spec, &shot->http));
        return;
    }
    shot->grpc =
        (struct grpc_request){ .path = unpreparing ? KUBELET_PATH_UNPREPARE_V1 : KUBELET_PATH_PREPARE_V1,
                               .message = shot->message,
                               .timeout_ms = 45000,
                               .done = on_grpc };
    grpc_request_start(client, &shot->grpc);
}

static void next_round(void)
{
    unpreparing = !http && !unpreparing && any_round;
    if (!unpreparing && rounds_left-- == 0)
        exit(0);
    any_round = true;
    n_left = shots.length;
    vec_each (&shots, shot)
        fire(*shot);
}

/* --- the command line --- */

static void read_shots(const char *format, const char *base)
{
    char a[512], b[512], c[512];
    int want = base ? 1 : 3;
    while (scanf(format, a, b, c) == want) {
        struct shot *shot = NEW(struct shot);
        if (base) {
            if (asprintf(&shot->name, "%s%s", base, a) < 0)
                out_of_memory(0);
        } else {
            shot->namespace = mem_strdup(a);
            shot->uid = mem_strdup(b);
            shot->name = mem_strdup(c);
            make_message(shot);
        }
        vec_push(&shots, shot);
    }
}

static struct error *give_token(void *ctx, struct buf *out)
{
    buf_add(out, ctx);
    return NULL;
}

static void time_fsync(const char *folder, size_t rounds)
{
    char path[4096], page[4096] = { 1 };
    snprintf(path, sizeof(path), "%s/bench.tmp", folder);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t i = 0; fd >= 0 && i < rounds; i++) {
        uint64_t begun = time_monotonic_nanos();
        if (pwrite(fd, page, sizeof(page), (off_t)(i * sizeof(page))) < 0 || fsync(fd) < 0)
            die(error_errno(errno, "write %s", path));
        print_latency(begun);
    }
    unlink(path);
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: see the head of bench_plugin.c\n", stderr);
        return 2;
    }
    const char *mode = argv[1];
    socket_path = argv[2];
    if (strcmp(mode, "fsync") == 0) {
        time_fsync(argv[2], strtoul(argv[3], NULL, 10));
        return 0;
    }
    check(loop_new(&loop));
    if (strcmp(mode, "getinfo") == 0) {
        since = strtoull(argv[3], NULL, 10);
        timer_start_periodic(&poll, loop, 1, look_for_socket);
    } else if (strcmp(mode, "prepare") == 0) {
        rounds_left = strtoul(argv[3], NULL, 10);
        read_shots("%511s %511s %511s", NULL);
        check(grpc_client_new(loop, &(struct grpc_client_options){ .path = socket_path }, &client));
        next_round();
    } else if (strcmp(mode, "get") == 0 && argc > 4) {
        rounds_left = strtoul(argv[4], NULL, 10);
        read_shots("%511s", argv[2]);
        check(http_client_new(loop,
                              &(struct http_client_options){
                                  .insecure = true, .bearer_token = give_token, .token_ctx = argv[3] },
                              &http));
        next_round();
    }
    return loop_run(loop) ? 0 : 1;
}
