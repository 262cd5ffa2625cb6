/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests on one candidate, in upstream's order (allocation.md 4.8), and what taking it changes. Every
 * change is saved in the undo log first, so a refusal half way and a later change of mind are undone alike.
 */

#include "controller/allocate/state/state.h"
#include "controller/allocate/view/groups.h"

#define OPTIONAL_NODE_OPERATIONS "DRAOptionalNodeOperations"

/* A device that is taken as a whole has all of its capacities, however much that is. */
static bool capacity_counts(const struct search *search, const struct demand *demand,
                            const struct candidate *candidate)
{
    return search->features.consumable_capacity &&
           (demand->request->n_capacity_requests || candidate->is_shared ||
            !candidate->entry->card.kind->is_plain || candidate->entry->use->consumed.length);
}

struct error *demand_intake(const struct search *search, const struct demand *demand,
                            const struct candidate *candidate)
{
    return intake_prepare(demand->intake, candidate->common, demand->request,
                          candidate_rules(search, candidate), search->arena);
}

struct error *candidate_fits_capacity(const struct search *search, const struct demand *demand,
                                      const struct candidate *candidate, const char **short_of)
{
    const struct device_use *use = candidate->entry->use;
    const struct capacity_use gone = { use->consumed.items, use->consumed.length, candidate->consuming };
    *short_of = NULL;
    if (!capacity_counts(search, demand, candidate))
        return NULL;
    TRY(demand_intake(search, demand, candidate));
    *short_of = intake_find_short(demand->intake, &gone);
    return NULL;
}

bool candidate_node_supports(const struct search *search, const struct candidate *candidate)
{
    const struct inventory_node *node = search->view.node;
    if (!candidate->slice->n_skip_node_operations)
        return true;
    for (size_t i = 0; search->features.optional_node_operations && i < node->n_declared_features; i++) {
        if (strcmp(node->declared_features[i], OPTIONAL_NODE_OPERATIONS) == 0)
            return true;
    }
    return false;
}

/* Counters */

static bool is_short(const struct counter *counter)
{
    return quantity_compare(&counter->available, &counter->used) < 0;
}

/* One that is overdrawn blocks the pool. What the search takes never overdraws: then only what the candidate
 * draws on can have run short. */
static const struct counter *pool_find_short(const struct candidate *candidate)
{
    const struct pool_view *pool = candidate->pool;
    const struct counter *found = NULL;
    for (size_t i = 0; pool->is_overdrawn && i < pool->n_counters; i++) {
        if (is_short(&pool->counters[i]))
            return &pool->counters[i];
    }
    for (size_t i = 0; i < candidate->n_draws; i++) {
        const struct counter *counter = candidate->draws[i].counter;
        if (is_short(counter) && (!found || counter < found))
            found = counter;
    }
    return found;
}

const struct counter *candidate_draw(struct candidate *candidate, struct undo_log *undo)
{
    size_t mark = undo_mark(undo);
    for (size_t i = 0; i < candidate->n_draws; i++) {
        struct counter *counter = candidate->draws[i].counter;
        undo_save(undo, &counter->used, sizeof(counter->used));
        quantity_add(&counter->used, candidate->draws[i].amount);
    }
    const struct counter *missing = pool_find_short(candidate);
    if (missing)
        undo_to(undo, mark);
    return missing;
}

/* A shared device draws on its counters once, however many shares it has. */
static bool is_drawn_already(const struct candidate *candidate)
{
    const struct device_use *use = candidate->entry->use;
    return candidate->is_shared && (use->n_shared || use->consumed.length || candidate->n_shares);
}

/* Taints */

static bool tolerates(const struct toleration *tolerations, size_t n_tolerations, const struct taint *taint)
{
    return !taints_find_untolerated(taint, 1, tolerations, n_tolerations);
}

static bool is_tolerated(const struct search *search, const struct demand *demand, const struct taint *taint)
{
    return tolerates(demand->request->tolerations, demand->request->n_tolerations, taint) ||
           tolerates(search->request->tolerations, search->request->n_tolerations, taint);
}

const struct taint *candidate_find_taint(const struct search *search, const struct demand *demand,
                                         const struct candidate *candidate)
{
    const struct device *device = candidate->common;
    const struct device_entry *entry = candidate->entry;
    for (uint32_t i = 0; search->features.device_taints && i < device->n_taints; i++) {
        if (!is_tolerated(search, demand, &device->taints[i]))
            return &device->taints[i];
    }
    for (const struct taint **taint = entry->rule_taints; search->features.device_taints && taint && *taint;
         taint++) {
        if (!is_tolerated(search, demand, *taint))
            return *taint;
    }
    return NULL;
}

/* Taking */

static struct error *constraints_add(struct search *search, struct claim_state *claim,
                                     const struct demand *demand, const struct candidate *candidate,
                                     bool must, bool *out)
{
    *out = true;
    for (size_t i = 0; i < claim->n_constraints && *out; i++) {
        const struct attribute *attribute = NULL;
        if (!demand->covered[i] || claim->constraints[i].source == search->ignored)
            continue;
        TRY(demand_attribute(search, claim, demand, i, candidate, &attribute));
        TRY(error_wrap(constraint_add(&claim->constraints[i], attribute, &search->undo, out), "device %s",
                       candidate_name(candidate)));
        if (!*out && must)
            return error_invalid("claim %s, request %s: cannot add device %s/%s/%s because a claim "
                                 "constraint would not be satisfied",
                                 claim_label(claim->claim, search->arena), demand->full_name,
                                 candidate->slice->pool->driver, candidate->slice->pool->name,
                                 candidate_name(candidate));
    }
    return NULL;
}

static struct error *share_consume(struct search *search, const struct demand *demand,
                                   struct candidate *candidate)
{
    TRY(demand_intake(search, demand, candidate));
    undo_save(&search->undo, &candidate->n_shares, sizeof(candidate->n_shares));
    candidate->n_shares++;
    for (size_t i = 0; i < candidate->common->n_capacities; i++) {
        undo_save(&search->undo, &candidate->consuming[i], sizeof(candidate->consuming[i]));
        quantity_add(&candidate->consuming[i], &demand->intake->items[i].amount);
    }
    return NULL;
}

static struct error *candidate_has_room(const struct search *search, size_t claim,
                                        const struct demand *demand, const struct candidate *candidate,
                                        bool *out)
{
    const char *short_of = NULL;
    TRY(error_wrap(candidate_fits_capacity(search, demand, candidate, &short_of),
                   "claim %s, request %s: checking capacity for device %s/%s/%s",
                   claim_label(search->claims[claim].claim, search->arena), demand->full_name,
                   candidate_driver(candidate), candidate->slice->pool->name, candidate_name(candidate)));
    *out = !short_of;
    return NULL;
}

static struct error *candidate_hold(struct search *search, size_t index, const struct demand *demand,
                                    struct candidate *candidate)
{
    struct claim_state *claim = &search->claims[index];
    claim->placed[claim->n_placed] =
        (struct placed){ .demand = demand, .candidate = candidate, .admin = demand->admin };
    undo_save(&search->undo, &claim->n_placed, sizeof(claim->n_placed));
    undo_save(&search->undo, &search->n_placed, sizeof(search->n_placed));
    claim->n_placed++;
    if (++search->n_placed > search->most_placed)
        search->most_placed = search->n_placed;
    if (candidate->is_shared)
        return share_consume(search, demand, candidate);
    undo_save(&search->undo, &candidate->taken_by, sizeof(candidate->taken_by));
    candidate->taken_by = (uint32_t)index + 1;
    return NULL;
}

/* All tests but that of holders; changes what joins, draws and constrains. */
static struct error *candidate_test(struct search *search, size_t claim, const struct demand *demand,
                                    struct candidate *candidate, bool must, bool *out)
{
    *out = false;
    if (!candidate_node_supports(search, candidate))
        return NULL;
    if (!search->features.partitionable_devices && candidate->common->n_consumes)
        return NULL;
    if (candidate->common->n_consumes && !is_drawn_already(candidate) &&
        (groups_join(candidate, &search->undo) || candidate_draw(candidate, &search->undo)))
        return NULL;
    if ((candidate->common->n_taints || candidate->entry->rule_taints) &&
        candidate_find_taint(search, demand, candidate))
        return NULL;
    *out = true;
    if (!search->claims[claim].n_constraints)
        return NULL;
    return constraints_add(search, &search->claims[claim], demand, candidate, must, out);
}

struct error *candidate_take(struct search *search, size_t claim, const struct demand *demand,
                             struct candidate *candidate, bool *out)
{
    size_t mark = undo_mark(&search->undo);
    *out = false;
    if (candidate_is_taken(search, demand, claim, candidate))
        return NULL;
    struct error *err = candidate_test(search, claim, demand, candidate, true, out);
    if (!err && *out)
        err = candidate_has_room(search, claim, demand, candidate, out);
    if (!err && *out)
        err = candidate_hold(search, claim, demand, candidate);
    if (err || !*out)
        undo_to(&search->undo, mark);
    return err;
}

struct error *candidate_try_free(struct search *search, size_t claim, struct demand *demand,
                                 struct candidate *candidate, bool *out)
{
    size_t mark = undo_mark(&search->undo);
    TRY(demand_accepts(search, demand, candidate, out));
    if (!*out)
        return NULL;
    if (capacity_counts(search, demand, candidate))
        TRY(candidate_has_room(search, claim, demand, candidate, out));
    if (!*out)
        return NULL;
    struct error *err = candidate_test(search, claim, demand, candidate, false, out);
    if (!err && *out)
        err = candidate_hold(search, claim, demand, candidate);
    if (err || !*out)
        undo_to(&search->undo, mark);
    return err;
}
