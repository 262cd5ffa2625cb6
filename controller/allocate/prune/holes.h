/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pigeons and holes: whether everybody finds a place, where each want may use some holes only, so often each,
 * and each hole has room for so many.
 */

#include "api/base/arena.h"

#include <stdint.h>

enum { HOLE_MAX_LIMIT = UINT8_MAX, HOLE_MAX_ROOM = 1 << 20 };

struct holes {
    size_t n_wants, n_holes;
    uint32_t *wants; /* by want: how many places */
    uint32_t *rooms; /* by hole */
    uint8_t *limits; /* by want and hole: places of this want in this hole, at most */
    /* scratch */
    uint8_t *placed;
    uint32_t *used, *seen;
    uint32_t round;
};

/* Memory for that many wants and holes, and for any smaller number, in ARENA. */
void holes_init(struct holes *holes, size_t most_wants, size_t most_holes, struct arena *arena);
/* Nobody wants anything, and there is no room. */
void holes_clear(struct holes *holes, size_t n_wants, size_t n_holes);

static inline uint8_t *holes_limit(const struct holes *holes, size_t want, size_t hole)
{
    return &holes->limits[want * holes->n_holes + hole];
}

static inline void holes_allow(const struct holes *holes, size_t want, size_t hole, size_t units)
{
    uint8_t *limit = holes_limit(holes, want, hole);
    *limit = units > (size_t)(HOLE_MAX_LIMIT - *limit) ? HOLE_MAX_LIMIT : (uint8_t)(*limit + units);
}

bool holes_fit(struct holes *holes);
