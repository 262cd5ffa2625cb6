/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * SIGTERM and SIGINT begin an orderly shutdown; the second one ends it at once. SIGHUP is a callback.
 * The handlers do not keep loop_run from returning.
 */

#include "driver/loop/loop.h"

struct signals {
    void (*on_hangup)(struct signals *signals); /* SIGHUP; NULL: ignored */
    uint64_t grace_ms;                          /* for loop_stop */
    struct loop *loop;
    struct signal_handle *handles;
};

/* Set on_hangup and grace_ms before. One per process. */
nodiscard struct error *signals_start(struct signals *signals, struct loop *loop);
void signals_stop(struct signals *signals);
