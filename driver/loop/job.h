/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Straight-line blocking C on a worker thread. WORK sees only its own struct (the one that embeds the job)
 * and nothing of the loop; DONE is called exactly once, later, from the loop, and may free or restart the
 * job. Between start and DONE the struct belongs to the job.
 */

#include "driver/loop/loop.h"

struct job {
    void (*work)(struct job *job);
    void (*done)(struct job *job, bool cancelled);
    struct job_request *request; /* NULL: not running */
};

/* Few workers serve all jobs (UV_THREADPOOL_SIZE, 3 unless the environment says otherwise). */
void job_start(struct job *job, struct loop *loop, void (*work)(struct job *job),
               void (*done)(struct job *job, bool cancelled));

/* If WORK has not begun it never will, and DONE says cancelled. Otherwise the job goes on to its end. */
void job_cancel(struct job *job);

bool job_is_running(const struct job *job);
