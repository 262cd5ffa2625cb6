/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backend around inventory_prepare.c: which inventory is the current one, and when it is read again.
 *
 *     folder changes -- reload job: read and check everything --> swap, under the lock --> changed()
 *
 *     every HEALTH_PERIOD_MS -- health job: look at the devices' files --> changed(), if discover saw others
 *
 * Verbs run on workers while the loop swaps. Each takes a reference to what is current and keeps it to its
 * end, so that the answer of one verb never mixes two inventories.
 */

#include "driver/device/inventory_backend.h"

#include "api/base/log.h"
#include "api/config/policy.h"
#include "driver/device/inventory_prepare.h"
#include "driver/loop/file_watch.h"
#include "driver/loop/job.h"
#include "driver/loop/timer.h"

#include <assert.h>
#include <libgen.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum { QUIET_MS = 200, HEALTH_PERIOD_MS = 2000 };

/* One reading of the files, shared by reference. */
struct snapshot {
    unsigned n_refs; /* under the backend's lock */
    struct policy_set *set;

    /* what prepare looks devices up in: made for the first one, then kept */
    pthread_mutex_t expansion_lock;
    const struct inventory_policy *expanded; /* NULL: nothing yet */
    struct arena *expansion;
    struct inventory_content content;
};

struct inventory_backend {
    struct backend backend;
    char *path;
    struct arena *arena; /* driver, parameters */
    const struct value *parameters;

    pthread_mutex_t lock; /* over current, reference counts, and node_name */
    struct snapshot *current;
    char *node_name; /* that of the last discover; NULL before it */
    uint64_t health; /* of all devices, at the last discover */

    struct file_watch watch;
    struct loop *loop;
    struct job reload;
    struct policy_set *fresh; /* what the job has read; NULL: nothing good */
    bool again;               /* the folder changed while the job ran */
    bool freed;               /* backend_free came while a job ran */

    struct timer health_timer;
    struct job health_job;
    bool has_looked; /* what the job has seen */
    uint64_t health_now;

    void (*changed)(void *context);
    void *context;
};

static struct inventory_backend *of_backend(struct backend *backend)
{
    return container_of(backend, struct inventory_backend, backend);
}

static struct snapshot *snapshot_new(struct policy_set *set)
{
    struct snapshot *snapshot = NEW(struct snapshot);
    *snapshot = (struct snapshot){ .n_refs = 1, .set = set };
    int failed = pthread_mutex_init(&snapshot->expansion_lock, NULL);
    assert(!failed);
    return snapshot;
}

static struct snapshot *snapshot_take(struct inventory_backend *self)
{
    pthread_mutex_lock(&self->lock);
    struct snapshot *snapshot = self->current;
    snapshot->n_refs++;
    pthread_mutex_unlock(&self->lock);
    return snapshot;
}

static void snapshot_drop(struct inventory_backend *self, struct snapshot *snapshot)
{
    pthread_mutex_lock(&self->lock);
    bool last = --snapshot->n_refs == 0;
    pthread_mutex_unlock(&self->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&snapshot->expansion_lock);
    arena_free(snapshot->expansion);
    policy_set_free(snapshot->set);
    free(snapshot);
}

/* Expands INVENTORY for its one node, once. */
static struct error *snapshot_expand(struct snapshot *snapshot, const struct inventory_policy *inventory,
                                     const char *node_name)
{
    if (snapshot->expanded == inventory)
        return NULL;
    arena_free(snapshot->expansion);
    snapshot->expansion = arena_new();
    snapshot->expanded = NULL;
    TRY(inventory_expand(snapshot->expansion, inventory, node_name, &snapshot->content));
    snapshot->expanded = inventory;
    return NULL;
}

static struct error *snapshot_prepare(struct snapshot *snapshot, const struct inventory_policy *inventory,
                                      struct arena *arena, const struct prepare_request *request,
                                      struct device_edits *out)
{
    pthread_mutex_lock(&snapshot->expansion_lock);
    struct error *err = snapshot_expand(snapshot, inventory, request->node_name);
    if (!err)
        err = inventory_prepare(arena, inventory, &snapshot->content, request, out);
    pthread_mutex_unlock(&snapshot->expansion_lock);
    return err;
}

/* The inventory for this node, or NULL. */
static const struct inventory_policy *inventory_find(const struct snapshot *snapshot, const char *driver,
                                                     const char *node_name)
{
    for (size_t i = 0; i < snapshot->set->inventories.length; i++) {
        const struct inventory_policy *inventory = snapshot->set->inventories.items[i];
        if (strcmp(inventory->driver, driver) == 0 && inventory_is_for_node(inventory, node_name))
            return inventory;
    }
    return NULL;
}

/* One number for the health of everything that DISCOVERY found. */
static uint64_t health_digest(const struct discovery *discovery)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < discovery->n_pools; i++)
        for (size_t j = 0; j < discovery->pools[i].n_devices; j++)
            digest = digest * 31 + discovery->pools[i].devices[j].health;
    return digest;
}

static void discovery_keep(struct inventory_backend *self, const char *node_name,
                           const struct discovery *discovery)
{
    pthread_mutex_lock(&self->lock);
    if (!self->node_name || strcmp(self->node_name, node_name) != 0) {
        free(self->node_name);
        self->node_name = mem_strdup(node_name);
    }
    self->health = health_digest(discovery);
    pthread_mutex_unlock(&self->lock);
}

static struct error *backend_do_discover(struct backend *backend, struct arena *arena, const char *node_name,
                                         struct discovery *out)
{
    struct inventory_backend *self = of_backend(backend);
    struct snapshot *snapshot = snapshot_take(self);
    const struct inventory_policy *inventory = inventory_find(snapshot, backend->driver, node_name);
    struct discovery discovery = { 0 };
    bool here = inventory && !inventory_is_cluster_wide(inventory);
    struct error *err = here ? inventory_discover(arena, inventory, node_name, &discovery) : NULL;
    snapshot_drop(self, snapshot);
    discovery_keep(self, node_name, &discovery);
    if (!err)
        *out = discovery;
    return err;
}

static struct error *backend_do_prepare(struct backend *backend, struct arena *arena,
                                        const struct prepare_request *request, struct device_edits *out)
{
    struct inventory_backend *self = of_backend(backend);
    struct snapshot *snapshot = snapshot_take(self);
    const struct inventory_policy *inventory = inventory_find(snapshot, backend->driver, request->node_name);
    struct error *err = inventory ? snapshot_prepare(snapshot, inventory, arena, request, out)
                                  : error_not_found("driver %s has no devices on this node", backend->driver);
    snapshot_drop(self, snapshot);
    return err;
}

/* Declared devices have nothing to undo: all they are is edits. */
static struct error *backend_do_release(struct backend *backend, const char *pool, const char *device,
                                        const char *share_id)
{
    (void)backend;
    (void)pool;
    (void)device;
    (void)share_id;
    return NULL;
}

static bool has_driver(const struct policy_set *set, const char *driver)
{
    for (size_t i = 0; i < set->inventories.length; i++)
        if (strcmp(set->inventories.items[i]->driver, driver) == 0)
            return true;
    return false;
}

static void log_problems(const struct policy_set *set)
{
    for (size_t i = 0; i < set->problems.length; i++)
        log_warn("policy document left out", kv_error(set->problems.items[i].error));
}

/* Reads PATH; parameters apply to the inventories of DRIVER (NULL: of all). */
static struct policy_set *set_load(const char *path, const char *driver, const struct value *parameters)
{
    struct policy_set *set = policy_set_new();
    policy_set_add_path(set, path);
    vec_each (&set->inventories, inventory) {
        if (!parameters || (driver && strcmp((*inventory)->driver, driver) != 0))
            continue;
        struct error *err = inventory_set_parameters(set->arena, *inventory, parameters);
        if (err)
            vec_push(&set->problems, (struct policy_problem){ (*inventory)->file, err });
    }
    return set;
}

static void backend_finish(struct inventory_backend *self)
{
    snapshot_drop(self, self->current);
    pthread_mutex_destroy(&self->lock);
    policy_set_free(self->fresh);
    arena_free(self->arena);
    free(self->node_name);
    free(self->path);
    free(self);
}

static char *node_name_copy(struct inventory_backend *self)
{
    pthread_mutex_lock(&self->lock);
    char *node_name = self->node_name ? mem_strdup(self->node_name) : NULL;
    pthread_mutex_unlock(&self->lock);
    return node_name;
}

/* Takes inventories out that cannot be expanded for our node: what is in force must not become worse. */
static void set_check(struct inventory_backend *self, struct policy_set *set)
{
    cleanup_free char *node_name = node_name_copy(self);
    for (size_t i = set->inventories.length; node_name && i-- > 0;) {
        cleanup_arena struct arena *arena = arena_new();
        struct inventory_policy *inventory = set->inventories.items[i];
        struct discovery discovery;
        if (strcmp(inventory->driver, self->backend.driver) != 0 ||
            !inventory_is_for_node(inventory, node_name))
            continue;
        struct error *err = inventory_discover(arena, inventory, node_name, &discovery);
        if (!err)
            continue;
        vec_push(&set->problems, (struct policy_problem){ inventory->file, err });
        vec_remove(&set->inventories, i);
    }
}

static void reload_on_disk(struct job *job)
{
    struct inventory_backend *self = container_of(job, struct inventory_backend, reload);
    self->fresh = set_load(self->path, self->backend.driver, self->parameters);
    set_check(self, self->fresh);
}

static void swap_snapshot(struct inventory_backend *self, struct policy_set *set)
{
    struct snapshot *fresh = snapshot_new(set);
    pthread_mutex_lock(&self->lock);
    struct snapshot *old = self->current;
    self->current = fresh;
    pthread_mutex_unlock(&self->lock);
    snapshot_drop(self, old);
}

static void on_reloaded(struct job *job, bool cancelled)
{
    struct inventory_backend *self = container_of(job, struct inventory_backend, reload);
    struct policy_set *fresh = take(self->fresh);
    if (self->freed || cancelled || !fresh) {
        policy_set_free(fresh);
        if (self->freed && !job_is_running(&self->health_job))
            backend_finish(self);
        return;
    }
    log_problems(fresh);
    bool keep_old = fresh->problems.length && !has_driver(fresh, self->backend.driver);
    if (self->again) {
        self->again = false;
        job_start(&self->reload, self->loop, reload_on_disk, on_reloaded);
    }
    if (keep_old) {
        log_warn("the last good inventory stays", kv_str("driver", self->backend.driver));
        policy_set_free(fresh);
        return;
    }
    swap_snapshot(self, fresh);
    self->changed(self->context);
}

static void on_folder_changed(struct file_watch *watch)
{
    struct inventory_backend *self = container_of(watch, struct inventory_backend, watch);
    if (job_is_running(&self->reload))
        self->again = true;
    else
        job_start(&self->reload, self->loop, reload_on_disk, on_reloaded);
}

/* The digest as it would be now; false if there is nothing to look at. */
static bool health_look(struct inventory_backend *self, struct snapshot *snapshot, uint64_t *out)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_free char *node_name = node_name_copy(self);
    const struct inventory_policy *inventory =
        node_name ? inventory_find(snapshot, self->backend.driver, node_name) : NULL;
    struct discovery discovery;
    if (!inventory || !inventory->has_health)
        return false;
    cleanup_error struct error *err = inventory_discover(arena, inventory, node_name, &discovery);
    if (!err)
        *out = health_digest(&discovery);
    return !err;
}

static void health_on_disk(struct job *job)
{
    struct inventory_backend *self = container_of(job, struct inventory_backend, health_job);
    struct snapshot *snapshot = snapshot_take(self);
    self->has_looked = health_look(self, snapshot, &self->health_now);
    snapshot_drop(self, snapshot);
}

static void on_health_seen(struct job *job, bool cancelled)
{
    struct inventory_backend *self = container_of(job, struct inventory_backend, health_job);
    if (self->freed) {
        if (!job_is_running(&self->reload))
            backend_finish(self);
        return;
    }
    pthread_mutex_lock(&self->lock);
    bool differs = !cancelled && self->has_looked && self->health_now != self->health;
    pthread_mutex_unlock(&self->lock);
    if (differs)
        self->changed(self->context);
}

static void on_health_due(struct timer *timer)
{
    struct inventory_backend *self = container_of(timer, struct inventory_backend, health_timer);
    if (!job_is_running(&self->health_job))
        job_start(&self->health_job, self->loop, health_on_disk, on_health_seen);
}

static struct error *backend_do_watch(struct backend *backend, struct loop *loop,
                                      void (*changed)(void *context), void *context)
{
    struct inventory_backend *self = of_backend(backend);
    struct stat status;
    cleanup_free char *copy = mem_strdup(self->path);
    bool is_folder = stat(self->path, &status) == 0 && S_ISDIR(status.st_mode);
    self->loop = loop;
    self->changed = changed;
    self->context = context;
    timer_start_periodic(&self->health_timer, loop, HEALTH_PERIOD_MS, on_health_due);
    timer_set_background(&self->health_timer);
    return file_watch_start(&self->watch, loop, is_folder ? self->path : dirname(copy), QUIET_MS,
                            on_folder_changed);
}

static void backend_do_free(struct backend *backend)
{
    struct inventory_backend *self = of_backend(backend);
    bool reloading = job_is_running(&self->reload), looking = job_is_running(&self->health_job);
    file_watch_stop(&self->watch);
    timer_stop(&self->health_timer);
    self->freed = true;
    if (reloading)
        job_cancel(&self->reload);
    if (looking)
        job_cancel(&self->health_job);
    if (!reloading && !looking)
        backend_finish(self);
}

static const struct backend_verbs inventory_verbs = {
    .kind = "inventory",
    .discover = backend_do_discover,
    .watch = backend_do_watch,
    .prepare = backend_do_prepare,
    .release = backend_do_release,
    .free = backend_do_free,
};

static struct backend *backend_new(const struct inventory_options *options, const char *driver,
                                   struct policy_set *set)
{
    struct inventory_backend *self = NEW(struct inventory_backend);
    self->arena = arena_new();
    self->backend = (struct backend){ &inventory_verbs, arena_strdup(self->arena, driver) };
    self->path = mem_strdup(options->path);
    self->parameters = options->parameters ? value_copy(self->arena, options->parameters) : NULL;
    self->current = snapshot_new(set);
    int failed = pthread_mutex_init(&self->lock, NULL);
    assert(!failed);
    return &self->backend;
}

typedef VEC(struct backend *) backend_vec;

static bool has_backend(const backend_vec *backends, const char *driver)
{
    for (size_t i = 0; i < backends->length; i++)
        if (strcmp(backends->items[i]->driver, driver) == 0)
            return true;
    return false;
}

struct error *inventory_backends_open(const struct inventory_options *options, struct backend ***out,
                                      size_t *n_out)
{
    cleanup_policy_set struct policy_set *set = set_load(options->path, options->driver, options->parameters);
    backend_vec backends = { 0 };
    vec_each (&set->inventories, inventory) {
        const char *driver = (*inventory)->driver;
        if ((options->driver && strcmp(options->driver, driver) != 0) || has_backend(&backends, driver))
            continue;
        /* Each backend has a reading of its own, so that none depends on another's life. */
        vec_push(&backends,
                 backend_new(options, driver, set_load(options->path, driver, options->parameters)));
    }
    if (backends.length == 0) {
        struct error *problem = policy_set_error(set);
        return problem ? problem
                       : error_not_found("%s: no inventory%s%s", options->path,
                                         options->driver ? " for driver " : "",
                                         options->driver ? options->driver : "");
    }
    log_problems(set);
    *out = backends.items;
    *n_out = backends.length;
    return NULL;
}

struct error *inventory_backends_load(const char *path, struct backend ***out, size_t *n_out)
{
    return inventory_backends_open(&(struct inventory_options){ .path = path }, out, n_out);
}
