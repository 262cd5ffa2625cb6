/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The values of attributes, each kept once: a cluster's devices have few of them in common (model, memory,
 * driver version) and a few of their own (uuid), and a number of four bytes stands for either.
 *
 * Equal numbers, equal values (type and all). A number keeps its meaning as long as somebody refers to it,
 * and afterwards until the idle ones are forgotten.
 */

#include "api/base/buf.h"
#include "api/base/vec.h"
#include "api/resource/device.h"

typedef uint32_t value_id; /* 0: no value */

struct value_entry {
    struct attribute attribute; /* without a name; texts and items are the store's */
    uint32_t hash;
    uint32_t references : 31;
    uint32_t
        is_flawed : 1; /* of no known type, or a version that is none: selectors look at no such device */
};

struct value_store {
    VEC(struct value_entry) entries; /* [id - 1]; with hash 0: unused */
    value_id *slots;                 /* by hash; 0: free */
    size_t n_slots;
    VEC(value_id) unused; /* numbers that mean nothing */
    size_t n_idle;        /* values that nobody refers to */
    struct buf key;       /* scratch */
};

void value_store_done(struct value_store *store);

/* The value's number, with one more reference. */
value_id value_ref(struct value_store *store, const struct attribute *attribute);
void value_unref(struct value_store *store, value_id id);

/* Whether forgetting is due, and doing it: numbers that nobody refers to will mean something else. */
bool values_are_stale(const struct value_store *store);
void values_forget_idle(struct value_store *store);

/* Borrowed until the next value_ref. */
static inline const struct value_entry *value_entry(const struct value_store *store, value_id id)
{
    return &store->entries.items[id - 1];
}
