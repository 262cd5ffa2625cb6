/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One container of a pod, through its restarts:
 *
 *     WAITING -- start --> STARTING -- a moment --> RUNNING -- its end --> ENDED -- restart, after a back-off
 * --> ...
 *                             |
 *                             +-- podman could not run it --> FAILED -- again, after a back-off --> STARTING
 */

#include "driver/loop/backoff.h"
#include "driver/loop/timer.h"
#include "driver/standalone/node/podman.h"
#include "driver/standalone/node/process.h"

enum container_state {
    CONTAINER_WAITING,  /* not started yet */
    CONTAINER_STARTING, /* podman is at work */
    CONTAINER_RUNNING,
    CONTAINER_ENDED,
    CONTAINER_FAILED, /* it could not be run */
};

/* How one run ended. */
struct container_end {
    bool ended;
    int exit_code, signal;
    int64_t started, finished; /* micros since 1970 */
};

struct container_run {
    const struct container *spec; /* borrowed from the owner's pod */
    bool is_init;
    enum container_state state;
    char *trouble;                      /* why it could not be run, or NULL */
    int64_t started;                    /* micros since 1970 */
    unsigned n_restarts;                /* also the number of the current attempt */
    struct container_end end, last_end; /* of this run, once it ended, and of the one before */
    bool backs_off;                     /* may not be started again yet */
    bool awaits_restart;                /* the owner's: it is to be started again */

    /* private */
    struct loop *loop;
    const struct podman *podman;
    void (*changed)(struct container_run *run);
    void *owner;
    char *log_path, *name;
    struct process process, stopper;
    struct timer timer;
    struct backoff backoff;
    int64_t grace_seconds;
    bool stopping, tried_again;
};

/* CHANGED is called from the loop after each change of the state. */
void container_init(struct container_run *run, struct loop *loop, const struct podman *podman,
                    const struct container *spec, void (*changed)(struct container_run *run), void *owner);
/* Nothing may be running. */
void container_done(struct container_run *run);

/* Starts it (again). TREE is the pod's. Output is appended to LOG_PATH. What goes wrong becomes the state
 * FAILED. */
void container_start(struct container_run *run, const struct pod *pod, const struct value *tree,
                     const char *const *cdi_ids, size_t n_cdi_ids, const char *log_path);

/* Starts the clock until it may be started again; `changed` is called when it has run out (backs_off false).
 */
void container_back_off(struct container_run *run);

/* Ends it: TERM, and KILL after the grace time. A second call can shorten it. */
void container_stop(struct container_run *run, int64_t grace_seconds);

/* Whether a process of it is there. */
static inline bool container_is_busy(const struct container_run *run)
{
    return process_is_running(&run->process) || process_is_running(&run->stopper);
}
