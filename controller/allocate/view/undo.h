/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The search's memory of what it changed: bytes as they were, put back in reverse order. Whatever the search
 * changes stays at its address, so one kind of entry does for all state, and an undone step leaves
 * every byte as it was.
 *
 *     saved bytes, filled up to words │ where │ how many │ saved bytes ...
 */

#include "api/base/arena.h"

struct undo_log {
    struct arena *arena; /* where the words live */
    uint64_t *words;
    size_t length, room;
};

enum { UNDO_WORD = sizeof(uint64_t), UNDO_FIRST_ROOM = 64 };

static inline void undo_make_room(struct undo_log *log)
{
    log->room = log->room ? log->room * 2 : UNDO_FIRST_ROOM;
    uint64_t *words = arena_bytes(log->arena, log->room * UNDO_WORD);
    if (log->length)
        memcpy(words, log->words, log->length * UNDO_WORD);
    log->words = words;
}

/* Call before changing SIZE bytes at AT. */
static inline void undo_save(struct undo_log *log, void *at, size_t size)
{
    size_t n_words = (size + UNDO_WORD - 1) / UNDO_WORD;
    while (log->room - log->length < n_words + 2)
        undo_make_room(log);
    uint64_t *words = log->words + log->length;
    memcpy(words, at, size);
    words[n_words] = (uintptr_t)at;
    words[n_words + 1] = size;
    log->length += n_words + 2;
}

/* Where we are; undo_to goes back there. */
static inline size_t undo_mark(const struct undo_log *log)
{
    return log->length;
}

static inline void undo_to(struct undo_log *log, size_t mark)
{
    while (log->length > mark) {
        size_t size = log->words[log->length - 1];
        void *at = (void *)(uintptr_t)log->words[log->length - 2];
        log->length -= 2 + (size + UNDO_WORD - 1) / UNDO_WORD;
        if (size == sizeof(uint64_t)) /* mostly one or the other: no call then */
            memcpy(at, log->words + log->length, sizeof(uint64_t));
        else if (size == sizeof(uint32_t))
            memcpy(at, log->words + log->length, sizeof(uint32_t));
        else
            memcpy(at, log->words + log->length, size);
    }
}
