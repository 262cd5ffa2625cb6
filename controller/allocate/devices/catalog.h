/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices as the inventory keeps them. Most of what a device says, thousands say with it: the names of its
 * attributes, its capacities and their policies, counters, taints. Devices that agree on all of that are of
 * one kind. What is left to each is its name and one number for each attribute's value.
 *
 *     struct device  ──catalog_add──►  kind + value numbers  ──catalog_restore──►  struct device
 *
 * Kinds and values that no device has any more are forgotten now and then; their numbers are used again in
 * the next epoch. Whoever remembers things by numbers forgets them when the epoch changes.
 */

#include "api/base/arena.h"
#include "api/base/map.h"
#include "controller/allocate/devices/values.h"

enum { KIND_NO_ATTRIBUTE = UINT32_MAX };

struct kind {
    const char *driver;
    struct device common; /* without a name; its attributes have names, but no values */
    struct arena *arena;
    uint32_t number; /* in the catalog, from 0 */
    uint32_t references;
    bool is_flawed; /* its devices have a value that no selector can look at */
    bool is_plain;  /* no capacity has a policy, or is negative */
};

struct catalog {
    struct value_store values;
    struct map kinds;            /* by key */
    VEC(struct kind *) numbered; /* NULL: a number that is free */
    VEC(uint32_t) unused;
    size_t n_idle; /* kinds that no device is of */
    uint64_t epoch;
};

/* What is written down of one device: a number for each attribute of its kind. */
struct card {
    struct kind *kind;
    value_id *values;
};

void catalog_done(struct catalog *catalog);

/* CARD's values are the caller's memory, device->n_attributes of them. May begin a new epoch. */
void catalog_add(struct catalog *catalog, const char *driver, const struct device *device, struct card *card);
void catalog_drop(struct catalog *catalog, struct card *card);

/* The device as it was added, in ARENA; texts may be the catalog's, good as long as the card is. */
struct device *catalog_restore(const struct catalog *catalog, const struct card *card, const char *name,
                               struct arena *arena);

/* Where the kind has attribute NAME: "x/y" exactly, or "y" where x is the driver. KIND_NO_ATTRIBUTE: nowhere.
 */
uint32_t kind_find_attribute(const struct kind *kind, const char *name);

static inline value_id card_value(const struct card *card, uint32_t place)
{
    return place == KIND_NO_ATTRIBUTE ? 0 : card->values[place];
}

/* The value of attribute NAME (as for kind_find_attribute), without a name; NULL if the device has none. */
static inline const struct attribute *card_attribute(const struct catalog *catalog, const struct card *card,
                                                     const char *name)
{
    value_id id = card_value(card, kind_find_attribute(card->kind, name));
    return id ? &value_entry(&catalog->values, id)->attribute : NULL;
}
