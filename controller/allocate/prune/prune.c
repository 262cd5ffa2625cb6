/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that shorten the search, at work once it takes long (PRUNE_AFTER_STEPS). A rule leaves out only
 * branches without a solution. An error ends a search wherever it comes up, so a rule leaves out no branch
 * with an error either: all selectors were evaluated on every device and all amounts can be represented, or
 * no rule is at work (search_is_harmless). What remains is All, which fails if a constraint refuses one of
 * its devices; rules that look ahead do not look past such a demand (risks.c).
 *
 * 1. Too few. Whatever is taken further down, a test that refuses a candidate now refuses it there: holders,
 *    shares and counters only grow, constraints and compatibility groups only get stricter. So if fewer
 *    candidates pass all tests now than a demand still wants, it cannot be met below this point.
 *
 * 2. Looking ahead. For the same reason a later request, none of whose alternatives has enough candidates
 *    now, cannot be met below this point (wants_are_viable, for both).
 *
 * The other rules stand where pruning.h says. Rules 5 to 8, the bounds, look at everything that is wanted and
 * everything that is left at once. They are asked at every step: that costs much more than a step does, and
 * much less than what lies behind a step that should not have been taken.
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
    const struct pruning *pruning = search->pruning;
    for (size_t row = 0; row < pruning->n_rows; row++) {
        const struct row *asks = &pruning->rows[row];
        for (size_t i = 0; asks->like == row && i < search->view.n_candidates; i++) {
            if (!candidate_is_harmless(search, &search->claims[asks->claim], asks->demand,
                                       &search->view.candidates[i]))
                return false;
        }
    }
    return true;
}

/* Life */

static size_t most_holes(struct pruning *pruning)
{
    size_t most = pruning->n_columns;
    vec_each (&pruning->limitings, limiting) {
        size_t n_values = value_sets_count(&limiting->sets);
        most = n_values > most ? n_values : most;
    }
    return most;
}

void pruning_start(struct search *search)
{
    struct pruning *pruning = search->pruning = NEW(struct pruning);
    rows_make(search, pruning);
    if (!search_is_harmless(search)) {
        pruning_free(pruning);
        search->pruning = NULL;
        return;
    }
    risks_make(search, pruning);
    classes_make(search, pruning);
    symmetry_make(search, pruning);
    traces_make(search, pruning);
    refuted_make(search, pruning);
    table_start(search, pruning);
    limitings_make(search, pruning);
    pruning->is_ordered |= !pruning->n_columns && !search->features.list_type_attributes;
    stocks_make(search, pruning);
    market_make(search, pruning);
    holes_init(&pruning->holes, pruning->n_wants, most_holes(pruning), search->arena);
}

void pruning_free(struct pruning *pruning)
{
    if (!pruning)
        return;
    vec_each (&pruning->limitings, limiting) {
        value_sets_done(&limiting->sets);
        vec_done(&limiting->attributes);
    }
    vec_done(&pruning->limitings);
    vec_done(&pruning->stocks);
    vec_done(&pruning->fields);
    market_free(pruning->market);
    vec_done(&pruning->linked);
    map_done(&pruning->counter_places);
    map_done(&pruning->amounts);
    map_done(&pruning->refuted);
    free(pruning);
}

/* Rules 1 and 2 */

static bool wants_are_viable(const struct pruning *pruning, const struct table *table)
{
    wants_each(pruning, table, from, to)
    {
        bool is_viable = false;
        for (size_t row = from; row < to && !is_viable; row++)
            is_viable = row_is_viable(table, row);
        if (!is_viable)
            return false;
    }
    return true;
}

/* Whom to ask */

static bool is_hopeless(struct search *search, const struct standing *at)
{
    struct table *table = &search->pruning->tables[0];
    if (!search->pruning->n_columns)
        return false;
    table_fill(search, at, table);
    return !wants_are_viable(search->pruning, table) || !choices_fit(search);
}

/* Before its first device, a request's only demand stands where the request did. */
bool demand_is_hopeless(struct search *search, size_t claim, size_t request, struct demand *demand,
                        int64_t n_taken, size_t start)
{
    if (!search->pruning || (!n_taken && !search->claims[claim].requests[request].is_list))
        return false;
    return is_hopeless(search, &(struct standing){ claim, request, demand, n_taken, start });
}

bool request_is_hopeless(struct search *search, size_t claim, size_t request)
{
    const struct standing at = { .claim = claim, .request = request };
    return search->pruning && (is_refuted(search, claim, request) || is_hopeless(search, &at));
}
