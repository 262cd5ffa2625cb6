/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding shows: constants cost nothing, and a conversion that fails makes the whole expression fail to
 * compile, even in a branch that would never run. So exactly what cel-go folds is folded here, no more:
 * arithmetic is not.
 */

#include "selector/fold.h"

#include "selector/container.h"
#include "selector/regex.h"

void folder_init(struct folder *folder, struct selector *program)
{
    *folder = (struct folder){ .program = program };
    folder->machine = (struct machine){ .program = program, .scratch = program->memory, .limit = UINT64_MAX };
}

void folder_done(struct folder *folder)
{
    error_free(folder->error);
}

static const struct datum *keep(struct folder *folder, struct datum value)
{
    struct datum *kept = arena_make(folder->program->arena, struct datum);
    *kept = value.kind == DATUM_STRING ? datum_measured(datum_span(&value)) : value;
    return kept;
}

const struct datum *constant_pattern(struct folder *folder, struct node *node)
{
    bool takes_pattern = span_is(node->call.function, "matches") || span_is(node->call.function, "find") ||
                         span_is(node->call.function, "findAll");
    uint32_t position = node->call.target ? 0 : 1;
    if (!takes_pattern || node->n_items <= position)
        return NULL;
    const struct datum *text = constant_of(folder, node->items[position]);
    return text && text->kind == DATUM_STRING ? text : NULL;
}

/* A pattern is compiled with the program even where its call is not part of it. */
static void check_pattern(struct folder *folder, struct node *node)
{
    const struct datum *text = constant_pattern(folder, node);
    struct regex *regex = NULL;
    if (!text || folder->error)
        return;
    folder->error = error_wrap(regex_new(datum_span(text), &regex), "program instantiation failed");
    regex_free(regex);
}

/* Folds everything in NODE's tree, for the conversions that fail, and the patterns. */
static void fold_all(struct folder *folder, struct node *node)
{
    if (!node || node->all_folded)
        return;
    node->all_folded = true;
    constant_of(folder, node);
    for (uint32_t i = 0; i < node->n_items; i++)
        fold_all(folder, node->items[i]);
    if (node->kind == NODE_SELECT)
        fold_all(folder, node->select.operand);
    if (node->kind == NODE_CALL) {
        fold_all(folder, node->call.target);
        check_pattern(folder, node);
    }
    if (node->kind == NODE_FOLD) {
        fold_all(folder, node->fold.range);
        fold_all(folder, node->fold.filter);
        fold_all(folder, node->fold.step);
    }
    if (node->kind == NODE_BIND) {
        fold_all(folder, node->bind.init);
        fold_all(folder, node->bind.body);
    }
}

/* Nothing is in an empty list, not even what fails. */
static bool is_in_nothing(struct folder *folder, struct node *node)
{
    if (!span_is(node->call.function, "@in") || node->n_items != 2)
        return false;
    const struct datum *list = constant_of(folder, node->items[1]);
    if (!list || list->kind != DATUM_LIST || list->size)
        return false;
    fold_all(folder, node->items[0]);
    return true;
}

/* e[k] with a constant that can be no key is refused, wherever it stands. */
static void check_key(struct folder *folder, struct node *node)
{
    bool is_index = span_is(node->call.function, "_[_]") || span_is(node->call.function, "_[?_]");
    const struct datum *key = is_index && node->n_items == 2 ? constant_of(folder, node->items[1]) : NULL;
    if (key && !is_key_kind(key) && !folder->program->env->options.plain && !folder->error)
        folder->error =
            error_invalid("program instantiation failed: invalid qualifier type: %s", datum_type_name(key));
}

static const struct datum *fold_call(struct folder *folder, struct node *node)
{
    const struct function *function = node->call.resolved;
    check_key(folder, node);
    if (is_in_nothing(folder, node))
        return keep(folder, datum_bool(false));
    if (!function || node->call.target || node->n_items != 1 ||
        !(function->overloads[0].row->flags & FUNCTION_FOLDED))
        return NULL;
    const struct datum *arg = constant_of(folder, node->items[0]);
    if (!arg)
        return NULL;
    struct call_site site = { .function = function, .only = node->call.only, .n_args = 1 };
    struct datum result = call_function(&folder->machine, &site, arg);
    if (result.kind == DATUM_ERROR) {
        cleanup_buf struct buf reason = BUF_INIT(1024);
        fail_format(&result, &reason);
        if (!folder->error)
            folder->error = error_invalid("program instantiation failed: %s", buf_text(&reason));
        return NULL;
    }
    return keep(folder, result);
}

/* The constants of NODE's items, one behind the other; NULL if one is not known. */
static struct datum *fold_items(struct folder *folder, struct node *node)
{
    if (node->optional)
        return NULL;
    struct datum *items = arena_make_array(folder->program->arena, struct datum, node->n_items);
    bool all_known = true;
    for (uint32_t i = 0; i < node->n_items; i++) {
        const struct datum *item = constant_of(folder, node->items[i]);
        if (item)
            items[i] = *item;
        all_known &= item != NULL;
    }
    return all_known ? items : NULL;
}

static const struct datum *fold_list(struct folder *folder, struct node *node)
{
    struct datum *items = fold_items(folder, node);
    return items ? keep(folder, list_of(items, node->n_items)) : NULL;
}

static const struct datum *fold_map(struct folder *folder, struct node *node)
{
    struct datum *items = fold_items(folder, node);
    if (!items)
        return NULL;
    struct datum map = dict_empty();
    for (uint32_t i = 0; i < node->n_items; i += 2)
        map = dict_put(&folder->machine, map, items[i], items[i + 1], NULL);
    return keep(folder, map);
}

static const struct datum *fold(struct folder *folder, struct node *node)
{
    switch (node->kind) {
    case NODE_LITERAL: return keep(folder, node->literal);
    case NODE_NAME: return node->name.constant;
    case NODE_LIST: return fold_list(folder, node);
    case NODE_MAP: return fold_map(folder, node);
    case NODE_CALL: return fold_call(folder, node);
    case NODE_SELECT:
    case NODE_AND:
    case NODE_OR:
    case NODE_CHOICE:
    case NODE_MESSAGE:
    case NODE_FOLD:
    case NODE_BIND: return NULL;
    }
    return NULL;
}

const struct datum *constant_of(struct folder *folder, struct node *node)
{
    if (!node->constant_known) {
        node->constant = fold(folder, node);
        node->constant_known = true;
    }
    return node->constant;
}

bool precompute(struct folder *folder, struct node *node, enum cost_rule rule, struct datum *out,
                uint64_t *cost)
{
    const struct function *function = node->call.resolved;
    struct datum args[MAX_PARAMETERS];
    if (node->call.target || node->n_items > ARRAY_LEN(args) ||
        !(function->overloads[0].row->flags & FUNCTION_PRECOMPUTED))
        return false;
    for (uint32_t i = 0; i < node->n_items; i++) {
        const struct datum *arg = constant_of(folder, node->items[i]);
        if (!arg)
            return false;
        args[i] = *arg;
    }
    struct call_site site = { .function = function,
                              .only = node->call.only,
                              .n_args = (uint16_t)node->n_items };
    *out = call_function(&folder->machine, &site, args);
    *cost = cost_of_call(rule, args, node->n_items, out);
    return out->kind != DATUM_ERROR;
}
