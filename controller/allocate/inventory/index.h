/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inventory from inside, for the folders of the allocator.
 *
 *     pool ("driver/pool") ── slices, by name ── entries, one per device ── card   (what it says: catalog.h)
 *       └─ uses, by device name  <─────────────────────┘  └── taints that rules put on it
 *            └─ holdings: which claim holds the device, and how much of it
 *     nodes, each with the slices that name it; slices that name none; classes; rules; claims
 *
 * A use stays as long as a slice lists the device or a claim holds it: devices may vanish and come back while
 * they are held. Lists of slices are sorted by name, so that the order of events never shows.
 */

#include "api/base/map.h"
#include "api/base/vec.h"
#include "api/config/placement.h"
#include "controller/allocate/devices/matcher.h"
#include "controller/allocate/inventory/inventory.h"
#include "controller/allocate/inventory/kept.h"

struct kept_answer;
struct claim_record;
struct claim_word;
struct crowd;
struct node_record;
struct pool_record;
struct refusal;
struct slice_record;

/* What a claim's word names of a device; it stands in the word. */
struct holding {
    struct claim_record *claim;
    struct device_use *use;
    struct holding *next;                 /* in the use's list, if it is held */
    const char *share_id;                 /* NULL: the whole device */
    const struct named_quantity *amounts; /* of a share */
    size_t n_amounts;
    bool is_held;
};

/* One device by its id, and what claims hold of it. */
struct device_use {
    struct pool_record *pool;
    struct holding *holdings;            /* the first that came, and on; or NULL */
    VEC(struct named_quantity) consumed; /* by shares, summed; texts forgotten */
    uint32_t n_dedicated, n_shared;
    uint32_t n_entries;  /* slices that list it, any generation */
    uint32_t n_short;    /* counter sets that no longer give what it would draw */
    uint32_t place_held; /* in the pool's list, from 1; 0: nobody holds it */
    bool changed;
    struct node_record *home;         /* whose slice lists it, or NULL; as what: */
    const struct device_entry *entry; /* NULL without home */
    uint32_t block;                   /* place of its PCIe root in the home's list */
    bool counted_used, counted_blocked, counted_free;
    uint64_t seen; /* scratch of gather.c: finding names given twice */
    char name[];   /* its key in the pool's uses */
};

/* Where a device says it stands: standard attributes, hashed; 0 for one that it does not have. */
struct topology {
    uint32_t numa, root;
};

/* A device in a slice. */
struct device_entry {
    struct card card;
    struct device_use *use;
    struct topology topology;
    const struct taint **rule_taints; /* NULL at the end; or NULL: none */
    uint64_t explained;               /* scratch of reasons.c: in which explanation it was counted */
};

/* What the use's entry at home says. */
static inline const struct device *use_common(const struct device_use *use)
{
    return &use->entry->card.kind->common;
}

typedef VEC(struct slice_record *) slice_list;

/* A slice without its devices' words; a driver's name and the pool's are the pool's. */
struct slice_record {
    const char *name; /* its key in the inventory's slices */
    int64_t generation;
    int64_t slice_count;
    const struct node_selector *node_selector;
    const struct counter_set *shared_counters;
    size_t n_shared_counters;
    const char *const *skip_node_operations;
    size_t n_skip_node_operations;
    bool all_nodes;
    bool per_device_node_selection;
    struct arena *arena; /* of what these point to; or NULL */
    struct pool_record *pool;
    struct node_record *node;     /* that the slice names, or NULL */
    struct device_entry *entries; /* n_devices */
    value_id *values;             /* of all entries, one behind the other */
    size_t n_devices;
};

struct pool_record {
    char *driver;
    char *name;
    slice_list slices;
    size_t n_counter_slices;       /* of those, the ones that define counters */
    struct map uses;               /* device name to struct device_use */
    VEC(struct device_use *) held; /* those that claims hold */
    struct map sets;               /* of counters, by name: counters.c */
    bool sets_stale;               /* slices changed since */
    uint64_t charges;              /* changes with what is held */
    uint64_t version;              /* changes with all else that a view of the pool (gather.h) is made from */
    uint64_t gathered;             /* scratch of gather.c: in which round it was seen, and where it went */
    size_t place;
};

/* Devices of a node that stand together. */
struct block {
    struct topology topology;
    uint32_t parent; /* of a PCIe root: place of its NUMA node in the list, plus one; 0: is a NUMA node */
    uint32_t n_devices, n_free;
};

/* Bit N of a mask: some block has N free devices; the last bit: that many or more. Blocks without are left
 * out. */
enum { BLOCK_MOST = 63 };

/* All that placements look at: nodes that agree here are equals. No padding: it is a key, byte by byte. */
struct node_look {
    uint64_t roots, numas; /* masks */
    uint32_t n_devices;    /* in the slices that name the node */
    uint32_t n_used;       /* of those that are at home here: held by some claim */
    uint32_t n_blocked;    /* held as a whole */
    uint32_t n_free;       /* with room for a claim, as far as can be told */
};

struct node_record {
    char *name;
    bool is_object;      /* there is a Node of that name */
    struct arena *arena; /* of what its object says; NULL: nothing but the name */
    struct inventory_node node;
    slice_list slices; /* that name the node */
    uint64_t version;  /* changes with the two above */
    struct kept *kept; /* what it saw when it was last looked at, or NULL */
    VEC(struct block) blocks;
    struct node_look look; /* the masks as of when it last joined a crowd */
    struct crowd *crowd;   /* that it stands in, or NULL */
    uint32_t place;        /* in the order of names */
    bool moved;            /* its look changed since it joined the crowd */
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

/* The claim's allocation as the API shows it, and the one assumed; or NULL. */
struct claim_record {
    const char *namespace, *name;
    struct claim_word *observed, *assumed;
    char key[]; /* both names, a NUL behind each */
};

struct inventory {
    struct buf *key;       /* scratch of inventory_key */
    struct buf *asked;     /* scratch of allocate.c: the request's key */
    struct arena *scratch; /* of the search on one node */
    struct catalog catalog;
    struct matcher *matcher;
    struct map nodes;                /* name to struct node_record */
    node_list by_name;               /* nodes that have an object */
    node_list moved;                 /* of those, the ones that may have to change crowds */
    struct map crowds;               /* look to struct crowd */
    VEC(struct crowd *) peopled;     /* those in which nodes stand */
    bool crowds_stale;               /* nodes came or went: to be made anew */
    struct map slices;               /* name to struct slice_record */
    struct map pools;                /* "driver\0pool" to struct pool_record */
    struct pool_record *latest_pool; /* that was asked for: often the next one too; or NULL */
    VEC(struct pool_record *) stale_pools;
    VEC(struct refusal *) refusals; /* refusals.c's */
    uint64_t refusal_clock, refused_shared_version;
    VEC(struct kept_answer) answers; /* answers.c's, of version answered_version */
    uint64_t answered_version;
    uint64_t version;         /* changes with all that an answer is made from */
    slice_list slices_shared; /* those that name no node */
    uint64_t shared_version;  /* changes with them */
    struct kept_list kept;    /* of nodes */
    struct map classes;
    struct map rules;
    struct map claims; /* by their keys */
    VEC(struct device_use *) changed;
    bool classes_changed, nodes_changed;
    size_t n_devices;
    uint64_t round, name_round, explain_round; /* of gather.c and reasons.c */
};

/* pool.c */
/* FIRST, BETWEEN and SECOND as one key, good until the next one is made. */
struct span inventory_key(const struct inventory *inventory, const char *first, char between,
                          const char *second);
struct pool_record *pool_find(const struct inventory *inventory, const char *driver, const char *name);
struct pool_record *pool_make(struct inventory *inventory, const char *driver, const char *name);
struct device_use *use_find(const struct inventory *inventory, const char *driver, const char *pool,
                            const char *device);
struct device_use *use_make(struct pool_record *pool, const char *device);
/* What slices say of the device, or NULL if none lists it. */
const struct device_entry *use_find_entry(const struct device_use *use);
/* Frees the use, and its pool, if nothing keeps them. */
void use_release(struct inventory *inventory, struct device_use *use);
void use_mark_changed(struct inventory *inventory, struct device_use *use);
void pool_mark_changed(struct inventory *inventory, struct pool_record *pool);
void pool_release(struct inventory *inventory, struct pool_record *pool);
void pool_free(struct inventory *inventory, struct pool_record *pool);

/* slice.c */
struct slice_record *slice_record_new(const struct resource_slice *slice);
void slice_record_free(struct slice_record *record);
void slice_list_insert(slice_list *list, struct slice_record *slice);
void slice_list_remove(slice_list *list, const struct slice_record *slice);

/* node.c */
/* Every node that is handed around stands in a record, one that the inventory does not know in an empty one.
 */
static inline struct node_record *node_record_of(const struct inventory_node *node)
{
    return container_of(node, struct node_record, node);
}
static inline bool node_is_known(const struct node_record *record)
{
    return record->is_object || record->slices.length;
}
struct node_record *node_find(const struct inventory *inventory, const char *name);
void node_free(struct inventory *inventory, struct node_record *record);
struct node_record *node_add_slice(struct inventory *inventory, struct slice_record *slice, const char *name);
void node_remove_slice(struct inventory *inventory, struct slice_record *slice);

/* blocks.c */
struct topology device_topology(const struct device *device);
/* Counts USE at HOME as ENTRY lists it there (HOME NULL: nowhere), and no longer where it was before. */
void use_settle(struct inventory *inventory, struct device_use *use, struct node_record *home,
                const struct device_entry *entry);
/* Counts USE at its home as it is held now. */
void use_count(struct inventory *inventory, struct device_use *use);
/* Brings the masks of the look up to date. */
void node_look_settle(struct node_record *record);

/* counters.c: what is left of a pool's counters, for blocks.c. */
/* Another claim or none holds the device: its counters give what it consumes, or get it back. */
void use_draw(struct inventory *inventory, struct device_use *use, bool gives_back);
void pool_spoil_sets(struct inventory *inventory, struct pool_record *pool); /* its slices change */
void pool_free_sets(struct inventory *inventory, struct pool_record *pool);
void counters_settle(struct inventory *inventory);

/* crowds.c: nodes that have an object, by look. */
void crowds_add_node(struct inventory *inventory, struct node_record *record);
void crowds_remove_node(struct inventory *inventory, struct node_record *record);
void crowds_note_node(struct inventory *inventory, struct node_record *record); /* its look may differ now */
void crowds_settle(struct inventory *inventory);
void crowds_free(struct inventory *inventory);
const struct node_look *crowd_look(const struct crowd *crowd);
/* The first node of the crowd at PLACE or behind, without those in REFUSED (or NULL); SIZE_MAX: none. */
size_t crowd_find(struct crowd *crowd, size_t place, const uint64_t *refused);

/* refusals.c */
void refusals_clear(struct inventory *inventory);
/* Something about POOL changed on NODE (NULL: on no certain one). */
void refusals_touch(struct inventory *inventory, const struct pool_record *pool,
                    const struct node_record *node);

/* claims.c */
void claim_record_free(struct claim_record *record);
