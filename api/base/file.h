/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whole files, read with a limit and replaced atomically. These block: on the loop, call them from a job.
 */

#include "api/base/buf.h"

#include <sys/types.h>

/* Appends the content of PATH to OUT, up to its cap. */
nodiscard struct error *file_read(const char *path, struct buf *out);

/* Flags of file_replace. */
enum {
    FILE_SYNC = 1, /* the content and the directory entry are on disk when it returns */
};

/*
 * Puts CONTENT at PATH by writing a temporary file beside it (".NAME.XXXXXX.tmp") and renaming, so that
 * readers see the old content or the new one, never half of it. Readers that watch the folder see a rename.
 */
nodiscard struct error *file_replace(const char *path, struct span content, mode_t mode, int flags);

/* Removes PATH; an absent file is fine. With FILE_SYNC its absence is on disk. */
nodiscard struct error *file_remove(const char *path, int flags);

/* fsync of a directory. */
nodiscard struct error *file_sync_folder(const char *path);

/* mkdir -p */
nodiscard struct error *file_make_folder(const char *path, mode_t mode);
