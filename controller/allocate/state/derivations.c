/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a constraint looks at: the attribute that the device's request derives by that name (KEP 6080), or
 * else the one that the driver published. An expression is evaluated when a constraint first asks for it,
 * behind all other tests; if it fails then, no node could make it right.
 */

#include "controller/allocate/state/state.h"

/* The last of those with the name counts. */
static const char *request_find_derived(const struct exact_request *request, const char *name)
{
    const char *expression = NULL;
    for (size_t i = 0; i < request->n_derived_attributes; i++) {
        const struct derived_attribute *derived = &request->derived_attributes[i];
        if (derived->name && name && strcmp(derived->name, name) == 0)
            expression = derived->expression ? derived->expression : "";
    }
    return expression;
}

void demand_find_derivations(struct search *search, const struct claim_state *claim, struct demand *demand)
{
    if (!demand->request->n_derived_attributes)
        return;
    demand->derivations = arena_make_array(search->arena, struct program *, claim->n_constraints);
    for (size_t i = 0; i < claim->n_constraints; i++) {
        const char *expression = demand->covered[i]
                                     ? request_find_derived(demand->request, claim->constraints[i].attribute)
                                     : NULL;
        if (expression)
            demand->derivations[i] = matcher_derivation(search->inventory->matcher, expression);
    }
}

struct error *demand_attribute(struct search *search, const struct claim_state *claim,
                               const struct demand *demand, size_t index, const struct candidate *candidate,
                               const struct attribute **out)
{
    struct constraint *constraint = &claim->constraints[index];
    struct program *program = demand->derivations ? demand->derivations[index] : NULL;
    const struct card *card = &candidate->entry->card;
    if (!program) {
        *out = constraint_attribute(constraint, &search->inventory->catalog, card);
        return NULL;
    }
    *out = matcher_derive(search->inventory->matcher, program, card);
    if (*out)
        return NULL;
    return error_invalid("claim %s, request %s: derived attribute %s on device %s/%s/%s: %s",
                         claim_label(claim->claim, search->arena), demand->full_name, constraint->attribute,
                         candidate_driver(candidate), candidate->slice->pool->name, candidate_name(candidate),
                         matcher_complaint(search->inventory->matcher, program, card, search->arena));
}
