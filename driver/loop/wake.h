/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bell that other threads ring: some time after wake_ring, CALL runs on the loop. Many rings may become one
 * call, none is lost. What is to be said goes through the owner's own locked queue.
 */

#include "driver/loop/loop.h"

struct wake {
    void (*call)(struct wake *wake);
    struct wake_handle *handle; /* NULL: stopped */
};

/* Keeps loop_run from returning until it is stopped. */
nodiscard struct error *wake_start(struct wake *wake, struct loop *loop, void (*call)(struct wake *wake));

/* Safe from any thread, between start and stop. */
void wake_ring(struct wake *wake);

/* From the loop, once no other thread can ring any more. */
void wake_stop(struct wake *wake);
