/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder of records, one file a claim, and the picture of it in memory. The only writer of records. It
 * blocks and is used from one job at a time.
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
 * Puts RECORDS in place of those with their uids, on disk and in memory, and takes them over. With SYNC all
 * of them are on disk when it returns, for the price of about two fsyncs however many there are (one group
 * commit). ERRORS[i] is set for each that could not be written; that one is freed and nothing has changed.
 */
void record_store_put(struct record_store *store, struct record **records, size_t n_records, bool sync,
                      struct error **errors);

/* Forgets the record, on disk and in memory. An absent one is fine. */
nodiscard struct error *record_store_remove(struct record_store *store, const char *uid);
