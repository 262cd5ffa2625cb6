/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why not: made after a refusal, by looking once more at every device for every request alone, without a
 * search. A request that could not even be served alone is short, and its reasons tell it all. If none is
 * short, the requests hinder each other, and relax.c looks for the constraint to blame.
 *
 * The work is bounded (MAX_LOOKS); past it, further nodes count as not looked at.
 */

#include "controller/allocate/reasons/reasons.h"

#include "controller/allocate/reasons/judge.h"
#include "controller/allocate/view/groups.h"
#include "controller/allocate/view/node_match.h"

#include <stdlib.h>

enum { MAX_LOOKS = 1000000 };

/* One demand, and what became of its devices. */
struct tally {
    size_t claim_index;
    struct claim_state *claim;
    struct demand demand;
    struct reason_count counts[N_REASONS];
    size_t n_matching_here, n_available_here; /* on the node at hand */
    size_t n_best;
    bool is_served; /* some node could serve it alone */
};

struct explaining {
    struct search search; /* of the node at hand; only its view and features are used */
    struct inventory *inventory;
    struct arena *arena;
    struct tally *tallies;
    size_t n_tallies, n_claims;
    uint64_t round;
    size_t n_looks;
};

/* Counting */

static void tally_count(struct explaining *e, struct tally *tally, enum reason reason,
                        const struct slice_record *slice, const struct device_entry *entry,
                        const struct buf *detail)
{
    struct reason_count *count = &tally->counts[reason];
    count->reason = reason;
    if (count->n_devices++)
        return;
    count->example =
        arena_printf(e->arena, "%s/%s/%s", slice->pool->driver, slice->pool->name, entry->use->name);
    if (detail->length)
        count->detail = arena_strndup(e->arena, detail->data, detail->length);
}

static bool candidate_is_elsewhere(const struct explaining *e, const struct candidate *candidate)
{
    const struct device *device = candidate->common;
    bool matches = true;
    if (candidate->slice->per_device_node_selection)
        error_free(node_match(e->search.view.node, device->node_name, device->all_nodes,
                              device->node_selector, &matches));
    return !matches;
}

static enum reason tally_judge(struct explaining *e, const struct tally *tally, struct candidate *candidate,
                               bool *is_refused, struct buf *detail)
{
    enum reason reason = REASON_AVAILABLE;
    *is_refused = demand_refuses(&e->search, &tally->demand, &candidate->entry->card, &reason, detail);
    return *is_refused ? reason
                       : candidate_judge(&e->search, tally->claim, &tally->demand, candidate, detail);
}

static void tally_look(struct explaining *e, struct tally *tally, struct candidate *candidate)
{
    bool is_refused = false;
    enum reason reason = tally_judge(e, tally, candidate, &is_refused, NULL);
    tally->n_matching_here += !is_refused;
    tally->n_available_here += reason == REASON_AVAILABLE;
    if (candidate->entry->explained == e->round)
        return;
    cleanup_buf struct buf detail = BUF_INIT(2048);
    if (!tally->counts[reason].n_devices)
        tally_judge(e, tally, candidate, &is_refused, &detail);
    tally_count(e, tally, reason, candidate->slice, candidate->entry, &detail);
}

/* A device of another node in a slice of several nodes is left to its own node. */
static void look_at_candidates(struct explaining *e)
{
    for (size_t i = 0; i < e->search.view.n_candidates; i++) {
        struct candidate *candidate = &e->search.view.candidates[i];
        if (candidate_is_elsewhere(e, candidate))
            continue;
        for (size_t t = 0; t < e->n_tallies; t++)
            tally_look(e, &e->tallies[t], candidate);
        candidate->entry->explained = e->round;
        e->n_looks += e->n_tallies;
    }
}

/* Devices that no node offers: of other nodes, or of pools that cannot be used (REASON says so). */
static void look_at_slice(struct explaining *e, struct slice_record *slice, enum reason otherwise,
                          const char *why)
{
    for (size_t i = 0; i < slice->n_devices; i++) {
        struct device_entry *entry = &slice->entries[i];
        for (size_t t = 0; t < e->n_tallies && entry->explained != e->round; t++) {
            cleanup_buf struct buf detail = BUF_INIT(2048);
            enum reason reason = otherwise;
            if (!demand_refuses(&e->search, &e->tallies[t].demand, &entry->card, &reason, &detail) && why)
                buf_add(&detail, why);
            tally_count(e, &e->tallies[t], reason, slice, entry, &detail);
        }
        entry->explained = e->round;
        e->n_looks += e->n_tallies;
    }
}

static void look_at_unusable_pools(struct explaining *e)
{
    static const enum reason reasons[] = { [POOL_OBSOLETE] = REASON_POOL_OBSOLETE,
                                           [POOL_INCOMPLETE] = REASON_POOL_INCOMPLETE,
                                           [POOL_INVALID] = REASON_POOL_INVALID };
    for (size_t i = 0; i < e->search.view.n_pools; i++) {
        const struct pool_view *pool = e->search.view.pools[i];
        for (size_t s = 0; pool->state != POOL_USABLE && s < pool->slices.length; s++)
            look_at_slice(e, pool->slices.items[s], reasons[pool->state], pool->invalid_reason);
    }
}

static bool tally_is_served(const struct tally *tally)
{
    if (tally->demand.all)
        return tally->n_matching_here && tally->n_available_here == tally->n_matching_here;
    return (int64_t)tally->n_available_here >= tally->demand.n_devices;
}

static void tally_begin_node(struct tally *tally)
{
    tally->n_matching_here = tally->n_available_here = 0;
    *tally->demand.intake = (struct intake){ 0 }; /* the scratch of the node before is gone */
}

static void look_at_node(struct explaining *e, const struct inventory_node *node)
{
    struct error *err =
        view_obtain(e->inventory, &e->search.features, node, e->search.arena, &e->search.view);
    if (err) {
        error_free(err);
        return;
    }
    for (size_t t = 0; t < e->n_tallies; t++)
        tally_begin_node(&e->tallies[t]);
    look_at_candidates(e);
    look_at_unusable_pools(e);
    for (size_t t = 0; t < e->n_tallies; t++) {
        struct tally *tally = &e->tallies[t];
        tally->is_served = tally->is_served || tally_is_served(tally);
        if (tally->n_available_here > tally->n_best)
            tally->n_best = tally->n_available_here;
    }
}

/* Demands, without the checks that made the search give up */

static struct selector_list selectors_compile(struct explaining *e, const struct device_selector *selectors,
                                              size_t count)
{
    struct selector_list list = { .programs = arena_make_array(e->arena, struct program *, count) };
    for (size_t i = 0; i < count; i++) {
        if (selectors[i].expression)
            list.programs[list.n_programs++] =
                matcher_program(e->inventory->matcher, selectors[i].expression);
    }
    return list;
}

static void tally_compile(struct explaining *e, struct tally *tally)
{
    const struct device_class *class = tally->demand.class;
    const struct exact_request *request = tally->demand.request;
    tally->demand.class_selectors = selectors_compile(e, class->selectors, class->n_selectors);
    tally->demand.selectors = selectors_compile(e, request->selectors, request->n_selectors);
}

static void tally_start(struct explaining *e, struct claim_state *claim, const struct device_request *request,
                        const struct exact_request *exact, bool is_alternative)
{
    const char *name = request->name ? request->name : "";
    const char *alternative = is_alternative ? (exact->name ? exact->name : "") : NULL;
    struct tally *tally = &e->tallies[e->n_tallies++];
    tally->claim_index = e->n_claims;
    tally->claim = claim;
    tally->demand = (struct demand){
        .request = exact,
        .name = name,
        .full_name = alternative ? arena_printf(e->arena, "%s/%s", name, alternative) : name,
        .class = exact->class_name ? inventory_find_class(e->inventory, exact->class_name) : NULL,
        .all = exact->mode == MODE_ALL,
        .admin = !alternative && exact->admin_access,
        .n_devices = exact->count,
        .covered = arena_make_array(e->arena, bool, claim->n_constraints),
        .intake = arena_make(e->arena, struct intake),
    };
    for (size_t i = 0; i < claim->n_constraints; i++)
        tally->demand.covered[i] = constraint_covers(claim->constraints[i].source, name, alternative);
    if (e->search.features.derived_attributes)
        demand_find_derivations(&e->search, claim, &tally->demand);
    if (tally->demand.class)
        tally_compile(e, tally);
}

static void claim_tally(struct explaining *e, const struct resource_claim *source)
{
    struct claim_state *claim = arena_make(e->arena, struct claim_state);
    claim->claim = source;
    claim->n_constraints = source->spec.n_constraints;
    claim->constraints = arena_make_array(e->arena, struct constraint, claim->n_constraints);
    for (size_t i = 0; i < claim->n_constraints; i++) {
        const struct device_constraint *constraint = &source->spec.constraints[i];
        claim->constraints[i] = (struct constraint){
            .source = constraint,
            .attribute =
                constraint->match_attribute ? constraint->match_attribute : constraint->distinct_attribute,
        };
    }
    for (size_t i = 0; i < source->spec.n_requests; i++) {
        const struct device_request *request = &source->spec.requests[i];
        if (request->exactly)
            tally_start(e, claim, request, request->exactly, false);
        for (size_t j = 0; j < request->n_first_available; j++)
            tally_start(e, claim, request, &request->first_available[j], true);
    }
    e->n_claims++;
}

static void claims_tally(struct explaining *e, const struct allocate_request *request)
{
    size_t count = 0;
    for (size_t i = 0; i < request->n_claims; i++) {
        const struct claim_spec *spec = &request->claims[i]->spec;
        for (size_t j = 0; j < spec->n_requests; j++)
            count += spec->requests[j].n_first_available + 1;
    }
    e->tallies = arena_make_array(e->arena, struct tally, count);
    for (size_t i = 0; i < request->n_claims; i++)
        claim_tally(e, request->claims[i]);
}

/* Results */

static void reasons_sort(struct reason_count *reasons, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && reasons[j].n_devices > reasons[j - 1].n_devices; j--) {
            struct reason_count swapped = reasons[j];
            reasons[j] = reasons[j - 1];
            reasons[j - 1] = swapped;
        }
    }
}

static struct request_explanation tally_report(struct explaining *e, const struct tally *tally)
{
    struct request_explanation report = {
        .claim_index = tally->claim_index,
        .claim = claim_label(tally->claim->claim, e->arena),
        .request = arena_strdup(e->arena, tally->demand.full_name),
        .class_name = arena_strdup(e->arena, tally->demand.request->class_name),
        .all = tally->demand.all,
        .n_wanted = tally->demand.n_devices > 0 ? (size_t)tally->demand.n_devices : 0,
        .n_available = tally->counts[REASON_AVAILABLE].n_devices,
        .n_best = tally->n_best,
        .is_short = !tally->is_served,
        .reasons = arena_make_array(e->arena, struct reason_count, N_REASONS),
    };
    for (size_t i = 0; i < N_REASONS; i++) {
        report.n_considered += tally->counts[i].n_devices;
        if (tally->counts[i].n_devices)
            report.reasons[report.n_reasons++] = tally->counts[i];
    }
    reasons_sort(report.reasons, report.n_reasons);
    return report;
}

/* What a driver is replacing, or forgot: nobody ever looks at it. */
static bool slice_is_outdated(const struct slice_record *slice)
{
    const slice_list *all = &slice->pool->slices;
    for (size_t i = 0; i < all->length; i++) {
        if (all->items[i]->generation > slice->generation)
            return true;
    }
    return false;
}

static int slice_compare(const void *left, const void *right)
{
    const struct slice_record *a = *(struct slice_record *const *)left,
                              *b = *(struct slice_record *const *)right;
    int order = strcmp(a->pool->driver, b->pool->driver);
    order = order ? order : strcmp(a->pool->name, b->pool->name);
    return order ? order : strcmp(a->name, b->name);
}

/* In the order of candidates, so that an example is the same whatever came first. */
static void look_elsewhere(struct explaining *e)
{
    slice_list slices = { 0 };
    map_each (&e->inventory->slices, entry) {
        if (!slice_is_outdated(entry->value))
            vec_push(&slices, entry->value);
    }
    if (slices.length)
        qsort(slices.items, slices.length, sizeof(slices.items[0]), slice_compare);
    vec_each (&slices, slice) {
        bool is_beyond_us = !e->search.features.compatibility_groups && slice_has_groups(*slice);
        look_at_slice(e, *slice, is_beyond_us ? REASON_FEATURE_OFF : REASON_OTHER_NODE, NULL);
    }
    vec_done(&slices);
}

static bool is_any_short(const struct explanation *explanation)
{
    for (size_t i = 0; i < explanation->n_requests; i++) {
        if (explanation->requests[i].is_short)
            return true;
    }
    return false;
}

struct explanation *explanation_make(struct inventory *inventory, const struct allocate_request *request,
                                     const struct inventory_node *const *nodes, size_t n_nodes,
                                     struct arena *arena)
{
    struct explanation *out = arena_make(arena, struct explanation);
    struct explaining e = { .inventory = inventory, .arena = arena, .round = ++inventory->explain_round };
    e.search.inventory = inventory;
    e.search.request = request;
    e.search.features = request->features ? *request->features : features_all();
    e.search.arena = e.search.undo.arena = arena;
    claims_tally(&e, request);
    for (size_t i = 0; i < n_nodes && e.n_looks < MAX_LOOKS; i++) {
        cleanup_arena struct arena *scratch = arena_new();
        e.search.arena = scratch;
        look_at_node(&e, nodes[i]);
    }
    look_elsewhere(&e);
    out->node = n_nodes == 1 ? arena_strdup(arena, nodes[0]->name) : NULL;
    out->n_nodes = n_nodes;
    out->requests = arena_make_array(arena, struct request_explanation, e.n_tallies);
    for (size_t i = 0; i < e.n_tallies; i++)
        out->requests[out->n_requests++] = tally_report(&e, &e.tallies[i]);
    if (!is_any_short(out))
        constraints_report(inventory, request, nodes, n_nodes, arena, out);
    return out;
}
