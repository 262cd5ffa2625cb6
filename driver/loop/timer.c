/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers in a heap of our own under one libuv timer. libuv's timers must be closed, and their memory kept
 * until a callback says so; ours are just taken out of the heap, which spares every owner of a timer that
 * dance.
 */

#include "driver/loop/internal.h"

#include <assert.h>

static bool fires_before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void put(struct loop *loop, size_t place, struct timer *timer)
{
    loop->timers.items[place - 1] = timer;
    timer->place = place;
}

static void sift_up(struct loop *loop, struct timer *timer)
{
    size_t place = timer->place;
    for (; place > 1 && fires_before(timer, loop->timers.items[place / 2 - 1]); place /= 2)
        put(loop, place, loop->timers.items[place / 2 - 1]);
    put(loop, place, timer);
}

static void sift_down(struct loop *loop, struct timer *timer)
{
    size_t place = timer->place;
    for (;;) {
        size_t child = place * 2;
        if (child > loop->timers.length)
            break;
        struct timer **items = loop->timers.items;
        if (child < loop->timers.length && fires_before(items[child], items[child - 1]))
            child++;
        if (!fires_before(items[child - 1], timer))
            break;
        put(loop, place, items[child - 1]);
        place = child;
    }
    put(loop, place, timer);
}

static void heap_insert(struct loop *loop, struct timer *timer)
{
    timer->order = loop->next_order++;
    vec_push(&loop->timers, timer);
    timer->place = loop->timers.length;
    sift_up(loop, timer);
    loop->n_foreground += !timer->background;
}

static void heap_remove(struct loop *loop, struct timer *timer)
{
    struct timer *moved = vec_pop(&loop->timers);
    if (moved != timer) {
        put(loop, timer->place, moved);
        sift_up(loop, moved);
        sift_down(loop, moved);
    }
    timer->place = 0;
    loop->n_foreground -= !timer->background;
}

static void on_alarm(uv_timer_t *alarm);

/* Makes the libuv timer fit the heap. */
static void alarm_set(struct loop *loop)
{
    if (!loop->timers.length) {
        uv_timer_stop(&loop->alarm);
        return;
    }
    uint64_t due = loop->timers.items[0]->due_ms, now = loop_now(loop);
    uv_timer_start(&loop->alarm, on_alarm, due > now ? due - now : 0, 0);
    if (loop->n_foreground)
        uv_ref((uv_handle_t *)&loop->alarm);
    else
        uv_unref((uv_handle_t *)&loop->alarm);
}

/* The timer that is due and was started before ORDER, taken out of the heap or put back for its next period.
 */
static struct timer *due_timer(struct loop *loop, uint64_t order)
{
    struct timer *timer = loop->timers.length ? loop->timers.items[0] : NULL;
    if (!timer || timer->due_ms > loop_now(loop) || timer->order >= order)
        return NULL;
    heap_remove(loop, timer);
    if (timer->period_ms) {
        timer->due_ms = loop_now(loop) + timer->period_ms;
        heap_insert(loop, timer);
    }
    return timer;
}

static void on_alarm(uv_timer_t *alarm)
{
    struct loop *loop = container_of(alarm, struct loop, alarm);
    uint64_t order = loop->next_order; /* what callbacks start for "now" waits for the next turn */
    struct timer *timer;
    while ((timer = due_timer(loop, order)))
        timer->call(timer);
    alarm_set(loop);
}

void loop_timers_init(struct loop *loop)
{
    uv_timer_init(&loop->uv, &loop->alarm);
}

static void start(struct timer *timer, struct loop *loop, uint64_t delay_ms, uint64_t period_ms,
                  void (*call)(struct timer *timer))
{
    timer_stop(timer);
    uint64_t now = loop_now(loop);
    *timer = (struct timer){ .call = call, .loop = loop, .period_ms = period_ms };
    timer->due_ms = delay_ms > UINT64_MAX - now ? UINT64_MAX : now + delay_ms;
    heap_insert(loop, timer);
    alarm_set(loop);
}

void timer_start(struct timer *timer, struct loop *loop, uint64_t delay_ms, void (*call)(struct timer *timer))
{
    start(timer, loop, delay_ms, 0, call);
}

void timer_start_periodic(struct timer *timer, struct loop *loop, uint64_t period_ms,
                          void (*call)(struct timer *timer))
{
    assert(period_ms > 0);
    start(timer, loop, period_ms, period_ms, call);
}

void timer_set_background(struct timer *timer)
{
    if (timer->background || !timer->place)
        return;
    timer->background = true;
    timer->loop->n_foreground--;
    alarm_set(timer->loop);
}

void timer_stop(struct timer *timer)
{
    if (!timer->place)
        return;
    heap_remove(timer->loop, timer);
    alarm_set(timer->loop);
}

bool timer_is_running(const struct timer *timer)
{
    return timer->place != 0;
}

uint64_t timer_left_ms(const struct timer *timer)
{
    uint64_t now = timer->place ? loop_now(timer->loop) : 0;
    return timer->place && timer->due_ms > now ? timer->due_ms - now : 0;
}
