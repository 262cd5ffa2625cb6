/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop itself: deferred callbacks and the shutdown.
 *
 * Deferred callbacks hang in a list; an idle handle, active while the list is not empty, keeps libuv from
 * sleeping and runs them. A turn runs what was there when it began, so that callbacks that defer themselves
 * anew do not starve the sockets.
 *
 *   RUNNING -- loop_stop --> hook n -- finished --> hook n-1 ... hook 0 --> everybody has stopped: loop_run
 * returns
 *                              \____________ grace over, loop_stop_now: loop_run returns false ___________/
 */

#include "driver/loop/internal.h"

#include "api/base/log.h"
#include "api/base/memory.h"

#include <assert.h>
#include <signal.h>

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

uint64_t loop_now(const struct loop *loop)
{
    /* Between runs nobody refreshes libuv's clock. */
    if (!loop->running)
        uv_update_time((uv_loop_t *)&loop->uv);
    return uv_now(&loop->uv);
}

/* --- deferred callbacks --- */

static void deferred_unlink(struct deferred *deferred)
{
    if (deferred->loop->last == &deferred->next)
        deferred->loop->last = deferred->prev;
    if (deferred->next)
        deferred->next->prev = deferred->prev;
    *deferred->prev = deferred->next;
    deferred->loop = NULL;
}

static void on_idle(uv_idle_t *idle)
{
    struct loop *loop = container_of(idle, struct loop, idle);
    struct deferred *batch = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    if (batch)
        batch->prev = &batch;
    while (batch) {
        struct deferred *deferred = batch;
        deferred_unlink(deferred);
        deferred->call(deferred);
    }
    if (!loop->first)
        uv_idle_stop(idle);
}

void loop_defer(struct loop *loop, struct deferred *deferred, void (*call)(struct deferred *deferred))
{
    deferred->call = call;
    if (deferred->loop)
        return;
    deferred->loop = loop;
    deferred->next = NULL;
    deferred->prev = loop->last;
    *loop->last = deferred;
    loop->last = &deferred->next;
    uv_idle_start(&loop->idle, on_idle);
}

void deferred_stop(struct deferred *deferred)
{
    if (deferred->loop)
        deferred_unlink(deferred);
}

bool deferred_is_waiting(const struct deferred *deferred)
{
    return deferred->loop != NULL;
}

/* --- shutdown --- */

static void call_next_hook(struct deferred *deferred)
{
    struct loop *loop = container_of(deferred, struct loop, next_hook);
    struct stop_hook *hook = loop->hooks;
    if (!hook || hook->called)
        return;
    hook->called = true;
    hook->stop(hook);
}

void loop_on_stop(struct loop *loop, struct stop_hook *hook, void (*stop)(struct stop_hook *hook))
{
    assert(!hook->loop);
    *hook = (struct stop_hook){ .stop = stop, .loop = loop, .below = loop->hooks };
    loop->hooks = hook;
    if (loop->stopping)
        loop_defer(loop, &loop->next_hook, call_next_hook);
}

void stop_hook_remove(struct stop_hook *hook)
{
    struct loop *loop = hook->loop;
    if (!loop)
        return;
    struct stop_hook **at = &loop->hooks;
    while (*at != hook)
        at = &(*at)->below;
    *at = hook->below;
    hook->loop = NULL;
    if (loop->stopping)
        loop_defer(loop, &loop->next_hook, call_next_hook);
}

void stop_hook_finished(struct stop_hook *hook)
{
    assert(hook->called);
    stop_hook_remove(hook);
}

static void on_grace_over(struct timer *timer)
{
    struct loop *loop = container_of(timer, struct loop, grace);
    log_warn("shutdown takes too long, leaving without the rest");
    loop_stop_now(loop);
}

void loop_stop(struct loop *loop, uint64_t grace_ms)
{
    if (loop->stopping)
        return;
    loop->stopping = true;
    timer_start(&loop->grace, loop, grace_ms, on_grace_over);
    timer_set_background(&loop->grace);
    loop_defer(loop, &loop->next_hook, call_next_hook);
}

bool loop_is_stopping(const struct loop *loop)
{
    return loop->stopping;
}

void loop_stop_now(struct loop *loop)
{
    loop->cut_short = true;
    uv_stop(&loop->uv);
}

/* --- from birth to end --- */

bool loop_run(struct loop *loop)
{
    if (loop->cut_short)
        return false;
    uv_update_time(&loop->uv);
    loop->running = true;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->running = false;
    return !loop->cut_short;
}

struct error *loop_new(struct loop **out)
{
    signal(SIGPIPE, SIG_IGN);
    /* libuv reads it when the first job starts. Our jobs wait for disks, not for processors. */
    setenv("UV_THREADPOOL_SIZE", "3", 0);

    struct loop *loop = NEW(struct loop);
    int status = uv_loop_init(&loop->uv);
    if (status < 0) {
        free(loop);
        return error_uv(status, "create an event loop");
    }
    uv_idle_init(&loop->uv, &loop->idle);
    loop->last = &loop->first;
    loop_timers_init(loop);
    *out = loop;
    return NULL;
}

static void check_closing(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (uv_is_closing(handle))
        return;
    log_error("a handle was not stopped before the loop was freed",
              kv_str("type", uv_handle_type_name(handle->type)));
    abort();
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    timer_stop(&loop->grace);
    deferred_stop(&loop->next_hook);
    do
        uv_run(&loop->uv, UV_RUN_NOWAIT); /* what is closing may defer its last step */
    while (loop->first);
    assert(loop->timers.length == 0 && "a timer was not stopped");
    assert(!loop->first && "a deferred callback was not stopped");
    assert(!loop->hooks && "a stop hook was not removed");
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_close((uv_handle_t *)&loop->alarm, NULL);
    uv_walk(&loop->uv, check_closing, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    int status = uv_loop_close(&loop->uv);
    assert(status == 0 && "something on the loop was not stopped");
    (void)status;
    vec_done(&loop->timers);
    free(loop);
}
