/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pools that are wanted, by name, and what is known about each. One that is wanted no more, or never was
 * and the server has it, stands here without specs: it is to be deleted.
 */

#include "api/base/map.h"
#include "driver/publish/memory.h"
#include "driver/publish/slices.h"

struct wanted_pool {
    char *name;
    char *owner_name;
    struct arena *arena;
    struct value *specs; /* pool_slices'; NULL: to be deleted */
    struct pool_memory memory;
    bool dropped_reported;
};

/* All zero: nothing is known yet. */
struct wishes {
    struct map pools; /* struct wanted_pool * */
    bool are_known;   /* they were set: what the server has may be judged */
};

void wishes_done(struct wishes *wishes);

/* The pool of this name; it is made where it is not there. */
struct wanted_pool *wishes_pool(struct wishes *wishes, const char *name);

/* From now on these pools of DRIVER, which are copied, and no others. An error leaves all as it was. */
nodiscard struct error *wishes_set(struct wishes *wishes, const char *driver, const struct pool *pools,
                                   size_t n_pools);
