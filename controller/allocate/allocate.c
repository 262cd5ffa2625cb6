/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates are tried in the order of the placement (choice.c) until the claims fit: the best node that fits
 * wins, and no node behind it is looked at. Those that refused the same claims before (refusals.c) are left
 * out, but if no other will do they are tried after all: a refusal is always the word of a search.
 *
 * An input that is wrong for every node ends it at once, as upstream has it. What is wrong with one node's
 * pools only costs that node, so that a broken driver on one machine never stops the others.
 */

#include "controller/allocate/allocate.h"

#include "controller/allocate/choice.h"
#include "controller/allocate/inventory/answers.h"
#include "controller/allocate/inventory/refusals.h"
#include "controller/allocate/reasons/reasons.h"
#include "controller/allocate/search/search.h"

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

/* One node */

static const char *error_keep(struct error *err, struct arena *arena)
{
    const char *text = arena_strdup(arena, err->text);
    error_free(err);
    return text;
}

static struct error *search_keep(const struct search *search, struct arena *arena, struct outcome *out)
{
    TRY(search_assemble(search, arena, &out->allocations));
    const struct allocate_request *request = search->request;
    const char *node = arena_strdup(arena, search->view.node->name);
    out->message = request->refuse ? request->refuse(request->ctx, node, out->allocations, arena) : NULL;
    out->kind = out->message ? OUTCOME_NO_FIT : OUTCOME_ALLOCATED;
    out->allocations = out->message ? NULL : out->allocations;
    out->node = out->message ? NULL : node;
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
    struct search search;
    struct error *err = search_start(&search, inventory, request, node, inventory->scratch);
    if (!err)
        err = search_conclude(&search, arena, out);
    if (err) {
        out->kind = search.is_node_failure ? OUTCOME_NODE_FAILURE : OUTCOME_ABORTED;
        out->allocations = NULL;
        out->message = error_keep(err, arena);
    }
    out->steps += search.steps;
    *n_placed = search.most_placed;
    *is_final = out->kind == OUTCOME_ALLOCATED || (out->kind == OUTCOME_ABORTED && !search.node_is_cause);
    search_done(&search);
    arena_clear(inventory->scratch);
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
    size_t n_nodes;
    const struct inventory_node **nodes = candidate_nodes(inventory, request, arena, &n_nodes);
    out->explanation = explanation_make(inventory, request, nodes, n_nodes, arena);
    out->explanation->message = out->message;
    out->explanation->n_placed = n_placed;
    if (out->message) /* it is not for the constraints that they do not fit */
        out->explanation->n_constraints = 0;
}

/* The attempt so far, over one or more nodes. One is tried even if none has enough devices: the claims may be
 * wrong, and somebody has to say so. */
struct attempt {
    struct inventory *inventory;
    const struct allocate_request *request;
    struct arena *arena;
    struct outcome *out;
    size_t n_nodes, n_placed;
    bool has_key;            /* inventory->asked is the request's */
    struct refusal *refusal; /* NULL: none yet */
    bool is_final;
};

static struct span attempt_key(struct attempt *attempt)
{
    struct buf *key = attempt->inventory->asked;
    if (!attempt->has_key) {
        buf_clear(key);
        request_key(attempt->request, key);
        attempt->has_key = true;
    }
    return buf_span(key);
}

/* What the search refused it would refuse again; a word of the request's own does not count. */
static void attempt_note(struct attempt *attempt, const struct inventory_node *node,
                         const struct outcome *here)
{
    if (here->kind != OUTCOME_NO_FIT || here->message || attempt->request->n_nodes == 1)
        return;
    if (!attempt->refusal)
        attempt->refusal = refusals_make(attempt->inventory, attempt_key(attempt));
    refusal_add(attempt->inventory, attempt->refusal, node);
}

static void attempt_try(struct attempt *attempt, const struct inventory_node *node)
{
    struct outcome here = { .steps = attempt->out->steps };
    size_t n_placed = 0;
    allocate_on_node(attempt->inventory, attempt->request, node, attempt->arena, &here, &n_placed,
                     &attempt->is_final);
    attempt_note(attempt, node, &here);
    attempt->out->steps = here.steps;
    if (attempt->is_final || n_placed > attempt->n_placed)
        attempt->n_placed = n_placed;
    bool is_first = !attempt->n_nodes++;
    if (attempt->is_final || is_first || outcome_rank(here.kind) > outcome_rank(attempt->out->kind) ||
        (here.kind == OUTCOME_NO_FIT && here.message && attempt->out->kind == OUTCOME_NO_FIT))
        *attempt->out = here;
}

/* Tries the candidates but for those of LEFT_OUT (NULL: all), best first. */
static void attempt_candidates(struct attempt *attempt, const uint64_t *left_out)
{
    struct choices choices;
    const struct inventory_node *node;
    choices_start(&choices, attempt->inventory, attempt->request, left_out, attempt->arena);
    while (!attempt->is_final && (node = choices_next(&choices)))
        attempt_try(attempt, node);
}

static void attempt_any(struct attempt *attempt)
{
    size_t n_nodes;
    const struct inventory_node **nodes =
        candidate_nodes(attempt->inventory, attempt->request, attempt->arena, &n_nodes);
    if (n_nodes)
        attempt_try(attempt, nodes[0]);
}

/* A refusal stands until something changes, for every claim that asks the same. */

static bool is_repeatable(const struct allocate_request *request)
{
    return !request->refuse && !request->without_explanation;
}

/* All that the answer depends on, besides the inventory. */
static void question_key(const struct allocate_request *request, struct buf *key)
{
    request_key(request, key);
    buf_append(key, &request->placement, sizeof(request->placement));
    buf_append(key, &request->road, sizeof(request->road));
    buf_append(key, &request->max_steps, sizeof(request->max_steps));
    buf_add_char(key, request->nodes ? 'n' : '-');
    for (size_t i = 0; i < request->n_nodes; i++)
        buf_append(key, request->nodes[i], strlen(request->nodes[i]) + 1);
}

static bool answer_recall(struct inventory *inventory, const struct allocate_request *request,
                          struct arena *arena, struct outcome *out)
{
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    if (!inventory->answers.length || !is_repeatable(request))
        return false;
    question_key(request, &key);
    const struct explanation *explanation = answers_find(inventory, buf_span(&key));
    if (explanation)
        *out = (struct outcome){ .kind = OUTCOME_NO_FIT,
                                 .explanation = explanation_copy(explanation, request, arena) };
    return explanation;
}

static void answer_remember(struct inventory *inventory, const struct allocate_request *request,
                            const struct outcome *outcome)
{
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    if (outcome->kind != OUTCOME_NO_FIT || !is_repeatable(request))
        return;
    struct arena *arena = arena_new();
    question_key(request, &key);
    answers_keep(inventory, buf_span(&key), arena, explanation_copy(outcome->explanation, request, arena));
}

void allocate(struct inventory *inventory, const struct allocate_request *request, struct arena *arena,
              struct outcome *out)
{
    struct attempt attempt = { .inventory = inventory, .request = request, .arena = arena, .out = out };
    if (answer_recall(inventory, request, arena, out))
        return;
    counters_settle(inventory);
    crowds_settle(inventory);
    if (request->n_nodes != 1 && inventory->refusals.length)
        attempt.refusal = refusals_find(inventory, attempt_key(&attempt));
    const uint64_t *refusing = NULL, *others = NULL;
    if (attempt.refusal)
        refusal_split(inventory, attempt.refusal, arena, &refusing, &others);
    *out = (struct outcome){ .kind = OUTCOME_NO_FIT };
    attempt_candidates(&attempt, refusing);
    if (others && !attempt.is_final)
        attempt_candidates(&attempt, others);
    if (!attempt.n_nodes)
        attempt_any(&attempt);
    if (out->kind != OUTCOME_ALLOCATED && !request->without_explanation)
        outcome_explain(inventory, request, attempt.n_placed, arena, out);
    answer_remember(inventory, request, out);
}
