/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an expression becomes a verdict, on paper: its tokens, its tree with types, its program with costs.
 */

#include "selector/lex.h"
#include "selector/machine.h"
#include "selector/program.h"

#include <stdio.h>

/* Tokens */

static void explain_tokens(const struct selector *sel, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct messages messages;
    messages_init(&messages, sel->source);
    size_t n_tokens;
    const struct token *tokens = lex(arena, &messages, &n_tokens);
    messages_done(&messages);
    buf_add(out, "tokens\n ");
    for (size_t i = 0; i + 1 < n_tokens; i++) {
        buf_add_char(out, ' ');
        buf_append(out, sel->source.data + tokens[i].at, tokens[i].length);
    }
    buf_add(out, "\n\n");
}

/* Tree */

static void explain_datum(const struct datum *datum, struct buf *out)
{
    switch ((int)datum->kind) { /* the others by the name of their type */
    case DATUM_NULL: buf_add(out, "null"); return;
    case DATUM_BOOL: buf_add(out, datum->boolean ? "true" : "false"); return;
    case DATUM_INT: buf_printf(out, "%lld", (long long)datum->integer); return;
    case DATUM_UINT: buf_printf(out, "%lluu", (unsigned long long)datum->natural); return;
    case DATUM_DOUBLE: buf_printf(out, "%g", datum->number); return;
    case DATUM_STRING: buf_printf(out, "\"" SPAN_FMT "\"", SPAN_ARG(datum_span(datum))); return;
    case DATUM_TYPE: buf_add_span(out, datum_span(datum)); return;
    }
    buf_printf(out, "%s of %u", datum_type_name(datum), datum->size);
}

static void node_title(const struct node *node, struct buf *out)
{
    static const char *const folds[] = {
#define FOLD(name, step) step,
        FOLDS(FOLD)
#undef FOLD
    };
    switch (node->kind) {
    case NODE_LITERAL: explain_datum(&node->literal, out); break;
    case NODE_NAME: buf_add_span(out, node->name.text); break;
    case NODE_SELECT:
        buf_printf(out, "%s.%s" SPAN_FMT, node->select.test ? "has " : "", node->select.optional ? "?" : "",
                   SPAN_ARG(node->select.field));
        break;
    case NODE_CALL: buf_add_span(out, node->call.function); break;
    case NODE_AND: buf_add(out, "&&"); break;
    case NODE_OR: buf_add(out, "||"); break;
    case NODE_CHOICE: buf_add(out, "?:"); break;
    case NODE_LIST: buf_add(out, "list"); break;
    case NODE_MAP: buf_add(out, "map"); break;
    case NODE_MESSAGE: buf_add(out, "message"); break;
    case NODE_FOLD: buf_printf(out, "loop, %s", folds[node->fold.fold]); break;
    case NODE_BIND: buf_printf(out, "bind " SPAN_FMT, SPAN_ARG(node->bind.local.name)); break;
    }
}

static void explain_node(const struct node *node, unsigned depth, struct buf *out)
{
    if (!node)
        return;
    buf_printf(out, "  %*s", (int)depth * 2, "");
    node_title(node, out);
    buf_add(out, ": ");
    type_format(node->type, false, out);
    buf_add_char(out, '\n');
    if (node->kind == NODE_SELECT)
        explain_node(node->select.operand, depth + 1, out);
    if (node->kind == NODE_CALL)
        explain_node(node->call.target, depth + 1, out);
    if (node->kind == NODE_FOLD) {
        explain_node(node->fold.range, depth + 1, out);
        explain_node(node->fold.filter, depth + 1, out);
        explain_node(node->fold.step, depth + 1, out);
    }
    if (node->kind == NODE_BIND) {
        explain_node(node->bind.init, depth + 1, out);
        explain_node(node->bind.body, depth + 1, out);
    }
    if (out->overflowed) /* a tree of shared parts may print larger than it is */
        return;
    for (uint32_t i = 0; i < node->n_items; i++)
        explain_node(node->items[i], depth + 1, out);
}

/* Program */

static const struct {
    const char *name, *text;
    enum operand operand;
} ops[N_OPS] = {
#define OP(name, operand, pops, pushes, cost, text) { #name, text, OPERAND_##operand },
    OPS(OP)
#undef OP
};

static void explain_operand(const struct selector *sel, const struct instruction *in, struct buf *out)
{
    switch (ops[in->op].operand) {
    case OPERAND_NOTHING: break;
    case OPERAND_CONSTANT: explain_datum(&sel->constants[in->at], out); break;
    case OPERAND_VARIABLE: buf_add_span(out, sel->env->variables[in->at].name); break;
    case OPERAND_READ:
        buf_printf(out, "%s[\"" SPAN_FMT "\"]." SPAN_FMT,
                   sel->reads[in->at].capacity ? "capacity" : "attributes",
                   SPAN_ARG(sel->reads[in->at].domain), SPAN_ARG(datum_span(&sel->reads[in->at].name)));
        break;
    case OPERAND_CALL:
        buf_printf(out, "%s, %s", sel->calls[in->at].function->name, cost_rule_text(sel->calls[in->at].cost));
        break;
    case OPERAND_NUMBER: buf_printf(out, "%u", in->at); break;
    case OPERAND_ADDRESS: buf_printf(out, "to %u", in->at); break;
    case OPERAND_SLOT: buf_printf(out, "slot %u", in->slot); break;
    case OPERAND_SLOT_ADDRESS: buf_printf(out, "slot %u, to %u", in->slot, in->at); break;
    case OPERAND_DEPTH_ADDRESS: buf_printf(out, "over %u, to %u", in->slot, in->at); break;
    }
}

static void explain_program(const struct selector *sel, struct buf *out)
{
    buf_add(out, "\nprogram (address, instruction, cost, operand, what it does)\n");
    for (uint32_t i = 0; i < sel->n_code; i++) {
        cleanup_buf struct buf operand = BUF_INIT(1024);
        const struct instruction *in = &sel->code[i];
        explain_operand(sel, in, &operand);
        buf_printf(out, "  %3u  %-14s %2u  %-36s %s\n", i, ops[in->op].name, in->cost, buf_text(&operand),
                   ops[in->op].text);
    }
    if (sel->estimate == UINT64_MAX)
        buf_add(out, "\nestimated cost: unbounded\n");
    else
        buf_printf(out, "\nestimated cost: %llu at most\n", (unsigned long long)sel->estimate);
}

void selector_explain(const struct selector *sel, struct buf *out)
{
    explain_tokens(sel, out);
    buf_add(out, "tree (with types)\n");
    explain_node(sel->root, 0, out);
    explain_program(sel, out);
}
