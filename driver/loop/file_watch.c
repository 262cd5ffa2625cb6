/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching a folder. inotify watches an inode, but people mean a path: the folder may be absent at first, be
 * removed, or be another one after a rename or a remount above it. So a slow look compares the inode behind
 * the path with the one being watched, and every event does so too.
 */

#include "driver/loop/file_watch.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

enum {
    LOOK_WHILE_ABSENT_MS = 1000,
    LOOK_WHILE_THERE_MS = 10 * 1000,
    LONGEST_BURST = 10, /* times quiet_ms */
};

/* Outlives its watch until libuv has closed it. */
struct file_watch_handle {
    uv_fs_event_t event;
    struct file_watch *watch;
};

static void on_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct file_watch_handle, event));
}

static void unwatch(struct file_watch *watch)
{
    struct file_watch_handle *handle = take(watch->handle);
    if (!handle)
        return;
    handle->watch = NULL;
    uv_close((uv_handle_t *)&handle->event, on_closed);
}

static void on_quiet(struct timer *timer)
{
    struct file_watch *watch = container_of(timer, struct file_watch, quiet);
    watch->on_change(watch);
}

static void changed(struct file_watch *watch)
{
    uint64_t now = loop_now(watch->loop);
    if (!timer_is_running(&watch->quiet))
        watch->changed_at = now;
    uint64_t latest = watch->changed_at + LONGEST_BURST * watch->quiet_ms;
    uint64_t delay = now + watch->quiet_ms <= latest ? watch->quiet_ms : latest > now ? latest - now : 0;
    timer_start(&watch->quiet, watch->loop, delay, on_quiet);
}

static void look(struct file_watch *watch);

/* libuv names the folder itself when that is what was moved or removed. */
static bool is_about_itself(const struct file_watch *watch, const char *name)
{
    const char *slash = strrchr(watch->folder, '/');
    return !name || strcmp(name, slash ? slash + 1 : watch->folder) == 0;
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)events, (void)status;
    struct file_watch *watch = container_of(event, struct file_watch_handle, event)->watch;
    if (!watch)
        return;
    /* The inode number alone does not tell: a folder made right after a removal often gets the same. */
    if (is_about_itself(watch, name))
        memset(watch->folder_id, 0, sizeof(watch->folder_id));
    changed(watch);
    look(watch);
}

static struct error *watch_inode(struct file_watch *watch)
{
    struct file_watch_handle *handle = NEW(struct file_watch_handle);
    int status = uv_fs_event_init(loop_uv(watch->loop), &handle->event);
    if (status < 0) {
        free(handle);
        return error_uv(status, "watch %s", watch->folder);
    }
    handle->watch = watch;
    watch->handle = handle;
    status = uv_fs_event_start(&handle->event, on_event, watch->folder, 0);
    if (status == 0)
        return NULL;
    unwatch(watch);
    return error_hint(error_uv(status, "watch %s", watch->folder),
                      "raise fs.inotify.max_user_watches and max_user_instances if they are used up");
}

/* Watches the folder that is at the path now. *FOUND_OTHER if that is not what was watched before. */
static struct error *follow(struct file_watch *watch, bool *found_other)
{
    struct stat status;
    bool there = stat(watch->folder, &status) == 0 && S_ISDIR(status.st_mode);
    uint64_t id[2] = { there ? (uint64_t)status.st_dev : 0, there ? (uint64_t)status.st_ino : 0 };
    bool same = memcmp(id, watch->folder_id, sizeof(id)) == 0;
    *found_other = !same;
    if (same && (watch->handle || !there))
        return NULL;
    unwatch(watch);
    memcpy(watch->folder_id, id, sizeof(id));
    struct error *err = there ? watch_inode(watch) : NULL;
    if (err && err->number == ENOENT) { /* gone again since the stat */
        error_free(err);
        memset(watch->folder_id, 0, sizeof(watch->folder_id));
        return NULL;
    }
    return err;
}

static void on_look(struct timer *timer)
{
    look(container_of(timer, struct file_watch, look));
}

static void look_later(struct file_watch *watch)
{
    timer_start(&watch->look, watch->loop, watch->handle ? LOOK_WHILE_THERE_MS : LOOK_WHILE_ABSENT_MS,
                on_look);
}

static void look(struct file_watch *watch)
{
    bool found_other;
    log_error_free(LOG_WARN, "changes in a folder may be seen late", follow(watch, &found_other));
    if (found_other)
        changed(watch);
    look_later(watch);
}

struct error *file_watch_start(struct file_watch *watch, struct loop *loop, const char *folder,
                               uint64_t quiet_ms, void (*on_change)(struct file_watch *watch))
{
    assert(!watch->loop);
    *watch = (struct file_watch){ .on_change = on_change, .loop = loop, .quiet_ms = quiet_ms };
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    watch->folder = mem_strndup(folder, length);
    bool found_other;
    struct error *err = follow(watch, &found_other);
    if (err) {
        file_watch_stop(watch);
        return err;
    }
    look_later(watch);
    return NULL;
}

void file_watch_stop(struct file_watch *watch)
{
    if (!watch->loop)
        return;
    unwatch(watch);
    timer_stop(&watch->quiet);
    timer_stop(&watch->look);
    free(watch->folder);
    watch->folder = NULL;
    watch->loop = NULL;
}
