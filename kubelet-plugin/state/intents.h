/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The write-ahead log of one batch: the records that a batch is about to act on, all in one file, so that one
 * fdatasync records them all, however many there are. It holds one batch at a time; before the next one is
 * written, each claim of the last has a record of its own, or nothing to remember.
 *
 * A file that was cut short while it was written is as good as empty: the batch had not begun to act.
 */

#include "api/base/vec.h"
#include "kubelet-plugin/state/record.h"

typedef VEC(struct record *) record_vec;

/* On disk when it returns. */
nodiscard struct error *intents_write(const char *path, struct record *const *records, size_t n_records);

/* The batch is over. Not synced: whoever finds the log after all finds records that are newer, or undoes
 * twice. */
nodiscard struct error *intents_clear(const char *path);

/* Appends what the file holds to OUT, whose records are the caller's. An absent or torn file holds nothing.
 */
nodiscard struct error *intents_read(const char *path, record_vec *out);
