/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The grpc-timeout header: one to eight digits and a unit of H, M, S, m, u, n.
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

enum { GRPC_TIMEOUT_TEXT_SIZE = 10 };

/* Nanoseconds, saturated at INT64_MAX. */
nodiscard struct error *grpc_timeout_parse(struct span text, uint64_t *out_nanos);

/* In the finest unit whose value fits into eight digits, rounded up, as grpc-go does it. */
void grpc_timeout_format(uint64_t nanos, char out[GRPC_TIMEOUT_TEXT_SIZE]);
