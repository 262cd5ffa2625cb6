/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing the node. Candidates are ordered by the placement, ties by their place among the candidates (or by
 * name, where all nodes are), and tried in that order until the claims fit: the best node that fits wins, and
 * no node behind it is looked at.
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

/* Nodes that the caller names, best first; one that the inventory does not know counts as without devices. */
static void choices_make(struct inventory *inventory, const struct allocate_request *request, size_t least,
                         choice_heap *heap)
{
    vec_reserve(heap, request->n_nodes);
    for (size_t i = 0; i < request->n_nodes; i++) {
        const struct node_record *record = node_find(inventory, request->nodes[i]);
        size_t rank = record ? node_rank(record, request->placement) : 0;
        if (request->n_nodes == 1 || node_has_enough(inventory, record, least))
            vec_push(heap, (struct choice){ rank, i });
    }
    for (size_t i = heap->length / 2; i-- > 0;)
        choices_sink(heap, i);
}

/* A node that the inventory does not know has a name and no labels. */
static const struct inventory_node *node_named(const struct inventory *inventory, const char *name,
                                               struct arena *arena)
{
    const struct node_record *record = node_find(inventory, name);
    if (record)
        return record->node;
    struct inventory_node *unknown = arena_make(arena, struct inventory_node);
    unknown->name = arena_strdup(arena, name);
    return unknown;
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
                            size_t n_placed, struct arena *arena, struct outcome *out)
{
    const node_list *all = request->nodes ? NULL : node_order(inventory, PLACEMENT_FIRST);
    size_t n_nodes = all ? all->length : request->n_nodes;
    const struct inventory_node **nodes = arena_make_array(arena, const struct inventory_node *, n_nodes);
    for (size_t i = 0; i < n_nodes; i++)
        nodes[i] = all ? all->items[i]->node : node_named(inventory, request->nodes[i], arena);
    out->explanation = explanation_make(inventory, request, nodes, n_nodes, arena);
    out->explanation->message = out->message;
    out->explanation->n_placed = n_placed;
}

/* The attempt so far, over one or more nodes. One is tried even if none has enough devices: the claims may be
 * wrong, and somebody has to say so. */
struct attempt {
    struct inventory *inventory;
    const struct allocate_request *request;
    struct arena *arena;
    struct outcome *out;
    size_t n_nodes, n_placed;
    bool is_final;
};

static void attempt_try(struct attempt *attempt, const struct inventory_node *node)
{
    struct outcome here = { .steps = attempt->out->steps };
    size_t n_placed = 0;
    allocate_on_node(attempt->inventory, attempt->request, node, attempt->arena, &here, &n_placed,
                     &attempt->is_final);
    attempt->out->steps = here.steps;
    attempt->n_placed = n_placed > attempt->n_placed ? n_placed : attempt->n_placed;
    bool is_first = !attempt->n_nodes++;
    if (attempt->is_final || is_first || outcome_rank(here.kind) > outcome_rank(attempt->out->kind))
        *attempt->out = here;
}

static void attempt_all_nodes(struct attempt *attempt, size_t least)
{
    const node_list *order = node_order(attempt->inventory, attempt->request->placement);
    for (size_t i = 0; i < order->length && !attempt->is_final; i++) {
        if (node_has_enough(attempt->inventory, order->items[i], least))
            attempt_try(attempt, order->items[i]->node);
    }
    if (!attempt->n_nodes && order->length)
        attempt_try(attempt, order->items[0]->node);
}

static void attempt_named_nodes(struct attempt *attempt, size_t least)
{
    choice_heap choices = { 0 };
    choices_make(attempt->inventory, attempt->request, least, &choices);
    while (choices.length && !attempt->is_final) {
        const char *name = attempt->request->nodes[choices_pop(&choices).order];
        attempt_try(attempt, node_named(attempt->inventory, name, attempt->arena));
    }
    if (!attempt->n_nodes && attempt->request->n_nodes)
        attempt_try(attempt, node_named(attempt->inventory, attempt->request->nodes[0], attempt->arena));
    vec_done(&choices);
}

void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out)
{
    struct attempt attempt = { .inventory = inventory, .request = request, .arena = arena, .out = out };
    size_t least = claims_least(request);
    *out = (struct outcome){ .kind = OUTCOME_NO_FIT };
    if (request->nodes)
        attempt_named_nodes(&attempt, least);
    else
        attempt_all_nodes(&attempt, least);
    if (out->kind != OUTCOME_ALLOCATED && !request->without_explanation)
        outcome_explain(inventory, request, attempt.n_placed, arena, out);
}
