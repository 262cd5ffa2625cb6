/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that is freed all at once. A decoded object is one arena: the struct, its arrays, every string.
 */

#include "api/base/cleanup.h"
#include "api/base/compiler.h"
#include "api/base/memory.h"
#include "api/base/poison.h"
#include "api/base/span.h"

#include <stdint.h>

struct arena_block;

/* Of no concern to anybody but arena.c and arena_array, which mostly is an addition: not worth a call. */
struct arena {
    char *front, *back; /* what is free of the newest block: structs from the front, texts from the back */
    struct arena_block *blocks; /* the newest first */
    struct arena_block *spare;  /* of before the arena was cleared, in the order in which they were opened */
    size_t next_size;           /* of the next block; 0: the first */
    struct arena *children;
    struct arena *sibling;
    size_t total;
};

nodiscard struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Frees everything in it; some of the memory stays, for what comes next. */
void arena_clear(struct arena *arena);

/* The same where the newest block has no room. */
nodiscard void *arena_bytes_apart(struct arena *arena, size_t size);

/* SIZE bytes, not zeroed. Whatever needs the full alignment has a size that is a multiple of it. */
nodiscard static inline void *arena_bytes(struct arena *arena, size_t size)
{
    size_t gap = -(uintptr_t)arena->front % (size % 16 ? 8 : 16);
    if ((size_t)(arena->back - arena->front) < gap + size)
        return arena_bytes_apart(arena, size);
    char *memory = arena->front + gap;
    arena->front = memory + size;
    unpoison(memory, size);
    return memory;
}

/* COUNT objects of SIZE bytes, zeroed, aligned for any type. Lives as long as ARENA. Never NULL. */
nodiscard static inline void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        out_of_memory(SIZE_MAX);
    return memset(arena_bytes(arena, bytes ? bytes : 16), 0, bytes);
}

#define arena_make(arena, type)              ((type *)arena_array((arena), 1, sizeof(type)))
#define arena_make_array(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/* Copies with a NUL at the end. NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
const char **arena_texts_some(struct arena *arena, const char *const *texts, size_t count);
/* Copies of COUNT texts; NULL if there are none. */
static inline const char **arena_texts(struct arena *arena, const char *const *texts, size_t count)
{
    return count ? arena_texts_some(arena, texts, count) : NULL;
}
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
