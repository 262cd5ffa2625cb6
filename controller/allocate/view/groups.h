/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Compatibility groups (KEP 5963): a device says, for each counter set that it draws on, with which groups it
 * gets along there. All devices on one set, allocated before or by this search, must have a group in common,
 * or none of them names any.
 */

#include "controller/allocate/view/gather.h"
#include "controller/allocate/view/undo.h"

/* What the devices on a counter set have in common. Plain bytes, so that the undo log can save it. */
struct group_set {
    const char *counter_set;
    const struct counter_consumption *first; /* of the set's first member; NULL: it has none */
    uint64_t common;                         /* mask over the first member's groups: those that all have */
};

/* Whether some device of the slice names a group. */
bool slice_has_groups(const struct slice_record *slice);

/*
 * The pool's sets with the members that are allocated already, in the order of slices and devices; none if no
 * device of the pool names a group. False, and the pool's reason, if a device names too many to keep track
 * of.
 */
bool groups_gather(struct pool_view *pool, struct arena *arena);

/* The set on which the candidate does not get along with the others; NULL: it has become a member of all. */
const struct group_set *groups_join(const struct candidate *candidate, struct undo_log *undo);
