/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks behind the type checker, each of a kind of node: literals whose items have different types, and
 * constants that could never be converted. They hold even in branches that never run.
 */

#include "selector/check.h"
#include "selector/instant.h"
#include "selector/regex.h"
#include "selector/text.h"

static const char *type_text(const struct type *type, bool long_names, struct buf *out)
{
    buf_clear(out);
    type_format(type, long_names, out);
    return buf_text(out);
}

/* The type that item INDEX contributes. */
static const struct type *contribution(const struct node *node, uint32_t index)
{
    const struct type *type = node->items[index]->type;
    bool optional = node->optional && node->optional[index];
    return optional && type->kind == TYPE_OPTIONAL ? type->of[0] : type;
}

/* Every STRIDE-th item from FIRST has the type of the first of them. */
static void vet_items(const struct node *node, uint32_t first, uint32_t stride, struct messages *messages)
{
    for (uint32_t i = first + stride; i < node->n_items; i += stride) {
        const struct type *expected = contribution(node, first), *found = contribution(node, i);
        if (type_equal(expected, found))
            continue;
        cleanup_buf struct buf expected_text = BUF_INIT(4096), found_text = BUF_INIT(4096);
        message_add(messages, node->items[i]->at, "expected type '%s' but found '%s'",
                    type_text(expected, false, &expected_text), type_text(found, false, &found_text));
        return;
    }
}

static bool is_exempt(struct checked *checked, const struct node *node)
{
    vec_each (&checked->exempt, at)
        if (*at == node)
            return true;
    return false;
}

/* Constants */

static bool is_text(const struct node *node)
{
    return node->kind == NODE_LITERAL && node->literal.kind == DATUM_STRING;
}

static void vet_pattern(const struct node *pattern, const char *function, struct messages *messages)
{
    struct regex *regex = NULL;
    cleanup_error struct error *err = regex_new(datum_span(&pattern->literal), &regex);
    regex_free(regex);
    if (err)
        message_add(messages, pattern->at, "invalid %s argument", function);
}

static void vet_call(const struct node *node, struct messages *messages)
{
    struct span function = node->call.function;
    const struct node *first = node->n_items ? node->items[0] : NULL;
    struct datum ignored;
    if (!first || !is_text(first))
        return;
    if (span_is(function, "matches")) /* even of matches(s, p), where that is not the pattern */
        vet_pattern(first, "matches", messages);
    else if (node->call.target || node->n_items != 1)
        return;
    else if (span_is(function, "duration") && !span_parse_duration(datum_span(&first->literal), &ignored))
        message_add(messages, first->at, "invalid duration argument");
    else if (span_is(function, "timestamp") && !timestamp_parse(datum_span(&first->literal), &ignored))
        message_add(messages, first->at, "invalid timestamp argument");
}

/* Upstream takes a macro's variable that is a type for the name of one. */
static void vet_local(const struct local *local, const struct type *type, uint32_t at,
                      struct messages *messages)
{
    if (type->kind == TYPE_TYPE)
        message_add(messages, at, "reference to undefined type: " SPAN_FMT, SPAN_ARG(local->name));
}

/* Formats */

static bool verb_takes(char verb, const struct node *arg)
{
    /* The device is a map only at run time. */
    uint8_t kind = arg->type->kind == TYPE_DEVICE ? DATUM_UNSET : type_datum_kind(arg->type);
    bool number_verb = verb == 'f' || verb == 'e';
    if (arg->type->kind == TYPE_DYN || (number_verb && kind == DATUM_STRING))
        return true;
    return format_refuses(verb, kind) == NULL;
}

/* The node, ARG or inside it, that %s cannot print; NULL if there is none. */
static const struct node *find_unprintable(const struct node *arg)
{
    if (!verb_takes('s', arg))
        return arg;
    const struct node *found = NULL;
    if (arg->kind == NODE_LIST || arg->kind == NODE_MAP)
        for (uint32_t i = 0; i < arg->n_items && !found; i++)
            found = find_unprintable(arg->items[i]);
    return found;
}

static void vet_format(const struct node *node, struct messages *messages)
{
    const struct node *list = node->items[0];
    struct span rest = datum_span(&node->call.target->literal);
    cleanup_buf struct buf ignored = BUF_INIT(rest.length + 1);
    struct format_clause clause;
    const char *wrong = NULL;
    uint32_t next = 0;
    for (; format_next(&rest, &ignored, &clause, &wrong); next++) {
        if (next >= list->n_items) {
            message_add(messages, node->at, "index %u out of range", next);
            return;
        }
        const struct node *bad = clause.verb == 's' ? find_unprintable(list->items[next])
                                 : verb_takes(clause.verb, list->items[next]) ? NULL
                                                                              : list->items[next];
        if (!bad)
            continue;
        cleanup_buf struct buf type = BUF_INIT(4096);
        message_add(messages, bad->at, "error during formatting: %s, was given %s",
                    format_refuses(clause.verb, ANY_KIND), type_text(bad->type, true, &type));
        return;
    }
    if (wrong)
        message_add(messages, node->at, "%s", wrong);
    else if (list->n_items > next)
        message_add(messages, node->at, "too many arguments supplied to string.format (expected %u, got %u)",
                    next, list->n_items);
}

static bool is_constant_format(const struct node *node)
{
    return node->call.target && span_is(node->call.function, "format") && is_text(node->call.target) &&
           node->n_items == 1 && node->items[0]->kind == NODE_LIST;
}

void vet(struct checked *checked, bool mixed_literals, struct messages *messages)
{
    vec_each (&checked->nodes, at) {
        const struct node *node = *at;
        if (node->kind == NODE_LIST && !mixed_literals && !is_exempt(checked, node))
            vet_items(node, 0, 1, messages);
        if (node->kind == NODE_MAP && !mixed_literals && !is_exempt(checked, node)) {
            vet_items(node, 0, 2, messages);
            vet_items(node, 1, 2, messages);
        }
        if (node->kind == NODE_NAME && node->name.local)
            vet_local(node->name.local, node->type, node->at, messages);
        if (node->kind == NODE_BIND)
            vet_local(&node->bind.local, node->bind.init->type, node->at, messages);
        if (node->kind == NODE_CALL && is_constant_format(node))
            vet_format(node, messages);
        else if (node->kind == NODE_CALL)
            vet_call(node, messages);
    }
}
