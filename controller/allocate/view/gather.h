/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one node can see: its pools in upstream's order, and their devices as a flat list of candidates
 * (allocation.md 4.3 to 4.5). Candidates and counters also hold what the search has taken so far.
 */

#include "api/base/error.h"
#include "controller/allocate/inventory/index.h"
#include "controller/allocate/view/features.h"

struct counter {
    const char *set;
    const char *name;
    const struct quantity *published;
    struct quantity available; /* published, less what allocated devices consume; may be negative */
    struct quantity used;      /* by the search */
};

struct draw {
    struct counter *counter;
    const struct quantity *amount;
};

enum pool_state { POOL_USABLE, POOL_OBSOLETE, POOL_INCOMPLETE, POOL_INVALID };

struct pool_view {
    struct pool_record *record;
    uint64_t version; /* of the record, when the view was made */
    uint64_t charges; /* of the record, when the counters were charged */
    enum pool_state state;
    const char *invalid_reason;
    int64_t generation;
    int64_t slice_count;     /* as the first slice has it */
    slice_list slices;       /* relevant for the node, by name */
    slice_list other_slices; /* of the same generation, for other nodes */
    bool has_binding_conditions;
    struct counter *counters; /* of one set stand together */
    size_t n_counters;
    bool is_overdrawn;            /* some counter is, by what is held */
    struct group_set *group_sets; /* groups.c's, where devices name compatibility groups */
    size_t n_group_sets;
};

struct candidate {
    const struct device *common; /* its kind's: no name, no values of attributes */
    struct device_entry *entry;
    struct slice_record *slice;
    struct pool_view *pool;
    struct draw *draws;
    uint32_t n_draws;
    uint32_t place; /* in the list of candidates */
    /* what the search holds of it; the undo log takes it back */
    struct quantity *consuming; /* by shares, one for each capacity; NULL: not shared */
    uint32_t taken_by;          /* the latest claim that took it, from 1; 0: none */
    uint32_t n_shares;          /* of a shared device */
    bool is_shared;             /* may be allocated several times */
};

static inline const char *candidate_name(const struct candidate *candidate)
{
    return candidate->entry->use->name;
}

static inline const char *candidate_driver(const struct candidate *candidate)
{
    return candidate->slice->pool->driver;
}

struct view {
    const struct inventory_node *node;
    struct pool_view **pools; /* in order; obsolete ones come last and offer nothing */
    size_t n_pools;
    struct candidate *candidates;
    size_t n_candidates;
};

/* Fills *OUT for NODE; all of it lives in ARENA. ERROR_INVALID if a node selector cannot be parsed. */
nodiscard struct error *view_gather(struct inventory *inventory, const struct features *features,
                                    const struct inventory_node *node, struct arena *arena, struct view *out);

/* view_cache.c: the same view, kept from an earlier search if it still holds: good until the next event. */
nodiscard struct error *view_obtain(struct inventory *inventory, const struct features *features,
                                    const struct inventory_node *node, struct arena *arena, struct view *out);

/* gather_counters.c: the pool's counters, in ARENA; false, with the reason, if they make the pool invalid. */
bool pool_add_counters(struct pool_view *pool, struct arena *arena);
/* Charges the counters anew with what is held. */
void pool_charge(struct pool_view *pool);
struct counter *pool_find_counter(const struct pool_view *pool, const char *set, const char *name);
/* Whether a slice offers devices: one that defines counters never does. */
bool slice_offers(const struct slice_record *slice, const struct features *features);

const struct pool_view *view_find_pool(const struct view *view, enum pool_state state);
