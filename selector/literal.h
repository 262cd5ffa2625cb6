/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the spelling of a literal means.
 */

#include "api/base/arena.h"
#include "selector/datum.h"

/* Decimal or 0x digits, with a sign in front where NEGATIVE. False if out of range. */
bool literal_int(struct span text, bool negative, struct datum *out);
/* With its "u" at the end. */
bool literal_uint(struct span text, struct datum *out);
bool literal_double(struct span text, bool negative, struct datum *out);

/* With prefix and quotes. NULL on success, else what is wrong. The bytes are in ARENA. */
const char *literal_text(struct arena *arena, struct span text, struct datum *out);
