/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 3. Equals. Two candidates that nobody has touched and that agree on everything that this search looks
 * at (the key of class_key) can change places in any solution. If taking D led to none, taking D' behind it
 * in the same place leads to none: from a solution with D' put D in its place, and D' where D was used by a
 * later request, if it was; the request's devices still stand in order, since D is before D' and D' before
 * the rest. That would be a solution with D (tried_has). The same holds for a branch that ends in an error,
 * as long as neither is among the devices of an All request that constraints may break: those are taken in a
 * fixed order, so they have no equals.
 */

#include "controller/allocate/pruning.h"

static void key_add_text(struct buf *key, const char *text)
{
    key_add(key, text ? text : "", text ? strlen(text) : 0);
}

void key_add_quantity(struct buf *key, const struct quantity *quantity)
{
    buf_append(key, &quantity->nanos, sizeof(quantity->nanos));
    buf_append(key, &quantity->format, sizeof(quantity->format));
    if (quantity->huge)
        key_add_text(key, quantity->text);
}

/* A policy is told by its address: devices of other kinds with equal policies differ then, which costs a
 * class and no truth. */
static void key_add_capacities(struct buf *key, const struct candidate *candidate)
{
    const struct device *device = candidate->common;
    const struct device_use *use = candidate->entry->use;
    for (size_t i = 0; i < device->n_capacities; i++) {
        key_add_text(key, device->capacities[i].name);
        key_add_quantity(key, &device->capacities[i].value);
        buf_append(key, &device->capacities[i].policy, sizeof(device->capacities[i].policy));
    }
    for (size_t i = 0; i < use->consumed.length; i++) {
        key_add_text(key, use->consumed.items[i].name);
        key_add_quantity(key, &use->consumed.items[i].value);
    }
}

static void key_add_draws(struct buf *key, const struct candidate *candidate)
{
    for (size_t i = 0; i < candidate->n_draws; i++) {
        buf_append(key, &candidate->draws[i].counter, sizeof(candidate->draws[i].counter));
        key_add_quantity(key, candidate->draws[i].amount);
    }
}

/* Only where some device of the pool names a group. */
static void key_add_groups(struct buf *key, const struct candidate *candidate)
{
    for (size_t i = 0; candidate->pool->n_group_sets && i < candidate->common->n_consumes; i++) {
        const struct counter_consumption *consumption = &candidate->common->consumes[i];
        buf_append(key, &candidate->pool, sizeof(candidate->pool));
        key_add_text(key, consumption->counter_set);
        buf_append(key, &consumption->n_compatibility_groups, sizeof(consumption->n_compatibility_groups));
        for (size_t j = 0; j < consumption->n_compatibility_groups; j++)
            key_add_text(key, consumption->compatibility_groups[j]);
    }
}

static void key_add_constraints(const struct search *search, struct buf *key,
                                const struct candidate *candidate)
{
    for (size_t c = 0; c < search->n_claims; c++) {
        for (size_t i = 0; i < search->claims[c].n_constraints; i++) {
            const struct card *card = &candidate->entry->card;
            value_id value =
                card_value(card, kind_find_attribute(card->kind, search->claims[c].constraints[i].attribute));
            buf_append(key, &value, sizeof(value));
        }
    }
}

/* A derived value is told by its address, of which there is one for each value. */
static void key_add_derivations(struct search *search, struct buf *key, const struct claim_state *claim,
                                const struct demand *demand, const struct candidate *candidate)
{
    for (size_t i = 0; demand->derivations && i < claim->n_constraints; i++) {
        const struct attribute *value =
            demand->derivations[i]
                ? matcher_derive(search->inventory->matcher, demand->derivations[i], &candidate->entry->card)
                : NULL;
        buf_append(key, &value, sizeof(value));
    }
}

static bool is_broken_by_order(struct search *search, const struct pruning *pruning,
                               const struct candidate *candidate)
{
    for (size_t row = 0; row < pruning->n_rows; row++) {
        if (pruning->rows[row].is_risky && demand_accepted(search, pruning->rows[row].demand, candidate))
            return true;
    }
    return false;
}

/* Everything of an untouched candidate that this search can see. */
static void class_key(struct search *search, const struct pruning *pruning, const struct candidate *candidate,
                      struct buf *key)
{
    const struct device_use *use = candidate->entry->use;
    buf_add_char(key, candidate->is_shared ? 's' : 'd');
    buf_add_char(key, use->n_dedicated ? '1' : '0');
    buf_add_char(key, use->n_shared ? '1' : '0');
    buf_add_char(key, candidate->common->n_consumes ? '1' : '0');
    buf_add_char(key, candidate_node_supports(search, candidate) ? '1' : '0');
    demands_each(search, claim, demand)
    {
        bool accepted = demand_accepted(search, demand, candidate);
        buf_add_char(key, accepted ? '1' : '0');
        buf_add_char(key, candidate_find_taint(search, demand, candidate) ? '1' : '0');
        if (accepted)
            key_add_derivations(search, key, claim, demand, candidate);
    }
    key_add_capacities(key, candidate);
    key_add_draws(key, candidate);
    key_add_groups(key, candidate);
    key_add_constraints(search, key, candidate);
    if (is_broken_by_order(search, pruning, candidate))
        buf_append(key, &candidate->place, sizeof(candidate->place));
}

void classes_make(struct search *search, struct pruning *pruning)
{
    cleanup_map struct map classes = { 0 };
    pruning->classes = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
        class_key(search, pruning, &search->view.candidates[i], &key);
        uintptr_t class = (uintptr_t)map_find(&classes, buf_span(&key));
        if (!class) {
            class = ++pruning->n_classes;
            map_set(&classes, buf_span(&key), (void *)class);
        }
        pruning->classes[i] = (uint32_t) class - 1;
    }
}

static bool is_untouched(const struct candidate *candidate)
{
    return !candidate->taken_by && !candidate->n_shares;
}

bool tried_has(const struct search *search, const struct tried *tried, const struct candidate *candidate)
{
    for (size_t i = 0; search->pruning && i < tried->n_classes; i++) {
        if (tried->classes[i] == search->pruning->classes[candidate->place])
            return is_untouched(candidate);
    }
    return false;
}

void tried_add(const struct search *search, struct tried *tried, const struct candidate *candidate)
{
    if (search->pruning && is_untouched(candidate) && tried->n_classes < PRUNE_MAX_TRIED)
        tried->classes[tried->n_classes++] = search->pruning->classes[candidate->place];
}
