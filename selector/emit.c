/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the tree, children first.
 */

#include "selector/emit.h"

#include "selector/container.h"
#include "selector/emit_parts.h"
#include "selector/regex.h"

/* Calls */

static enum cost_rule cost_of_site(const struct call_site *site)
{
    if (site->only)
        return site->only->row->cost;
    for (size_t i = 0; i < site->function->n_overloads; i++) {
        const struct overload *overload = &site->function->overloads[i];
        if (overload->method == site->method && (overload->row->flags & FUNCTION_COST_BY_NAME))
            return overload->row->cost;
    }
    return COST_ONE;
}

/* A constant pattern is compiled with the program; does NODE have one? */
static bool add_pattern(struct emitter *emitter, struct node *node)
{
    const struct datum *text = constant_pattern(&emitter->folder, node);
    if (!text)
        return false;
    struct pattern pattern = { datum_span(text), NULL };
    struct error *err = regex_new(pattern.text, &pattern.regex);
    if (!err)
        vec_push(&emitter->patterns, pattern);
    else if (!emitter->error)
        emitter->error = error_wrap(err, "program instantiation failed");
    else
        error_free(err);
    return true;
}

/* Is it left to the evaluation which overload it is? */
static bool is_dispatched(const struct node *node)
{
    return !node->call.only && !(node->call.resolved->overloads[0].row->flags & FUNCTION_TOTAL);
}

/*
 * With three operands and more, or where the overload is not known, the first error ends the call before it
 * is charged; otherwise all operands are computed.
 */
static void emit_call(struct emitter *emitter, struct node *node)
{
    bool has_pattern = add_pattern(emitter, node);
    struct node *args[1 + MAX_PARAMETERS];
    uint32_t n_args = 0;
    if (node->call.target)
        args[n_args++] = node->call.target;
    for (uint32_t i = 0; i < node->n_items && n_args < ARRAY_LEN(args); i++)
        args[n_args++] = node->items[i];

    struct call_site site = { .function = node->call.resolved,
                              .only = node->call.only,
                              .n_args = (uint16_t)n_args,
                              .method = node->call.target != NULL };
    site.cost = cost_of_site(&site);
    struct datum known;
    uint64_t cost;
    if (precompute(&emitter->folder, node, site.cost, &known, &cost)) {
        code_put(emitter, OP_CHARGE, 0, (uint32_t)cost);
        code_put_constant(emitter, known);
        return;
    }
    uint32_t escapes[1 + MAX_PARAMETERS];
    bool escapes_early = n_args > 2 || has_pattern || is_dispatched(node);
    for (uint32_t i = 0; i < n_args; i++) {
        emit_node(emitter, args[i], ROOT_CHARGED);
        if (escapes_early && i + 1 < n_args)
            escapes[i] = code_put(emitter, OP_ESCAPE, i, 0);
    }
    vec_push(&emitter->calls, site);
    code_put(emitter, OP_CALL, 0, (uint32_t)emitter->calls.length - 1);
    emitter->depth -= n_args;
    for (uint32_t i = 0; escapes_early && i + 1 < n_args; i++)
        code_lead_here(emitter, escapes[i]);
}

static void emit_two(struct emitter *emitter, struct node *node, enum op op)
{
    emit_node(emitter, node->items[0], ROOT_CHARGED);
    emit_node(emitter, node->items[1], ROOT_CHARGED);
    code_put(emitter, op, 0, 0);
}

/* A set of the list's items, if they are all of the kinds that can be looked up. */
static bool make_set(struct emitter *emitter, const struct datum *list, struct datum *out)
{
    struct datum set = dict_empty();
    for (uint32_t i = 0; i < list->size; i++) {
        struct datum item = list_at(list, i);
        if (item.kind != DATUM_BOOL && item.kind != DATUM_INT && item.kind != DATUM_UINT &&
            item.kind != DATUM_DOUBLE && item.kind != DATUM_STRING)
            return false;
        set = dict_put(&emitter->folder.machine, set, item, datum_bool(true), NULL);
    }
    *out = set;
    return true;
}

/* Kubernetes has constant lists as sets, too; one inside dyn() it calls a function on, which costs. */
static const struct datum *constant_list(struct emitter *emitter, struct node *node)
{
    const struct datum *list = constant_of(&emitter->folder, node);
    bool is_dyn = node->type && node->type->kind == TYPE_DYN;
    return list && list->kind == DATUM_LIST && !is_dyn ? list : NULL;
}

static void emit_in(struct emitter *emitter, struct node *node)
{
    const struct datum *list = constant_list(emitter, node->items[1]);
    struct datum set;
    if (list && make_set(emitter, list, &set)) {
        emit_node(emitter, node->items[0], ROOT_CHARGED);
        code_put(emitter, OP_IN_SET, 0, code_add_constant(emitter, set));
        return;
    }
    struct read read;
    const struct datum *name = constant_of(&emitter->folder, node->items[0]);
    if (name && name->kind == DATUM_STRING && match_domain(emitter, node->items[1], &read)) {
        read.name = *name;
        code_put(emitter, OP_IN_READ, 0, add_read(emitter, read));
        return;
    }
    emit_call(emitter, node);
}

/* o.orValue(v) and o.or(p): the argument is computed only if it is needed. */
static void emit_or(struct emitter *emitter, struct node *node, enum op op)
{
    emit_node(emitter, node->call.target, ROOT_CHARGED);
    uint32_t jump = code_put(emitter, op, 0, 0);
    emit_node(emitter, node->items[0], ROOT_CHARGED);
    code_lead_here(emitter, jump);
}

static void emit_any_call(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    struct span function = node->call.function;
    if (!node->call.resolved) {
        code_put_constant(emitter, fail("undeclared reference")); /* only where types are not checked */
        return;
    }
    bool optional_method = node->call.target && node->n_items == 1;
    if (is_index(node))
        emit_chain(emitter, node, charge);
    else if (span_is(function, "_==_"))
        emit_two(emitter, node, OP_EQUAL);
    else if (span_is(function, "_!=_"))
        emit_two(emitter, node, OP_NOT_EQUAL);
    else if (span_is(function, "@in"))
        emit_in(emitter, node);
    else if (optional_method && span_is(function, "orValue"))
        emit_or(emitter, node, OP_OR_VALUE);
    else if (optional_method && span_is(function, "or"))
        emit_or(emitter, node, OP_OR_ELSE);
    else
        emit_call(emitter, node);
}

/* Logic */

static void emit_terms(struct emitter *emitter, struct node *node, enum op jump, enum op merge)
{
    uint32_t *jumps = mem_new(node->n_items, sizeof(*jumps));
    for (uint32_t i = 0; i < node->n_items; i++) {
        emit_node(emitter, node->items[i], ROOT_CHARGED);
        if (i)
            code_put(emitter, merge, 0, 0);
        if (i + 1 < node->n_items)
            jumps[i] = code_put(emitter, jump, 0, 0);
    }
    for (uint32_t i = 0; i + 1 < node->n_items; i++)
        code_lead_here(emitter, jumps[i]);
    free(jumps);
}

static void emit_choice(struct emitter *emitter, struct node *node)
{
    emit_node(emitter, node->items[0], ROOT_CHARGED);
    uint32_t branch = code_put(emitter, OP_BRANCH, 0, 0);
    emit_node(emitter, node->items[1], ROOT_FREE);
    uint32_t jump = code_put(emitter, OP_JUMP, 0, 0);
    code_lead_here(emitter, branch);
    emitter->depth--; /* only one branch pushes */
    emit_node(emitter, node->items[2], ROOT_FREE);
    code_lead_here(emitter, jump);
}

/* Lists and maps: charged whether or not an item fails. */
static void emit_aggregate(struct emitter *emitter, struct node *node, enum op op, uint32_t cost)
{
    code_put(emitter, OP_CHARGE, 0, cost);
    uint32_t *escapes = mem_new(node->n_items, sizeof(*escapes));
    for (uint32_t i = 0; i < node->n_items; i++) {
        emit_node(emitter, node->items[i], ROOT_CHARGED);
        if (node->optional && node->optional[i])
            code_put(emitter, OP_UNWRAP, 0, 0);
        escapes[i] = code_put(emitter, OP_ESCAPE, i, 0);
    }
    code_put(emitter, op, 0, op == OP_MAP ? node->n_items / 2 : node->n_items);
    emitter->depth -= node->n_items;
    for (uint32_t i = 0; i < node->n_items; i++)
        code_lead_here(emitter, escapes[i]);
    free(escapes);
}

/* Loops */

static struct datum first_accumulator(enum fold_kind fold)
{
    switch (fold) {
    case FOLD_ALL: return datum_bool(true);
    case FOLD_EXISTS: return datum_bool(false);
    case FOLD_EXISTS_ONE: return datum_int(0);
    case FOLD_LIST: return list_of(NULL, 0);
    case FOLD_MAP:
    case FOLD_ENTRIES: return dict_empty();
    }
    return datum_bool(false);
}

static void emit_append(struct emitter *emitter, struct node *step, uint32_t accumulator)
{
    bool constant = constant_of(&emitter->folder, step) != NULL;
    emit_node(emitter, step, ROOT_CHARGED);
    uint32_t at = code_put(emitter, OP_APPEND, accumulator, 0);
    if (constant)
        code_cheaper(emitter, at, COST_LIST);
}

/* One round, from the loop's condition on. What leaves the loop early is returned, to be led to its end. */
static uint32_t emit_round(struct emitter *emitter, struct node *node, uint32_t slots, uint32_t next)
{
    uint32_t accumulator = slots + LOOP_ACCUMULATOR;
    struct node *step = node->fold.step;
    uint32_t leave = next;
    if (node->fold.filter) {
        emit_node(emitter, node->fold.filter, ROOT_CHARGED);
        code_put(emitter, OP_FILTER, accumulator, next);
    }
    switch (node->fold.fold) {
    case FOLD_ALL:
        leave = code_put(emitter, OP_UNTIL_FALSE, accumulator, 0);
        emit_node(emitter, step, ROOT_CHARGED);
        code_put(emitter, OP_AND_INTO, accumulator, 0);
        break;
    case FOLD_EXISTS:
        leave = code_put(emitter, OP_UNTIL_TRUE, accumulator, 0);
        emit_node(emitter, step, ROOT_CHARGED);
        code_put(emitter, OP_OR_INTO, accumulator, 0);
        break;
    case FOLD_EXISTS_ONE:
        emit_node(emitter, step, ROOT_CHARGED);
        code_put(emitter, OP_FILTER, accumulator, next);
        code_put(emitter, OP_COUNT, accumulator, 0);
        break;
    case FOLD_LIST: emit_append(emitter, step, accumulator); break;
    case FOLD_MAP:
        code_put(emitter, OP_SKIP_BROKEN, accumulator, next);
        emit_node(emitter, step, ROOT_CHARGED);
        code_put(emitter, OP_INSERT, slots, 0);
        break;
    case FOLD_ENTRIES:
        emit_node(emitter, step, ROOT_CHARGED);
        code_put(emitter, OP_INSERT_ALL, accumulator, 0);
        break;
    }
    return leave;
}

static void emit_fold(struct emitter *emitter, struct node *node)
{
    emit_node(emitter, node->fold.range, ROOT_CHARGED);
    uint32_t slots = code_take_slots(emitter, LOOP_SLOTS);
    uint32_t accumulator = slots + LOOP_ACCUMULATOR;
    node->fold.first.slot = slots + LOOP_FIRST;
    node->fold.second.slot = slots + LOOP_SECOND;
    uint32_t loop = code_put(emitter, node->fold.has_key ? OP_LOOP_PAIR : OP_LOOP, slots, 0);
    code_put_constant(emitter, first_accumulator(node->fold.fold));
    code_put(emitter, OP_SET, accumulator, 0);

    uint32_t next = code_put(emitter, node->fold.has_key ? OP_NEXT_PAIR : OP_NEXT, slots, 0);
    uint32_t leave = emit_round(emitter, node, slots, next);
    code_put(emitter, OP_JUMP, 0, next);
    code_lead_here(emitter, next);
    if (leave != next)
        code_lead_here(emitter, leave);
    code_put(emitter, node->fold.fold == FOLD_EXISTS_ONE ? OP_COUNT_IS_ONE : OP_LOCAL, accumulator, 0);
    code_lead_here(emitter, loop);
}

/* The initializer stands here but runs when the name is first used. */
static void emit_bind(struct emitter *emitter, struct node *node)
{
    struct local *local = &node->bind.local;
    local->slot = code_take_slots(emitter, 1);
    code_put(emitter, OP_UNBIND, local->slot, 0);
    struct detour detour = begin_detour(emitter);
    local->address = code_here(emitter);
    emit_node(emitter, node->bind.init, ROOT_CHARGED);
    code_put(emitter, OP_BOUND_IS, local->slot, 0);
    end_detour(emitter, detour);
    emit_node(emitter, node->bind.body, ROOT_CHARGED);
}

static void emit_unshared(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    switch (node->kind) {
    case NODE_LITERAL: break; /* a constant, see emit_node */
    case NODE_NAME: emit_name(emitter, node, charge); break;
    case NODE_SELECT: emit_chain(emitter, node, charge); break;
    case NODE_CALL: emit_any_call(emitter, node, charge); break;
    case NODE_AND: emit_terms(emitter, node, OP_JUMP_FALSE, OP_AND); break;
    case NODE_OR: emit_terms(emitter, node, OP_JUMP_TRUE, OP_OR); break;
    case NODE_CHOICE: emit_choice(emitter, node); break;
    case NODE_LIST: emit_aggregate(emitter, node, OP_LIST, COST_LIST); break;
    case NODE_MAP: emit_aggregate(emitter, node, OP_MAP, COST_MAP); break;
    case NODE_FOLD: emit_fold(emitter, node); break;
    case NODE_BIND: emit_bind(emitter, node); break;
    case NODE_MESSAGE: break; /* did not pass the checker */
    }
}

void emit_node(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    const struct datum *constant = constant_of(&emitter->folder, node);
    if (constant) {
        code_put_constant(emitter, *constant);
        return;
    }
    if (!node->shared) {
        emit_unshared(emitter, node, charge);
        return;
    }
    if (!node->shared_address) { /* the first of two places: its code goes here */
        node->shared_slot = code_take_slots(emitter, 1);
        struct detour detour = begin_detour(emitter);
        node->shared_address = code_here(emitter);
        emit_unshared(emitter, node, ROOT_CHARGED);
        code_put(emitter, OP_RETURN, node->shared_slot, 0);
        end_detour(emitter, detour);
    }
    code_put(emitter, OP_CALL_SHARED, node->shared_slot, node->shared_address);
}

/* The vector ITEMS as an array in the program's arena. */
#define keep_array(emitter, vec)                                                                             \
    memcpy(arena_array((emitter)->program->arena, (vec)->length, sizeof((vec)->items[0])),                   \
           (vec)->items ? (vec)->items : (void *)"", (vec)->length * sizeof((vec)->items[0]))

static void keep_program(struct emitter *emitter)
{
    struct selector *program = emitter->program;
    program->code = keep_array(emitter, &emitter->code);
    program->n_code = (uint32_t)emitter->code.length;
    program->constants = keep_array(emitter, &emitter->constants);
    program->n_constants = (uint32_t)emitter->constants.length;
    program->calls = keep_array(emitter, &emitter->calls);
    program->n_calls = (uint32_t)emitter->calls.length;
    program->reads = keep_array(emitter, &emitter->reads);
    program->n_reads = (uint32_t)emitter->reads.length;
    program->patterns = keep_array(emitter, &emitter->patterns);
    program->n_patterns = (uint32_t)emitter->patterns.length;
    program->n_slots = emitter->n_slots;
    program->stack_size = emitter->deepest + emitter->shared_depth + 1;
}

struct error *emit(struct selector *sel, struct node *root)
{
    struct emitter emitter = { .program = sel };
    folder_init(&emitter.folder, sel);
    emit_node(&emitter, root, ROOT_CHARGED);
    code_put(&emitter, OP_STOP, 0, 0);
    struct error *error = emitter.folder.error ? take(emitter.folder.error) : take(emitter.error);
    if (!error)
        keep_program(&emitter);
    else
        vec_each (&emitter.patterns, pattern)
            regex_free(pattern->regex);
    error_free(emitter.error);
    folder_done(&emitter.folder);
    vec_done(&emitter.code);
    vec_done(&emitter.constants);
    vec_done(&emitter.calls);
    vec_done(&emitter.reads);
    vec_done(&emitter.patterns);
    return error;
}
