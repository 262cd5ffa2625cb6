/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of a controller. A task lives from the queue's call of `work` until the key is finished:
 *
 *     step -- no request --> finished
 *       |
 *       +-- request --> answer --> the caches show it --> step
 *                          \
 *                           +-- error --> finished, to come back
 */

#include "driver/kube/reconciler.h"
#include "api/base/log.h"

#include <stdlib.h>

enum {
    MAX_TASKS = 8,
    PATIENCE_MS = 5000, /* for the caches to show a write */
    CONFLICT_MS = 20,   /* somebody else was first; the caches will show it soon */
    CACHE_MS = 200,     /* for a cache to learn of what is there */
};

static void task_step(struct reconcile_task *task);

static void task_forget_wait(struct reconcile_task *task)
{
    timer_stop(&task->patience);
    free(task->awaited_namespace);
    free(task->awaited_name);
    free(task->version_before);
    task->awaited_namespace = task->awaited_name = task->version_before = NULL;
    task->awaited_version = 0;
    task->awaiting = false;
}

static void task_free(struct reconcile_task *task)
{
    struct reconciler *reconciler = task->reconciler;
    struct reconcile_task **link = &reconciler->tasks;
    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    task_forget_wait(task);
    free(task->asked_uid);
    free(task->key);
    free(task);
    if (!reconciler->tasks && reconciler->drained)
        reconciler->drained(reconciler);
}

/* The key is finished. Conflicts and absent things are the caches being behind, so they come back at once. */
static void task_finish(struct reconcile_task *task, struct error *err)
{
    struct work_queue *queue = &task->reconciler->queue;
    if (!err) {
        work_queue_forget(queue, task->key);
    } else if (err->kind == ERROR_CONFLICT || err->kind == ERROR_NOT_FOUND) {
        work_queue_add_after(queue, task->key, CONFLICT_MS);
        task->reconciler->n_conflicts += err->kind == ERROR_CONFLICT;
        log_debug("out of date, trying again", kv_str("controller", task->reconciler->kind->name),
                  kv_str("key", task->key), kv_error(err));
        error_free(err);
    } else if (err->kind == ERROR_CANCELLED) {
        error_free(err);
    } else {
        work_queue_add_rate_limited(queue, task->key);
        log_error_free(LOG_WARN, "will try again",
                       error_wrap(err, "%s %s", task->reconciler->kind->name, task->key));
    }
    work_queue_finished(queue, task->key);
    task_free(task);
}

uint64_t resource_version_number(const char *version)
{
    return version ? strtoull(version, NULL, 10) : 0;
}

/* Whether the cache shows what the task's request did. */
static bool is_visible(const struct reconcile_task *task)
{
    const struct kube_object *object =
        kube_cache_find(task->awaited, task->awaited_namespace, task->awaited_name);
    if (task->awaited_version && object)
        return resource_version_number(object->resource_version) >= task->awaited_version;
    if (task->awaited_version)
        return task->version_before; /* it was there and has gone */
    return !object || !task->version_before || strcmp(object->resource_version, task->version_before) != 0;
}

static void on_out_of_patience(struct timer *timer)
{
    struct reconcile_task *task = container_of(timer, struct reconcile_task, patience);
    log_debug("a write did not show", kv_str("controller", task->reconciler->kind->name),
              kv_str("key", task->key));
    task_forget_wait(task);
    task_step(task);
}

/* From the loop, so that a cache's other listeners have heard too. */
static void on_visible(struct timer *timer)
{
    struct reconcile_task *task = container_of(timer, struct reconcile_task, patience);
    task_forget_wait(task);
    task_step(task);
}

static void task_await(struct reconcile_task *task, const struct value *answer)
{
    const char *kind = value_string(value_get(answer, "kind"));
    const char *name = value_path_string(answer, "metadata.name");
    if (task->awaited && name && kind && strcmp(kind, "Status") != 0) {
        free(task->awaited_name);
        task->awaited_name = mem_strdup(name);
        task->awaited_version =
            resource_version_number(value_path_string(answer, "metadata.resourceVersion"));
    }
    task->awaiting = task->awaited_name != NULL;
    if (!task->awaiting || is_visible(task))
        timer_start(&task->patience, kube_client_loop(task->reconciler->client), 0, on_visible);
    else
        timer_start(&task->patience, kube_client_loop(task->reconciler->client), PATIENCE_MS,
                    on_out_of_patience);
}

bool reconciler_is_stopping(const struct reconciler *reconciler)
{
    return !reconciler->queue.loop;
}

/* The answer to reconcile_ask_gone: what bears another uid is another object. */
static void task_learn(struct reconcile_task *task, const struct value *object)
{
    const char *uid = value_path_string(object, "metadata.uid");
    task->later = uid && strcmp(uid, task->asked_uid) == 0;
    if (task->later)
        work_queue_add_after(&task->reconciler->queue, task->key, CACHE_MS);
    else
        task->reconciler->kind->learn_gone(task->reconciler, task->asked_uid);
    free(take(task->asked_uid));
}

static void on_done(struct kube_call *call, struct value *object, struct error *err)
{
    struct reconcile_task *task = container_of(call, struct reconcile_task, call);
    if (task->asked_uid && err && err->kind == ERROR_NOT_FOUND)
        error_free(take(err));
    if (err && task->reconciler->kind->refused)
        task->reconciler->kind->refused(task, err);
    if (reconciler_is_stopping(task->reconciler) || err) {
        task_finish(task, err);
    } else if (task->asked_uid) {
        task_learn(task, object);
        timer_start(&task->patience, kube_client_loop(task->reconciler->client), 0, on_visible);
    } else {
        task_await(task, object);
    }
}

static void task_step(struct reconcile_task *task)
{
    if (reconciler_is_stopping(task->reconciler)) {
        task_finish(task, NULL);
        return;
    }
    task->requested = false;
    struct error *err = task->later ? NULL : task->reconciler->kind->reconcile(task);
    if (!task->requested || err)
        task_finish(task, err);
}

static void work(struct work_queue *queue, const char *key)
{
    struct reconciler *reconciler = container_of(queue, struct reconciler, queue);
    struct reconcile_task *task = NEW(struct reconcile_task);
    task->reconciler = reconciler;
    task->key = mem_strdup(key);
    task->next = reconciler->tasks;
    reconciler->tasks = task;
    task_step(task);
}

struct error *reconcile_request(struct reconcile_task *task, const struct kube_cache *cache,
                                struct kube_call_spec *spec)
{
    spec->done = on_done;
    TRY(kube_call_start(task->reconciler->client, spec, &task->call));
    task->requested = true;
    task->awaited = cache;
    if (!cache)
        return NULL;
    const struct kube_object *before =
        spec->name ? kube_cache_find(cache, spec->namespace, spec->name) : NULL;
    task->awaited_namespace = spec->namespace ? mem_strdup(spec->namespace) : NULL;
    task->awaited_name = spec->name ? mem_strdup(spec->name) : NULL;
    task->version_before = before ? mem_strdup(before->resource_version) : NULL;
    return NULL;
}

struct error *reconcile_ask_gone(struct reconcile_task *task, const struct kube_resource *resource,
                                 const char *namespace, const char *name, const char *uid)
{
    struct kube_call_spec spec = { .verb = KUBE_GET,
                                   .resource = resource,
                                   .namespace = namespace && *namespace ? namespace : NULL,
                                   .name = name };
    TRY(reconcile_request(task, NULL, &spec));
    task->asked_uid = mem_strdup(uid);
    return NULL;
}

void reconciler_init(struct reconciler *reconciler, const struct reconciler_kind *kind,
                     struct kube_client *client)
{
    *reconciler = (struct reconciler){
        .kind = kind,
        .client = client,
        .queue = { .work = work, .max_in_flight = MAX_TASKS, .least_delay_ms = 50, .most_delay_ms = 30000 },
    };
}

void reconciler_start(struct reconciler *reconciler)
{
    work_queue_start(&reconciler->queue, kube_client_loop(reconciler->client));
}

void reconciler_stop(struct reconciler *reconciler, void (*drained)(struct reconciler *reconciler))
{
    work_queue_stop(&reconciler->queue);
    reconciler->drained = drained;
    struct reconcile_task *next = reconciler->tasks;
    if (!next)
        drained(reconciler);
    for (struct reconcile_task *task; (task = next);) {
        next = task->next;
        if (kube_call_in_flight(&task->call))
            kube_call_cancel(&task->call);
        else
            timer_start(&task->patience, kube_client_loop(reconciler->client), 0, on_visible);
    }
}

void reconciler_add_key(struct reconciler *reconciler, const char *key)
{
    work_queue_add(&reconciler->queue, key);
}

void reconciler_add(struct reconciler *reconciler, const char *namespace, const char *name)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    if (namespace && *namespace)
        buf_printf(&key, "%s/", namespace);
    buf_add(&key, name);
    reconciler_add_key(reconciler, buf_text(&key));
}

void reconciler_add_later(struct reconciler *reconciler, const char *key, uint64_t delay_ms)
{
    work_queue_add_after(&reconciler->queue, key, delay_ms);
}

void reconcile_key_split(const char *key, struct arena *arena, const char **namespace, const char **name)
{
    struct span rest, first = span_split(span_of(key), '/', &rest);
    *namespace = rest.data ? arena_span(arena, first) : "";
    *name = arena_span(arena, rest.data ? rest : first);
}

void reconciler_hear(struct reconciler *reconciler, const struct kube_cache *cache)
{
    for (struct reconcile_task *task = reconciler->tasks; task; task = task->next) {
        if (task->awaiting && task->awaited == cache && is_visible(task)) {
            task->awaiting = false;
            timer_start(&task->patience, kube_client_loop(reconciler->client), 0, on_visible);
        }
    }
}
