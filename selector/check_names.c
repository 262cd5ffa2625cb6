/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names mean: a macro's variable, innermost first, then what the environment declares. A chain of
 * selections may be one qualified name.
 */

#include "selector/check_parts.h"

enum { MAX_NAME_BYTES = 16 * 1024 };

void report_undeclared(struct checker *checker, const struct node *node, struct span name)
{
    message_add(checker->messages, node->at,
                "undeclared reference to '" SPAN_FMT "' (in container '" SPAN_FMT "')", SPAN_ARG(name),
                SPAN_ARG(checker->env->container));
}

static const struct local *find_local(const struct checker *checker, struct span name)
{
    for (const struct scope *scope = checker->scope; scope; scope = scope->outer)
        for (size_t i = ARRAY_LEN(scope->locals); i-- > 0;)
            if (scope->locals[i] && span_equal(scope->locals[i]->name, name))
                return scope->locals[i];
    return NULL;
}

bool resolve_global(struct checker *checker, struct node *node, struct span name, bool rooted)
{
    const struct variable *variable = environment_variable(checker->env, name, rooted);
    const struct type_name *constant = variable ? NULL : environment_type_name(checker->env, name);
    if (!variable && !constant)
        return false;
    node->kind = NODE_NAME;
    memset(&node->name, 0, sizeof(node->name));
    node->name.text = name;
    if (variable) {
        node->name.variable = (uint32_t)(variable - checker->env->variables);
        node->type = variable->type;
    } else {
        node->name.constant = &constant->value;
        node->type = constant->type;
    }
    return true;
}

const struct type *check_name(struct checker *checker, struct node *node)
{
    if (!node->name.rooted)
        node->name.local = find_local(checker, node->name.text);
    if (node->name.local)
        return node->name.local->type;
    if (resolve_global(checker, node, node->name.text, node->name.rooted))
        return node->type;
    node->name.variable = NO_VARIABLE;
    report_undeclared(checker, node, node->name.text);
    return type_basic(TYPE_ERROR);
}

/* "a.b.c" for a chain of plain selections from a name; false for anything else. */
static bool qualified_name(const struct node *node, struct buf *out)
{
    const struct node *steps[MAX_NESTING];
    size_t n = 0;
    for (; node->kind == NODE_SELECT; node = node->select.operand) {
        if (node->select.test || node->select.optional || n == MAX_NESTING)
            return false;
        steps[n++] = node;
    }
    if (node->kind != NODE_NAME)
        return false;
    buf_add_span(out, node->name.text);
    while (n-- > 0) {
        buf_add_char(out, '.');
        buf_add_span(out, steps[n]->select.field);
    }
    return true;
}

static const struct node *chain_root(const struct node *node)
{
    while (node->kind == NODE_SELECT)
        node = node->select.operand;
    return node;
}

struct span global_chain(struct checker *checker, const struct node *node)
{
    cleanup_buf struct buf name = BUF_INIT(MAX_NAME_BYTES);
    const struct node *root = chain_root(node);
    if (!qualified_name(node, &name) || (!root->name.rooted && find_local(checker, root->name.text)))
        return (struct span){ 0 };
    return span_of(arena_strdup(checker->arena, buf_text(&name)));
}

bool is_rooted_chain(const struct node *node)
{
    return chain_root(node)->name.rooted;
}
