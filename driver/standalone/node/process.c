/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes by libuv. The handle lives on the heap until libuv has closed it, so that the owner may go
 * away whenever it likes.
 */

#include "driver/standalone/node/process.h"
#include "api/base/file.h"
#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <errno.h>
#include <fcntl.h>

struct process_handle {
    uv_process_t uv;
    struct process *owner; /* NULL: abandoned */
};

static void on_closed(uv_handle_t *uv)
{
    free(container_of(uv, struct process_handle, uv));
}

static void on_child_ended(uv_process_t *uv, int64_t exit_code, int signal)
{
    struct process_handle *handle = container_of(uv, struct process_handle, uv);
    struct process *owner = handle->owner;
    uv_close((uv_handle_t *)uv, on_closed);
    if (!owner)
        return;
    owner->handle = NULL;
    owner->ended(owner, (int)exit_code, signal);
}

/* ADDITIONS in front of our own environment, where getenv finds them first. */
static char **environment_make(const char *const *additions)
{
    size_t n_additions = 0, n_ours = 0;
    while (additions && additions[n_additions])
        n_additions++;
    while (environ[n_ours])
        n_ours++;
    char **all = mem_new(n_additions + n_ours + 1, sizeof(*all));
    for (size_t i = 0; i < n_additions; i++)
        all[i] = (char *)additions[i];
    memcpy(all + n_additions, environ, n_ours * sizeof(*all));
    return all;
}

static struct error *open_output(const char *path, int *out)
{
    const char *name = path ? path : "/dev/null";
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_errno(errno, "open %s", name);
    *out = fd;
    return NULL;
}

struct error *process_start(struct process *process, struct loop *loop, const struct process_spec *spec,
                            void (*ended)(struct process *process, int exit_code, int signal))
{
    cleanup_close int output = -1;
    TRY(open_output(spec->output, &output));
    struct process_handle *handle = NEW(struct process_handle);
    char **environment = environment_make(spec->environment);
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_IGNORE },
        { .flags = UV_INHERIT_FD, .data.fd = output },
        { .flags = UV_INHERIT_FD, .data.fd = output },
    };
    uv_process_options_t options = {
        .exit_cb = on_child_ended,
        .file = spec->arguments[0],
        .args = (char **)spec->arguments,
        .env = environment,
        .flags = UV_PROCESS_DETACHED, /* a signal for our terminal is not for the children */
        .stdio_count = 3,
        .stdio = stdio,
    };
    int status = uv_spawn(loop_uv(loop), &handle->uv, &options);
    free(environment);
    if (status) {
        uv_close((uv_handle_t *)&handle->uv, on_closed);
        return error_uv(status, "start %s", spec->arguments[0]);
    }
    handle->owner = process;
    process->handle = handle;
    process->ended = ended;
    return NULL;
}

bool process_is_running(const struct process *process)
{
    return process->handle;
}

void process_abandon(struct process *process)
{
    if (!process->handle)
        return;
    uv_unref((uv_handle_t *)&process->handle->uv);
    process->handle->owner = NULL;
    process->handle = NULL;
}
