/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder of records, one file a claim, and the picture of it in memory. The only writer of records. It
 * blocks and is used from one job at a time.
 *
 * What is synced is the intent alone (intents.h), once a batch. The rest need not be: when the machine goes
 * down, the boot id changes, and every claim is prepared anew whatever its record says.
 */

#include "api/base/map.h"
#include "kubelet-plugin/state/record.h"

struct record_store {
    char *folder;
    struct map records; /* struct record *, by uid */
};

/*
 * Reads what is there, making the folder if it is absent. A file that cannot be read for what it says
 * (garbage, cut short, a newer format) is moved aside into "quarantine/" and logged; *N_QUARANTINED counts.
 * What a crash left half-written is removed.
 */
nodiscard struct error *record_store_open(struct record_store *store, const char *folder,
                                          size_t *n_quarantined);
void record_store_close(struct record_store *store);

/* Borrowed until the record is replaced, or NULL. */
const struct record *record_store_find(const struct record_store *store, const char *uid);

/*
 * Notes in one synced write that the store is about to act for RECORDS (which are STARTED), and takes them
 * over, into memory. On an error nothing has changed, and they are freed.
 */
nodiscard struct error *record_store_begin(struct record_store *store, struct record **records,
                                           size_t n_records);

/* Each of them has been put or removed since. */
nodiscard struct error *record_store_end(struct record_store *store);

/*
 * Puts RECORD, which is taken over, in place of the one with its uid, on disk (where it survives our end, but
 * perhaps not the machine's) and in memory. On an error nothing has changed, and it is freed.
 */
nodiscard struct error *record_store_put(struct record_store *store, struct record *record);

/* Forgets the record, on disk and in memory. An absent one is fine. */
nodiscard struct error *record_store_remove(struct record_store *store, const char *uid);
