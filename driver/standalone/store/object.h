/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One stored state of one API object: a tree that never changes, in an arena of its own, shared by reference.
 * Whoever keeps one takes a reference; the references are counted on the loop thread only.
 */

#include "api/base/span.h"
#include "api/value/value.h"

struct object {
    unsigned references;
    int64_t version;       /* metadata.resourceVersion */
    struct span namespace; /* empty for cluster-scoped objects; both lie in the tree */
    struct span name;
    const struct value *tree;
    struct arena *arena;
};

/* TREE is copied, with metadata.resourceVersion set to VERSION. It has a metadata.name. One reference. */
nodiscard struct object *object_new(const struct value *tree, int64_t version);

struct object *object_ref(struct object *object);
/* NULL is fine. */
void object_unref(struct object *object);

/* The order of lists: by namespace, then by name. */
int object_compare(const struct object *object, struct span namespace, struct span name);
