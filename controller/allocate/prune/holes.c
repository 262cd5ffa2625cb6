/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A largest flow from wants to holes. Each want first takes what is free; for what it lacks then, it asks
 * those who sit where it could sit to move elsewhere, and they others in turn: a path that augments the flow.
 * If there is none for some want, then there is no way to place all of them (Hall; Ford and Fulkerson).
 */

#include "controller/allocate/prune/holes.h"

#include <string.h>

void holes_init(struct holes *holes, size_t most_wants, size_t most_holes, struct arena *arena)
{
    *holes = (struct holes){
        .wants = arena_make_array(arena, uint32_t, most_wants),
        .rooms = arena_make_array(arena, uint32_t, most_holes),
        .limits = arena_make_array(arena, uint8_t, most_wants * most_holes),
        .placed = arena_make_array(arena, uint8_t, most_wants * most_holes),
        .used = arena_make_array(arena, uint32_t, most_holes),
        .seen = arena_make_array(arena, uint32_t, most_holes),
    };
}

void holes_clear(struct holes *holes, size_t n_wants, size_t n_holes)
{
    holes->n_wants = n_wants;
    holes->n_holes = n_holes;
    memset(holes->wants, 0, n_wants * sizeof(*holes->wants));
    memset(holes->rooms, 0, n_holes * sizeof(*holes->rooms));
    memset(holes->limits, 0, n_wants * n_holes);
}

static bool want_place(struct holes *holes, size_t want);

/* Somebody moves out of HOLE. */
static bool hole_vacate(struct holes *holes, size_t hole)
{
    for (size_t other = 0; other < holes->n_wants; other++) {
        uint8_t *placed = &holes->placed[other * holes->n_holes + hole];
        if (*placed && want_place(holes, other)) {
            --*placed;
            return true;
        }
    }
    return false;
}

/* One more place for the want. A hole is asked once in a round. */
static bool want_place(struct holes *holes, size_t want)
{
    uint8_t *placed = &holes->placed[want * holes->n_holes];
    const uint8_t *limits = holes_limit(holes, want, 0);
    for (size_t hole = 0; hole < holes->n_holes; hole++) {
        if (placed[hole] >= limits[hole] || holes->seen[hole] == holes->round)
            continue;
        holes->seen[hole] = holes->round;
        bool is_free = holes->used[hole] < holes->rooms[hole];
        if (!is_free && !hole_vacate(holes, hole))
            continue;
        holes->used[hole] += is_free;
        placed[hole]++;
        return true;
    }
    return false;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Returns what the want still lacks. */
static uint32_t want_place_freely(struct holes *holes, size_t want)
{
    uint32_t lacks = holes->wants[want];
    for (size_t hole = 0; lacks && hole < holes->n_holes; hole++) {
        uint32_t units = smaller(*holes_limit(holes, want, hole), holes->rooms[hole] - holes->used[hole]);
        units = smaller(units, lacks);
        holes->placed[want * holes->n_holes + hole] = (uint8_t)units;
        holes->used[hole] += units;
        lacks -= units;
    }
    return lacks;
}

bool holes_fit(struct holes *holes)
{
    memset(holes->used, 0, holes->n_holes * sizeof(*holes->used));
    memset(holes->seen, 0, holes->n_holes * sizeof(*holes->seen));
    memset(holes->placed, 0, holes->n_wants * holes->n_holes);
    holes->round = 0;
    for (size_t want = 0; want < holes->n_wants; want++) {
        for (uint32_t lacks = want_place_freely(holes, want); lacks; lacks--) {
            holes->round++;
            if (!want_place(holes, want))
                return false;
        }
    }
    return true;
}
