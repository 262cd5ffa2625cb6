/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of a role. A task lives from the queue's call of `work` until the key is finished:
 *
 *     step -- no request --> finished
 *       |
 *       +-- request --> answer --> the caches show it --> step
 *                          \
 *                           +-- error --> finished, to come back
 */

#include "driver/standalone/roles/role.h"
#include "api/base/log.h"
#include "driver/standalone/roles/facts.h"

#include <stdlib.h>

enum {
    MAX_TASKS = 8,
    PATIENCE_MS = 5000, /* for the caches to show a write */
    CONFLICT_MS = 20,   /* somebody else was first; the caches will show it soon */
    CACHE_MS = 200,     /* for a cache to learn of what is there */
};

static void task_step(struct role_task *task);

static void task_forget_wait(struct role_task *task)
{
    timer_stop(&task->patience);
    free(task->awaited_namespace);
    free(task->awaited_name);
    free(task->version_before);
    task->awaited_namespace = task->awaited_name = task->version_before = NULL;
    task->awaited_version = 0;
    task->awaiting = false;
}

static void task_free(struct role_task *task)
{
    struct role *role = task->role;
    struct role_task **link = &role->tasks;
    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    task_forget_wait(task);
    arena_free(task->call.arena);
    free(task->asked_uid);
    free(task->key);
    free(task);
    if (!role->tasks && role->drained)
        role->drained(role);
}

/* The key is finished. Conflicts and absent things are the caches being behind, so they come back at once. */
static void task_finish(struct role_task *task, struct error *err)
{
    struct work_queue *queue = &task->role->queue;
    if (!err) {
        work_queue_forget(queue, task->key);
    } else if (err->kind == ERROR_CONFLICT || err->kind == ERROR_NOT_FOUND) {
        work_queue_add_after(queue, task->key, CONFLICT_MS);
        log_debug("out of date, trying again", kv_str("role", task->role->kind->name),
                  kv_str("key", task->key), kv_error(err));
        error_free(err);
    } else if (err->kind == ERROR_CANCELLED) {
        error_free(err);
    } else {
        work_queue_add_rate_limited(queue, task->key);
        log_error_free(LOG_WARN, "will try again",
                       error_wrap(err, "%s %s", task->role->kind->name, task->key));
    }
    work_queue_finished(queue, task->key);
    task_free(task);
}

static uint64_t version_number(const char *version)
{
    return version ? strtoull(version, NULL, 10) : 0;
}

/* Whether the cache shows what the task's request did. */
static bool is_visible(const struct role_task *task)
{
    const struct kube_object *object =
        cluster_find(task->cluster, task->awaited_kind, task->awaited_namespace, task->awaited_name);
    if (task->awaited_version && object)
        return version_number(object->resource_version) >= task->awaited_version;
    if (task->awaited_version)
        return task->version_before; /* it was there and has gone */
    return !object || !task->version_before || strcmp(object->resource_version, task->version_before) != 0;
}

static void on_out_of_patience(struct timer *timer)
{
    struct role_task *task = container_of(timer, struct role_task, patience);
    log_debug("a write did not show", kv_str("role", task->role->kind->name), kv_str("key", task->key));
    task_forget_wait(task);
    task_step(task);
}

/* From the loop, so that a cache's other listeners have heard too. */
static void on_visible(struct timer *timer)
{
    struct role_task *task = container_of(timer, struct role_task, patience);
    task_forget_wait(task);
    task_step(task);
}

static void task_await(struct role_task *task, const struct value *answer)
{
    const char *kind = value_string(value_get(answer, "kind"));
    const char *name = value_path_string(answer, "metadata.name");
    if (task->awaited_kind < CLUSTER_KINDS && name && kind && strcmp(kind, "Status") != 0) {
        free(task->awaited_name);
        task->awaited_name = mem_strdup(name);
        task->awaited_version = version_number(value_path_string(answer, "metadata.resourceVersion"));
    }
    task->awaiting = task->awaited_name != NULL;
    if (!task->awaiting || is_visible(task))
        timer_start(&task->patience, task->cluster->loop, 0, on_visible);
    else
        timer_start(&task->patience, task->cluster->loop, PATIENCE_MS, on_out_of_patience);
}

static bool role_is_stopping(const struct role *role)
{
    return !role->queue.loop;
}

/* The answer to role_ask_gone: what bears another uid is another object. */
static void task_learn(struct role_task *task, const struct value *object)
{
    const char *uid = value_path_string(object, "metadata.uid");
    task->later = uid && strcmp(uid, task->asked_uid) == 0;
    if (task->later)
        work_queue_add_after(&task->role->queue, task->key, CACHE_MS);
    else
        cluster_mark_gone(task->cluster, task->asked_uid);
    free(take(task->asked_uid));
}

static void on_done(struct kube_call *call, struct value *object, struct error *err)
{
    struct role_task *task = container_of(call, struct role_task, call);
    if (task->asked_uid && err && err->kind == ERROR_NOT_FOUND)
        error_free(take(err));
    if (role_is_stopping(task->role) || err) {
        task_finish(task, err);
    } else if (task->asked_uid) {
        task_learn(task, object);
        timer_start(&task->patience, task->cluster->loop, 0, on_visible);
    } else {
        task_await(task, object);
    }
}

static void task_step(struct role_task *task)
{
    if (role_is_stopping(task->role)) {
        task_finish(task, NULL);
        return;
    }
    task->requested = false;
    struct error *err = task->later ? NULL : task->role->kind->reconcile(task);
    if (!task->requested || err)
        task_finish(task, err);
}

static void work(struct work_queue *queue, const char *key)
{
    struct role *role = container_of(queue, struct role, queue);
    struct role_task *task = NEW(struct role_task);
    task->role = role;
    task->cluster = role->cluster;
    task->key = mem_strdup(key);
    task->next = role->tasks;
    role->tasks = task;
    task_step(task);
}

static struct error *request(struct role_task *task, struct kube_call_spec *spec)
{
    spec->done = on_done;
    arena_free(take(task->call.arena));
    TRY(kube_call_start(task->cluster->client, spec, &task->call));
    task->requested = true;
    return NULL;
}

struct error *role_request(struct role_task *task, enum cluster_kind kind, struct kube_call_spec *spec)
{
    spec->resource = cluster_resource(kind);
    TRY(request(task, spec));
    const struct kube_object *before =
        spec->name ? cluster_find(task->cluster, kind, spec->namespace, spec->name) : NULL;
    task->awaited_kind = kind;
    task->awaited_namespace = spec->namespace ? mem_strdup(spec->namespace) : NULL;
    task->awaited_name = spec->name ? mem_strdup(spec->name) : NULL;
    task->version_before = before ? mem_strdup(before->resource_version) : NULL;
    return NULL;
}

struct error *role_request_other(struct role_task *task, const struct kube_resource *resource,
                                 struct kube_call_spec *spec)
{
    spec->resource = resource;
    task->awaited_kind = CLUSTER_KINDS;
    return request(task, spec);
}

struct error *role_ask_gone(struct role_task *task, const struct kube_resource *resource,
                            const char *namespace, const char *name, const char *uid)
{
    struct kube_call_spec spec = { .verb = KUBE_GET,
                                   .resource = resource,
                                   .namespace = namespace && *namespace ? namespace : NULL,
                                   .name = name };
    TRY(request(task, &spec));
    task->asked_uid = mem_strdup(uid);
    return NULL;
}

void role_init(struct role *role, const struct role_kind *kind, struct cluster *cluster)
{
    *role = (struct role){
        .kind = kind,
        .cluster = cluster,
        .queue = { .work = work, .max_in_flight = MAX_TASKS, .least_delay_ms = 50, .most_delay_ms = 30000 },
        .state = mem_new(1, kind->state_size)
    };
}

void role_start(struct role *role)
{
    work_queue_start(&role->queue, role->cluster->loop);
    if (role->kind->begin)
        role->kind->begin(role);
}

void role_stop(struct role *role, void (*drained)(struct role *role))
{
    work_queue_stop(&role->queue);
    role->drained = drained;
    struct role_task *next = role->tasks;
    if (!next)
        drained(role);
    for (struct role_task *task; (task = next);) {
        next = task->next;
        if (kube_call_in_flight(&task->call))
            kube_call_cancel(&task->call);
        else
            timer_start(&task->patience, role->cluster->loop, 0, on_visible);
    }
}

void role_done(struct role *role)
{
    if (role->state && role->kind->forget)
        role->kind->forget(role);
    free(role->state);
    role->state = NULL;
}

void role_add_key(struct role *role, const char *key)
{
    work_queue_add(&role->queue, key);
}

void role_add(struct role *role, const char *namespace, const char *name)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    if (namespace && *namespace)
        buf_printf(&key, "%s/", namespace);
    buf_add(&key, name);
    role_add_key(role, buf_text(&key));
}

void role_add_later(struct role *role, const char *key, uint64_t delay_ms)
{
    work_queue_add_after(&role->queue, key, delay_ms);
}

void role_key_split(const char *key, struct arena *arena, const char **namespace, const char **name)
{
    struct span rest, first = span_split(span_of(key), '/', &rest);
    *namespace = rest.data ? arena_span(arena, first) : "";
    *name = arena_span(arena, rest.data ? rest : first);
}

void role_hear(struct role *role, enum cluster_kind kind, const struct kube_object *before,
               const struct kube_object *after)
{
    for (struct role_task *task = role->tasks; task; task = task->next) {
        if (task->awaiting && task->awaited_kind == kind && is_visible(task)) {
            task->awaiting = false;
            timer_start(&task->patience, task->cluster->loop, 0, on_visible);
        }
    }
    if (!role_is_stopping(role) && role->kind->observe)
        role->kind->observe(role, kind, before, after);
}
