/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that is freed all at once. A decoded object is one arena: the struct, its arrays, every string.
 */

#include "api/base/cleanup.h"
#include "api/base/compiler.h"
#include "api/base/span.h"

struct arena;

nodiscard struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Frees everything in it; some of the memory stays, for what comes next. */
void arena_clear(struct arena *arena);

/* COUNT objects of SIZE bytes, zeroed, aligned for any type. Lives as long as ARENA. Never NULL. */
nodiscard void *arena_array(struct arena *arena, size_t count, size_t size);

#define arena_make(arena, type)              ((type *)arena_array((arena), 1, sizeof(type)))
#define arena_make_array(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/* Copies with a NUL at the end. NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
/* Copies of COUNT texts; NULL if there are none. */
const char **arena_texts(struct arena *arena, const char *const *texts, size_t count);
char *arena_printf(struct arena *arena, const char *format, ...) format_printf(2, 3);

static inline char *arena_span(struct arena *arena, struct span bytes)
{
    return arena_strndup(arena, bytes.data, bytes.length);
}

/* CHILD is freed together with ARENA from now on. */
void arena_adopt(struct arena *arena, struct arena *child);

/* Bytes taken from the heap, adopted arenas included. */
size_t arena_size(const struct arena *arena);

DEFINE_CLEANUP(cleanup_arena_, struct arena *, arena_free)
#define cleanup_arena __attribute__((cleanup(cleanup_arena_)))
