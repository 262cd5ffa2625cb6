/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placement `topology` inside a node: blocks that fit best are used up first (api/config/placement.h has the
 * rule). What counts as free in a block is what some request of the claims could take now, so that a node's
 * NICs do not make a PCIe root look large to a claim for GPUs.
 *
 *     candidates ──► usable ones, PCIe root by PCIe root ──► roots picked by best fit ──► the rest, smallest
 *                └─► others, which no request could take                                  first, then others
 */

#include "controller/allocate/search/order.h"

#include <stdlib.h>

/* Usable candidates */

static bool is_kept(struct error *err)
{
    error_free(err);
    return !err;
}

/* An error is left to the search, which meets it in its own time. */
static bool demand_could_take(struct search *search, size_t claim, struct demand *demand,
                              struct candidate *candidate)
{
    const char *short_of = NULL;
    bool accepted = false;
    return !candidate_is_taken(search, demand, claim, candidate) &&
           is_kept(demand_accepts(search, demand, candidate, &accepted)) && accepted &&
           is_kept(candidate_fits_capacity(search, demand, candidate, &short_of)) && !short_of;
}

static bool claims_could_take(struct search *search, struct candidate *candidate)
{
    bool found = false;
    for (size_t c = 0; c < search->n_claims; c++) {
        for (size_t r = 0; r < search->claims[c].n_requests; r++) {
            struct request_state *request = &search->claims[c].requests[r];
            for (size_t i = 0; i < request->n_demands && !found; i++)
                found = demand_could_take(search, c, &request->demands[i], candidate);
        }
    }
    return found && (candidate->entry->use->n_shared || !candidate_is_short(candidate));
}

static void items_judge(struct search *search, struct order_item *items, size_t n_items)
{
    for (size_t i = 0; i < n_items; i++) {
        items[i].is_usable = claims_could_take(search, items[i].candidate);
        items[i].set->n_usable += items[i].is_usable;
    }
}

/* Order inside a root */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* What is broken into, what cannot be, what would have to be. */
static int item_class(const struct order_item *item)
{
    if (item->fill > 0)
        return 0;
    return item->set->name ? 2 : 1;
}

static int compare_places(const struct order_item *a, const struct order_item *b)
{
    return COMPARE(a->candidate->place, b->candidate->place);
}

/* In a root smaller sets come first, and the devices of one set side by side. */
static int compare_in_root(const struct order_item *a, const struct order_item *b)
{
    int order = COMPARE(item_class(a), item_class(b));
    order = order ? order : COMPARE(a->set->n_usable, b->set->n_usable);
    order = order ? order : COMPARE(b->fill, a->fill);
    order = order ? order : COMPARE(a->set, b->set);
    return order ? order : compare_places(a, b);
}

static int compare_roots(const struct order_item *a, const struct order_item *b)
{
    const struct topology *x = &a->candidate->entry->topology, *y = &b->candidate->entry->topology;
    int order = COMPARE(x->numa, y->numa);
    return order ? order : COMPARE(x->root, y->root);
}

/* Usable ones first, those of a root side by side; the roots in no order that means anything. */
static int compare_items(const void *left, const void *right)
{
    const struct order_item *a = left, *b = right;
    int order = COMPARE(b->is_usable, a->is_usable);
    if (!order && !a->is_usable)
        return compare_places(a, b);
    order = order ? order : compare_roots(a, b);
    return order ? order : compare_in_root(a, b);
}

/* Blocks: PCIe roots, side by side in their NUMA nodes */

struct patch {
    const struct order_item *items;
    size_t n_left;  /* items that are not picked yet */
    size_t n_whole; /* items of which nothing is gone */
    size_t first;   /* least place of a candidate */
    struct patch *numa;
    struct patch *roots; /* of a NUMA node */
    size_t n_roots;
};

struct picking {
    struct patch *roots, *numas;
    size_t n_roots, n_numas;
    size_t n_wanted;         /* still */
    struct order_item *next; /* where the next picked item goes */
};

static void patch_add(struct patch *patch, const struct order_item *item)
{
    size_t place = item->candidate->place;
    patch->first = !patch->n_left || place < patch->first ? place : patch->first;
    patch->n_whole += item->fill <= 0;
    patch->n_left++;
}

static void picking_add(struct picking *picking, const struct order_item *item,
                        const struct order_item *before)
{
    bool same_numa =
        before && before->candidate->entry->topology.numa == item->candidate->entry->topology.numa;
    struct patch *numa = &picking->numas[picking->n_numas - same_numa];
    struct patch *root = &picking->roots[picking->n_roots - (before && !compare_roots(before, item))];
    if (!numa->n_left) {
        picking->n_numas++;
        numa->roots = root;
    }
    if (!root->n_left) {
        picking->n_roots++;
        numa->n_roots++;
        *root = (struct patch){ .items = item, .numa = numa };
    }
    patch_add(numa, item);
    patch_add(root, item);
}

/* Best fit: the smallest that holds all that is wanted, or else the largest. Equals: the one in the smaller
 * NUMA node, then the one with less to break into. */
static int patch_compare(const struct patch *a, const struct patch *b, size_t n_wanted)
{
    bool fits = a->n_left >= n_wanted;
    int order = COMPARE(b->n_left >= n_wanted, fits);
    order = order ? order : fits ? COMPARE(a->n_left, b->n_left) : COMPARE(b->n_left, a->n_left);
    if (!order && a->numa)
        order = COMPARE(a->numa->n_left, b->numa->n_left);
    order = order ? order : COMPARE(a->n_whole, b->n_whole);
    return order ? order : COMPARE(a->first, b->first);
}

static struct patch *patch_best(struct patch *patches, size_t n_patches, size_t n_wanted)
{
    struct patch *best = NULL;
    for (size_t i = 0; i < n_patches; i++) {
        if (patches[i].n_left && (!best || patch_compare(&patches[i], best, n_wanted) < 0))
            best = &patches[i];
    }
    return best;
}

/* Picking */

static void root_pick(struct picking *picking, struct patch *root)
{
    for (size_t i = 0; i < root->n_left; i++)
        *picking->next++ = root->items[i];
    picking->n_wanted -= root->n_left < picking->n_wanted ? root->n_left : picking->n_wanted;
    root->numa->n_left -= root->n_left;
    root->n_left = 0;
}

static void numa_pick(struct picking *picking, struct patch *numa)
{
    while (picking->n_wanted && numa->n_left)
        root_pick(picking, patch_best(numa->roots, numa->n_roots, picking->n_wanted));
}

static int compare_left(const void *left, const void *right)
{
    return patch_compare(left, right, 0);
}

static void picking_run(struct picking *picking)
{
    while (picking->n_wanted) {
        struct patch *root = patch_best(picking->roots, picking->n_roots, picking->n_wanted);
        if (!root)
            return;
        if (root->n_left >= picking->n_wanted)
            root_pick(picking, root);
        else
            numa_pick(picking, patch_best(picking->numas, picking->n_numas, picking->n_wanted));
    }
    qsort(picking->roots, picking->n_roots, sizeof(*picking->roots), compare_left);
    for (size_t i = 0; i < picking->n_roots; i++)
        root_pick(picking, &picking->roots[i]);
}

void order_by_blocks(struct search *search, struct order_item *items, size_t n_items)
{
    size_t n_usable = 0;
    items_judge(search, items, n_items);
    qsort(items, n_items, sizeof(*items), compare_items);
    while (n_usable < n_items && items[n_usable].is_usable)
        n_usable++;
    struct order_item *usable = arena_make_array(search->arena, struct order_item, n_usable);
    size_t largest, total;
    request_measure(search->request, &largest, &total);
    struct picking picking = { .roots = arena_make_array(search->arena, struct patch, n_usable),
                               .numas = arena_make_array(search->arena, struct patch, n_usable),
                               .n_wanted = total,
                               .next = items };
    for (size_t i = 0; i < n_usable; i++) {
        usable[i] = items[i];
        picking_add(&picking, &usable[i], i ? &usable[i - 1] : NULL);
    }
    picking_run(&picking);
}
