/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing the node. Candidates are ordered by the placement, ties by their place among the candidates, and
 * tried in that order until the claims fit: the best node that fits wins, and no node behind it is looked at.
 *
 * An input that is wrong for every node ends it at once, as upstream has it. What is wrong with one node's
 * pools only costs that node, so that a broken driver on one machine never stops the others.
 */

#include "controller/allocate/search.h"

#include <stdlib.h>

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

/* Candidates */

struct choice {
    const struct inventory_node *node;
    size_t n_used, n_free; /* devices of the node's own slices */
    size_t order;
};

static void choice_count(const struct inventory *inventory, struct choice *choice)
{
    const slice_list *slices = map_get(&inventory->slices_by_node, choice->node->name);
    for (size_t i = 0; slices && i < slices->length; i++) {
        for (size_t j = 0; j < slices->items[i]->slice->n_devices; j++) {
            if (slices->items[i]->entries[j].use->holdings.length)
                choice->n_used++;
            else
                choice->n_free++;
        }
    }
}

static int order_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_by_order(const void *left, const void *right)
{
    const struct choice *a = left, *b = right;
    return order_sizes(a->order, b->order);
}

static int compare_by_free(const void *left, const void *right)
{
    const struct choice *a = left, *b = right;
    int order = order_sizes(a->n_free, b->n_free);
    return order ? order : compare_by_order(left, right);
}

static int compare_by_used(const void *left, const void *right)
{
    const struct choice *a = left, *b = right;
    int order = order_sizes(a->n_used, b->n_used);
    return order ? order : compare_by_order(left, right);
}

static int compare_by_name(const void *left, const void *right)
{
    const struct choice *a = left, *b = right;
    return strcmp(a->node->name, b->node->name);
}

/* A node that the inventory does not know has a name and no labels. */
static const struct inventory_node *node_find(const struct inventory *inventory, const char *name,
                                              struct arena *arena)
{
    const struct node_record *record = map_get(&inventory->nodes, name);
    if (record)
        return &record->node;
    struct inventory_node *node = arena_make(arena, struct inventory_node);
    node->name = arena_strdup(arena, name);
    return node;
}

static struct choice *choices_of_request(const struct inventory *inventory,
                                         const struct allocate_request *request, struct arena *arena,
                                         size_t *n_choices)
{
    *n_choices = request->nodes ? request->n_nodes : inventory->nodes.length;
    struct choice *choices = arena_make_array(arena, struct choice, *n_choices);
    for (size_t i = 0; i < *n_choices; i++) {
        const char *name = request->nodes ? request->nodes[i] : inventory->nodes.entries[i].key;
        choices[i] = (struct choice){ .node = node_find(inventory, name, arena), .order = i };
    }
    if (!request->nodes && *n_choices)
        qsort(choices, *n_choices, sizeof(*choices), compare_by_name);
    for (size_t i = 0; i < *n_choices; i++)
        choices[i].order = i;
    return choices;
}

static void choices_rank(const struct inventory *inventory, enum placement placement, struct choice *choices,
                         size_t n_choices)
{
    if (placement == PLACEMENT_FIRST || n_choices < 2)
        return;
    for (size_t i = 0; i < n_choices; i++)
        choice_count(inventory, &choices[i]);
    qsort(choices, n_choices, sizeof(*choices),
          placement == PLACEMENT_BINPACK ? compare_by_free : compare_by_used);
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
                            const struct choice *choices, size_t n_choices, size_t n_placed,
                            struct arena *arena, struct outcome *out)
{
    if (out->kind == OUTCOME_ALLOCATED || request->without_explanation)
        return;
    const struct inventory_node **nodes = arena_make_array(arena, const struct inventory_node *, n_choices);
    for (size_t i = 0; i < n_choices; i++)
        nodes[i] = choices[i].node;
    out->explanation = explanation_make(inventory, request, nodes, n_choices, arena);
    out->explanation->message = out->message;
    out->explanation->n_placed = n_placed;
}

void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out)
{
    size_t n_choices = 0, n_placed = 0;
    bool is_final = false;
    struct choice *choices = choices_of_request(inventory, request, arena, &n_choices);
    choices_rank(inventory, request->placement, choices, n_choices);
    *out = (struct outcome){ .kind = OUTCOME_NO_FIT };
    for (size_t i = 0; i < n_choices && !is_final; i++) {
        struct outcome here = { .steps = out->steps };
        size_t n_placed_here = 0;
        allocate_on_node(inventory, request, choices[i].node, arena, &here, &n_placed_here, &is_final);
        out->steps = here.steps;
        if (n_placed_here > n_placed)
            n_placed = n_placed_here;
        if (is_final || i == 0 || outcome_rank(here.kind) > outcome_rank(out->kind))
            *out = here;
    }
    outcome_explain(inventory, request, choices, n_choices, n_placed, arena, out);
}
