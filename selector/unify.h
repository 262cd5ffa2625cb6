/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What type variables have become.
 */

#include "api/base/vec.h"
#include "selector/type.h"

struct unifier {
    struct arena *arena;
    VEC(const struct type *) bound; /* by variable; NULL: still free */
    VEC(struct {
        uint32_t variable;
        const struct type *before;
    })
    trail; /* to go back */
};

void unifier_done(struct unifier *unifier);

const struct type *unifier_fresh(struct unifier *unifier);

/* A with a value of B's type, or the other way round: assignability is symmetric. Nothing changes on failure.
 */
bool unify(struct unifier *unifier, const struct type *a, const struct type *b);
bool unify_all(struct unifier *unifier, const struct type *const *a, const struct type *const *b,
               size_t count);

/* TYPE with all that is known put in; FREE_TO_DYN makes what is still open dyn. */
const struct type *substitute(struct unifier *unifier, const struct type *type, bool free_to_dyn);

/* Of two types that unify, the one that says less. */
const struct type *most_general(const struct type *a, const struct type *b);
