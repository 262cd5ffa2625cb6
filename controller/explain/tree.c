/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The explanation as JSON. Its members are an interface: names stay, new ones may come.
 */

#include "controller/explain/explain.h"

static struct value *reason_tree(struct arena *arena, const struct reason_count *count)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "reason", reason_name(count->reason));
    value_set_int(arena, tree, "devices", (int64_t)count->n_devices);
    value_set_text(arena, tree, "example", count->example);
    value_set_text(arena, tree, "detail", count->detail);
    return tree;
}

static struct value *request_tree(struct arena *arena, const struct request_explanation *request)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "claim", request->claim);
    value_set_text(arena, tree, "request", request->request);
    value_set_text(arena, tree, "class", request->class_name);
    if (request->all)
        value_set_bool(arena, tree, "all", true);
    else
        value_set_int(arena, tree, "wanted", (int64_t)request->n_wanted);
    value_set_int(arena, tree, "considered", (int64_t)request->n_considered);
    value_set_int(arena, tree, "available", (int64_t)request->n_available);
    value_set_int(arena, tree, "availableOnBestNode", (int64_t)request->n_best);
    value_set_bool(arena, tree, "short", request->is_short);
    struct value *reasons = value_child_list(arena, tree, "reasons");
    for (size_t i = 0; i < request->n_reasons; i++)
        value_append(arena, reasons, reason_tree(arena, &request->reasons[i]));
    return tree;
}

static void explanation_add(struct arena *arena, struct value *tree, const struct explanation *explanation)
{
    value_set_text(arena, tree, "node", explanation->node);
    value_set_int(arena, tree, "nodes", (int64_t)explanation->n_nodes);
    value_set_int(arena, tree, "placed", (int64_t)explanation->n_placed);
    struct value *requests = value_child_list(arena, tree, "requests");
    for (size_t i = 0; i < explanation->n_requests; i++)
        value_append(arena, requests, request_tree(arena, &explanation->requests[i]));
    struct value *constraints = value_child_list(arena, tree, "constraints");
    for (size_t i = 0; i < explanation->n_constraints; i++)
        value_append(arena, constraints, value_text(arena, explanation->constraints[i]));
}

struct value *explain_tree(struct arena *arena, const struct outcome *outcome)
{
    cleanup_buf struct buf sentence = BUF_INIT(EXPLAIN_MAX_SENTENCE + 1);
    struct value *tree = value_object(arena);
    explain_sentence(outcome, &sentence);
    value_set_text(arena, tree, "outcome", outcome_kind_name(outcome->kind));
    value_set_text(arena, tree, "sentence", buf_text(&sentence));
    value_set_text(arena, tree, "message", outcome->message);
    value_set_int(arena, tree, "steps", (int64_t)outcome->steps);
    if (outcome->explanation)
        explanation_add(arena, tree, outcome->explanation);
    return tree;
}
