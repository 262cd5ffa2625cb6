/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A record as a file: a line "tranche-record 1 crc32=xxxxxxxx", then JSON. The checksum is over the bytes
 * that are stored, never over something encoded again, and unknown members are skipped, so that newer and
 * older plugins read each other's files.
 */

#include "api/base/buf.h"
#include "kubelet-plugin/state/record.h"

enum { MAX_RECORD_BYTES = 1024 * 1024 };

nodiscard struct error *record_encode(const struct record *record, struct buf *out);

/* ERROR_INVALID says what is wrong with BYTES. */
nodiscard struct error *record_decode(struct span bytes, struct record **out);
