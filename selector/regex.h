/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Regular expressions of Go's dialect, in linear time: the one door to RE2.
 */

#include "api/base/error.h"
#include "api/base/span.h"

struct regex;

/* ERROR_INVALID if PATTERN is none that Go would take. */
nodiscard struct error *regex_new(struct span pattern, struct regex **out);
void regex_free(struct regex *regex);

/* The leftmost match in TEXT from byte FROM on, in *OUT. Threads may share REGEX. */
bool regex_find(const struct regex *regex, struct span text, size_t from, struct span *out);
