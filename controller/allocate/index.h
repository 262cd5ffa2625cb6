/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inventory from inside, for the files of this folder.
 *
 *     pool ("driver/pool") ── slices, by name ── entries, one per device ── shape   (what selectors see)
 *       └─ uses, by device name  <─────────────────────┘  └── taints that rules put on it
 *            └─ holdings: which claim holds the device, by which result
 *     nodes, each with the slices that name it; slices that name none; classes; rules; claims
 *
 * A use stays as long as a slice lists the device or a claim holds it: devices may vanish and come back while
 * they are held. Lists of slices are sorted by name, so that the order of events never shows.
 */

#include "api/base/map.h"
#include "api/base/vec.h"
#include "api/config/placement.h"
#include "controller/allocate/inventory.h"
#include "controller/allocate/matcher.h"

enum { N_PLACEMENTS = PLACEMENT_SPREAD + 1 };

struct claim_record;
struct node_record;
struct pool_record;
struct slice_record;

struct holding {
    struct claim_record *claim;
    const struct allocation_result *result;
};

/* One device by its id, and what claims hold of it. */
struct device_use {
    char *name;
    struct pool_record *pool;
    VEC(struct holding) holdings;
    VEC(struct named_quantity) consumed; /* by shares, summed; texts forgotten */
    uint32_t n_dedicated, n_shared;
    uint32_t n_entries; /* slices that list it, any generation */
    bool changed;
    struct node_record *home; /* whose slice lists it, or NULL; how it counts there: */
    bool counted_used, counted_blocked;
    uint64_t seen; /* scratch of gather.c: finding names given twice */
};

/* A device in a slice. */
struct device_entry {
    const struct device *device;
    struct device_use *use;
    struct shape *shape;
    VEC(const struct taint *) rule_taints;
    uint64_t explained; /* scratch of reasons.c: in which explanation it was counted */
};

typedef VEC(struct slice_record *) slice_list;

struct slice_record {
    const struct resource_slice *slice;
    struct arena *holder; /* or NULL */
    struct pool_record *pool;
    struct node_record *node;     /* that the slice names, or NULL */
    struct device_entry *entries; /* slice->n_devices */
};

struct pool_record {
    char *driver;
    char *name;
    slice_list slices;
    size_t n_counter_slices; /* of those, the ones that define counters */
    struct map uses;         /* device name to struct device_use */
    uint64_t gathered;       /* scratch of gather.c: in which round it was seen, and where it went */
    size_t place;
};

struct node_record {
    char *name;
    struct arena *arena; /* of the Node object's copy; NULL: there is none */
    struct inventory_node bare;
    const struct inventory_node *node; /* the copy, or what is known without: the name */
    slice_list slices;                 /* that name the node */
    size_t n_devices;                  /* of those slices */
    size_t n_used;                     /* of those, held by some claim */
    size_t n_blocked;                  /* of those, held as a whole */
    size_t ranks[N_PLACEMENTS];        /* by which it stands in the orders */
    bool moved;                        /* its counts changed since */
};

typedef VEC(struct node_record *) node_list;

struct class_record {
    const struct device_class *class;
    struct arena *holder;
    bool changed;
};

struct rule_record {
    const struct device_taint_rule *rule;
    struct arena *holder;
};

/* The claim's allocation as the API shows it, and the one assumed; each in an arena of its own, or NULL. */
struct claim_record {
    char *namespace, *name;
    struct arena *observed_arena, *assumed_arena;
    const struct allocation *observed, *assumed;
};

struct inventory {
    struct matcher *matcher;
    struct map nodes;               /* name to struct node_record */
    node_list orders[N_PLACEMENTS]; /* nodes that have an object, best first; equals by name */
    node_list moved;
    struct map slices; /* name to struct slice_record */
    struct map pools;  /* "driver\0pool" to struct pool_record */
    slice_list slices_shared;
    struct map classes;
    struct map rules;
    struct map claims; /* "namespace/name" to struct claim_record */
    VEC(struct device_use *) changed;
    bool classes_changed, nodes_changed;
    size_t n_devices;
    uint64_t round, name_round, explain_round; /* of gather.c and reasons.c */
};

/* pool.c */
struct pool_record *pool_find(const struct inventory *inventory, const char *driver, const char *name);
struct pool_record *pool_make(struct inventory *inventory, const char *driver, const char *name);
struct device_use *use_find(const struct inventory *inventory, const char *driver, const char *pool,
                            const char *device);
struct device_use *use_make(struct pool_record *pool, const char *device);
/* Frees the use, and its pool, if nothing keeps them. */
void use_release(struct inventory *inventory, struct device_use *use);
void use_mark_changed(struct inventory *inventory, struct device_use *use);
void pool_mark_changed(struct inventory *inventory, struct pool_record *pool);
void pool_release(struct inventory *inventory, struct pool_record *pool);
void pool_free(struct pool_record *pool);

void slice_list_insert(slice_list *list, struct slice_record *slice);
void slice_list_remove(slice_list *list, const struct slice_record *slice);

/* node.c */
struct node_record *node_find(const struct inventory *inventory, const char *name);
void node_free(struct node_record *record);
struct node_record *node_add_slice(struct inventory *inventory, struct slice_record *slice);
void node_remove_slice(struct inventory *inventory, struct slice_record *slice);
/* Counts USE at HOME (NULL: nowhere) as it is now, and no longer as it was counted before. */
void use_count(struct inventory *inventory, struct device_use *use, struct node_record *home);
/* Where the node stands by a placement, least first. */
size_t node_rank(const struct node_record *record, enum placement placement);
/* All nodes that have an object, in the order of the placement. */
const node_list *node_order(struct inventory *inventory, enum placement placement);

/* claims.c */
void claim_record_free(struct claim_record *record);
