/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder that container runtimes watch for specs (/var/run/cdi): one file for each claim of ours, foreign
 * files untouched. These block: call them from a job.
 */

#include "api/value/value.h"

struct cdi_folder {
    const char *path;
    const char *driver;
};

/* Makes the folder if it is absent, and sees whether it can be written. */
nodiscard struct error *cdi_folder_check(const struct cdi_folder *folder);

/* Replaces the claim's file by rename, which is the one way that all runtimes notice. */
nodiscard struct error *cdi_folder_write(const struct cdi_folder *folder, const char *uid,
                                         const struct value *spec);

/* Whether the claim's file says just this. */
bool cdi_folder_has(const struct cdi_folder *folder, const char *uid, const struct value *spec);

/* An absent file is fine. */
nodiscard struct error *cdi_folder_remove(const struct cdi_folder *folder, const char *uid);

/*
 * Removes the files of claims for which KEEP says no, and what a crash left half-written. *N_REMOVED counts.
 */
nodiscard struct error *cdi_folder_sweep(const struct cdi_folder *folder,
                                         bool (*keep)(void *ctx, struct span uid), void *ctx,
                                         size_t *n_removed);
