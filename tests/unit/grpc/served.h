/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's session without a socket, and a raw client in front of it. Its methods are Echo, Fail and Keep
 * of /t.T; one test at a time.
 */

#include "driver/grpc/session.h"
#include "tests/unit/grpc/raw_client.h"

extern struct served {
    struct session *session;
    struct raw_client raw;
    struct quota *quota;
    struct grpc_call *kept; /* by the method that keeps */
    int n_cancelled;
    bool is_broken; /* session_receive said so */
    uint64_t now;
    struct buf records;
} served;

#define SERVED_TEST(name) cmocka_unit_test_setup_teardown(name, served_set_up, served_tear_down)

int served_set_up(void **state);
int served_tear_down(void **state);

/* Moves bytes both ways, in pieces of PIECE, until nothing moves. */
void exchange_in(size_t piece);
void exchange(void);

/* Of what the client has seen. */
void assert_saw(const char *what);

/* That the connection still serves, by a call on this stream. */
void assert_works(uint32_t stream);
