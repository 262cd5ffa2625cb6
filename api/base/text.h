/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text that may be absent: NULL is no text at all, and like nothing.
 */

#include <stdbool.h>
#include <string.h>

static inline bool text_is(const char *text, const char *wanted)
{
    return text && wanted && strcmp(text, wanted) == 0;
}

static inline bool text_is_set(const char *text)
{
    return text && *text;
}
