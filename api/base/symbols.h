/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Interned strings: each distinct string has one small number, from 1 up, so that names compare as integers.
 * One owner writes; readers on other threads need the owner to be still.
 */

#include "api/base/map.h"
#include "api/base/vec.h"

#include <stdint.h>

typedef uint32_t symbol; /* 0 is "no string" */

struct symbols {
    struct map by_text;
    VEC(const char *) texts; /* texts.items[symbol - 1]; the strings stay where they are until symbols_done */
};

void symbols_done(struct symbols *symbols);

/* The symbol of TEXT, made if need be. */
symbol symbols_intern(struct symbols *symbols, struct span text);

/* The symbol of TEXT, or 0. */
symbol symbols_find(const struct symbols *symbols, struct span text);

/* NULL for 0. */
const char *symbols_text(const struct symbols *symbols, symbol sym);
