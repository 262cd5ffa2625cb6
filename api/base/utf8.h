/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UTF-8: checking, walking, repairing, and JSON's way to quote it.
 */

#include "api/base/buf.h"

/* The code point at the front of BYTES, its length in *LENGTH; -1 (with *LENGTH 1) if it is malformed. */
int32_t utf8_decode(struct span bytes, size_t *length);

/* Writes CODE to OUT (4 bytes); returns how many. */
size_t utf8_encode(uint32_t code, char out[4]);

bool utf8_is_valid(struct span bytes);
size_t utf8_count(struct span bytes);

/* At most MAX bytes of BYTES, cut between code points. */
struct span utf8_truncate(struct span bytes, size_t max);

/* Appends BYTES with every malformed sequence replaced by U+FFFD. */
void utf8_append_repaired(struct buf *out, struct span bytes);

/* Appends BYTES as a JSON string; malformed sequences become U+FFFD. */
void json_quote(struct buf *out, struct span bytes);
