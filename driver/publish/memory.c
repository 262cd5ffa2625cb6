/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/publish/memory.h"

void memory_done(struct pool_memory *memory)
{
    arena_free(memory->arena);
    *memory = (struct pool_memory){ 0 };
}

/* It moves to a new arena each time, so that it never grows beyond what it holds. */
void memory_put(struct pool_memory *memory, size_t place, const struct value *sent,
                const struct value *stored)
{
    struct pool_memory next = { .arena = arena_new(),
                                .n_slices = place < memory->n_slices ? memory->n_slices : place + 1 };
    next.slices = arena_make_array(next.arena, struct slice_memory, next.n_slices);
    for (size_t i = 0; i < memory->n_slices; i++) {
        if (i != place && memory->slices[i].sent)
            next.slices[i] = (struct slice_memory){ value_copy(next.arena, memory->slices[i].sent),
                                                    value_copy(next.arena, memory->slices[i].stored) };
    }
    next.slices[place] =
        (struct slice_memory){ value_copy(next.arena, sent), value_copy(next.arena, stored) };
    memory_done(memory);
    *memory = next;
}

const struct slice_memory *memory_slices(const struct pool_memory *memory, size_t count, struct arena *arena)
{
    struct slice_memory *slices = arena_make_array(arena, struct slice_memory, count);
    for (size_t i = 0; i < count && i < memory->n_slices; i++)
        slices[i] = memory->slices[i];
    return slices;
}

const char *spec_find_dropped(const struct value *sent, const struct value *stored)
{
    const struct value *kept = value_get(stored, "devices");
    size_t i = 0;
    value_each (value_get(sent, "devices"), device) {
        const struct value *other = value_at(kept, i++);
        value_each_member (device, member)
            if (!value_find(other, member->name))
                return member->name.data;
    }
    return value_get(sent, "sharedCounters") && !value_get(stored, "sharedCounters") ? "sharedCounters"
                                                                                     : "devices";
}
