/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON text and trees. The only file that knows jansson is json.c; as jansson keeps no positions, values
 * read by it stand at line 0.
 *
 * Bounded against hostile input: nesting (JSON_MAX_DEPTH) and the size of the text (the caller's). A member
 * name given twice is an error in strict mode; otherwise the last one wins, as in Go. Integers that 64 bits
 * do not hold become doubles, as in Kubernetes.
 */

#include "api/base/buf.h"
#include "api/value/value.h"

enum { JSON_MAX_DEPTH = 200 };

enum json_flags {
    JSON_STRICT = 1, /* a name given twice is an error */
};

/* ERROR_INVALID says line and column. The tree is in ARENA; TEXT is not kept. */
nodiscard struct error *json_parse(struct arena *arena, struct span text, int flags, struct value **out);

/* Compact, members in order, with no newline at the end. */
void json_write(struct buf *out, const struct value *value);

/* Indented by four blanks, as kubectl prints. */
void json_write_pretty(struct buf *out, const struct value *value);

/* Compact with members sorted by name: equal trees give equal bytes. */
void json_write_canonical(struct buf *out, const struct value *value);
