/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <string.h>

/* NULL is no text at all. */
static inline bool text_is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static inline bool text_is_set(const char *text)
{
    return text && *text;
}
