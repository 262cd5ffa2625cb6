/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heap of choices: crowds of nodes that look alike, each by its next node. A crowd whose node is taken off
 * goes back with the one behind it, so that crowds of equal rank take turns by the names of their nodes.
 *
 * Named candidates are bits over the order of names, where they stand in that order and are not few; or else
 * the heap has them one by one.
 */

#include "controller/allocate/choice.h"

#include "controller/allocate/inventory/refusals.h"

/* Ranks, least first */

enum { RANK_NO_BLOCK = BLOCK_MOST + 1 };
#define RANK_LAST UINT64_MAX

/* By how much the smallest block of MASK with room for N devices exceeds them. */
static uint64_t mask_excess(uint64_t mask, size_t n)
{
    uint64_t large = mask >> (n < BLOCK_MOST ? n : BLOCK_MOST);
    return large ? (uint64_t)__builtin_ctzll(large) : RANK_NO_BLOCK;
}

static uint64_t look_rank(const struct node_look *look, enum placement placement, size_t n_wanted)
{
    switch (placement) {
    case PLACEMENT_FIRST: break;
    case PLACEMENT_BINPACK:
        return look->n_free && look->n_free >= n_wanted ? look->n_devices - look->n_used : RANK_LAST;
    case PLACEMENT_SPREAD: return look->n_used;
    case PLACEMENT_TOPOLOGY:
        if (!look->n_free || look->n_free < n_wanted)
            return RANK_LAST;
        n_wanted = n_wanted ? n_wanted : 1;
        return mask_excess(look->roots, n_wanted) << 40 | mask_excess(look->numas, n_wanted) << 32 |
               look->n_free;
    }
    return 0;
}

/* Where every device belongs to some node, a node with too few that nobody holds as a whole is out. */
static bool look_has_enough(const struct inventory *inventory, const struct node_look *look, size_t least)
{
    return inventory->slices_shared.length || least <= look->n_devices - look->n_blocked;
}

/* The heap */

static bool choice_before(const struct choice *a, const struct choice *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->place < b->place;
}

static void choices_sink(struct choices *choices, size_t at)
{
    struct choice *heap = choices->heap;
    for (;;) {
        size_t best = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < choices->length; child++) {
            if (choice_before(&heap[child], &heap[best]))
                best = child;
        }
        if (best == at)
            return;
        struct choice moved = heap[at];
        heap[at] = heap[best];
        heap[best] = moved;
        at = best;
    }
}

static void add_crowds(struct choices *choices, size_t largest, size_t total)
{
    struct inventory *inventory = choices->inventory;
    choices->heap = arena_make_array(choices->arena, struct choice, inventory->peopled.length);
    vec_each (&inventory->peopled, crowd) {
        size_t place = crowd_find(*crowd, 0, choices->refused);
        const struct node_look *look = crowd_look(*crowd);
        if (place != SIZE_MAX && look_has_enough(inventory, look, largest))
            choices->heap[choices->length++] = (struct choice){
                .rank = look_rank(look, choices->request->placement, total), .place = place, .crowd = *crowd
            };
    }
}

/* Bits of the nodes that are no candidates, or refused; NULL if such bits cannot say which are. */
static const uint64_t *names_left_out(const struct choices *choices)
{
    const struct allocate_request *request = choices->request;
    const node_list *by_name = &choices->inventory->by_name;
    size_t n_words = (by_name->length + 63) / 64, place = 0;
    if (request->n_nodes == 1 || request->n_nodes < by_name->length / 8)
        return NULL;
    uint64_t *left_out = arena_make_array(choices->arena, uint64_t, n_words);
    for (size_t i = 0; i < n_words; i++)
        left_out[i] = UINT64_MAX;
    for (size_t i = 0; i < request->n_nodes; i++, place++) {
        int order = 1;
        while (place < by_name->length &&
               (order = strcmp(by_name->items[place]->name, request->nodes[i])) < 0)
            place++;
        if (place == by_name->length || order > 0)
            return NULL;
        left_out[place / 64] &= ~(UINT64_C(1) << place % 64);
    }
    for (size_t i = 0; choices->refused && i < n_words; i++)
        left_out[i] |= choices->refused[i];
    return left_out;
}

/* A node that the inventory does not know counts as without devices. */
static void add_named_nodes(struct choices *choices, size_t largest, size_t total)
{
    static const struct node_look nothing;
    const struct allocate_request *request = choices->request;
    choices->heap = arena_make_array(choices->arena, struct choice, request->n_nodes);
    for (size_t i = 0; i < request->n_nodes; i++) {
        struct node_record *record = node_find(choices->inventory, request->nodes[i]);
        if (record && record->is_object && refused_has(choices->refused, record->place))
            continue;
        if (record && request->placement == PLACEMENT_TOPOLOGY)
            node_look_settle(record);
        const struct node_look *look = record ? &record->look : &nothing;
        if (request->n_nodes == 1 || look_has_enough(choices->inventory, look, largest))
            choices->heap[choices->length++] = (struct choice){
                .rank = look_rank(look, request->placement, total), .place = i, .named = record
            };
    }
}

void choices_start(struct choices *choices, struct inventory *inventory,
                   const struct allocate_request *request, const uint64_t *refused, struct arena *arena)
{
    size_t largest = 0, total = 0;
    *choices =
        (struct choices){ .inventory = inventory, .request = request, .arena = arena, .refused = refused };
    if (request->n_nodes != 1) /* there is nothing to choose */
        request_measure(request, &largest, &total);
    const uint64_t *left_out = request->nodes ? names_left_out(choices) : refused;
    if (request->nodes && !left_out) {
        add_named_nodes(choices, largest, total);
    } else {
        choices->refused = left_out;
        add_crowds(choices, largest, total);
    }
    for (size_t i = choices->length / 2; i-- > 0;)
        choices_sink(choices, i);
}

/* Nodes */

/* A node that the inventory does not know has a name and no labels. */
static const struct inventory_node *node_unknown(const char *name, struct arena *arena)
{
    struct node_record *unknown = arena_make(arena, struct node_record);
    unknown->node.name = arena_strdup(arena, name);
    return &unknown->node;
}

static const struct inventory_node *node_named(const struct inventory *inventory, const char *name,
                                               struct arena *arena)
{
    const struct node_record *record = node_find(inventory, name);
    return record ? &record->node : node_unknown(name, arena);
}

const struct inventory_node **candidate_nodes(const struct inventory *inventory,
                                              const struct allocate_request *request, struct arena *arena,
                                              size_t *n_nodes)
{
    *n_nodes = request->nodes ? request->n_nodes : inventory->by_name.length;
    const struct inventory_node **nodes = arena_make_array(arena, const struct inventory_node *, *n_nodes);
    for (size_t i = 0; i < *n_nodes; i++)
        nodes[i] = request->nodes ? node_named(inventory, request->nodes[i], arena)
                                  : &inventory->by_name.items[i]->node;
    return nodes;
}

static const struct inventory_node *choice_node(const struct choices *choices, const struct choice *choice)
{
    if (choice->crowd)
        return &choices->inventory->by_name.items[choice->place]->node;
    return choice->named ? &choice->named->node
                         : node_unknown(choices->request->nodes[choice->place], choices->arena);
}

const struct inventory_node *choices_next(struct choices *choices)
{
    if (!choices->length)
        return NULL;
    struct choice *top = &choices->heap[0];
    const struct inventory_node *node = choice_node(choices, top);
    top->place = top->crowd ? crowd_find(top->crowd, top->place + 1, choices->refused) : SIZE_MAX;
    if (top->place == SIZE_MAX)
        *top = choices->heap[--choices->length];
    choices_sink(choices, 0);
    return node;
}
