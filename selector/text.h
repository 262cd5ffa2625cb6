/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strings by code points, and values as text for people: what the strings extension needs.
 */

#include "selector/machine.h"

/* The byte at which code point INDEX begins; the length for the first one behind the end. */
size_t text_offset(struct span text, size_t index);

/* What stands behind the backslash where a quoted text has the code point: 'n' for a newline; 0: no letter
 * does. */
char text_escape(int32_t code);

/* One "%.3f" of a format. */
struct format_clause {
    char verb;
    int precision; /* -1: none given */
};

/*
 * Copies what stands before the next clause to OUT and takes the clause. False at the end of FORMAT, or, with
 * a text in *WRONG, where it cannot be read.
 */
bool format_next(struct span *format, struct buf *out, struct format_clause *clause, const char **wrong);

/* NULL if VERB prints values of KIND, else the rule that it breaks. */
const char *format_refuses(char verb, uint8_t kind);

/* s.format(list): the text, or an error. */
struct datum text_format(struct machine *machine, const struct datum *format, const struct datum *args);
