/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of this folder know about the loop and nobody else does.
 */

#include "api/base/vec.h"
#include "driver/loop/timer.h"
#include "driver/loop/uv.h"

struct loop {
    uv_loop_t uv;
    bool running;
    bool cut_short;

    /* deferred callbacks; the idle handle is active while there are any */
    uv_idle_t idle;
    struct deferred *first, **last;

    /* timers: a binary heap, earliest on top; one libuv timer stands for all of them */
    uv_timer_t alarm;
    VEC(struct timer *) timers;
    size_t n_foreground;
    uint64_t next_order;

    /* shutdown */
    bool stopping;
    struct stop_hook *hooks; /* the top is the next to be called, or the one being waited for */
    struct deferred next_hook;
    struct timer grace;
};

void loop_timers_init(struct loop *loop);
