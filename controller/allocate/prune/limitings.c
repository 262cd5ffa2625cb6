/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constraints in numbers: what each looks at, by row and column, as a set of values; and which of these sets
 * it would still take.
 */

#include "controller/allocate/prune/pruning.h"

static uint32_t limiting_add_set(struct limiting *limiting, struct map *numbers,
                                 const struct attribute *attribute)
{
    struct span key = { (const char *)&attribute, sizeof(attribute) };
    uintptr_t number = (uintptr_t)map_find(numbers, key);
    if (number)
        return (uint32_t)(number - 1);
    uint32_t set = value_sets_add(&limiting->sets, attribute);
    vec_push(&limiting->attributes, attribute);
    map_set(numbers, key, (void *)((uintptr_t)set + 1));
    return set;
}

/* Candidates of a column have equal attributes, so the sample's do; requests may derive others from them. */
static void limiting_add_row(struct search *search, struct limiting *limiting, struct map *numbers,
                             size_t row)
{
    const struct pruning *pruning = search->pruning;
    const struct claim_state *claim = &search->claims[limiting->claim];
    const struct attribute *attribute = NULL;
    uint32_t *sets = &limiting->set_of[row * pruning->n_columns];
    size_t like = pruning->rows[row].like;
    if (like != row) {
        memcpy(sets, &limiting->set_of[like * pruning->n_columns], pruning->n_columns * sizeof(*sets));
        return;
    }
    for (size_t column = 0; column < pruning->n_columns; column++) {
        if (pruning->possible[row * pruning->n_columns + column] &&
            is_harmless(demand_attribute(search, claim, pruning->rows[row].demand, limiting->place,
                                         pruning->samples[column], &attribute)))
            sets[column] = limiting_add_set(limiting, numbers, attribute);
    }
}

static void limiting_make(struct search *search, struct pruning *pruning, size_t claim, size_t place)
{
    const struct constraint *constraint = &search->claims[claim].constraints[place];
    struct limiting limiting = { .claim = claim,
                                 .place = place,
                                 .is_match = constraint->is_match,
                                 .sets.lists = constraint->list_attributes };
    cleanup_map struct map numbers = { 0 };
    limiting.set_of = arena_make_array(search->arena, uint32_t, pruning->n_rows * pruning->n_columns);
    limiting_add_set(&limiting, &numbers, NULL);
    for (size_t row = 0; row < pruning->n_rows; row++) {
        if (row_is_covered(&pruning->rows[row], &limiting))
            limiting_add_row(search, &limiting, &numbers, row);
    }
    limiting.accepts = arena_make_array(search->arena, bool, limiting.attributes.length);
    limiting.is_present = arena_make_array(search->arena, bool, value_sets_count(&limiting.sets));
    pruning->is_ordered |= limiting.sets.has_odd;
    vec_push(&pruning->limitings, limiting);
}

void limitings_make(struct search *search, struct pruning *pruning)
{
    for (size_t c = 0; pruning->n_columns && c < search->n_claims; c++) {
        for (size_t i = 0; i < search->claims[c].n_constraints; i++) {
            if (search->claims[c].constraints[i].source != search->ignored)
                limiting_make(search, pruning, c, i);
        }
    }
}

void limiting_ask(struct search *search, struct limiting *limiting)
{
    struct constraint *constraint = &search->claims[limiting->claim].constraints[limiting->place];
    size_t mark = undo_mark(&search->undo);
    for (size_t set = 0; set < limiting->attributes.length; set++) {
        bool accepts = false;
        struct error *err =
            constraint_add(constraint, limiting->attributes.items[set], &search->undo, &accepts);
        limiting->accepts[set] = is_harmless(err) && accepts;
        undo_to(&search->undo, mark);
    }
}
