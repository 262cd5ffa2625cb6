/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four rules, at work once a search takes long (PRUNE_AFTER_STEPS). They presuppose that no error can come up
 * in this search: every selector was evaluated on every device, every amount can be represented, no
 * constraint covers an All request. An error ends a search wherever it comes up, so a branch without a
 * solution could not be left out otherwise.
 *
 * 1. Too few. Whatever is taken further down, a test that refuses a candidate now refuses it there: holders,
 *    shares and counters only grow, constraints and compatibility groups only get stricter. So if fewer
 * candidates pass all tests now than a demand still wants, it cannot be met below this point
 * (demand_is_short).
 *
 * 2. Looking ahead. For the same reason a later request, none of whose alternatives has enough candidates
 *    now, cannot be met below this point (request_is_hopeless).
 *
 * 3. Equals. Two candidates that nobody has touched and that agree on everything that this search looks at
 *    (the key of class_key) can change places in any solution. If taking D led to none, taking D' behind it
 *    in the same place leads to none: from a solution with D' put D in its place, and D' where D was used
 *    by a later request, if it was; the request's devices still stand in order, since D is before
 *    D' and D' before the rest. That would be a solution with D (tried_has).
 *
 * 4. Remembering. Whether a solution lies behind the start of a request depends on what is taken, not on how
 *    that came about: on how many candidates of each class are taken, by this claim and by earlier ones, on
 *    which shared ones and how much of them, and on what the claim's constraints have seen. A state
 *    that was refuted once is refuted always (request_refuted).
 */

#include "controller/allocate/prune.h"

#include "controller/allocate/groups.h"

struct class_count {
    uint32_t here, before; /* taken by the claim at hand, by earlier ones */
};

struct pruning {
    uint32_t *classes; /* by candidate */
    size_t n_classes;
    struct class_count *counts; /* zero between uses */
    bool has_admin;             /* rule 4 does not hold then: several claims may take one device */
    struct map refuted;         /* states */
    size_t refuted_bytes;
};

/* Safety */

static bool is_harmless(struct error *err)
{
    error_free(err);
    return !err;
}

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

static bool demand_is_harmless(struct search *search, struct claim_state *claim, struct demand *demand)
{
    for (size_t i = 0; demand->all && i < claim->n_constraints; i++) {
        if (demand->covered[i])
            return false;
    }
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        if (!candidate_is_harmless(search, claim, demand, &search->view.candidates[i]))
            return false;
    }
    return true;
}

/* Walks over every demand of every claim. */
#define demands_each(search, claim, demand)                                                                  \
    for (struct claim_state *claim = (search)->claims; claim != (search)->claims + (search)->n_claims;       \
         claim++)                                                                                            \
        for (struct request_state *request_ = claim->requests;                                               \
             request_ != claim->requests + claim->n_requests; request_++)                                    \
            for (struct demand *demand = request_->demands;                                                  \
                 demand != request_->demands + request_->n_demands; demand++)

static bool search_is_harmless(struct search *search)
{
    demands_each(search, claim, demand)
    {
        if (!demand_is_harmless(search, claim, demand))
            return false;
    }
    return true;
}

/* Classes */

static void key_add(struct buf *key, const void *bytes, size_t length)
{
    buf_append(key, &length, sizeof(length));
    buf_append(key, bytes, length);
}

static void key_add_text(struct buf *key, const char *text)
{
    key_add(key, text ? text : "", text ? strlen(text) : 0);
}

static void key_add_quantity(struct buf *key, const struct quantity *quantity)
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
    bool accepted = demand->selectable[candidate->place] == VERDICT_TRUE;
    for (size_t i = 0; accepted && demand->derivations && i < claim->n_constraints; i++) {
        const struct attribute *value =
            demand->derivations[i]
                ? matcher_derive(search->inventory->matcher, demand->derivations[i], &candidate->entry->card)
                : NULL;
        buf_append(key, &value, sizeof(value));
    }
}

/* Everything of an untouched candidate that this search can see. */
static void class_key(struct search *search, const struct candidate *candidate, struct buf *key)
{
    const struct device_use *use = candidate->entry->use;
    buf_add_char(key, candidate->is_shared ? 's' : 'd');
    buf_add_char(key, use->n_dedicated ? '1' : '0');
    buf_add_char(key, use->n_shared ? '1' : '0');
    buf_add_char(key, candidate->common->n_consumes ? '1' : '0');
    buf_add_char(key, candidate_node_supports(search, candidate) ? '1' : '0');
    demands_each(search, claim, demand)
    {
        buf_add_char(key, (char)demand->selectable[candidate->place]);
        buf_add_char(key, candidate_find_taint(search, demand, candidate) ? '1' : '0');
        key_add_derivations(search, key, claim, demand, candidate);
    }
    key_add_capacities(key, candidate);
    key_add_draws(key, candidate);
    key_add_groups(key, candidate);
    key_add_constraints(search, key, candidate);
}

static void classes_make(struct search *search, struct pruning *pruning)
{
    cleanup_map struct map classes = { 0 };
    pruning->classes = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
        class_key(search, &search->view.candidates[i], &key);
        uintptr_t class = (uintptr_t)map_find(&classes, buf_span(&key));
        if (!class) {
            class = ++pruning->n_classes;
            map_set(&classes, buf_span(&key), (void *)class);
        }
        pruning->classes[i] = (uint32_t) class - 1;
    }
    pruning->counts = arena_make_array(search->arena, struct class_count, pruning->n_classes);
}

void pruning_start(struct search *search)
{
    if (!search_is_harmless(search))
        return;
    search->pruning = NEW(struct pruning);
    demands_each(search, claim, demand) search->pruning->has_admin |= demand->admin;
    classes_make(search, search->pruning);
}

void pruning_free(struct pruning *pruning)
{
    if (!pruning)
        return;
    map_done(&pruning->refuted);
    free(pruning);
}

/* Rule 1 */

bool demand_is_short(struct search *search, size_t claim, struct demand *demand, size_t start, int64_t wanted)
{
    int64_t found = 0;
    for (size_t i = start; search->pruning && i < search->view.n_candidates && found < wanted; i++) {
        size_t mark = undo_mark(&search->undo);
        bool usable = false;
        if (!is_harmless(candidate_try(search, claim, demand, search_candidate(search, i), &usable)))
            return false;
        undo_to(&search->undo, mark);
        found += usable;
    }
    return search->pruning && found < wanted;
}

/* Rule 2 */

static bool demand_is_blocked(struct search *search, size_t claim, struct demand *demand)
{
    if (!demand->all)
        return demand_is_short(search, claim, demand, 0, demand->n_devices);
    for (int64_t i = 0; i < demand->n_devices; i++) {
        size_t mark = undo_mark(&search->undo);
        bool usable = false;
        if (!is_harmless(candidate_take(search, claim, demand, demand->devices[i], false, &usable)))
            return false;
        undo_to(&search->undo, mark);
        if (!usable)
            return true;
    }
    return !demand->n_devices;
}

static bool request_is_blocked(struct search *search, size_t claim, struct request_state *request)
{
    for (size_t i = 0; i < request->n_demands; i++) {
        if (!demand_is_blocked(search, claim, &request->demands[i]))
            return false;
    }
    return true;
}

static bool is_later_blocked(struct search *search, size_t claim, size_t request)
{
    for (size_t c = claim; c < search->n_claims; c++) {
        for (size_t r = c == claim ? request : 0; r < search->claims[c].n_requests; r++) {
            if (request_is_blocked(search, c, &search->claims[c].requests[r]))
                return true;
        }
    }
    return false;
}

/* Rule 3 */

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

/* Rule 4 */

static void classes_count(const struct search *search, size_t claim)
{
    struct pruning *pruning = search->pruning;
    for (size_t c = 0; c <= claim && c < search->n_claims; c++) {
        for (uint32_t i = 0; i < search->claims[c].n_placed; i++) {
            const struct candidate *candidate = search->claims[c].placed[i].candidate;
            struct class_count *count = &pruning->counts[pruning->classes[candidate->place]];
            if (candidate->is_shared)
                continue;
            if (c == claim)
                count->here++;
            else
                count->before++;
        }
    }
}

static void state_add_classes(const struct search *search, size_t claim, struct buf *state)
{
    struct pruning *pruning = search->pruning;
    classes_count(search, claim);
    for (size_t class = 0; class < pruning->n_classes; class ++) {
        struct class_count *count = &pruning->counts[class];
        if (!count->here && !count->before)
            continue;
        buf_append(state, &class, sizeof(class));
        buf_append(state, count, sizeof(*count));
        *count = (struct class_count){ 0 };
    }
}

static void state_add_shares(const struct search *search, struct buf *state)
{
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        const struct candidate *candidate = &search->view.candidates[i];
        if (!candidate->n_shares)
            continue;
        buf_append(state, &candidate->place, sizeof(candidate->place));
        for (size_t c = 0; c < candidate->common->n_capacities; c++)
            key_add_quantity(state, &candidate->consuming[c]);
    }
}

/* What constraints have seen: of each placed device its demand and its class. */
static void state_add_placed(const struct search *search, const struct claim_state *claim, struct buf *state)
{
    for (uint32_t i = 0; claim->n_constraints && i < claim->n_placed; i++) {
        buf_append(state, &claim->placed[i].demand, sizeof(claim->placed[i].demand));
        buf_append(state, &search->pruning->classes[claim->placed[i].candidate->place], sizeof(uint32_t));
    }
}

static void state_make(const struct search *search, size_t claim, size_t request, struct buf *state)
{
    buf_append(state, &claim, sizeof(claim));
    buf_append(state, &request, sizeof(request));
    buf_append(state, &search->claims[claim].n_placed, sizeof(search->claims[claim].n_placed));
    state_add_classes(search, claim, state);
    buf_add_char(state, '|');
    state_add_shares(search, state);
    buf_add_char(state, '|');
    state_add_placed(search, &search->claims[claim], state);
}

static bool is_refuted(const struct search *search, size_t claim, size_t request)
{
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    if (search->pruning->has_admin)
        return false;
    state_make(search, claim, request, &state);
    return map_find(&search->pruning->refuted, buf_span(&state));
}

bool request_is_hopeless(struct search *search, size_t claim, size_t request)
{
    return search->pruning &&
           (is_refuted(search, claim, request) || is_later_blocked(search, claim, request));
}

void request_refuted(struct search *search, size_t claim, size_t request)
{
    struct pruning *pruning = search->pruning;
    if (!pruning || pruning->has_admin || search->exhausted || pruning->refuted_bytes > PRUNE_MAX_BYTES)
        return;
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    state_make(search, claim, request, &state);
    pruning->refuted_bytes += state.length;
    map_set(&pruning->refuted, buf_span(&state), search);
}
