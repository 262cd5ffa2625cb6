/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What has to be written so that the slices of a pool say what they should (node.md 6.3; upstream:
 * dynamic-resource-allocation/resourceslice). Pure: trees in, a plan out.
 *
 * Slices carry their place in their name: "00001-gpu.example.com-worker-x7k2p". A slice whose name does not
 * say so, whose place is taken or beyond the end, or whose generation is old, is obsolete. Changing one slice
 * keeps the generation; anything larger raises it on all of them.
 */

#include "api/value/value.h"

#include <stdint.h>

/* A slice that is there. */
struct published_slice {
    const char *name;
    const char *uid;
    const char *resource_version;
    int64_t generation;
    const struct value *spec;
};

/* What the server made of the spec that we sent for one place; both NULL at first. */
struct slice_memory {
    const struct value *sent;
    const struct value *stored;
};

enum change_kind { CHANGE_DELETE, CHANGE_UPDATE, CHANGE_CREATE };

struct slice_change {
    enum change_kind kind;
    const struct published_slice *slice; /* of a delete or update */
    struct value *spec;                  /* of an update or create, complete, in the plan's arena */
    size_t place;
};

struct slice_plan {
    struct slice_change *changes; /* in the order in which they are to be made */
    size_t n_changes;
    int64_t generation;
};

/*
 * SPECS is what pool_slices made, or NULL if the pool is not wanted any more. MEMORY has an entry for each
 * spec, or is NULL: where the server keeps less than it is sent, what it kept counts as what we want.
 */
void slices_diff(struct arena *arena, const struct value *specs, const struct published_slice *published,
                 size_t n_published, const struct slice_memory *memory, struct slice_plan *out);

/* "00001-gpu.example.com-worker-" */
char *slice_name_prefix(struct arena *arena, size_t place, const char *driver, const char *owner);
