/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The loop's side of preparing: tasks come one by one, go to the worker a batch at a time, and are answered
 * from the loop. Tasks for one claim are done in the order in which they came, never two of them in one
 * batch.
 */

#include "driver/loop/job.h"
#include "kubelet-plugin/prepare/batch.h"

/* Embedded in its owner from submit to done. */
struct engine_task {
    struct prepare_task task; /* kind, uid, namespace, name and claim are set by the owner and must stay */
    void (*done)(struct engine_task *task);
    struct engine_task *next;
};

/* A claim that we have, or may have, a record of. */
struct known_claim {
    char *namespace, *name;
    bool completed;
    uint64_t stale_since; /* on loop_now's clock; 0: it is not. For the sweep (service/sweep.h). */
};

struct engine {
    struct prepare_ground ground;
    struct loop *loop;
    struct engine_task *first, **last; /* waiting */
    struct job job;
    struct engine_task **batch;
    struct prepare_task **tasks;
    size_t n_batch;
    bool answering;   /* the store is being read on the loop: no batch may run */
    struct map known; /* struct known_claim *, by uid: what may be recorded, as far as the loop knows */
    uint64_t n_batches, n_tasks;
    void (*idle)(void *ctx); /* after engine_stop */
    void *idle_ctx;
};

/* The ground's store is open and recovered. */
void engine_init(struct engine *engine, struct loop *loop, const struct prepare_ground *ground);

/* `done` comes later, from the loop, exactly once; the outcome is in task->task and its err is the owner's.
 */
void engine_submit(struct engine *engine, struct engine_task *task);

/* Whether a prepare of this claim can probably be answered from its record alone. */
bool engine_has_completed(const struct engine *engine, const char *uid);

/* If the claim's prepare still waits, it will end with ERROR_CANCELLED: an unprepare overtook it. */
void engine_drop_waiting(struct engine *engine, const char *uid);

/* IDLE is called, from the loop, when nothing is waiting or running; submit nothing after this. */
void engine_stop(struct engine *engine, void (*idle)(void *ctx), void *ctx);

/* After IDLE. */
void engine_done(struct engine *engine);
