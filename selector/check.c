/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bottom up: the type of a node follows from the types of its parts. Every overload that could take the
 * arguments stays a candidate; if their results differ the call is dyn. Loops are typed as the accumulations
 * they stand for, see macro.c.
 */

#include "selector/check_parts.h"

static void check_node(struct checker *checker, struct node *node);

void checked_done(struct checked *checked)
{
    vec_done(&checked->nodes);
    vec_done(&checked->exempt);
}

/* TYPE as text, good as long as the arena. */
static const char *type_name(struct checker *checker, const struct type *type)
{
    cleanup_buf struct buf text = BUF_INIT(4096);
    type_format(substitute(&checker->unifier, type, true), false, &text);
    return arena_strdup(checker->arena, buf_text(&text));
}

static void report_mismatch(struct checker *checker, const struct node *at, const struct type *expected,
                            const struct type *found)
{
    message_add(checker->messages, at->at, "expected type '%s' but found '%s'", type_name(checker, expected),
                type_name(checker, found));
}

/* Selections */

static const struct type *device_field(struct checker *checker, const struct node *node, struct span field)
{
    const struct environment *env = checker->env;
    if (span_is(field, "driver"))
        return type_basic(TYPE_STRING);
    if (span_is(field, "attributes"))
        return env->attributes_type;
    if (span_is(field, "capacity"))
        return env->capacity_type;
    if (span_is(field, "allowMultipleAllocations") && env->has_shared_capacity)
        return type_basic(TYPE_BOOL);
    message_add(checker->messages, node->at, "undefined field '" SPAN_FMT "'", SPAN_ARG(field));
    return type_basic(TYPE_ERROR);
}

/* The type of field FIELD of something of TARGET's type. */
static const struct type *field_type(struct checker *checker, const struct node *node,
                                     const struct type *target)
{
    switch (target->kind) {
    case TYPE_MAP: return target->of[1];
    case TYPE_DEVICE: return device_field(checker, node, node->select.field);
    case TYPE_QUANTITY:
    case TYPE_SEMVER:
    case TYPE_URL:
    case TYPE_FORMAT:
        message_add(checker->messages, node->at, "unexpected failed resolution of '%s'",
                    type_name(checker, target));
        return type_basic(TYPE_ERROR);
    case TYPE_VARIABLE: unify(&checker->unifier, type_basic(TYPE_DYN), target); return type_basic(TYPE_DYN);
    case TYPE_DYN:
    case TYPE_ANY:
    case TYPE_ERROR: return type_basic(TYPE_DYN);
    case TYPE_NULL:
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_UINT:
    case TYPE_DOUBLE:
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_TIMESTAMP:
    case TYPE_DURATION:
    case TYPE_LIST:
    case TYPE_TYPE:
    case TYPE_OPTIONAL:
    case TYPE_IP:
    case TYPE_CIDR:
    case N_TYPES: break;
    }
    message_add(checker->messages, node->at, "type '%s' does not support field selection",
                type_name(checker, target));
    return type_basic(TYPE_DYN);
}

static const struct type *check_select(struct checker *checker, struct node *node)
{
    if (!node->select.test && !node->select.optional) {
        struct span name = global_chain(checker, node);
        if (name.data && resolve_global(checker, node, name, is_rooted_chain(node)))
            return node->type;
    }
    check_node(checker, node->select.operand);
    const struct type *target = substitute(&checker->unifier, node->select.operand->type, false);
    bool optional = target->kind == TYPE_OPTIONAL || node->select.optional;
    if (target->kind == TYPE_OPTIONAL)
        target = substitute(&checker->unifier, target->of[0], false);
    const struct type *type = field_type(checker, node, target);
    if (node->select.test)
        return type_basic(TYPE_BOOL);
    type = substitute(&checker->unifier, type, false);
    return optional ? type_make(checker->arena, TYPE_OPTIONAL, type, NULL) : type;
}

/* Calls */

/* TYPE with the declaration's variables (A, B, ...) replaced by FRESH ones. */
static const struct type *instantiate(struct checker *checker, const struct type *type,
                                      const struct type *const *fresh)
{
    if (type->kind == TYPE_VARIABLE)
        return fresh[type->variable];
    unsigned n = type_n_parameters(type);
    if (!n)
        return type;
    return type_make(checker->arena, type->kind, instantiate(checker, type->of[0], fresh),
                     n > 1 ? instantiate(checker, type->of[1], fresh) : NULL);
}

/* The result type if OVERLOAD takes arguments of these types, else NULL. */
static const struct type *try_overload(struct checker *checker, const struct overload *overload,
                                       const struct type *const *args)
{
    const struct type *fresh[MAX_PARAMETERS] = { 0 };
    const struct type *parameters[MAX_PARAMETERS];
    for (unsigned i = 0; i < overload->n_variables; i++)
        fresh[i] = unifier_fresh(&checker->unifier);
    for (unsigned i = 0; i < overload->n_parameters; i++)
        parameters[i] = overload->n_variables ? instantiate(checker, overload->parameters[i], fresh)
                                              : overload->parameters[i];
    if (!unify_all(&checker->unifier, args, parameters, overload->n_parameters))
        return NULL;
    const struct type *result =
        overload->n_variables ? instantiate(checker, overload->result, fresh) : overload->result;
    return substitute(&checker->unifier, result, false);
}

static void report_no_overload(struct checker *checker, const struct node *node, const char *function,
                               const struct type *const *args, unsigned n_args, bool method)
{
    cleanup_buf struct buf list = BUF_INIT(16 * 1024);
    if (method)
        buf_printf(&list, "%s.", type_name(checker, args[0]));
    buf_add_char(&list, '(');
    for (unsigned i = method; i < n_args; i++)
        buf_printf(&list, "%s%s", i > method ? ", " : "", type_name(checker, args[i]));
    buf_add_char(&list, ')');
    message_add(checker->messages, node->at, "found no matching overload for '%s' applied to '%s'", function,
                buf_text(&list));
}

/* The common result of all overloads of FUNCTION that fit, *ONLY if it is just one. */
static const struct type *resolve(struct checker *checker, const struct node *node,
                                  const struct function *function, const struct type *const *args,
                                  unsigned n_args, bool method, const struct overload **only)
{
    const struct type *result = NULL;
    for (size_t i = 0; i < function->n_overloads; i++) {
        const struct overload *overload = &function->overloads[i];
        if (overload->method != method || overload->n_parameters != n_args)
            continue;
        const struct type *type = try_overload(checker, overload, args);
        if (!type)
            continue;
        *only = result ? NULL : overload;
        if (!result)
            result = type;
        else if (!type_is_dynamic(result) && !type_equal(result, type))
            result = type_basic(TYPE_DYN);
    }
    if (result)
        return result;
    report_no_overload(checker, node, function->name, args, n_args, method);
    return type_basic(TYPE_ERROR);
}

/* What a call names: "a.b.c(x)" is a global function if one is called so, else method c of a.b. */
static const struct function *find_function(struct checker *checker, struct node *node)
{
    if (!node->call.target)
        return environment_function(checker->env, node->call.function);
    struct span prefix = global_chain(checker, node->call.target);
    if (prefix.data) {
        const char *whole = arena_printf(checker->arena, SPAN_FMT "." SPAN_FMT, SPAN_ARG(prefix),
                                         SPAN_ARG(node->call.function));
        const struct function *function = environment_function(checker->env, span_of(whole));
        if (function) {
            node->call.target = NULL;
            return function;
        }
    }
    check_node(checker, node->call.target);
    return environment_function(checker->env, node->call.function);
}

static const struct type *check_call(struct checker *checker, struct node *node)
{
    bool formats = node->call.target && span_is(node->call.function, "format");
    checker->in_format += formats;
    node_each(node, arg) check_node(checker, arg);
    checker->in_format -= formats;
    const struct function *function = find_function(checker, node);
    if (!function) {
        report_undeclared(checker, node, node->call.function);
        return type_basic(TYPE_ERROR);
    }
    node->call.resolved = function;
    node->call.function = span_of(function->name);
    unsigned n_args = node->n_items + (node->call.target != NULL);
    const struct type **args = arena_make_array(checker->arena, const struct type *, n_args);
    unsigned n = 0;
    if (node->call.target)
        args[n++] = node->call.target->type;
    for (uint32_t i = 0; i < node->n_items; i++)
        args[n++] = node->items[i]->type;
    return resolve(checker, node, function, args, n_args, node->call.target != NULL, &node->call.only);
}

/* Logic */

static const struct type *check_terms(struct checker *checker, struct node *node)
{
    node_each(node, term) check_node(checker, term);
    node_each(node, term) if (!unify(&checker->unifier, term->type, type_basic(TYPE_BOOL)))
        report_mismatch(checker, term, type_basic(TYPE_BOOL), term->type);
    return type_basic(TYPE_BOOL);
}

/* CONDITION ? YES : NO, at NODE */
static const struct type *choose(struct checker *checker, const struct node *node,
                                 const struct type *condition, const struct type *yes, const struct type *no)
{
    const struct type *args[] = { condition, yes, no };
    const struct overload *only = NULL;
    const struct function *function = environment_function(checker->env, SPAN("_?_:_"));
    return resolve(checker, node, function, args, 3, false, &only);
}

static const struct type *check_choice(struct checker *checker, struct node *node)
{
    node_each(node, part) check_node(checker, part);
    return choose(checker, node, node->items[0]->type, node->items[1]->type, node->items[2]->type);
}

/* Literals with parts */

static const struct type *join(struct checker *checker, const struct type *before, const struct type *type)
{
    if (!before)
        return type;
    return unify(&checker->unifier, before, type) ? most_general(before, type) : type_basic(TYPE_DYN);
}

/* The type that item INDEX contributes: "?e" needs an optional and contributes what is inside. */
static const struct type *item_type(struct checker *checker, const struct node *node, uint32_t index)
{
    const struct node *item = node->items[index];
    if (!node->optional || !node->optional[index])
        return item->type;
    const struct type *type = substitute(&checker->unifier, item->type, false);
    if (type->kind == TYPE_OPTIONAL)
        return type->of[0];
    if (!type_is_dynamic(type))
        report_mismatch(checker, item, type_make(checker->arena, TYPE_OPTIONAL, type, NULL), type);
    return type;
}

/* The common type of every STRIDE-th item from FIRST; a new variable if there is none. */
static const struct type *join_items(struct checker *checker, const struct node *node, uint32_t first,
                                     uint32_t stride)
{
    const struct type *type = NULL;
    for (uint32_t i = first; i < node->n_items; i += stride)
        type = join(checker, type, item_type(checker, node, i));
    return type ? type : unifier_fresh(&checker->unifier);
}

static const struct type *check_aggregate(struct checker *checker, struct node *node)
{
    node_each(node, item) check_node(checker, item);
    if (checker->in_format)
        vec_push(&checker->out->exempt, node);
    if (node->kind == NODE_LIST)
        return type_make(checker->arena, TYPE_LIST, join_items(checker, node, 0, 1), NULL);
    const struct type *keys = join_items(checker, node, 0, 2);
    return type_make(checker->arena, TYPE_MAP, keys, join_items(checker, node, 1, 2));
}

/* Loops */

/* The types of a loop's variables from that of its range. */
static void type_variables(struct checker *checker, struct node *node)
{
    const struct type *range = substitute(&checker->unifier, node->fold.range->type, false);
    const struct type *key = type_basic(TYPE_ERROR), *value = key;
    /* Everything that is not listed is no range. */
    switch ((int)range->kind) {
    case TYPE_LIST:
        key = type_basic(TYPE_INT);
        value = range->of[0];
        break;
    case TYPE_MAP:
        key = range->of[0];
        value = range->of[1];
        break;
    case TYPE_VARIABLE: unify(&checker->unifier, type_basic(TYPE_DYN), range); /* fall through */
    case TYPE_DYN:
    case TYPE_ERROR: key = value = type_basic(TYPE_DYN); break;
    default:
        message_add(checker->messages, node->fold.range->at,
                    "expression of type '%s' cannot be range of a comprehension (must be list, map, or "
                    "dynamic)",
                    type_name(checker, range));
    }
    bool one_takes_value = !node->fold.has_key && range->kind == TYPE_LIST;
    node->fold.first.type = one_takes_value ? value : key;
    node->fold.second.type = value;
}

/* What the loop results in, given the types of its filter and step. */
static const struct type *fold_type(struct checker *checker, struct node *node)
{
    const struct type *step = node->fold.step->type;
    const struct type *boolean = type_basic(TYPE_BOOL);
    struct unifier *unifier = &checker->unifier;
    const struct type *key, *value;
    switch (node->fold.fold) {
    case FOLD_ALL:
    case FOLD_EXISTS:
        if (!unify(unifier, step, boolean))
            report_mismatch(checker, node->fold.step, boolean, step);
        return boolean;
    case FOLD_EXISTS_ONE:
        choose(checker, node, step, type_basic(TYPE_INT), type_basic(TYPE_INT));
        return boolean;
    case FOLD_LIST:
        value = unifier_fresh(unifier);
        unify(unifier, value, step);
        step = type_make(checker->arena, TYPE_LIST, value, NULL);
        break;
    case FOLD_MAP:
        key = unifier_fresh(unifier);
        value = unifier_fresh(unifier);
        unify(unifier, key, node->fold.first.type);
        unify(unifier, value, step);
        step = type_make(checker->arena, TYPE_MAP, key, value);
        break;
    case FOLD_ENTRIES:
        key = unifier_fresh(unifier);
        value = unifier_fresh(unifier);
        const struct type *map = type_make(checker->arena, TYPE_MAP, key, value);
        if (!unify(unifier, map, step)) {
            const struct type *args[] = { map, step };
            report_no_overload(checker, node, "cel.@mapInsert", args, 2, false);
        }
        step = map;
        break;
    }
    if (node->fold.filter)
        choose(checker, node, node->fold.filter->type, step, step);
    return substitute(unifier, step, false);
}

static const struct type *check_fold(struct checker *checker, struct node *node)
{
    check_node(checker, node->fold.range);
    type_variables(checker, node);
    struct scope scope = { checker->scope,
                           { &node->fold.first, node->fold.has_key ? &node->fold.second : NULL } };
    checker->scope = &scope;
    if (node->fold.filter)
        check_node(checker, node->fold.filter);
    check_node(checker, node->fold.step);
    checker->scope = scope.outer;
    return fold_type(checker, node);
}

static const struct type *check_bind(struct checker *checker, struct node *node)
{
    check_node(checker, node->bind.init);
    node->bind.local.type = node->bind.init->type;
    struct scope scope = { checker->scope, { &node->bind.local } };
    checker->scope = &scope;
    check_node(checker, node->bind.body);
    checker->scope = scope.outer;
    return node->bind.body->type;
}

static const struct type *literal_type(const struct node *node)
{
    for (unsigned kind = TYPE_NULL; kind < N_TYPES; kind++)
        if (type_datum_kind(type_basic((enum type_kind)kind)) == node->literal.kind)
            return type_basic((enum type_kind)kind);
    return type_basic(TYPE_ERROR);
}

static const struct type *type_of(struct checker *checker, struct node *node)
{
    switch (node->kind) {
    case NODE_LITERAL: return literal_type(node);
    case NODE_NAME: return check_name(checker, node);
    case NODE_SELECT: return check_select(checker, node);
    case NODE_CALL: return check_call(checker, node);
    case NODE_AND:
    case NODE_OR: return check_terms(checker, node);
    case NODE_CHOICE: return check_choice(checker, node);
    case NODE_LIST:
    case NODE_MAP: return check_aggregate(checker, node);
    case NODE_MESSAGE: report_undeclared(checker, node, node->name.text); return type_basic(TYPE_ERROR);
    case NODE_FOLD: return check_fold(checker, node);
    case NODE_BIND: return check_bind(checker, node);
    }
    return type_basic(TYPE_ERROR);
}

static void check_node(struct checker *checker, struct node *node)
{
    if (node->type) /* a macro uses it twice */
        return;
    node->type = type_of(checker, node);
    vec_push(&checker->out->nodes, node);
}

void check(struct arena *arena, const struct environment *env, struct node *root, struct messages *messages,
           struct checked *out)
{
    struct checker checker = {
        .arena = arena, .env = env, .messages = messages, .out = out, .unifier = { .arena = arena }
    };
    check_node(&checker, root);
    vec_each (&out->nodes, at)
        (*at)->type = substitute(&checker.unifier, (*at)->type, true);
    unifier_done(&checker.unifier);
}
