/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros are recognized by name, style and number of arguments while parsing; a call with another number of
 * arguments is an ordinary call. The loops stay whole nodes (NODE_FOLD) instead of dissolving into an
 * accumulator, a condition and a step: the checker types, and the emitter charges, just what those would
 * have been.
 */

#include "selector/parse.h"

#include "api/base/compiler.h"

enum receiver { GLOBAL, METHOD, CEL_NAMESPACE };

struct macro {
    const char *name;
    enum receiver receiver;
    uint32_t n_args;
    struct node *(*expand)(struct tree_maker *maker, struct node *call, const struct macro *macro);
    enum fold_kind fold;
    bool has_key, has_filter;
};

static struct node *expand_has(struct tree_maker *maker, struct node *call, const struct macro *macro)
{
    (void)macro;
    struct node *select = call->items[0];
    if (select->kind != NODE_SELECT || select->select.optional || select->select.test) {
        message_add(maker->messages, select->at, "invalid argument to has() macro");
        return NULL;
    }
    struct node *test = make_node(maker, NODE_SELECT, call->at);
    test->select = select->select;
    test->select.test = true;
    test->height = select->height;
    return test;
}

static bool take_variable(struct tree_maker *maker, const struct node *name, const char *problem,
                          struct local *out)
{
    if (name->kind != NODE_NAME || name->name.rooted) {
        message_add(maker->messages, name->at, "%s", problem);
        return false;
    }
    *out = (struct local){ .name = name->name.text };
    return true;
}

static uint16_t tallest(const struct node *call)
{
    uint16_t height = call->call.target ? call->call.target->height : 0;
    for (uint32_t i = 0; i < call->n_items; i++)
        if (call->items[i]->height > height)
            height = call->items[i]->height;
    return height;
}

static struct node *expand_fold(struct tree_maker *maker, struct node *call, const struct macro *macro)
{
    struct node *fold = make_node(maker, NODE_FOLD, call->at);
    fold->fold.fold = macro->fold;
    fold->fold.has_key = macro->has_key;
    fold->fold.range = call->call.target;
    if (!take_variable(maker, call->items[0], "argument must be a simple name", &fold->fold.first))
        return NULL;
    uint32_t next = 1;
    if (macro->has_key) {
        if (!take_variable(maker, call->items[next++], "argument must be a simple name", &fold->fold.second))
            return NULL;
        if (span_equal(fold->fold.first.name, fold->fold.second.name)) {
            message_add(maker->messages, call->items[1]->at, "duplicate variable name: " SPAN_FMT,
                        SPAN_ARG(fold->fold.second.name));
            return NULL;
        }
    }
    if (macro->has_filter)
        fold->fold.filter = call->items[next++];
    /* filter(x, p) keeps x itself */
    fold->fold.step =
        next < call->n_items ? call->items[next] : make_name(maker, call->at, fold->fold.first.name);
    fold->height = (uint16_t)(tallest(call) + 1);
    return fold;
}

static struct node *make_bind(struct tree_maker *maker, uint32_t at, struct local local, struct node *init,
                              struct node *body)
{
    struct node *bind = make_node(maker, NODE_BIND, at);
    local.lazy = true;
    bind->bind.local = local;
    bind->bind.init = init;
    bind->bind.body = body;
    bind->height = (uint16_t)((init->height > body->height ? init->height : body->height) + 1);
    return bind;
}

static struct node *expand_bind(struct tree_maker *maker, struct node *call, const struct macro *macro)
{
    (void)macro;
    struct local local;
    if (!take_variable(maker, call->items[0], "cel.bind() variable names must be simple identifiers", &local))
        return NULL;
    return make_bind(maker, call->at, local, call->items[1], call->items[2]);
}

/* o.optMap(x, e): o.hasValue() ? optional.of(bind x = o.value() in e) : optional.none() */
static struct node *expand_optional(struct tree_maker *maker, struct node *call, const struct macro *macro)
{
    struct node *target = call->call.target;
    struct local local;
    if (!take_variable(maker, call->items[0], "variable name must be a simple identifier", &local))
        return NULL;
    target->shared = true;
    struct node *value = make_call(maker, call->at, "value", target, NULL, 0);
    struct node *result = make_bind(maker, call->at, local, value, call->items[1]);
    bool wraps = macro->has_filter;
    if (wraps)
        result = make_call(maker, call->at, "optional.of", NULL, &result, 1);
    struct node *branches[] = { make_call(maker, call->at, "hasValue", target, NULL, 0), result,
                                make_call(maker, call->at, "optional.none", NULL, NULL, 0) };
    struct node *choice = make_node(maker, NODE_CHOICE, call->at);
    node_set_items(maker, choice, branches, 3);
    choice->height = (uint16_t)(tallest(call) + 1);
    return choice;
}

/* l.sortBy(x, e): bind @in = l in @in.@sortByAssociatedKeys(@in.map(x, e)) */
static struct node *expand_sort_by(struct tree_maker *maker, struct node *call, const struct macro *macro)
{
    struct span input = SPAN("@__sortBy_input__");
    struct node *target = call->call.target;
    if (target->kind == NODE_LITERAL || target->kind == NODE_MAP) {
        message_add(
            maker->messages, target->at,
            "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
        return NULL;
    }
    struct node *map_call =
        make_call(maker, call->at, "map", make_name(maker, call->at, input), call->items, 2);
    struct node *keys = expand_fold(maker, map_call, macro);
    if (!keys)
        return NULL;
    struct node *sorted =
        make_call(maker, call->at, "@sortByAssociatedKeys", make_name(maker, call->at, input), &keys, 1);
    return make_bind(maker, call->at, (struct local){ .name = input }, target, sorted);
}

static const struct macro macros[] = {
    { "has", GLOBAL, 1, expand_has, 0, false, false },
    { "all", METHOD, 2, expand_fold, FOLD_ALL, false, false },
    { "all", METHOD, 3, expand_fold, FOLD_ALL, true, false },
    { "exists", METHOD, 2, expand_fold, FOLD_EXISTS, false, false },
    { "exists", METHOD, 3, expand_fold, FOLD_EXISTS, true, false },
    { "exists_one", METHOD, 2, expand_fold, FOLD_EXISTS_ONE, false, false },
    { "exists_one", METHOD, 3, expand_fold, FOLD_EXISTS_ONE, true, false },
    { "existsOne", METHOD, 3, expand_fold, FOLD_EXISTS_ONE, true, false },
    { "map", METHOD, 2, expand_fold, FOLD_LIST, false, false },
    { "map", METHOD, 3, expand_fold, FOLD_LIST, false, true },
    { "filter", METHOD, 2, expand_fold, FOLD_LIST, false, true },
    { "transformList", METHOD, 3, expand_fold, FOLD_LIST, true, false },
    { "transformList", METHOD, 4, expand_fold, FOLD_LIST, true, true },
    { "transformMap", METHOD, 3, expand_fold, FOLD_MAP, true, false },
    { "transformMap", METHOD, 4, expand_fold, FOLD_MAP, true, true },
    { "transformMapEntry", METHOD, 3, expand_fold, FOLD_ENTRIES, true, false },
    { "transformMapEntry", METHOD, 4, expand_fold, FOLD_ENTRIES, true, true },
    { "optMap", METHOD, 2, expand_optional, 0, false, true },
    { "optFlatMap", METHOD, 2, expand_optional, 0, false, false },
    { "sortBy", METHOD, 2, expand_sort_by, FOLD_LIST, false, false },
    { "bind", CEL_NAMESPACE, 3, expand_bind, 0, false, false },
};

static enum receiver receiver_of(const struct node *call)
{
    const struct node *target = call->call.target;
    if (!target)
        return GLOBAL;
    bool cel = target->kind == NODE_NAME && !target->name.rooted && span_is(target->name.text, "cel");
    return cel && span_is(call->call.function, "bind") ? CEL_NAMESPACE : METHOD;
}

struct node *macro_expand(struct tree_maker *maker, struct node *call)
{
    enum receiver receiver = receiver_of(call);
    for (size_t i = 0; i < ARRAY_LEN(macros); i++) {
        const struct macro *macro = &macros[i];
        if (macro->receiver == receiver && macro->n_args == call->n_items &&
            span_is(call->call.function, macro->name))
            return macro->expand(maker, call, macro);
    }
    return call;
}
