/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bodies of the requests that make a change (diff.h) on the server; all in ARENA.
 */

#include "driver/publish/diff.h"

/* A new slice; OWNER (NULL: nobody) owns it. PREFIX: slice_name_prefix's. */
struct value *body_create(struct arena *arena, const struct slice_change *change, const char *prefix,
                          const struct value *owner);

/* KNOWN, the stored object as it is (or NULL), with another spec: what others put there survives. */
struct value *body_update(struct arena *arena, const struct slice_change *change, const struct value *known);

/* Preconditions: what is deleted is what the plan was made from. */
struct value *body_delete(struct arena *arena, const struct slice_change *change);

/* The owner reference that makes NODE, as the server has it, the owner. */
struct value *body_owner(struct arena *arena, const struct value *node);
