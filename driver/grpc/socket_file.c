/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Done by hand instead of by uv_pipe_bind, which cuts long paths silently and, when it closes, unlinks the
 * path even if another process has bound it since.
 */

#include "driver/grpc/socket_file.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

struct error *socket_path_check(const char *path)
{
    size_t length = strlen(path);
    if (length == 0)
        return error_invalid("the path of a socket is empty");
    if (length > SOCKET_PATH_MAX_BYTES)
        return error_hint(error_invalid("%s: the path of a socket has at most %d bytes, this one has %zu",
                                        path, SOCKET_PATH_MAX_BYTES, length),
                          "use a shorter directory or driver name");
    return NULL;
}

static struct error *remove_stale(const char *path)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return errno == ENOENT ? NULL : error_errno(errno, "look at %s", path);
    if (!S_ISSOCK(found.st_mode))
        return error_hint(error_conflict("%s exists and is not a socket", path),
                          "move it away, or choose another path");
    if (unlink(path) != 0 && errno != ENOENT)
        return error_errno(errno, "remove the old socket %s", path);
    return NULL;
}

static struct error *bind_and_listen(int fd, const char *path, unsigned mode, struct socket_id *out_id)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fchmod(fd, mode) != 0) /* before bind, so that the file is never more open than it should be */
        return error_errno(errno, "set the mode of %s", path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return error_errno(errno, "bind %s", path);

    struct stat bound;
    if (listen(fd, BACKLOG) != 0 || lstat(path, &bound) != 0)
        return error_errno(errno, "listen on %s", path);
    *out_id = (struct socket_id){ bound.st_dev, bound.st_ino };
    return NULL;
}

struct error *socket_file_listen(const char *path, unsigned mode, int *out_fd, struct socket_id *out_id)
{
    TRY(socket_path_check(path));
    TRY(remove_stale(path));
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(errno, "make a socket");
    TRY(bind_and_listen(fd, path, mode, out_id));
    *out_fd = take_fd(fd);
    return NULL;
}

enum socket_file_state socket_file_look(const char *path, struct socket_id id)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return SOCKET_GONE;
    return found.st_dev == id.device && found.st_ino == id.inode ? SOCKET_OURS : SOCKET_FOREIGN;
}

void socket_file_remove(const char *path, struct socket_id id)
{
    if (socket_file_look(path, id) == SOCKET_OURS)
        unlink(path);
}
