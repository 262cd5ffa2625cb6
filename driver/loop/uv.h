/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libuv itself, for the folders that open handles of their own: loop, http and grpc.
 */

#include "driver/loop/loop.h"

#include <uv.h>

uv_loop_t *loop_uv(struct loop *loop);

/* An error from a libuv status: "FORMAT: connection refused". */
#define error_uv(status, ...) error_errno(-(status), __VA_ARGS__)
