/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of an expression: lex, parse, check, vet, emit; then run, as often as there are devices.
 */

#include "selector/selector.h"

#include "api/base/utf8.h"
#include "selector/check.h"
#include "selector/emit.h"
#include "selector/estimate.h"
#include "selector/lex.h"
#include "selector/reads.h"
#include "selector/regex.h"
#include "selector/run.h"

enum { MAX_SOURCE_BYTES = 100 * 1000 }; /* upstream's parser takes as many code points */

static bool is_scalar_type(const struct type *type)
{
    return type->kind == TYPE_BOOL || type->kind == TYPE_INT || type->kind == TYPE_STRING ||
           type->kind == TYPE_SEMVER || type_is_dynamic(type);
}

/* Stored expressions may give lists whatever the gates say now. */
static bool may_derive_lists(const struct environment *env)
{
    return env->options.list_attributes || !env->options.new_expressions;
}

/* A device selector is a bool, or an attribute's value, which may turn out to be one; a derived attribute is
 * what an attribute can be. */
static bool is_result_type(const struct environment *env, const struct type *type)
{
    if (env->options.derived)
        return is_scalar_type(type) ||
               (may_derive_lists(env) && type->kind == TYPE_LIST && is_scalar_type(type->of[0]));
    return !env->is_device || type->kind == TYPE_BOOL || type->kind == env->attribute_type->kind;
}

static const char *result_words(const struct environment *env)
{
    if (!env->options.derived)
        return "bool or the unknown type";
    return may_derive_lists(env)
               ? "a primitive scalar (string, integer, boolean, semver) or a list of these scalars"
               : "a primitive scalar (string, integer, boolean, semver)";
}

static struct error *check_result(const struct environment *env, const struct type *type)
{
    if (is_result_type(env, type))
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(4096);
    type_format(type, true, &text);
    return error_invalid("must evaluate to %s, not %s", result_words(env), buf_text(&text));
}

static struct error *parse_and_check(const struct environment *env, struct arena *arena,
                                     struct messages *messages, struct node **out)
{
    size_t n_tokens;
    const struct token *tokens = lex(arena, messages, &n_tokens);
    TRY(messages_error(messages));
    struct node *root = parse(arena, tokens, &env->syntax, messages);
    TRY(messages_error(messages));
    struct checked checked = { 0 };
    check(arena, env, root, messages, &checked);
    if (!messages->count && !env->options.unchecked)
        vet(&checked, env->options.plain, messages);
    checked_done(&checked);
    if (env->options.unchecked) {
        *out = root;
        return NULL;
    }
    TRY(messages_error(messages));
    *out = root;
    return check_result(env, root->type);
}

static struct error *compile(struct span text, const struct environment *env, struct arena *arena,
                             struct selector **out)
{
    struct selector *sel = arena_make(arena, struct selector);
    cleanup_scratch struct scratch *memory = scratch_new();
    sel->arena = arena;
    sel->memory = memory;
    sel->env = env;
    sel->source = (struct span){ arena_span(arena, text), text.length };
    struct messages messages;
    messages_init(&messages, sel->source);
    struct node *root;
    struct error *err = parse_and_check(env, arena, &messages, &root);
    messages_done(&messages);
    TRY(err);
    sel->root = root;
    TRY(emit(sel, root));
    find_reads(sel);
    sel->estimate = estimate(sel);
    *out = sel;
    (void)take(memory); /* the selector's own now, as is the arena */
    return NULL;
}

struct error *selector_compile_span(struct span text, const struct environment *env, struct selector **out)
{
    if (text.length > MAX_SOURCE_BYTES)
        return error_invalid(
            "compilation failed: ERROR: <input>:-1:0: expression code point size exceeds limit: "
            "size: %zu, limit %d",
            utf8_count(text), MAX_SOURCE_BYTES);
    cleanup_arena struct arena *arena = arena_new();
    TRY(compile(text, env, arena, out));
    (void)take(arena);
    return NULL;
}

struct error *selector_compile(const char *text, const struct environment *env, struct selector **out)
{
    return selector_compile_span(span_of(text), env, out);
}

void selector_free(struct selector *sel)
{
    if (!sel)
        return;
    for (uint32_t i = 0; i < sel->n_patterns; i++)
        regex_free(sel->patterns[i].regex);
    scratch_free(sel->memory);
    arena_free(sel->arena);
}

/* Evaluation */

static struct error *evaluate(const struct selector *sel, struct machine *machine, struct datum *out)
{
    machine_prepare(machine, sel);
    if (!machine_run(machine, out)) {
        if (machine->scratch->exhausted)
            return error_new(ERROR_EXHAUSTED, "operation cancelled: work limit exceeded");
        return error_new(ERROR_EXHAUSTED, "operation cancelled: actual cost limit exceeded");
    }
    if (out->kind != DATUM_ERROR)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(64 * 1024);
    fail_format(out, &text);
    return error_invalid("%s", buf_text(&text));
}

/* From 1.37 on Kubernetes adds this to a text about a missing key. */
static struct error *hint_missing_key(struct error *err)
{
    if (!err || !strstr(err->text, "no such key:"))
        return err;
    return error_hint(err,
                      "Consider using optional chaining with the .? operator and orValue(), or a guard with "
                      "has(), if the attribute or capacity may be absent");
}

static struct error *evaluate_device(const struct selector *sel, struct machine *machine, struct datum *out)
{
    const struct device_view *view = machine->view;
    if (view->error)
        return error_invalid("%s", view->error);
    if (view->list_error && !sel->env->allows_lists)
        return error_invalid("%s", view->list_error);
    return hint_missing_key(evaluate(sel, machine, out));
}

static struct error *match(const struct selector *sel, struct machine *machine, bool *out)
{
    struct datum result;
    TRY(evaluate_device(sel, machine, &result));
    while (result.kind == DATUM_OPTIONAL && result.item)
        result = *result.item;
    if (result.kind != DATUM_BOOL)
        return error_invalid(
            "CEL result of type %s could not be converted to bool: type conversion error from "
            "'%s' to 'bool'",
            datum_type_name(&result), datum_type_name(&result));
    *out = result.boolean;
    return NULL;
}

struct error *selector_eval(const struct selector *sel, const struct device_view *view,
                            struct scratch *scratch, bool *out, uint64_t *cost)
{
    struct machine machine = { .view = view, .scratch = scratch };
    struct error *err = match(sel, &machine, out);
    if (cost)
        *cost = machine.cost;
    return err;
}

struct error *selector_derive(const struct selector *sel, const struct device_view *view,
                              struct scratch *scratch, struct datum *out)
{
    struct machine machine = { .view = view, .scratch = scratch };
    return evaluate_device(sel, &machine, out);
}

struct error *selector_eval_values(const struct selector *sel, const struct datum *values,
                                   struct scratch *scratch, struct datum *out, uint64_t *cost)
{
    struct machine machine = { .values = values, .scratch = scratch };
    struct error *err = evaluate(sel, &machine, out);
    if (cost)
        *cost = machine.cost;
    return err;
}
