/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of the checker share.
 */

#include "selector/check.h"
#include "selector/unify.h"

struct scope {
    const struct scope *outer;
    const struct local *locals[2];
};

struct checker {
    struct arena *arena;
    const struct environment *env;
    struct messages *messages;
    struct checked *out;
    struct unifier unifier;
    const struct scope *scope;
    unsigned in_format; /* how many .format( calls are around */
};

/* check_names.c */
void report_undeclared(struct checker *checker, const struct node *node, struct span name);
const struct type *check_name(struct checker *checker, struct node *node);

/* Turns NODE into a reference to the variable or type called NAME; false if there is none. */
bool resolve_global(struct checker *checker, struct node *node, struct span name, bool rooted);

/* "a.b.c" in the arena if NODE is such a chain and its root is not a macro's variable; else no data. */
struct span global_chain(struct checker *checker, const struct node *node);
bool is_rooted_chain(const struct node *node);
