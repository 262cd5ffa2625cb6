/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The clerk on a worker thread. Orders are collected while a batch is worked off and form the next one, so
 * that they are done in the order in which they were sent, one at a time, and the loop never waits.
 */

#include "controller/claims/clerk.h"
#include "driver/loop/job.h"

struct searcher;

struct searcher_options {
    struct features features;
    const struct toleration *tolerations; /* for every request; must stay */
    size_t n_tolerations;
    void (*on_reply)(void *ctx, struct reply *reply); /* from the loop; the reply is the callee's */
    void *ctx;
};

nodiscard struct searcher *searcher_new(struct loop *loop, const struct searcher_options *options);

/* No reply comes any more. STOPPED is called from the loop once the worker is done; then it is gone. */
void searcher_stop(struct searcher *searcher, void (*stopped)(void *ctx), void *ctx);

/* Takes ORDER over. */
void searcher_send(struct searcher *searcher, struct order *order);

size_t searcher_queue_length(const struct searcher *searcher); /* orders that nobody has begun with */
