/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What each node of a tree means: its type, the variable or function it names.
 */

#include "api/base/vec.h"
#include "selector/environment_parts.h"
#include "selector/syntax.h"

struct checked {
    VEC(struct node *) nodes;  /* every node once, children before parents, with their final types */
    VEC(struct node *) exempt; /* literals inside .format(...): they may mix types */
};

void checked_done(struct checked *checked);

/* Fills in ROOT's tree. Problems go to MESSAGES. */
void check(struct arena *arena, const struct environment *env, struct node *root, struct messages *messages,
           struct checked *out);

/* What the checker lets pass and Kubernetes does not: mixed literals, constants that cannot be converted. */
void vet(struct checked *checked, bool mixed_literals, struct messages *messages);
