/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An All that constraints may break ends the search with an error, so no rule looks past it. But it takes its
 * devices in order, and asks who holds a device, and whether counters suffice, before it asks constraints. So
 * where the first request that a constraint covers is an All, it is known beforehand which of its first
 * devices get along (n_safe). If all do, there is no risk. And if one of those, or the first that does not,
 * cannot be had any more, then the All fails without an error, whatever is taken further down: it is an
 * ordinary no (risk_is_over), and rules may look past it.
 */

#include "controller/allocate/prune/pruning.h"

static bool is_first_covered(const struct claim_state *claim, const struct row *row, size_t constraint)
{
    for (size_t r = 0; r < row->request; r++) {
        for (size_t d = 0; d < claim->requests[r].n_demands; d++) {
            if (claim->requests[r].demands[d].covered[constraint])
                return false;
        }
    }
    return true;
}

/* Whether the constraints take the candidate too, none having been seen by them but the demand's own. */
static bool constraints_take(struct search *search, const struct row *row, const struct candidate *candidate)
{
    const struct claim_state *claim = &search->claims[row->claim];
    for (size_t i = 0; i < claim->n_constraints; i++) {
        const struct attribute *attribute = NULL;
        bool accepted = false;
        if (!row->demand->covered[i] || claim->constraints[i].source == search->ignored)
            continue;
        if (!is_first_covered(claim, row, i) ||
            !is_harmless(demand_attribute(search, claim, row->demand, i, candidate, &attribute)) ||
            !is_harmless(constraint_add(&claim->constraints[i], attribute, &search->undo, &accepted)) ||
            !accepted)
            return false;
    }
    return true;
}

void risks_make(struct search *search, struct pruning *pruning)
{
    for (size_t i = 0; i < pruning->n_rows; i++) {
        struct row *row = &pruning->rows[i];
        size_t mark = undo_mark(&search->undo);
        while (row->is_risky && row->n_safe < row->demand->n_devices &&
               constraints_take(search, row, row->demand->devices[row->n_safe]))
            row->n_safe++;
        undo_to(&search->undo, mark);
        row->is_risky = row->is_risky && row->n_safe < row->demand->n_devices;
    }
}

static bool candidate_is_gone(struct search *search, const struct row *row, struct candidate *candidate)
{
    return candidate_is_taken(search, row->demand, row->claim, candidate) ||
           candidate_find_taint(search, row->demand, candidate) ||
           (!candidate->is_shared && candidate->common->n_consumes &&
            !candidate_could_draw(search, candidate));
}

static bool risk_is_over(struct search *search, const struct row *row)
{
    for (int64_t i = 0; i <= row->n_safe; i++) {
        if (candidate_is_gone(search, row, row->demand->devices[i]))
            return true;
    }
    return false;
}

void risks_ask(struct search *search, size_t first)
{
    struct pruning *pruning = search->pruning;
    for (size_t row = first; row < pruning->n_rows; row++)
        pruning->rows[row].is_over = pruning->rows[row].is_risky && risk_is_over(search, &pruning->rows[row]);
}
