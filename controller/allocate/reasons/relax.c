/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which constraint is to blame: the search runs again without one of them at a time, on a small budget and a
 * few nodes, and a constraint without which the claims fit is named.
 */

#include "controller/allocate/reasons/reasons.h"
#include "controller/allocate/search/search.h"

enum { RELAX_STEPS = 20000, RELAX_NODES = 4 };

/* Whether the claims would fit NODE if CONSTRAINT were not there. */
static bool fits_without(struct inventory *inventory, const struct allocate_request *request,
                         const struct inventory_node *node, const struct device_constraint *constraint)
{
    cleanup_arena struct arena *scratch = arena_new();
    struct search search;
    bool found = false;
    struct error *err = search_start(&search, inventory, request, node, scratch);
    search.max_steps = RELAX_STEPS;
    search.ignored = constraint;
    if (!err)
        err = search_run(&search, &found);
    error_free(err);
    search_done(&search);
    return found;
}

const char *constraint_describe(const struct allocate_request *request, struct constraint_place place,
                                struct arena *arena)
{
    const struct resource_claim *claim = request->claims[place.claim_index];
    const struct device_constraint *constraint = &claim->spec.constraints[place.index];
    return arena_printf(arena, "claim %s/%s: %s %s", claim->meta.namespace ? claim->meta.namespace : "",
                        claim->meta.name ? claim->meta.name : "",
                        constraint->match_attribute ? "matchAttribute" : "distinctAttribute",
                        constraint->match_attribute ? constraint->match_attribute
                                                    : constraint->distinct_attribute);
}

void constraints_report(struct inventory *inventory, const struct allocate_request *request,
                        const struct inventory_node *const *nodes, size_t n_nodes, struct arena *arena,
                        struct explanation *out)
{
    size_t count = 0;
    for (size_t i = 0; i < request->n_claims; i++)
        count += request->claims[i]->spec.n_constraints;
    out->constraints = arena_make_array(arena, const char *, count);
    out->blamed = arena_make_array(arena, struct constraint_place, count);
    for (size_t i = 0; i < request->n_claims; i++) {
        const struct claim_spec *spec = &request->claims[i]->spec;
        for (size_t c = 0; c < spec->n_constraints; c++) {
            bool fits = false;
            for (size_t n = 0; n < n_nodes && n < RELAX_NODES && !fits; n++)
                fits = fits_without(inventory, request, nodes[n], &spec->constraints[c]);
            if (!fits)
                continue;
            struct constraint_place *place = &out->blamed[out->n_constraints];
            *place = (struct constraint_place){ i, c };
            out->constraints[out->n_constraints++] = constraint_describe(request, *place, arena);
        }
    }
}
