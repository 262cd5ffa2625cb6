/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of blocks, each twice the size of the one before up to a limit; small objects stay small (the first
 * block is half a kilobyte) since a cache holds many of them. Under AddressSanitizer the unused tail of a
 * block is poisoned, so that running over an object's end is found.
 */

#include "api/base/arena.h"

#include "api/base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define poison(at, size)   ASAN_POISON_MEMORY_REGION(at, size)
#define unpoison(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define poison(at, size)   ((void)(at), (void)(size))
#define unpoison(at, size) ((void)(at), (void)(size))
#endif

enum { FIRST_BLOCK = 512, LARGEST_BLOCK = 64 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t size;
    _Alignas(ALIGNMENT) char data[];
};

struct arena {
    struct block *blocks; /* the newest first */
    size_t used;          /* in the newest */
    struct arena *children;
    struct arena *sibling;
    size_t total;
};

struct arena *arena_new(void)
{
    return NEW(struct arena);
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct arena *child = arena->children, *next; child; child = next) {
        next = child->sibling;
        arena_free(child);
    }
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        unpoison(block->data, block->size);
        free(block);
    }
    free(arena);
}

static void add_block(struct arena *arena, size_t at_least)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < at_least)
        size = at_least;
    struct block *block = must(malloc(sizeof(*block) + size), size);
    block->next = arena->blocks;
    block->size = size;
    poison(block->data, size);
    arena->blocks = block;
    arena->used = 0;
    arena->total += sizeof(*block) + size;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        out_of_memory(SIZE_MAX);
    size_t padded = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (padded == 0)
        padded = ALIGNMENT;
    if (!arena->blocks || arena->blocks->size - arena->used < padded)
        add_block(arena, padded);
    char *memory = arena->blocks->data + arena->used;
    arena->used += padded;
    unpoison(memory, bytes);
    return memset(memory, 0, bytes);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    if (!text)
        return NULL;
    char *copy = arena_array(arena, length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    char *text = arena_array(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_adopt(struct arena *arena, struct arena *child)
{
    child->sibling = arena->children;
    arena->children = child;
}

size_t arena_size(const struct arena *arena)
{
    size_t total = arena->total + sizeof(*arena);
    for (const struct arena *child = arena->children; child; child = child->sibling)
        total += arena_size(child);
    return total;
}
