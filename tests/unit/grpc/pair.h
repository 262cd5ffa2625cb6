/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server of four methods and a client of it, over a real socket, for one test at a time: both stand between
 * pair_set_up and pair_tear_down, which finds that they left nothing behind.
 *
 *     /t.T/Echo   replies with the request
 *     /t.T/Keep   leaves the call in pair.kept
 *     /t.T/Big    replies with as many bytes as the request says
 *     /t.T/Count  sends one message and finishes
 */

#include "driver/grpc/client.h"
#include "driver/grpc/server.h"
#include "driver/loop/loop.h"

extern struct pair {
    struct loop *loop;
    char folder[64];
    char path[100]; /* of the socket */
    struct grpc_server *server;
    struct grpc_client *client;
    struct grpc_call *kept;
    size_t n_cancelled; /* calls that were kept */
    size_t n_changes;   /* of the client's connection */
} pair;

#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)

int pair_set_up(void **state);
int pair_tear_down(void **state);

void must_succeed(struct error *err);

/* Another server of the same methods. */
nodiscard struct error *pair_serve_at(const char *path, struct grpc_server **out);
void pair_on_change(struct grpc_client *changed, bool connected, void *data);

/* Turns the loop until *FLAG, for 5 s at most. */
void pair_run_until(const bool *flag);
void pair_run_for(uint64_t ms);

/* A callback for whoever stops: *FLAG, a bool, becomes true. */
void on_stopped(void *flag);

/* --- requests --- */

struct test_request {
    struct grpc_request request;
    bool done;
    enum grpc_code code;
    char text[256];
    char reply[64];
    size_t reply_bytes, n_messages;
};

struct test_request *request_new(const char *method, struct span message, uint64_t timeout_ms);

/* A request that the client has started. */
struct test_request *pair_call(const char *method, struct span message, uint64_t timeout_ms);

/* Waits for REQUEST, checks its end, and frees it. REPLY is the error's text where there is one; NULL: any.
 */
void pair_expect(struct test_request *request, enum grpc_code code, const char *reply);
void pair_expect_echo(void);

/* --- plain sockets, for those who do not play by the rules --- */

int pair_connect_raw(void);

/* Takes the place of the server's socket. */
int pair_bind_raw(void);
bool is_eof(int fd);
