/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Timers, embedded in their owners. Zeroed memory is a stopped timer. Stopping is immediate: the owner may be
 * freed right afterwards, also from inside the callback.
 */

#include "driver/loop/loop.h"

struct timer {
    void (*call)(struct timer *timer);
    struct loop *loop;
    uint64_t due_ms; /* on loop_now's clock */
    uint64_t period_ms;
    uint64_t order; /* equal times fire in the order in which they were started */
    size_t place;   /* in the loop's heap, from 1; 0: stopped */
    bool background;
};

/* Calls once, after DELAY_MS (0: in the next turn). Restarts a running timer. */
void timer_start(struct timer *timer, struct loop *loop, uint64_t delay_ms,
                 void (*call)(struct timer *timer));

/* Calls every PERIOD_MS, from one period ahead; late calls are not made up for. */
void timer_start_periodic(struct timer *timer, struct loop *loop, uint64_t period_ms,
                          void (*call)(struct timer *timer));

/* Does not keep loop_run from returning, until the timer is started again. */
void timer_set_background(struct timer *timer);

void timer_stop(struct timer *timer);
bool timer_is_running(const struct timer *timer);

/* Until it fires; 0 for a stopped one. */
uint64_t timer_left_ms(const struct timer *timer);

/* Rounded up, so that nothing fires early. Negative spans are 0. */
static inline uint64_t millis_of_nanos(int64_t nanos)
{
    return nanos <= 0 ? 0 : ((uint64_t)nanos + 999999) / 1000000;
}
