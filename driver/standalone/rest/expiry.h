/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects that go by themselves: events, an hour after they were last written.
 *
 * Nothing needs to remember when it was written: once a minute the store's version is noted, and what is not
 * newer than the note of an hour ago is over.
 */

#include "driver/loop/timer.h"
#include "driver/standalone/rest/resources.h"

enum { EXPIRY_MAX_MINUTES = 60 };

struct expiry {
    const struct resources *resources;
    struct store *store;
    struct timer timer;
    int64_t notes[EXPIRY_MAX_MINUTES + 1]; /* by minute, in a ring */
    size_t n_minutes;
};

void expiry_start(struct expiry *expiry, struct loop *loop, const struct resources *resources,
                  struct store *store);
void expiry_stop(struct expiry *expiry);

/* A minute has passed. */
void expiry_tick(struct expiry *expiry);
