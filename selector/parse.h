/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tokens into a tree, macros expanded.
 */

#include "selector/lex.h"
#include "selector/syntax.h"

enum { MAX_NESTING = 250 };

struct parse_options {
    bool quoted_names; /* m.`a-b` is understood */
    /* What is a variable here is no reserved word (`namespace`, in policies). */
    const struct span *variables;
    size_t n_variables;
};

/* NULL after a problem, which is then in MESSAGES. */
struct node *parse(struct arena *arena, const struct token *tokens, const struct parse_options *options,
                   struct messages *messages);

/* What the parser and the macros make nodes with. */
struct tree_maker {
    struct arena *arena;
    struct messages *messages;
};

struct node *make_node(struct tree_maker *maker, enum node_kind kind, uint32_t at);
struct node *make_name(struct tree_maker *maker, uint32_t at, struct span text);
/* TARGET may be NULL. */
struct node *make_call(struct tree_maker *maker, uint32_t at, const char *function, struct node *target,
                       struct node **args, uint32_t n_args);
void node_set_items(struct tree_maker *maker, struct node *node, struct node **items, uint32_t n_items);

/*
 * What CALL, as written, expands to: CALL itself if it is no macro, NULL after a message.
 */
struct node *macro_expand(struct tree_maker *maker, struct node *call);
