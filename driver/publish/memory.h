/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a server made of the specs that it was sent: one with a feature gate off keeps less. It is remembered,
 * so that the same is not sent for ever.
 */

#include "driver/publish/diff.h"

struct pool_memory {
    struct arena *arena;         /* of what the slices point to; NULL: nothing is remembered */
    struct slice_memory *slices; /* by place */
    size_t n_slices;
};

void memory_done(struct pool_memory *memory);

/* The server stores STORED where SENT was sent for PLACE; both are copied. */
void memory_put(struct pool_memory *memory, size_t place, const struct value *sent,
                const struct value *stored);

/* The memory as slices_diff wants it: of COUNT places, in ARENA. */
const struct slice_memory *memory_slices(const struct pool_memory *memory, size_t count, struct arena *arena);

/* A field that was sent and is not stored, for a message. */
const char *spec_find_dropped(const struct value *sent, const struct value *stored);
