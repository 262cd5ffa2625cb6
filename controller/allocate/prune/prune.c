/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that shorten the search, at work once it takes long (PRUNE_AFTER_STEPS). A rule leaves out only
 * branches without a solution. An error ends a search wherever it comes up, so a rule leaves out no branch
 * with an error either: all selectors were evaluated on every device and all amounts can be represented, or
 * no rule is at work (search_is_harmless). What remains is All, which fails if a constraint refuses one of
 * its devices; rules that look ahead do not look past such a demand.
 *
 * 1. Too few. Whatever is taken further down, a test that refuses a candidate now refuses it there: holders,
 *    shares and counters only grow, constraints and compatibility groups only get stricter. So if fewer
 * candidates pass all tests now than a demand still wants, it cannot be met below this point
 * (demand_is_short).
 *
 * 2. Looking ahead. For the same reason a later request, none of whose alternatives has enough candidates
 *    now, cannot be met below this point (is_later_blocked).
 *
 * The other rules stand where pruning.h says. Rules 5 to 8, the bounds, look at everything that is wanted and
 * everything that is left, which takes longer than a step. Where they find nothing they are asked less
 * and less often, until they find something again (bounds_refute).
 */

#include "controller/allocate/prune/pruning.h"

/* Safety */

static bool candidate_is_harmless(struct search *search, const struct claim_state *claim,
                                  struct demand *demand, const struct candidate *candidate)
{
    const char *short_of;
    bool accepted = false;
    if (!is_harmless(demand_accepts(search, demand, candidate, &accepted)))
        return false;
    for (size_t i = 0; accepted && i < claim->n_constraints; i++) {
        const struct attribute *attribute = NULL;
        if (!is_harmless(demand_attribute(search, claim, demand, i, candidate, &attribute)))
            return false;
        if (attribute && attribute->type >= ATTRIBUTE_INTS && attribute->n_items > CONSTRAINT_MAX_VALUES)
            return false;
    }
    return !accepted || is_harmless(candidate_fits_capacity(search, demand, candidate, &short_of));
}

static bool search_is_harmless(struct search *search)
{
    demands_each(search, claim, demand)
    {
        for (size_t i = 0; i < search->view.n_candidates; i++) {
            if (!candidate_is_harmless(search, claim, demand, &search->view.candidates[i]))
                return false;
        }
    }
    return true;
}

/* Life */

static size_t most_holes(struct pruning *pruning)
{
    size_t most = 2 * pruning->n_columns;
    vec_each (&pruning->limitings, limiting) {
        size_t n_values = value_sets_count(&limiting->sets);
        most = n_values > most ? n_values : most;
    }
    return most;
}

void pruning_start(struct search *search)
{
    if (!search_is_harmless(search))
        return;
    struct pruning *pruning = search->pruning = NEW(struct pruning);
    rows_make(search, pruning);
    classes_make(search, pruning);
    symmetry_make(search, pruning);
    traces_make(search, pruning);
    refuted_make(search, pruning);
    table_start(search, pruning);
    limitings_make(search, pruning);
    pruning->is_ordered |= !pruning->n_columns && !search->features.list_type_attributes;
    measures_make(search, pruning);
    holes_init(&pruning->holes, pruning->n_wants, most_holes(pruning), search->arena);
}

void pruning_free(struct pruning *pruning)
{
    if (!pruning)
        return;
    vec_each (&pruning->limitings, limiting)
        value_sets_done(&limiting->sets);
    vec_each (&pruning->measures, measure)
        vec_done(&measure->pots);
    vec_done(&pruning->limitings);
    vec_done(&pruning->measures);
    vec_done(&pruning->linked);
    map_done(&pruning->counter_places);
    map_done(&pruning->amounts);
    map_done(&pruning->refuted);
    free(pruning);
}

/* Rule 1 */

static bool demand_is_short(struct search *search, size_t claim, struct demand *demand, size_t start,
                            int64_t wanted)
{
    int64_t found = 0;
    for (size_t i = start; i < search->view.n_candidates && found < wanted; i++)
        found += candidate_would_do(search, claim, demand, search_candidate(search, i));
    return found < wanted;
}

/* Rule 2 */

static bool demand_is_blocked(struct search *search, size_t claim, struct demand *demand)
{
    if (!demand->all)
        return demand_is_short(search, claim, demand, 0, demand->n_devices);
    for (int64_t i = 0; i < demand->n_devices; i++) {
        if (!candidate_would_do(search, claim, demand, demand->devices[i]))
            return true;
    }
    return !demand->n_devices;
}

static bool rows_are_blocked(struct search *search, size_t from, size_t to)
{
    const struct row *rows = search->pruning->rows;
    for (size_t row = from; row < to; row++) {
        if (!demand_is_blocked(search, rows[row].claim, rows[row].demand))
            return false;
    }
    return true;
}

static bool is_later_blocked(struct search *search, const struct standing *at)
{
    struct table table = { 0 };
    table_find(search->pruning, at, &table);
    wants_each(search->pruning, &table, from, to)
    {
        if (rows_are_blocked(search, from, to))
            return true;
    }
    return false;
}

/* Bounds */

static bool bounds_refute(struct search *search, const struct standing *at)
{
    struct pruning *pruning = search->pruning;
    if (!pruning->n_columns)
        return false;
    if (pruning->pause) {
        pruning->pause--;
        return false;
    }
    table_fill(search, at, &pruning->tables[0]);
    bool refuted = !common_values_fit(search);
    pruning->pace = refuted ? 0 : 2 * pruning->pace + 1;
    if (pruning->pace > PRUNE_MAX_PAUSE)
        pruning->pace = PRUNE_MAX_PAUSE;
    pruning->pause = pruning->pace;
    return refuted;
}

/* Inside a demand bounds know more than before the request once a device or an alternative is chosen. */
bool demand_is_hopeless(struct search *search, size_t claim, size_t request, struct demand *demand,
                        int64_t n_taken, size_t start)
{
    if (!search->pruning)
        return false;
    if (demand_is_short(search, claim, demand, start, demand->n_devices - n_taken))
        return true;
    bool knows_more = n_taken || search->claims[claim].requests[request].is_list;
    return knows_more && bounds_refute(search, &(struct standing){ claim, request, demand, n_taken, start });
}

bool request_is_hopeless(struct search *search, size_t claim, size_t request)
{
    const struct standing at = { .claim = claim, .request = request };
    return search->pruning && (is_refuted(search, claim, request) || is_later_blocked(search, &at) ||
                               bounds_refute(search, &at));
}
