/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a folder is a job of its own that nobody waits for; what it cannot remove it leaves and says so.
 */

#include "driver/standalone/node/remove.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/loop/job.h"

#include <errno.h>
#include <ftw.h>
#include <unistd.h>

enum { MAX_OPEN_FOLDERS = 16 };

struct removal {
    struct job job;
    char *path;
    int failure; /* errno */
};

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat;
    (void)place;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void work(struct job *job)
{
    struct removal *removal = container_of(job, struct removal, job);
    if (nftw(removal->path, remove_entry, MAX_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 &&
        errno != ENOENT)
        removal->failure = errno;
}

static void done(struct job *job, bool cancelled)
{
    struct removal *removal = container_of(job, struct removal, job);
    (void)cancelled;
    if (removal->failure)
        log_error_free(LOG_WARN, "a folder stays", error_errno(removal->failure, "remove %s", removal->path));
    free(removal->path);
    free(removal);
}

void folder_remove_later(struct loop *loop, const char *path)
{
    struct removal *removal = NEW(struct removal);
    removal->path = mem_strdup(path);
    job_start(&removal->job, loop, work, done);
}
