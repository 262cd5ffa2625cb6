/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tells when something in a folder changed: files written, renamed, removed, or the symlink swap by which the
 * kubelet replaces a mounted ConfigMap or Secret. Not recursive. Many changes close together are one
 * callback. An absent folder is waited for, and a folder that is removed and made again is found again.
 */

#include "driver/loop/timer.h"

struct file_watch {
    void (*on_change)(struct file_watch *watch);
    struct loop *loop; /* NULL: stopped */
    char *folder;
    uint64_t quiet_ms;
    struct file_watch_handle *handle;
    struct timer quiet;  /* runs from a change until it is told */
    struct timer look;   /* runs while the folder is absent, and now and then to see whether it is another */
    uint64_t changed_at; /* when the oldest change that was not told yet came */
    uint64_t folder_id[2];
};

/* ON_CHANGE comes QUIET_MS after the last change of a burst, at the latest 10 times that after its first. */
nodiscard struct error *file_watch_start(struct file_watch *watch, struct loop *loop, const char *folder,
                                         uint64_t quiet_ms, void (*on_change)(struct file_watch *watch));
void file_watch_stop(struct file_watch *watch);
