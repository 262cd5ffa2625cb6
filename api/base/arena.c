/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of blocks, each twice the size of the one before up to a limit; small objects stay small (the first
 * block is half a kilobyte) since a cache holds many of them. Structs, which are aligned, fill a block from
 * the front and texts from the back, so that nothing is lost between them. Under AddressSanitizer what is
 * unused is poisoned, so that running over an object's end is found.
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

enum { FIRST_BLOCK = 512, LARGEST_BLOCK = 8 * 1024, LARGE = 2 * 1024, ALIGNMENT = 16, HALF_ALIGNMENT = 8 };
enum { MAX_SPARE = 64 * 1024 }; /* bytes of blocks that a cleared arena keeps */

struct block {
    struct block *next;
    size_t size;
    _Alignas(ALIGNMENT) char data[];
};

struct arena {
    struct block *blocks; /* the newest first */
    size_t front, back;   /* what is free in the newest: structs come from the front, texts from the back */
    size_t next_size;     /* of the next; 0: the first */
    struct block *spare;  /* of before the arena was cleared, in the order in which they were opened */
    struct arena *children;
    struct arena *sibling;
    size_t total;
};

struct arena *arena_new(void)
{
    return NEW(struct arena);
}

static void children_free(struct arena *arena)
{
    for (struct arena *child = arena->children, *next; child; child = next) {
        next = child->sibling;
        arena_free(child);
    }
}

static void blocks_free(struct block *blocks)
{
    for (struct block *block = blocks, *next; block; block = next) {
        next = block->next;
        unpoison(block->data, block->size);
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    children_free(arena);
    blocks_free(arena->blocks);
    blocks_free(arena->spare);
    free(arena);
}

void arena_clear(struct arena *arena)
{
    struct block *spare = NULL, *rest = arena->spare;
    size_t kept = 0;
    children_free(arena);
    for (struct block *block = arena->blocks, *next; block; block = next) {
        bool keeps = kept + block->size <= MAX_SPARE;
        next = block->next;
        poison(block->data, block->size);
        kept += keeps ? block->size : 0;
        block->next = keeps ? spare : rest;
        *(keeps ? &spare : &rest) = block;
    }
    blocks_free(rest);
    *arena = (struct arena){ .spare = spare, .sibling = arena->sibling };
}

/* A spare one if the next of them will do. */
static struct block *block_new(struct arena *arena, size_t size)
{
    struct block *block = arena->spare;
    if (block && block->size >= size) {
        arena->spare = block->next;
    } else {
        block = must(malloc(sizeof(*block) + size), size);
        block->size = size;
        poison(block->data, size);
    }
    arena->total += sizeof(*block) + block->size;
    return block;
}

/* The newest block, twice the size of the one before. */
static void open_block(struct arena *arena, size_t at_least)
{
    size_t size = arena->next_size ? arena->next_size : FIRST_BLOCK;
    while (size < at_least)
        size *= 2;
    struct block *block = block_new(arena, size);
    size = block->size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->front = 0;
    arena->back = size;
    arena->next_size = size < LARGEST_BLOCK ? size * 2 : size;
}

/* A block of its own; what is left of the newest one stays in use. */
static char *claim_large(struct arena *arena, size_t size)
{
    struct block *block = block_new(arena, size);
    struct block **place = arena->blocks ? &arena->blocks->next : &arena->blocks;
    block->next = *place;
    *place = block;
    if (arena->blocks == block)
        arena->front = arena->back = size;
    return block->data;
}

/* SIZE bytes, not yet usable under AddressSanitizer; or NULL if a block has to be opened first. */
static char *claim_front(struct arena *arena, size_t size)
{
    /* Whatever needs the full alignment has a size that is a multiple of it. */
    size_t align = size % ALIGNMENT ? HALF_ALIGNMENT : ALIGNMENT;
    size_t from = (arena->front + align - 1) & ~(align - 1);
    if (!arena->blocks || from > arena->back || arena->back - from < size)
        return NULL;
    arena->front = from + size;
    return arena->blocks->data + from;
}

static char *claim_back(struct arena *arena, size_t size)
{
    if (!arena->blocks || arena->back - arena->front < size)
        return NULL;
    arena->back -= size;
    return arena->blocks->data + arena->back;
}

static char *claim(struct arena *arena, size_t size, char *(*from)(struct arena *, size_t))
{
    char *memory = from(arena, size);
    if (memory)
        return memory;
    if (size >= LARGE)
        return claim_large(arena, size);
    open_block(arena, size);
    return from(arena, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        out_of_memory(SIZE_MAX);
    char *memory = claim(arena, bytes ? bytes : ALIGNMENT, claim_front);
    unpoison(memory, bytes);
    return memset(memory, 0, bytes);
}

/* Room for LENGTH bytes and a NUL, which is there already. */
static char *text_room(struct arena *arena, size_t length)
{
    char *text = claim(arena, length + 1, claim_back);
    unpoison(text, length + 1);
    text[length] = '\0';
    return text;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    return text ? memcpy(text_room(arena, length), text, length) : NULL;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

const char **arena_texts(struct arena *arena, const char *const *texts, size_t count)
{
    const char **copies = count ? arena_make_array(arena, const char *, count) : NULL;
    for (size_t i = 0; i < count; i++)
        copies[i] = arena_strdup(arena, texts[i]);
    return copies;
}

/* Mostly short: formatted once on the stack, and only what does not fit there once more in its place. */
char *arena_printf(struct arena *arena, const char *format, ...)
{
    char draft[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(draft, sizeof(draft), format, args);
    va_end(args);
    assert(length >= 0);
    char *text = text_room(arena, (size_t)length);
    if ((size_t)length < sizeof(draft))
        memcpy(text, draft, (size_t)length);
    else
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
