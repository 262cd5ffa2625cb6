/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * RE2 as C sees it. Plain types only, so that C++ need not read our headers.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct engine;

/* NULL if PATTERN is wrong; then WRONG says why. */
struct engine *engine_new(const char *pattern, size_t length, char *wrong, size_t wrong_size);
void engine_free(struct engine *engine);

/* The leftmost match in TEXT from byte FROM on. */
bool engine_find(const struct engine *engine, const char *text, size_t length, size_t from,
                 const char **match, size_t *match_length);

#ifdef __cplusplus
}
#endif
