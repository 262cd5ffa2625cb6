/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long to wait before trying again: doubling from least to most, with jitter so that many clients of one
 * server do not come back together.
 */

#include <stdint.h>

struct backoff {
    uint64_t least_ms;
    uint64_t most_ms;
    unsigned jitter_percent; /* the delay is shortened by up to this much */
    unsigned n_failures;
};

#define BACKOFF_INIT(least, most)                                                                            \
    ((struct backoff){ .least_ms = (least), .most_ms = (most), .jitter_percent = 25 })

/* The delay after one more failure. */
uint64_t backoff_next(struct backoff *backoff);

/* It worked: start from the least again. */
void backoff_reset(struct backoff *backoff);

/* least * 2^n_failures, at most MOST_MS, without jitter. */
uint64_t backoff_delay(uint64_t least_ms, uint64_t most_ms, unsigned n_failures);
