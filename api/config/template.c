/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placeholders and conditions. There is nothing to compile: texts are short and are read anew each time. A
 * lone placeholder without filters keeps the type of its variable, so that `int: ${index}` is a number.
 */

#include "api/config/template.h"

#include "api/base/buf.h"
#include "api/config/filters.h"

#include <ctype.h>
#include <stdio.h>

static struct span trim(struct span text)
{
    while (text.length && isspace((unsigned char)text.data[0]))
        text = span_skip(text, 1);
    while (text.length && isspace((unsigned char)text.data[text.length - 1]))
        text.length--;
    return text;
}

struct error *error_place(struct error *err, const char *file, const struct value *value)
{
    if (value && value->line)
        return error_wrap(err, "%s:%u:%u", file, value->line, value->column);
    return error_wrap(err, "%s", file);
}

struct error *error_at(const char *file, const struct value *value, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    struct error *err = error_invalid("%s", length < 0 ? "out of memory" : text);
    if (length >= 0)
        free(text);
    return error_place(err, file, value);
}

/* The first step of a path: a name up to "." or "[", or what is in brackets. */
static struct span take_step(struct span *path)
{
    struct span step = *path;
    if (path->length && path->data[0] == '[') {
        const char *end = memchr(path->data, ']', path->length);
        step = (struct span){ path->data + 1, end ? (size_t)(end - path->data - 1) : path->length - 1 };
        *path = span_skip(*path, step.length + 2);
    } else {
        step.length = 0;
        while (step.length < path->length && !strchr(".[", path->data[step.length]))
            step.length++;
        *path = span_skip(*path, step.length);
    }
    if (path->length && path->data[0] == '.')
        *path = span_skip(*path, 1);
    return step;
}

const struct value *scope_find(const struct scope *scope, struct span path)
{
    struct span name = take_step(&path);
    const struct value *value = NULL;
    for (; scope && !value; scope = scope->up)
        value = value_find(scope->variables, name);
    while (value && path.length)
        value = value_find(value, take_step(&path));
    return value && value->type == VALUE_NULL ? NULL : value;
}

struct error *scalar_text(struct arena *arena, const struct value *value, const char **out)
{
    switch (value->type) {
    case VALUE_STRING: *out = value->string.data; return NULL;
    case VALUE_BOOL: *out = value->boolean ? "true" : "false"; return NULL;
    case VALUE_INT: *out = arena_printf(arena, "%lld", (long long)value->integer); return NULL;
    case VALUE_DOUBLE: *out = arena_printf(arena, "%.17g", value->number); return NULL;
    case VALUE_NULL:
    case VALUE_LIST:
    case VALUE_OBJECT: return error_invalid("a text is needed, not %s", value_type_name(value->type));
    }
    return NULL;
}

/* The argument of a filter: what the variable of that name holds, else the text itself. */
static struct error *filter_argument(struct arena *arena, struct span text, const struct scope *scope,
                                     const char **out)
{
    const struct value *variable = text.length ? scope_find(scope, text) : NULL;
    if (variable)
        return scalar_text(arena, variable, out);
    *out = arena_span(arena, text);
    return NULL;
}

/* PLACEHOLDER is what stands in "${}". *VALUE becomes the variable, *REST the filters behind it. */
static const struct value *placeholder_find(struct span placeholder, const struct scope *scope,
                                            struct span *rest)
{
    return scope_find(scope, trim(span_split(placeholder, '|', rest)));
}

static struct error *placeholder_expand(struct arena *arena, struct span placeholder,
                                        const struct scope *scope, const char **out)
{
    struct span rest;
    const struct value *variable = placeholder_find(placeholder, scope, &rest);
    const char *text = NULL;
    if (variable)
        TRY(error_wrap(scalar_text(arena, variable, &text), "${" SPAN_FMT "}", SPAN_ARG(placeholder)));
    while (rest.data) {
        struct span argument, name = span_split(trim(span_split(rest, '|', &rest)), ':', &argument);
        const char *argument_text = NULL;
        if (argument.data)
            TRY(filter_argument(arena, argument, scope, &argument_text));
        TRY(error_wrap(filter_apply(arena, trim(name), argument_text, text, &text), "${" SPAN_FMT "}",
                       SPAN_ARG(placeholder)));
    }
    if (!text)
        return error_invalid("${" SPAN_FMT "}: there is no such variable", SPAN_ARG(placeholder));
    *out = text;
    return NULL;
}

/*
 * Goes to the next placeholder of *TEXT: *LITERAL is what stands before it, *PLACEHOLDER its inside (no data
 * at the end of the text), *TEXT what follows.
 */
static struct error *next_placeholder(struct span *text, struct span *literal, struct span *placeholder)
{
    const char *dollar = text->length ? memchr(text->data, '$', text->length) : NULL;
    *placeholder = (struct span){ NULL, 0 };
    *literal = *text;
    if (!dollar) {
        *text = (struct span){ NULL, 0 };
        return NULL;
    }
    size_t before = (size_t)(dollar - text->data);
    struct span behind = span_skip(*text, before + 1);
    if (behind.length && behind.data[0] == '$') {
        *literal = (struct span){ text->data, before + 1 };
        *text = span_skip(behind, 1);
        return NULL;
    }
    const char *end = behind.length && behind.data[0] == '{' ? memchr(behind.data, '}', behind.length) : NULL;
    if (!end)
        return error_hint(error_invalid("\"" SPAN_FMT "\": a placeholder that does not end", SPAN_ARG(*text)),
                          "write ${name}, or $$ for a dollar sign");
    *literal = (struct span){ text->data, before };
    *placeholder = (struct span){ behind.data + 1, (size_t)(end - behind.data - 1) };
    *text = span_skip(behind, placeholder->length + 2);
    return NULL;
}

struct error *template_expand(struct arena *arena, struct span text, const struct scope *scope,
                              const char **out)
{
    cleanup_buf struct buf result = BUF_INIT(TEMPLATE_MAX_OUTPUT);
    while (text.length) {
        struct span literal, placeholder;
        const char *expanded = "";
        TRY(next_placeholder(&text, &literal, &placeholder));
        buf_add_span(&result, literal);
        if (!placeholder.data)
            continue;
        TRY(placeholder_expand(arena, placeholder, scope, &expanded));
        buf_add(&result, expanded);
    }
    TRY(buf_check(&result));
    *out = arena_strdup(arena, buf_text(&result));
    return NULL;
}

static bool is_true(const struct value *value)
{
    if (!value)
        return false;
    switch (value->type) {
    case VALUE_NULL: return false;
    case VALUE_BOOL: return value->boolean;
    case VALUE_INT: return value->integer != 0;
    case VALUE_DOUBLE: return value->number != 0;
    case VALUE_STRING: return value->string.length > 0;
    case VALUE_LIST:
    case VALUE_OBJECT: return value_length(value) > 0;
    }
    return false;
}

enum comparison { COMPARE_NOTHING, COMPARE_EQUAL, COMPARE_UNEQUAL, COMPARE_GREATER };

/* Splits "a == b" into its sides. */
static enum comparison split_comparison(struct span text, struct span *left, struct span *right)
{
    static const struct {
        const char *sign;
        enum comparison comparison;
    } signs[] = { { "==", COMPARE_EQUAL }, { "!=", COMPARE_UNEQUAL }, { ">", COMPARE_GREATER } };
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        const char *at = memmem(text.data, text.length, signs[i].sign, strlen(signs[i].sign));
        if (!at)
            continue;
        *left = trim((struct span){ text.data, (size_t)(at - text.data) });
        *right = trim(span_skip(text, (size_t)(at - text.data) + strlen(signs[i].sign)));
        return signs[i].comparison;
    }
    *left = trim(text);
    return COMPARE_NOTHING;
}

static struct error *clause_holds(struct span clause, const struct scope *scope, bool *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct span left = clause, right = { 0 };
    enum comparison comparison = split_comparison(clause, &left, &right);
    bool negated = comparison == COMPARE_NOTHING && left.length && left.data[0] == '!';
    if (negated)
        left = trim(span_skip(left, 1));
    if (left.length == 0 || (comparison != COMPARE_NOTHING && right.length == 0))
        return error_invalid("\"" SPAN_FMT "\" is no condition", SPAN_ARG(clause));

    const struct value *value = scope_find(scope, left);
    const char *text = "";
    if (value && comparison != COMPARE_NOTHING)
        TRY(scalar_text(arena, value, &text));
    switch (comparison) {
    case COMPARE_NOTHING: *out = is_true(value) != negated; break;
    case COMPARE_EQUAL: *out = span_is(right, text); break;
    case COMPARE_UNEQUAL: *out = !span_is(right, text); break;
    case COMPARE_GREATER: *out = value && strtod(text, NULL) > strtod(arena_span(arena, right), NULL); break;
    }
    return NULL;
}

struct error *condition_holds(struct span text, const struct scope *scope, bool *out)
{
    bool all = true;
    while (text.data) {
        const char *joint = memmem(text.data, text.length, "&&", 2);
        struct span clause = { text.data, joint ? (size_t)(joint - text.data) : text.length };
        bool holds = false;
        TRY(clause_holds(trim(clause), scope, &holds));
        all &= holds;
        text = joint ? span_skip(text, clause.length + 2) : (struct span){ NULL, 0 };
    }
    *out = all;
    return NULL;
}

/* The inside of TEXT's placeholder if it is nothing else and has no filters; no data otherwise. */
static struct span lone_placeholder(struct span text)
{
    bool lone = text.length > 3 && text.data[0] == '$' && text.data[1] == '{' &&
                memchr(text.data, '}', text.length) == text.data + text.length - 1 &&
                !memchr(text.data, '|', text.length);
    return lone ? (struct span){ text.data + 2, text.length - 3 } : (struct span){ NULL, 0 };
}

static struct error *string_expand(struct arena *arena, struct span text, const struct scope *scope,
                                   struct value **out)
{
    struct span lone = lone_placeholder(text);
    const struct value *variable = lone.data ? scope_find(scope, trim(lone)) : NULL;
    const char *expanded;
    if (variable) {
        *out = value_copy(arena, variable);
        return NULL;
    }
    TRY(template_expand(arena, text, scope, &expanded));
    *out = value_text(arena, expanded);
    return NULL;
}

static struct error *object_expand(struct arena *arena, const char *file, const struct value *tree,
                                   const struct scope *scope, struct value **out)
{
    const struct value *when = value_get(tree, "when"), *then = value_get(tree, "then");
    bool holds = true;
    if (when && !value_is(when, VALUE_STRING))
        return error_at(file, when, "when: a condition is needed, not %s", value_type_name(when->type));
    if (when)
        TRY(error_place(condition_holds(when->string, scope, &holds), file, when));
    *out = NULL;
    if (!holds)
        return NULL;
    if (when && then)
        return tree_expand(arena, file, then, scope, out);

    struct value *object = value_object(arena);
    value_each_member (tree, member) {
        struct value *value;
        const char *name;
        if (member->value == when)
            continue;
        TRY(error_place(template_expand(arena, member->name, scope, &name), file, member->value));
        TRY(tree_expand(arena, file, member->value, scope, &value));
        value_set(arena, object, name, value);
    }
    *out = object;
    return NULL;
}

static struct error *list_expand(struct arena *arena, const char *file, const struct value *tree,
                                 const struct scope *scope, struct value **out)
{
    struct value *list = value_list(arena);
    value_each (tree, item) {
        struct value *value;
        TRY(tree_expand(arena, file, item, scope, &value));
        value_append(arena, list, value);
    }
    *out = list;
    return NULL;
}

struct error *tree_expand(struct arena *arena, const char *file, const struct value *tree,
                          const struct scope *scope, struct value **out)
{
    struct error *err = NULL;
    switch (tree->type) {
    case VALUE_STRING: err = error_place(string_expand(arena, tree->string, scope, out), file, tree); break;
    case VALUE_LIST: err = list_expand(arena, file, tree, scope, out); break;
    case VALUE_OBJECT: err = object_expand(arena, file, tree, scope, out); break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE: *out = value_copy(arena, tree); break;
    }
    if (!err && *out) {
        (*out)->line = tree->line;
        (*out)->column = tree->column;
    }
    return err;
}

static struct error *text_check(struct span text)
{
    while (text.length) {
        struct span literal, placeholder, rest;
        TRY(next_placeholder(&text, &literal, &placeholder));
        if (!placeholder.data)
            continue;
        if (trim(span_split(placeholder, '|', &rest)).length == 0)
            return error_invalid("${" SPAN_FMT "}: a variable is missing", SPAN_ARG(placeholder));
        while (rest.data) {
            struct span argument, name = span_split(trim(span_split(rest, '|', &rest)), ':', &argument);
            TRY(filter_check(trim(name), argument.data != NULL));
        }
    }
    return NULL;
}

struct error *tree_check(const char *file, const struct value *tree)
{
    static const struct scope nothing = { 0 };
    if (value_is(tree, VALUE_STRING))
        return error_place(text_check(tree->string), file, tree);
    value_each (tree, item)
        TRY(tree_check(file, item));
    value_each_member (tree, member) {
        TRY(error_place(text_check(member->name), file, member->value));
        if (span_is(member->name, "when") && value_is(member->value, VALUE_STRING))
            TRY(error_place(condition_holds(member->value->string, &nothing, &(bool){ false }), file,
                            member->value));
        else
            TRY(tree_check(file, member->value));
    }
    return NULL;
}
