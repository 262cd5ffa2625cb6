/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/file.h"

#include "api/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct error *file_read(const char *path, struct buf *out)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(errno, "open %s", path);
    return error_wrap(buf_read_fd(out, fd), "read %s", path);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

struct error *file_sync_folder(const char *path)
{
    cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(errno, "open %s", path);
    if (fsync(fd) < 0)
        return error_errno(errno, "sync %s", path);
    return NULL;
}

static struct error *write_all(int fd, struct span content)
{
    while (content.length) {
        ssize_t wrote = write(fd, content.data, content.length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return error_errno(errno, "write");
        content = span_skip(content, (size_t)wrote);
    }
    return NULL;
}

static struct error *fill(int fd, struct span content, mode_t mode, int flags)
{
    TRY(write_all(fd, content));
    if (fchmod(fd, mode) < 0)
        return error_errno(errno, "chmod");
    if ((flags & FILE_SYNC) && fsync(fd) < 0)
        return error_errno(errno, "sync");
    return NULL;
}

struct error *file_replace(const char *path, struct span content, mode_t mode, int flags)
{
    cleanup_free char *folder = folder_of(path);
    const char *slash = strrchr(path, '/');
    cleanup_free char *temporary = NULL;
    if (asprintf(&temporary, "%s/.%s.XXXXXX.tmp", folder, slash ? slash + 1 : path) < 0)
        out_of_memory(0);

    cleanup_close int fd = mkostemps(temporary, 4, O_CLOEXEC);
    if (fd < 0)
        return error_errno(errno, "create a temporary file beside %s", path);
    struct error *err = error_wrap(fill(fd, content, mode, flags), "write %s", path);
    if (!err && rename(temporary, path) < 0)
        err = error_errno(errno, "rename %s to %s", temporary, path);
    if (err) {
        unlink(temporary);
        return err;
    }
    return flags & FILE_SYNC ? file_sync_folder(folder) : NULL;
}

struct error *file_remove(const char *path, int flags)
{
    if (unlink(path) < 0 && errno != ENOENT)
        return error_errno(errno, "remove %s", path);
    if (!(flags & FILE_SYNC))
        return NULL;
    cleanup_free char *folder = folder_of(path);
    return file_sync_folder(folder);
}

struct error *file_make_folder(const char *path, mode_t mode)
{
    cleanup_free char *partial = mem_strdup(path);
    for (char *slash = partial + 1; *partial; slash++) {
        slash = strchr(slash, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(partial, mode) < 0 && errno != EEXIST)
            return error_errno(errno, "create folder %s", partial);
        if (!slash)
            break;
        *slash = '/';
    }
    struct stat status;
    if (stat(path, &status) < 0)
        return error_errno(errno, "create folder %s", path);
    if (!S_ISDIR(status.st_mode))
        return error_invalid("create folder %s: something else is there", path);
    return NULL;
}
