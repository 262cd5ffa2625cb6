/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/policy/policies.h"
#include "api/base/log.h"
#include "driver/loop/file_watch.h"
#include "driver/loop/job.h"

enum { QUIET_MS = 200 };

struct policies {
    struct loop *loop;
    struct policies_options options;
    struct file_watch watch;
    struct policy_set *current;
    struct policies_stats stats;
    bool changed; /* while a load was under way */
    struct deferred begin, gone;
    void (*stopped)(void *ctx);
    void *stopped_ctx;

    struct job job; /* while it runs, what follows is the worker's */
    char *folder;
    struct policy_set *loaded;
};

static void on_gone(struct deferred *deferred)
{
    struct policies *policies = container_of(deferred, struct policies, gone);
    void (*stopped)(void *ctx) = policies->stopped;
    void *ctx = policies->stopped_ctx;
    policy_set_free(policies->current);
    policy_set_free(policies->loaded);
    free(policies->folder);
    free(policies);
    stopped(ctx);
}

static void adopt(struct policies *policies, struct policy_set *set)
{
    struct policy_set *before = policies->current;
    policies->current = set;
    policies->stats.n_policies = set->policies.length;
    policies->stats.n_inventories = set->inventories.length;
    policies->stats.n_classes = set->classes.length;
    log_info("policies are in force", kv_int("policies", set->policies.length),
             kv_int("inventories", set->inventories.length), kv_int("classes", set->classes.length));
    policies->options.on_loaded(policies->options.ctx, set);
    policy_set_free(before);
}

static void judge(struct policies *policies, struct policy_set *set)
{
    bool wrong = set->problems.length > 0, kept = wrong && policies->current;
    policies->stats.n_loads++;
    policies->stats.n_failures += wrong;
    vec_each (&set->problems, problem) {
        log_warn("a policy file is wrong", kv_str("file", problem->file), kv_bool("last good kept", kept),
                 kv_error(problem->error));
        policies->options.on_problem(policies->options.ctx, problem->file, problem->error, kept);
    }
    if (kept)
        policy_set_free(set);
    else
        adopt(policies, set);
}

static void load(struct job *job)
{
    struct policies *policies = container_of(job, struct policies, job);
    policies->loaded = policy_set_new();
    if (policies->folder)
        policy_set_add_path(policies->loaded, policies->folder);
}

static void on_begin(struct deferred *deferred);

static void on_loaded(struct job *job, bool cancelled)
{
    struct policies *policies = container_of(job, struct policies, job);
    if (policies->stopped) {
        loop_defer(policies->loop, &policies->gone, on_gone);
        return;
    }
    if (!cancelled)
        judge(policies, take(policies->loaded));
    if (policies->changed)
        loop_defer(policies->loop, &policies->begin, on_begin);
}

static void on_begin(struct deferred *deferred)
{
    struct policies *policies = container_of(deferred, struct policies, begin);
    policies->changed = false;
    job_start(&policies->job, policies->loop, load, on_loaded);
}

static void on_change(struct file_watch *watch)
{
    struct policies *policies = container_of(watch, struct policies, watch);
    policies->changed = true;
    if (!job_is_running(&policies->job))
        loop_defer(policies->loop, &policies->begin, on_begin);
}

struct error *policies_start(struct loop *loop, const struct policies_options *options, struct policies **out)
{
    struct policies *policies = NEW(struct policies);
    policies->loop = loop;
    policies->options = *options;
    if (options->folder && *options->folder) {
        policies->folder = mem_strdup(options->folder);
        struct error *err = file_watch_start(&policies->watch, loop, policies->folder, QUIET_MS, on_change);
        if (err) {
            free(policies->folder);
            free(policies);
            return error_wrap(err, "watch policy folder %s", options->folder);
        }
    }
    loop_defer(loop, &policies->begin, on_begin);
    *out = policies;
    return NULL;
}

void policies_stop(struct policies *policies, void (*stopped)(void *ctx), void *ctx)
{
    policies->stopped = stopped;
    policies->stopped_ctx = ctx;
    file_watch_stop(&policies->watch);
    deferred_stop(&policies->begin);
    if (job_is_running(&policies->job))
        job_cancel(&policies->job);
    else
        loop_defer(policies->loop, &policies->gone, on_gone);
}

const struct policy_set *policies_current(const struct policies *policies)
{
    return policies->current;
}

struct policies_stats policies_stats(const struct policies *policies)
{
    return policies->stats;
}
