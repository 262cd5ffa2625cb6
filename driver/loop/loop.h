/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The event loop both halves stand on: one thread, callbacks, libuv underneath. Nothing on it blocks;
 * blocking work is a job (job.h).
 *
 * One rule holds for everything in this folder except jobs: after x_stop the struct is the caller's again, at
 * once, and no callback comes any more. Zeroed structs are stopped, and stopping twice is fine.
 */

#include "api/base/error.h"

#include <stdint.h>

struct loop;

/* Also ignores SIGPIPE, for the whole process: a peer that closes is an error code, not our end. */
nodiscard struct error *loop_new(struct loop **out);

/* Everything started on the loop must have been stopped; what is still closing is waited for. */
void loop_free(struct loop *loop);

DEFINE_CLEANUP(cleanup_loop_, struct loop *, loop_free)
#define cleanup_loop __attribute__((cleanup(cleanup_loop_)))

/*
 * Runs until nothing is active any more, which after loop_stop means: all hooks have finished and everybody
 * has stopped what they started. False if it was cut short (loop_stop_now, or the grace time ran out); then
 * the only thing left to do is to exit, without loop_free.
 */
nodiscard bool loop_run(struct loop *loop);

/* Milliseconds of a monotonic clock, read once per turn of the loop. */
uint64_t loop_now(const struct loop *loop);

/*
 * Callbacks for later: run from the loop, in order, in this turn or the next. A deferred that waits already
 * stays in its place.
 */
struct deferred {
    void (*call)(struct deferred *deferred);
    struct loop *loop; /* NULL: not waiting */
    struct deferred *next, **prev;
};

void loop_defer(struct loop *loop, struct deferred *deferred, void (*call)(struct deferred *deferred));
void deferred_stop(struct deferred *deferred);
bool deferred_is_waiting(const struct deferred *deferred);

/*
 * Orderly shutdown. Hooks are called one at a time, the last registered first; each says stop_hook_finished
 * once, at once or later, and then the next one is called.
 */
struct stop_hook {
    void (*stop)(struct stop_hook *hook);
    struct loop *loop; /* NULL: not registered */
    struct stop_hook *below;
    bool called;
};

void loop_on_stop(struct loop *loop, struct stop_hook *hook, void (*stop)(struct stop_hook *hook));

/* Withdraws a hook; if it is the one being waited for, it counts as finished. */
void stop_hook_remove(struct stop_hook *hook);
void stop_hook_finished(struct stop_hook *hook);

/* Begins the shutdown, from the loop; a second call changes nothing. After GRACE_MS loop_run returns false.
 */
void loop_stop(struct loop *loop, uint64_t grace_ms);
bool loop_is_stopping(const struct loop *loop);

/* loop_run returns false as soon as the current callback does. */
void loop_stop_now(struct loop *loop);
