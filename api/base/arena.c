/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of blocks, each twice the size of the one before up to a limit; small objects stay small (the first
 * block is half a kilobyte) since a cache holds many of them. Structs, which are aligned, fill a block from
 * the front and texts from the back, so that nothing is lost between them. Under AddressSanitizer what is
 * unused is poisoned, so that running over an object's end is found.
 */

#include "api/base/arena.h"

#include <assert.h>
#include <stdarg.h>

enum { FIRST_BLOCK = 512, LARGEST_BLOCK = 8 * 1024, LARGE = 2 * 1024, ALIGNMENT = 16 };
enum { MAX_SPARE = 64 * 1024 }; /* bytes of blocks that a cleared arena keeps */

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(ALIGNMENT) char data[];
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

static void blocks_free(struct arena_block *blocks)
{
    for (struct arena_block *block = blocks, *next; block; block = next) {
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
    struct arena_block *spare = NULL, *rest = arena->spare;
    size_t kept = 0;
    children_free(arena);
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
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
static struct arena_block *block_new(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->spare;
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
    struct arena_block *block = block_new(arena, size);
    size = block->size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->front = block->data;
    arena->back = block->data + size;
    arena->next_size = size < LARGEST_BLOCK ? size * 2 : size;
}

/* A block of its own; what is left of the newest one stays in use. */
static char *claim_apart(struct arena *arena, size_t size)
{
    struct arena_block *block = block_new(arena, size);
    struct arena_block **place = arena->blocks ? &arena->blocks->next : &arena->blocks;
    block->next = *place;
    *place = block;
    unpoison(block->data, size);
    return block->data;
}

void *arena_bytes_apart(struct arena *arena, size_t size)
{
    if (size >= LARGE)
        return claim_apart(arena, size);
    open_block(arena, size);
    return arena_bytes(arena, size);
}

/* Room for LENGTH bytes and a NUL, which is there already. */
static char *text_room(struct arena *arena, size_t length)
{
    char *text;
    if ((size_t)(arena->back - arena->front) <= length && length >= LARGE) {
        text = claim_apart(arena, length + 1);
    } else {
        if ((size_t)(arena->back - arena->front) <= length)
            open_block(arena, length + 1);
        text = arena->back -= length + 1;
        unpoison(text, length + 1);
    }
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

const char **arena_texts_some(struct arena *arena, const char *const *texts, size_t count)
{
    const char **copies = arena_make_array(arena, const char *, count);
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
