/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A device as selectors see it: names as integers, values ready to compute with. Made once from a
 * `struct device` and its driver's name by whoever owns the symbols, then only read.
 *
 * A qualified name is one symbol: "domain/name", where a plain name belongs to the driver's domain. A look-up
 * of `device.attributes["d"].name` is therefore one probe with one integer. Values carry an integer as
 * well: two attributes (or capacities) have equal `value_id`s just if type and value are the same.
 */

#include "api/base/arena.h"
#include "api/base/symbols.h"
#include "selector/datum.h"

struct device;

struct view_entry {
    symbol key;       /* "domain/name" */
    symbol domain;    /* "domain" */
    symbol value_id;  /* equal for equal values; never 0 */
    const char *name; /* behind the slash */
    struct datum value;
};

/* Entries of one domain stand together: entries[first] ... entries[first + count - 1]. */
struct view_domain {
    symbol name;
    const char *text;
    uint32_t first, count;
};

struct view_table {
    const struct view_entry *entries;
    const struct view_domain *domains;
    const uint16_t *slots; /* entry index + 1 by hash of the key; 0 is free */
    uint32_t n_entries, n_domains;
    uint32_t slot_mask;
};

struct device_view {
    struct span driver;
    struct datum driver_value;
    symbol driver_symbol;
    bool allow_multiple;
    struct view_table attributes;
    struct view_table capacity;
    /* Why no selector can look at it ("attribute v: parse semantic version: ..."), or NULL. */
    const char *error;
    const char *list_error; /* the same for environments without list attributes */
};

/* The view lives in ARENA and borrows from SYMBOLS; DEVICE and DRIVER need not outlive the call. Never NULL.
 */
const struct device_view *device_view_new(struct arena *arena, struct symbols *symbols,
                                          const struct device *device, const char *driver);

/* The symbol of a name as written in a slice or a constraint ("model", "example.com/model") for DRIVER. */
symbol view_key(struct symbols *symbols, const char *driver, const char *name);

/* The API admits 32; what a device has beyond this is not seen. */
enum { VIEW_MAX_ENTRIES = 16 * 1024 };

static inline uint32_t view_hash(symbol key)
{
    return key * 2654435761u >> 16;
}

/* NULL if there is none. */
static inline const struct view_entry *view_find(const struct view_table *table, symbol key)
{
    if (!table->n_entries)
        return NULL;
    for (uint32_t at = view_hash(key);; at++) {
        uint16_t slot = table->slots[at & table->slot_mask];
        if (!slot)
            return NULL;
        if (table->entries[slot - 1].key == key)
            return &table->entries[slot - 1];
    }
}
