/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unification as cel-go does it: gradual, so dyn goes with everything; without implicit conversions; with an
 * occurs check. A variable that already stands for a type may still move to a more general one, which is how
 * [1, dyn(x)] ends up as a list of dyn.
 */

#include "selector/unify.h"

void unifier_done(struct unifier *unifier)
{
    vec_done(&unifier->bound);
    vec_done(&unifier->trail);
}

const struct type *unifier_fresh(struct unifier *unifier)
{
    const struct type *variable = type_variable(unifier->arena, (uint32_t)unifier->bound.length);
    vec_push(&unifier->bound, NULL);
    return variable;
}

static const struct type *bound_to(const struct unifier *unifier, const struct type *variable)
{
    return unifier->bound.items[variable->variable];
}

static void bind_variable(struct unifier *unifier, const struct type *variable, const struct type *to)
{
    vec_reserve(&unifier->trail, 1);
    size_t at = unifier->trail.length++;
    unifier->trail.items[at].variable = variable->variable;
    unifier->trail.items[at].before = bound_to(unifier, variable);
    unifier->bound.items[variable->variable] = to;
}

static void go_back(struct unifier *unifier, size_t mark)
{
    while (unifier->trail.length > mark) {
        size_t at = --unifier->trail.length;
        unifier->bound.items[unifier->trail.items[at].variable] = unifier->trail.items[at].before;
    }
}

static bool is_wild(const struct type *type)
{
    return type_is_dynamic(type) || type->kind == TYPE_ERROR;
}

/* Is A as specific as B, or less? */
static bool says_less(const struct type *a, const struct type *b)
{
    if (type_is_dynamic(a) || a->kind == TYPE_VARIABLE)
        return true;
    if (type_is_dynamic(b) || b->kind == TYPE_VARIABLE || a->kind != b->kind)
        return false;
    if (a->kind == TYPE_TYPE)
        return true;
    for (unsigned i = 0; i < type_n_parameters(a) && i < type_n_parameters(b); i++)
        if (!says_less(a->of[i], b->of[i]))
            return false;
    return true;
}

const struct type *most_general(const struct type *a, const struct type *b)
{
    return says_less(a, b) ? a : b;
}

static bool occurs_in(const struct unifier *unifier, const struct type *variable, const struct type *within)
{
    if (type_equal(variable, within))
        return true;
    if (within->kind == TYPE_VARIABLE) {
        const struct type *to = bound_to(unifier, within);
        return to && occurs_in(unifier, variable, to);
    }
    for (unsigned i = 0; i < type_n_parameters(within); i++)
        if (occurs_in(unifier, variable, within->of[i]))
            return true;
    return false;
}

static bool unify_parts(struct unifier *unifier, const struct type *a, const struct type *b);

/* Can VARIABLE stand for TYPE? *SETTLED tells whether it stood for something before. */
static bool stand_for(struct unifier *unifier, const struct type *variable, const struct type *type,
                      bool *settled)
{
    *settled = true;
    if (type_equal(variable, type))
        return true;
    const struct type *before = bound_to(unifier, variable);
    if (before) {
        if (type_equal(before, type))
            return true;
        if (!unify_parts(unifier, type, before))
            return false;
        const struct type *general = most_general(type, before);
        if (!occurs_in(unifier, variable, general))
            bind_variable(unifier, variable, general);
        return true;
    }
    *settled = false;
    if (occurs_in(unifier, variable, type))
        return false;
    bind_variable(unifier, variable, type);
    return true;
}

static bool unify_parts(struct unifier *unifier, const struct type *a, const struct type *b)
{
    bool settled;
    if (b->kind == TYPE_VARIABLE) {
        if (stand_for(unifier, b, a, &settled))
            return true;
        if (settled)
            return false;
    }
    if (a->kind == TYPE_VARIABLE)
        return stand_for(unifier, a, b, &settled);
    if (is_wild(a) || is_wild(b))
        return true;
    if (a->kind == TYPE_NULL || b->kind == TYPE_NULL)
        return a->kind == b->kind || type_is_nullable(a) || type_is_nullable(b);
    if (a->kind != b->kind)
        return false;
    if (a->kind == TYPE_TYPE)
        return true;
    for (unsigned i = 0; i < type_n_parameters(a); i++)
        if (!unify_parts(unifier, a->of[i], b->of[i]))
            return false;
    return true;
}

bool unify_all(struct unifier *unifier, const struct type *const *a, const struct type *const *b,
               size_t count)
{
    size_t mark = unifier->trail.length;
    for (size_t i = 0; i < count; i++)
        if (!unify_parts(unifier, a[i], b[i])) {
            go_back(unifier, mark);
            return false;
        }
    return true;
}

bool unify(struct unifier *unifier, const struct type *a, const struct type *b)
{
    return unify_all(unifier, &a, &b, 1);
}

const struct type *substitute(struct unifier *unifier, const struct type *type, bool free_to_dyn)
{
    if (type->kind == TYPE_VARIABLE) {
        const struct type *to = bound_to(unifier, type);
        if (to)
            return substitute(unifier, to, free_to_dyn);
        return free_to_dyn ? type_basic(TYPE_DYN) : type;
    }
    unsigned n = type_n_parameters(type);
    if (!n)
        return type;
    const struct type *of[2] = { 0 };
    bool changed = false;
    for (unsigned i = 0; i < n; i++) {
        of[i] = substitute(unifier, type->of[i], free_to_dyn);
        changed |= of[i] != type->of[i];
    }
    return changed ? type_make(unifier->arena, type->kind, of[0], of[1]) : type;
}
