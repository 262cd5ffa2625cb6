/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The search's memory of what it changed: bytes as they were, put back in reverse order. Whatever the search
 * changes stays at its address, so one kind of entry does for all state, and an undone step leaves
 * every byte as it was.
 */

#include "api/base/vec.h"

struct undo_entry {
    void *at;
    size_t size, offset; /* of the saved bytes */
};

struct undo_log {
    VEC(struct undo_entry) entries;
    VEC(unsigned char) bytes;
};

/* Call before changing SIZE bytes at AT. */
static inline void undo_save(struct undo_log *log, void *at, size_t size)
{
    vec_push(&log->entries, (struct undo_entry){ at, size, log->bytes.length });
    vec_reserve(&log->bytes, size);
    memcpy(log->bytes.items + log->bytes.length, at, size);
    log->bytes.length += size;
}

/* Where we are; undo_to goes back there. */
static inline size_t undo_mark(const struct undo_log *log)
{
    return log->entries.length;
}

static inline void undo_to(struct undo_log *log, size_t mark)
{
    while (log->entries.length > mark) {
        struct undo_entry entry = vec_pop(&log->entries);
        memcpy(entry.at, log->bytes.items + entry.offset, entry.size);
        log->bytes.length = entry.offset;
    }
}

static inline void undo_done(struct undo_log *log)
{
    vec_done(&log->entries);
    vec_done(&log->bytes);
}
