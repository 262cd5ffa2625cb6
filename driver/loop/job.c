/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs on libuv's worker threads. The request that libuv holds is our own memory, so that DONE may free the
 * job.
 */

#include "driver/loop/job.h"

#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <assert.h>

struct job_request {
    uv_work_t work;
    struct job *job;
};

static void on_work(uv_work_t *work)
{
    struct job *job = container_of(work, struct job_request, work)->job;
    job->work(job);
}

static void on_done(uv_work_t *work, int status)
{
    struct job_request *request = container_of(work, struct job_request, work);
    struct job *job = request->job;
    free(request);
    job->request = NULL;
    job->done(job, status == UV_ECANCELED);
}

void job_start(struct job *job, struct loop *loop, void (*work)(struct job *job),
               void (*done)(struct job *job, bool cancelled))
{
    assert(!job->request);
    *job = (struct job){ .work = work, .done = done, .request = NEW(struct job_request) };
    job->request->job = job;
    int status = uv_queue_work(loop_uv(loop), &job->request->work, on_work, on_done);
    assert(status == 0); /* it fails only without a function to call */
    (void)status;
}

void job_cancel(struct job *job)
{
    if (job->request)
        uv_cancel((uv_req_t *)&job->request->work); /* EBUSY: it has begun, and goes on */
}

bool job_is_running(const struct job *job)
{
    return job->request != NULL;
}
