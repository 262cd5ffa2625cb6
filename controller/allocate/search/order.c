/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which the search tries the candidates of a node, where the placement wants another one than
 * Kubernetes'. It is a permutation: the search finds its first solution in it, and finds one whenever there
 * is one. What `all` means and how results are listed does not depend on it.
 *
 * The fill of a candidate is the part of it that is gone: of its fullest capacity, or of the fullest counter
 * in the sets that it draws on. Devices that are neither shared nor partitions are all whole: binpack and
 * spread have nothing to choose among them.
 */

#include "controller/allocate/search/order.h"

#include <stdlib.h>

/* How much is gone */

static double part_of(double part, const struct quantity *whole)
{
    double all = quantity_as_double(whole);
    return all > 0 ? part / all : 0;
}

static double use_fill(const struct candidate *candidate)
{
    const struct device_use *use = candidate->entry->use;
    double fill = use->n_shared ? 1e-9 : 0; /* a share of nothing is a share */
    for (size_t i = 0; i < use->consumed.length; i++) {
        const struct named_quantity *gone = &use->consumed.items[i];
        const struct capacity *capacity = device_capacity(candidate->common, gone->name);
        double part = capacity ? part_of(quantity_as_double(&gone->value), &capacity->value) : 0;
        fill = part > fill ? part : fill;
    }
    return fill;
}

static double counter_fill(const struct counter *counter)
{
    double gone = quantity_as_double(counter->published) - quantity_as_double(&counter->available);
    return part_of(gone, counter->published);
}

bool candidate_is_short(const struct candidate *candidate)
{
    for (size_t i = 0; i < candidate->n_draws; i++) {
        if (quantity_compare(&candidate->draws[i].counter->available, candidate->draws[i].amount) < 0)
            return true;
    }
    return false;
}

/* Counter sets */

typedef VEC(struct order_set) set_list;

static struct order_set set_make(const struct pool_view *pool, const char *name)
{
    struct order_set set = { .pool = pool, .name = name };
    for (size_t i = 0; name && i < pool->n_counters; i++) {
        const struct counter *counter = &pool->counters[i];
        double part = counter->set == name ? counter_fill(counter) : 0;
        set.fill = part > set.fill ? part : set.fill;
    }
    return set;
}

/* The place of the set in the list. Devices of a set stand together mostly: the latest one is tried first. */
static size_t sets_find(set_list *sets, const struct pool_view *pool, const char *name, size_t latest)
{
    for (size_t i = 0; i < sets->length; i++) {
        size_t at = (latest + i) % sets->length;
        if (sets->items[at].name == name && (sets->items[at].pool == pool || !name))
            return at;
    }
    vec_push(sets, set_make(pool, name));
    return sets->length - 1;
}

/* Items */

/* Sets live in the search's arena. */
static void items_fill(struct search *search, struct order_item *items)
{
    const struct view *view = &search->view;
    set_list sets = { 0 };
    size_t *places = arena_make_array(search->arena, size_t, view->n_candidates), latest = 0;
    for (size_t i = 0; i < view->n_candidates; i++) {
        struct candidate *candidate = &view->candidates[i];
        items[i] = (struct order_item){ .candidate = candidate, .fill = use_fill(candidate) };
        for (size_t d = 0; d < candidate->n_draws; d++) {
            latest = sets_find(&sets, candidate->pool, candidate->draws[d].counter->set, latest);
            double fill = sets.items[latest].fill;
            items[i].fill = fill > items[i].fill ? fill : items[i].fill;
        }
        const char *first = candidate->n_draws ? candidate->draws[0].counter->set : NULL;
        latest = places[i] = sets_find(&sets, candidate->pool, first, latest);
        items[i].turn = first ? sets.items[latest].n_seen++ : 0;
    }
    struct order_set *kept = arena_make_array(search->arena, struct order_set, sets.length);
    for (size_t i = 0; i < sets.length; i++)
        kept[i] = sets.items[i];
    for (size_t i = 0; i < view->n_candidates; i++)
        items[i].set = &kept[places[i]];
    vec_done(&sets);
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_places(const struct order_item *a, const struct order_item *b)
{
    return (a->candidate->place > b->candidate->place) - (a->candidate->place < b->candidate->place);
}

static int compare_binpack(const void *left, const void *right)
{
    const struct order_item *a = left, *b = right;
    int order = compare_numbers(b->fill, a->fill);
    return order ? order : compare_places(a, b);
}

static int compare_spread(const void *left, const void *right)
{
    const struct order_item *a = left, *b = right;
    int order = compare_numbers(a->fill, b->fill);
    if (!order)
        order = (a->turn > b->turn) - (a->turn < b->turn);
    return order ? order : compare_places(a, b);
}

static bool is_divisible(const struct candidate *candidate)
{
    return candidate->is_shared || candidate->n_draws;
}

/* Whether the placement has anything to choose by. */
static bool order_matters(const struct search *search)
{
    enum placement placement = search->request->placement;
    if (placement == PLACEMENT_FIRST || search->view.n_candidates < 2)
        return false;
    for (size_t i = 0; i < search->view.n_candidates && placement != PLACEMENT_TOPOLOGY; i++) {
        if (is_divisible(&search->view.candidates[i]))
            return true;
    }
    return placement == PLACEMENT_TOPOLOGY;
}

struct candidate **order_make(struct search *search)
{
    size_t count = search->view.n_candidates;
    if (!order_matters(search))
        return NULL;
    struct order_item *items = arena_make_array(search->arena, struct order_item, count);
    struct candidate **order = arena_make_array(search->arena, struct candidate *, count);
    items_fill(search, items);
    switch (search->request->placement) {
    case PLACEMENT_FIRST: break;
    case PLACEMENT_BINPACK: qsort(items, count, sizeof(*items), compare_binpack); break;
    case PLACEMENT_SPREAD: qsort(items, count, sizeof(*items), compare_spread); break;
    case PLACEMENT_TOPOLOGY: order_by_blocks(search, items, count); break;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = items[i].candidate;
    return order;
}

/* Results */

static void claim_order_placed(struct claim_state *claim)
{
    for (uint32_t i = 1; i < claim->n_placed; i++) {
        for (uint32_t j = i; j > 0; j--) {
            struct placed *before = &claim->placed[j - 1], *behind = &claim->placed[j];
            if (before->demand != behind->demand || before->candidate->place < behind->candidate->place)
                break;
            struct placed moved = *before;
            *before = *behind;
            *behind = moved;
        }
    }
}

void order_placed(struct search *search)
{
    for (size_t i = 0; search->order && i < search->n_claims; i++)
        claim_order_placed(&search->claims[i]);
}
