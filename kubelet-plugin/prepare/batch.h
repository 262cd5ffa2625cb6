/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Preparing and unpreparing on disk: straight-line code that runs as a job, for a batch of claims at a time,
 * so that one group commit serves them all (contract 7):
 *
 *   intent of every claim, synced -> for each: effects -> its CDI file -> its completion
 *
 * Whatever happens in between, the records tell the next start what to do; repeating any part is harmless.
 */

#include "api/base/vec.h"
#include "api/resource/claim.h"
#include "driver/device/backend.h"
#include "kubelet-plugin/cdi/folder.h"
#include "kubelet-plugin/state/store.h"

/* What a batch works on; one batch at a time. */
struct prepare_ground {
    const char *driver;
    const char *node_name;
    const char *boot_id;
    struct backend *backend;
    struct record_store *store;
    struct cdi_folder cdi;
};

enum task_kind { TASK_PREPARE, TASK_UNPREPARE };

struct prepare_task {
    enum task_kind kind;
    const char *uid, *namespace, *name;
    const struct resource_claim
        *claim;   /* of a prepare, with its allocation; NULL: only if the record is complete */
    bool dropped; /* nobody wants the answer, and nothing was begun: skip it */

    /* the outcome */
    struct error *err;             /* the task's owner frees it */
    const struct record *prepared; /* of a prepare: borrowed from the store until the next batch */

    /* the batch's own */
    struct record *intent;
    bool is_new; /* it began in this batch and is rolled back if it fails */
};

/* No two tasks of a batch are for the same claim. */
void batch_run(const struct prepare_ground *ground, struct prepare_task **tasks, size_t n_tasks);

/* Whether the claim is recorded as completed in this boot, so that a prepare needs no look at the claim. */
bool ground_has_completed(const struct prepare_ground *ground, const char *uid);
