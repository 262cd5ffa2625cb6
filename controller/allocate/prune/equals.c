/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 3. Equals. Two candidates that nobody has touched and that agree on everything that this search looks
 * at (candidate_key) are equals; so are two that stand at the same place in two blocks that can change places
 * (symmetry.c), if what is taken of the blocks looks the same. If taking D led to no solution, taking D'
 * behind it in the same place leads to none: in a solution with D' let the two candidates, or the two blocks,
 * change places in all that is taken from here on. That is a solution too. Its next device for this request
 * is D, or one that stands before D; and all of those were tried: here, or earlier on the way, since the
 * search goes through sets of devices in order (are_equals).
 *
 * The same holds for a branch that ends in an error, as long as neither is among the devices of an All
 * request that constraints may break: those are taken in a fixed order, so they have no equals.
 */

#include "controller/allocate/prune/pruning.h"

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

/* EXACT: which counters, or only the how manieth of the block. */
static void key_add_draws(const struct pruning *pruning, struct buf *key, const struct candidate *candidate,
                          bool exact)
{
    if (candidate->common->n_consumes)
        buf_append(key, &candidate->pool, sizeof(candidate->pool));
    for (size_t i = 0; i < candidate->n_draws; i++) {
        struct counter *counter = candidate->draws[i].counter;
        struct span name = { (const char *)&counter, sizeof(counter) };
        uintptr_t place = exact ? (uintptr_t)counter : (uintptr_t)map_find(&pruning->counter_places, name);
        buf_append(key, &place, sizeof(place));
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

static void key_add_constraints(const struct search *search, const struct pruning *pruning, struct buf *key,
                                const struct candidate *candidate, bool exact)
{
    for (size_t c = 0; c < search->n_claims; c++) {
        for (size_t i = 0; i < search->claims[c].n_constraints; i++) {
            const char *attribute = search->claims[c].constraints[i].attribute;
            value_id value = candidate_value(candidate, attribute);
            if (value && !exact && is_linked(pruning, attribute))
                value = UINT32_MAX;
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

void candidate_key(struct search *search, const struct pruning *pruning, const struct candidate *candidate,
                   bool exact, struct buf *key)
{
    const struct device_use *use = candidate->entry->use;
    buf_add_char(key, candidate->is_shared ? 's' : 'd');
    buf_add_char(key, use->n_dedicated ? '1' : '0');
    buf_add_char(key, use->n_shared ? '1' : '0');
    buf_add_char(key, candidate->common->n_consumes ? '1' : '0');
    buf_add_char(key, candidate_node_supports(search, candidate) ? '1' : '0');
    for (size_t row = 0; row < pruning->n_rows; row++) {
        struct demand *demand = pruning->rows[row].demand;
        if (pruning->rows[row].like != row)
            continue;
        bool accepted = demand_accepted(search, demand, candidate);
        buf_add_char(key, accepted ? '1' : '0');
        buf_add_char(key, candidate_find_taint(search, demand, candidate) ? '1' : '0');
        if (accepted)
            key_add_derivations(search, key, &search->claims[pruning->rows[row].claim], demand, candidate);
    }
    key_add_capacities(key, candidate);
    key_add_draws(pruning, key, candidate, exact);
    key_add_groups(key, candidate);
    key_add_constraints(search, pruning, key, candidate, exact);
    if (is_broken_by_order(search, pruning, candidate))
        buf_append(key, &candidate->place, sizeof(candidate->place));
}

void classes_make(struct search *search, struct pruning *pruning)
{
    cleanup_map struct map classes = { 0 };
    pruning->classes = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
        candidate_key(search, pruning, &search->view.candidates[i], true, &key);
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

/* Whether what is taken of two blocks looks the same. */
static bool blocks_look_alike(const struct search *search, const struct standing *at, uint32_t a, uint32_t b)
{
    struct pruning *pruning = search->pruning;
    size_t n_before = traces_collect(search, at, a, pruning->traces);
    struct trace *others = pruning->traces + n_before;
    size_t n_others = traces_collect(search, at, b, others);
    for (size_t i = 0; i < n_others; i++)
        others[i].block = a;
    return n_before == n_others && memcmp(pruning->traces, others, n_others * sizeof(*others)) == 0;
}

static bool are_equals(const struct search *search, const struct standing *at, const struct candidate *a,
                       const struct candidate *b)
{
    const struct pruning *pruning = search->pruning;
    uint32_t block_a = pruning->blocks[a->place], block_b = pruning->blocks[b->place];
    if (pruning->colors[a->place] != pruning->colors[b->place])
        return false;
    if (is_untouched(a) && is_untouched(b) && pruning->classes[a->place] == pruning->classes[b->place])
        return true;
    return block_a != block_b && pruning->types[block_a] == pruning->types[block_b] && !pruning->is_ordered &&
           a->taken_by == b->taken_by && candidate_gone(search, a) == candidate_gone(search, b) &&
           blocks_look_alike(search, at, block_a, block_b);
}

bool tried_has_equal(const struct search *search, const struct tried *tried,
                     const struct candidate *candidate)
{
    const struct standing at = { .claim = tried->claim, .request = tried->request, .demand = tried->demand };
    for (size_t i = 0; i < tried->n_candidates; i++) {
        if (are_equals(search, &at, tried->candidates[i], candidate))
            return true;
    }
    return false;
}
