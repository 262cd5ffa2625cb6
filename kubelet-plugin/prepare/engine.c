/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/prepare/engine.h"

#include "api/base/memory.h"

enum { MAX_BATCH = 128 };

static void known_free(struct known_claim *known)
{
    if (!known)
        return;
    free(known->namespace);
    free(known->name);
    free(known);
}

static void know(struct engine *engine, const char *uid, const char *namespace, const char *name,
                 bool completed)
{
    struct known_claim *known = map_get(&engine->known, uid);
    if (!known) {
        known = NEW(struct known_claim);
        known->namespace = mem_strdup(namespace);
        known->name = mem_strdup(name);
        map_put(&engine->known, uid, known);
    }
    known->completed = completed;
}

void engine_init(struct engine *engine, struct loop *loop, const struct prepare_ground *ground)
{
    *engine = (struct engine){ .ground = *ground, .loop = loop };
    engine->last = &engine->first;
    map_each (&ground->store->records, entry) {
        const struct record *record = entry->value;
        know(engine, record->uid, record->namespace, record->name, ground_has_completed(ground, record->uid));
    }
}

void engine_done(struct engine *engine)
{
    map_each (&engine->known, entry)
        known_free(entry->value);
    map_done(&engine->known);
}

bool engine_has_completed(const struct engine *engine, const char *uid)
{
    const struct known_claim *known = map_get(&engine->known, uid);
    return known && known->completed;
}

static void work(struct job *job)
{
    struct engine *engine = container_of(job, struct engine, job);
    batch_run(&engine->ground, engine->tasks, engine->n_batch);
}

static bool is_in_batch(const struct engine *engine, const char *uid)
{
    for (size_t i = 0; i < engine->n_batch; i++)
        if (strcmp(engine->tasks[i]->uid, uid) == 0)
            return true;
    return false;
}

/* Takes as many waiting tasks as may run together. A claim that waits twice goes into two batches, in order.
 */
static void fill_batch(struct engine *engine)
{
    engine->batch = mem_new(MAX_BATCH, sizeof(engine->batch[0]));
    engine->tasks = mem_new(MAX_BATCH, sizeof(engine->tasks[0]));
    engine->n_batch = 0;
    for (struct engine_task **at = &engine->first; *at && engine->n_batch < MAX_BATCH;) {
        struct engine_task *task = *at;
        if (is_in_batch(engine, task->task.uid)) {
            at = &task->next;
            continue;
        }
        *at = task->next;
        engine->batch[engine->n_batch] = task;
        engine->tasks[engine->n_batch++] = &task->task;
    }
    engine->last = &engine->first;
    while (*engine->last)
        engine->last = &(*engine->last)->next;
}

static void on_done(struct job *job, bool cancelled);

static void pump(struct engine *engine)
{
    if (job_is_running(&engine->job) || engine->answering)
        return;
    if (engine->first) {
        fill_batch(engine);
        job_start(&engine->job, engine->loop, work, on_done);
    } else if (engine->idle) {
        void (*idle)(void *) = take(engine->idle);
        idle(engine->idle_ctx);
    }
}

/* A prepare that failed may have left a record; an unprepare that worked has left none. */
static void note_outcome(struct engine *engine, const struct prepare_task *task)
{
    if (task->kind == TASK_PREPARE)
        know(engine, task->uid, task->namespace, task->name, task->prepared != NULL);
    else if (!task->err)
        known_free(map_remove(&engine->known, span_of(task->uid)));
}

/* Owners are called last, and may submit again or free their tasks. */
static void on_done(struct job *job, bool cancelled)
{
    (void)cancelled; /* nobody cancels the job: what was begun is brought to its end */
    struct engine *engine = container_of(job, struct engine, job);
    struct engine_task **batch = take(engine->batch);
    size_t n_batch = engine->n_batch;
    free(take(engine->tasks));
    engine->n_batch = 0;
    engine->n_batches++;
    engine->n_tasks += n_batch;
    engine->answering = true;
    for (size_t i = 0; i < n_batch; i++) {
        note_outcome(engine, &batch[i]->task);
        batch[i]->done(batch[i]);
    }
    engine->answering = false;
    free(batch);
    pump(engine);
}

void engine_submit(struct engine *engine, struct engine_task *task)
{
    task->next = NULL;
    *engine->last = task;
    engine->last = &task->next;
    pump(engine);
}

void engine_drop_waiting(struct engine *engine, const char *uid)
{
    for (struct engine_task *task = engine->first; task; task = task->next)
        if (task->task.kind == TASK_PREPARE && strcmp(task->task.uid, uid) == 0)
            task->task.dropped = true;
}

void engine_stop(struct engine *engine, void (*idle)(void *ctx), void *ctx)
{
    engine->idle = idle;
    engine->idle_ctx = ctx;
    pump(engine);
}
