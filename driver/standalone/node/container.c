/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One container through its restarts. Podman runs in the foreground and is the container as far as we see it:
 * its exit code is the container's, its output the log.
 */

#include "driver/standalone/node/container.h"
#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/time.h"

#include <fcntl.h>

enum {
    SETTLE_MS = 500,        /* podman needs about half of that to run a container, or to say why it cannot */
    FIRST_RESTART_MS = 100, /* like kubelet: soon once, then with a back-off */
    RESTART_LEAST_MS = 10000,
    RESTART_MOST_MS = 300000,
    CALM_MICROS = 600 * 1000000, /* after such a run the back-off starts over */
    STOP_AGAIN_MS = 300,
    MAX_TROUBLE_BYTES = 1024,
};

void container_init(struct container_run *run, struct loop *loop, const struct podman *podman,
                    const struct container *spec, void (*changed)(struct container_run *run), void *owner)
{
    *run = (struct container_run){ .spec = spec,
                                   .loop = loop,
                                   .podman = podman,
                                   .changed = changed,
                                   .owner = owner,
                                   .backoff = { .least_ms = RESTART_LEAST_MS, .most_ms = RESTART_MOST_MS } };
}

void container_done(struct container_run *run)
{
    timer_stop(&run->timer);
    process_abandon(&run->process);
    process_abandon(&run->stopper);
    free(take(run->trouble));
    free(take(run->log_path));
    free(take(run->name));
}

/* The last line of the log, where podman says what went wrong; NULL if it is not podman's. */
static char *read_trouble(const char *log_path)
{
    cleanup_close int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    char tail[MAX_TROUBLE_BYTES + 1];
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = size > MAX_TROUBLE_BYTES ? size - MAX_TROUBLE_BYTES : 0;
    ssize_t length = fd < 0 ? -1 : pread(fd, tail, MAX_TROUBLE_BYTES, from);
    if (length <= 0)
        return NULL;
    while (length > 0 && tail[length - 1] == '\n')
        length--;
    tail[length] = '\0';
    char *line = strrchr(tail, '\n');
    line = line ? line + 1 : tail;
    const char *mark = "Error: ";
    return strncmp(line, mark, strlen(mark)) == 0 ? mem_strdup(line + strlen(mark)) : NULL;
}

static void fail(struct container_run *run, char *trouble)
{
    free(run->trouble);
    run->trouble = trouble;
    run->state = CONTAINER_FAILED;
}

static void on_ended(struct process *process, int exit_code, int signal)
{
    struct container_run *run = container_of(process, struct container_run, process);
    timer_stop(&run->timer);
    char *trouble = podman_may_have_failed(exit_code) ? read_trouble(run->log_path) : NULL;
    if (trouble && !run->stopping) {
        fail(run, trouble);
    } else {
        free(trouble);
        int64_t now = time_now_micros();
        run->end = (struct container_end){ true, exit_code, signal, run->started, now };
        run->state = CONTAINER_ENDED;
        if (now - run->started > CALM_MICROS) {
            backoff_reset(&run->backoff);
            run->tried_again = false;
        }
    }
    run->changed(run);
}

static void on_settled(struct timer *timer)
{
    struct container_run *run = container_of(timer, struct container_run, timer);
    run->state = CONTAINER_RUNNING;
    run->changed(run);
}

static struct error *try_start(struct container_run *run, const struct pod *pod, const struct value *tree,
                               const char *const *cdi_ids, size_t n_cdi_ids)
{
    cleanup_arena struct arena *arena = arena_new();
    struct podman_container container = { pod, tree, run->spec, run->n_restarts, cdi_ids, n_cdi_ids };
    const char *const *arguments;
    TRY(podman_run(arena, run->podman, &container, &arguments));
    free(run->name);
    run->name = mem_strdup(podman_name(arena, pod->meta.uid, run->spec->name, run->n_restarts));
    struct process_spec spec = { .arguments = arguments,
                                 .environment = run->podman->environment,
                                 .output = run->log_path };
    return process_start(&run->process, run->loop, &spec, on_ended);
}

void container_start(struct container_run *run, const struct pod *pod, const struct value *tree,
                     const char *const *cdi_ids, size_t n_cdi_ids, const char *log_path)
{
    run->n_restarts += run->end.ended;
    run->last_end = run->end.ended ? run->end : run->last_end;
    run->end = (struct container_end){ 0 };
    free(take(run->trouble));
    free(run->log_path);
    run->log_path = mem_strdup(log_path);
    run->started = time_now_micros();
    run->state = CONTAINER_STARTING;
    struct error *err = try_start(run, pod, tree, cdi_ids, n_cdi_ids);
    if (err) {
        fail(run, mem_strdup(err->text));
        error_free(err);
        return;
    }
    timer_start(&run->timer, run->loop, SETTLE_MS, on_settled);
}

static void on_backed_off(struct timer *timer)
{
    struct container_run *run = container_of(timer, struct container_run, timer);
    run->backs_off = false;
    run->changed(run);
}

void container_back_off(struct container_run *run)
{
    bool first = run->backoff.n_failures == 0 && !run->tried_again;
    run->backs_off = run->tried_again = true;
    timer_start(&run->timer, run->loop, first ? FIRST_RESTART_MS : backoff_next(&run->backoff),
                on_backed_off);
}

static void stop_now(struct container_run *run);

static void on_stop_again(struct timer *timer)
{
    stop_now(container_of(timer, struct container_run, timer));
}

/* Podman cannot stop what it has not made yet, so we may have to ask again. */
static void on_stopper_ended(struct process *process, int exit_code, int signal)
{
    (void)exit_code;
    (void)signal;
    struct container_run *run = container_of(process, struct container_run, stopper);
    if (process_is_running(&run->process))
        timer_start(&run->timer, run->loop, STOP_AGAIN_MS, on_stop_again);
    else
        run->changed(run);
}

static void stop_now(struct container_run *run)
{
    if (!process_is_running(&run->process) || process_is_running(&run->stopper))
        return;
    cleanup_arena struct arena *arena = arena_new();
    struct process_spec spec = { .arguments = podman_stop(arena, run->podman, run->name, run->grace_seconds),
                                 .environment = run->podman->environment };
    struct error *err = process_start(&run->stopper, run->loop, &spec, on_stopper_ended);
    if (!err)
        return;
    log_error_free(LOG_WARN, "stopping a container", err);
    timer_start(&run->timer, run->loop, STOP_AGAIN_MS, on_stop_again);
}

void container_stop(struct container_run *run, int64_t grace_seconds)
{
    bool shorter = run->stopping && grace_seconds < run->grace_seconds;
    if (run->stopping && !shorter)
        return;
    run->stopping = true;
    run->backs_off = false;
    run->grace_seconds = grace_seconds;
    timer_stop(&run->timer);
    if (shorter)
        process_abandon(&run->stopper); /* that one waits too long; another begins */
    stop_now(run);
}
