/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The filters of templates; template.h lists what they do. For template.c only.
 */

#include "api/value/value.h"

/* TEXT is NULL where the variable is absent, which only `default` makes good. ARGUMENT is NULL where the
 * filter was given none. */
nodiscard struct error *filter_apply(struct arena *arena, struct span name, const char *argument,
                                     const char *text, const char **out);

/* ERROR_INVALID if there is no such filter, or if it wants an argument and has none, or the other way. */
nodiscard struct error *filter_check(struct span name, bool has_argument);

/* Strings, numbers and booleans as text. */
nodiscard struct error *scalar_text(struct arena *arena, const struct value *value, const char **out);
