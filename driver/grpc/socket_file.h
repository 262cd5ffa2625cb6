/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A listening socket and its file. The file is how others find us, and anybody may remove or replace it: we
 * remember which one is ours by device and inode.
 */

#include "api/base/error.h"

#include <stdint.h>

enum { SOCKET_PATH_MAX_BYTES = 107 }; /* sun_path without its NUL */

struct socket_id {
    uint64_t device, inode;
};

enum socket_file_state { SOCKET_OURS, SOCKET_GONE, SOCKET_FOREIGN };

/* ERROR_INVALID if PATH is empty or too long for a socket. */
nodiscard struct error *socket_path_check(const char *path);

/*
 * Binds PATH and listens; *OUT_FD does not block. A socket that is there is replaced (it may be left from a
 * process that was killed); a file of another type is ERROR_CONFLICT.
 */
nodiscard struct error *socket_file_listen(const char *path, unsigned mode, int *out_fd,
                                           struct socket_id *out_id);

enum socket_file_state socket_file_look(const char *path, struct socket_id id);

/* Removes the file if it is still ours. */
void socket_file_remove(const char *path, struct socket_id id);
