/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing the node. Candidates are ordered by the placement, ties by their place among the candidates, and
 * tried in that order until the claims fit: the best node that fits wins, and no node behind it is looked at.
 *
 * An input that is wrong for every node ends it at once, as upstream has it. What is wrong with one node's
 * pools only costs that node, so that a broken driver on one machine never stops the others.
 */

#include "controller/allocate/search.h"

const char *outcome_kind_name(enum outcome_kind kind)
{
    switch (kind) {
    case OUTCOME_ALLOCATED: return "Allocated";
    case OUTCOME_NO_FIT: return "NoFit";
    case OUTCOME_NODE_FAILURE: return "NodeFailure";
    case OUTCOME_ABORTED: return "Aborted";
    case OUTCOME_EXHAUSTED: return "Exhausted";
    }
    return "";
}

/* Candidates: a heap, the best one on top, since mostly one is enough */

struct choice {
    size_t rank;  /* by the placement, least first */
    size_t order; /* among equals: the place among the candidates */
};

typedef VEC(struct choice) choice_heap;

static bool choice_before(const struct choice *a, const struct choice *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->order < b->order;
}

static void choices_sink(choice_heap *heap, size_t at)
{
    for (;;) {
        size_t best = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < heap->length; child++) {
            if (choice_before(&heap->items[child], &heap->items[best]))
                best = child;
        }
        if (best == at)
            return;
        struct choice moved = heap->items[at];
        heap->items[at] = heap->items[best];
        heap->items[best] = moved;
        at = best;
    }
}

static struct choice choices_pop(choice_heap *heap)
{
    struct choice best = heap->items[0];
    heap->items[0] = vec_pop(heap);
    choices_sink(heap, 0);
    return best;
}

static size_t node_rank(const struct node_record *record, enum placement placement)
{
    switch (placement) {
    case PLACEMENT_FIRST: return 0;
    case PLACEMENT_BINPACK: return record ? record->n_devices - record->n_used : 0;
    case PLACEMENT_SPREAD: return record ? record->n_used : 0;
    }
    return 0;
}

/* The least number of devices without which some request can never be met. */
static size_t request_least(const struct device_request *request)
{
    int64_t least = INT64_MAX;
    if (request->exactly && (request->exactly->admin_access || request->exactly->mode == MODE_UNKNOWN))
        return 0;
    if (request->exactly)
        least = request->exactly->mode == MODE_ALL ? 1 : request->exactly->count;
    for (size_t i = 0; i < request->n_first_available; i++) {
        const struct exact_request *alternative = &request->first_available[i];
        int64_t count = alternative->mode == MODE_EXACT_COUNT ? alternative->count : 1;
        least = count < least ? count : least;
    }
    return least > 0 && least < INT64_MAX ? (size_t)least : 0;
}

static size_t claims_least(const struct allocate_request *request)
{
    size_t most = 0;
    for (size_t i = 0; i < request->n_claims; i++) {
        for (size_t r = 0; r < request->claims[i]->spec.n_requests; r++) {
            size_t least = request_least(&request->claims[i]->spec.requests[r]);
            most = least > most ? least : most;
        }
    }
    return most;
}

/* Where every device belongs to some node, a node with too few that nobody holds as a whole is out. */
static bool node_has_enough(const struct inventory *inventory, const struct node_record *record, size_t least)
{
    return inventory->slices_shared.length || least <= (record ? record->n_devices - record->n_blocked : 0);
}

/* Candidates in the order given, or all nodes by name. */
struct candidates {
    const struct node_record *const *known; /* or NULL: NAMES are looked up */
    const struct inventory *inventory;
    const char *const *names;
    size_t n_nodes;
};

static struct candidates candidates_of(const struct inventory *inventory,
                                       const struct allocate_request *request)
{
    if (request->nodes)
        return (struct candidates){ NULL, inventory, request->nodes, request->n_nodes };
    return (struct candidates){ (const struct node_record *const *)inventory->known.items, inventory, NULL,
                                inventory->known.length };
}

/* NULL: the inventory knows nothing of that node. */
static const struct node_record *candidates_at(const struct candidates *candidates, size_t index)
{
    return candidates->known ? candidates->known[index]
                             : node_find(candidates->inventory, candidates->names[index]);
}

/* A node that the inventory does not know has a name and no labels. */
static const struct inventory_node *candidates_node(const struct candidates *candidates, size_t index,
                                                    struct arena *arena)
{
    const struct node_record *record = candidates_at(candidates, index);
    if (record)
        return record->node;
    struct inventory_node *unknown = arena_make(arena, struct inventory_node);
    unknown->name = arena_strdup(arena, candidates->names[index]);
    return unknown;
}

static void choices_make(const struct candidates *candidates, const struct allocate_request *request,
                         choice_heap *heap)
{
    size_t least = claims_least(request);
    vec_reserve(heap, candidates->n_nodes);
    for (size_t i = 0; i < candidates->n_nodes; i++) {
        const struct node_record *record = candidates_at(candidates, i);
        if (candidates->n_nodes == 1 || node_has_enough(candidates->inventory, record, least))
            vec_push(heap, (struct choice){ node_rank(record, request->placement), i });
    }
    for (size_t i = heap->length / 2; i-- > 0;)
        choices_sink(heap, i);
}

/* One node */

static const char *error_keep(struct error *err, struct arena *arena)
{
    const char *text = arena_strdup(arena, err->text);
    error_free(err);
    return text;
}

static struct error *search_keep(const struct search *search, struct arena *arena, struct outcome *out)
{
    out->allocations = arena_make_array(arena, struct allocation, search->n_claims);
    for (size_t i = 0; i < search->n_claims; i++)
        TRY(claim_assemble(search, &search->claims[i], arena, &out->allocations[i]));
    out->kind = OUTCOME_ALLOCATED;
    out->node = arena_strdup(arena, search->view.node->name);
    return NULL;
}

static struct error *search_conclude(struct search *search, struct arena *arena, struct outcome *out)
{
    bool found = false;
    TRY(search_run(search, &found));
    if (found)
        return search_keep(search, arena, out);
    if (search->exhausted) {
        out->kind = OUTCOME_EXHAUSTED;
    } else if (view_find_pool(&search->view, POOL_INVALID)) {
        out->kind = OUTCOME_NODE_FAILURE;
        out->message = "invalid resource pools were encountered";
    } else {
        out->kind = OUTCOME_NO_FIT;
    }
    return NULL;
}

/* *IS_FINAL: the outcome is the same on every node. */
static void allocate_on_node(struct inventory *inventory, const struct allocate_request *request,
                             const struct inventory_node *node, struct arena *arena, struct outcome *out,
                             size_t *n_placed, bool *is_final)
{
    cleanup_arena struct arena *scratch = arena_new();
    struct search search;
    struct error *err = search_start(&search, inventory, request, node, scratch);
    if (!err)
        err = search_conclude(&search, arena, out);
    if (err) {
        out->kind = OUTCOME_ABORTED;
        out->allocations = NULL;
        out->message = error_keep(err, arena);
    }
    out->steps += search.steps;
    *n_placed = search.most_placed;
    *is_final = out->kind == OUTCOME_ALLOCATED || (out->kind == OUTCOME_ABORTED && !search.node_is_cause);
    search_done(&search);
}

/* Which refusal says most about all nodes together: from "no" to "perhaps" to "broken". */
static int outcome_rank(enum outcome_kind kind)
{
    switch (kind) {
    case OUTCOME_NO_FIT: return 0;
    case OUTCOME_NODE_FAILURE: return 1;
    case OUTCOME_ABORTED: return 2;
    case OUTCOME_EXHAUSTED: return 3;
    case OUTCOME_ALLOCATED: return 4;
    }
    return 0;
}

static void outcome_explain(struct inventory *inventory, const struct allocate_request *request,
                            const struct candidates *candidates, size_t n_placed, struct arena *arena,
                            struct outcome *out)
{
    if (out->kind == OUTCOME_ALLOCATED || request->without_explanation)
        return;
    const struct inventory_node **nodes =
        arena_make_array(arena, const struct inventory_node *, candidates->n_nodes);
    for (size_t i = 0; i < candidates->n_nodes; i++)
        nodes[i] = candidates_node(candidates, i, arena);
    out->explanation = explanation_make(inventory, request, nodes, candidates->n_nodes, arena);
    out->explanation->message = out->message;
    out->explanation->n_placed = n_placed;
}

void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out)
{
    size_t n_placed = 0;
    bool is_final = false, is_first = true;
    choice_heap choices = { 0 };
    struct candidates candidates = candidates_of(inventory, request);
    choices_make(&candidates, request, &choices);
    *out = (struct outcome){ .kind = OUTCOME_NO_FIT };
    for (; choices.length && !is_final; is_first = false) {
        struct outcome here = { .steps = out->steps };
        const struct inventory_node *node = candidates_node(&candidates, choices_pop(&choices).order, arena);
        size_t n_placed_here = 0;
        allocate_on_node(inventory, request, node, arena, &here, &n_placed_here, &is_final);
        out->steps = here.steps;
        n_placed = n_placed_here > n_placed ? n_placed_here : n_placed;
        if (is_final || is_first || outcome_rank(here.kind) > outcome_rank(out->kind))
            *out = here;
    }
    vec_done(&choices);
    outcome_explain(inventory, request, &candidates, n_placed, arena, out);
}
