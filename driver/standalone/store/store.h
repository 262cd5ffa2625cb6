/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory of the embedded API server: collections of objects under one counter of versions, and the recent
 * history of changes. No I/O, no clock, no kinds; a restart begins empty.
 *
 * Every change raises the version by one and is one event, so a version is also a place in history. The last
 * WINDOW events are kept with the states before and after. Two things follow:
 *
 *   - a watch is a version that moves forward: store_event(store, seen + 1). A reader that is slow costs
 *     nothing and is told when history has passed it by;
 *   - a list can be had at any version in the window: today's state with the later events undone. That is
 *     how the pages of one list agree with each other.
 */

#include "api/base/error.h"
#include "api/base/vec.h"
#include "driver/standalone/store/object.h"

struct store;
struct collection;

enum store_change { STORE_ADDED, STORE_MODIFIED, STORE_DELETED };

struct store_event {
    enum store_change change;
    const struct collection *collection;
    struct object *before; /* NULL if added */
    struct object *after;  /* what was deleted has its last state here, with the version of its deletion */
};

/* Called after each change, when the store may be read but not written. */
typedef void store_listener(void *context);

/* FIRST_VERSION is that of the empty store. */
nodiscard struct store *store_new(int64_t first_version, size_t window);
void store_free(struct store *store);
void store_listen(struct store *store, store_listener *listener, void *context);

int64_t store_version(const struct store *store);
/* The oldest version from which a watch still misses nothing. */
int64_t store_oldest_version(const struct store *store);
/* The event that made VERSION; borrowed until the next change. NULL outside the window. */
const struct store_event *store_event(const struct store *store, int64_t version);

/* The collection of that name, made when it is first asked for. Lives as long as the store. */
struct collection *store_collection(struct store *store, const char *name);

/* Borrowed until the next change, or NULL. */
struct object *collection_find(const struct collection *collection, struct span namespace, struct span name);
size_t collection_length(const struct collection *collection);

/*
 * Writes. EXPECTED_VERSION 0 takes whatever is there. ERROR_CONFLICT if the name is taken (create) or the
 * version is another; ERROR_NOT_FOUND if there is nothing to replace. *OUT is borrowed until the next change.
 */
nodiscard struct error *collection_create(struct collection *collection, const struct value *tree,
                                          struct object **out);
nodiscard struct error *collection_replace(struct collection *collection, const struct value *tree,
                                           int64_t expected_version, struct object **out);
nodiscard struct error *collection_remove(struct collection *collection, struct span namespace,
                                          struct span name, int64_t expected_version, struct object **out);

/* A list: objects in order, each with a reference. Zeroed memory is an empty one. */
struct snapshot {
    VEC(struct object *) objects;
    int64_t version;
};

void snapshot_done(struct snapshot *snapshot);
#define cleanup_snapshot __attribute__((cleanup(snapshot_done)))

/*
 * The state of COLLECTION at VERSION (0: now), of one namespace or, where NAMESPACE has no data, of all.
 * ERROR_EXHAUSTED if VERSION has left the window, ERROR_UNAVAILABLE if it lies ahead.
 */
nodiscard struct error *collection_list(const struct collection *collection, int64_t version,
                                        struct span namespace, struct snapshot *out);
