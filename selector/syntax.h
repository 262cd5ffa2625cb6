/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tree between parsing and emitting. The parser makes nodes, the checker fills in what each one means
 * (the fields under "checked"), the emitter reads them. Operators are calls of functions named "_+_", "!_",
 * "_[_]".
 */

#include "api/base/span.h"
#include "selector/datum.h"

struct function;
struct overload;
struct type;

enum { NO_VARIABLE = UINT32_MAX }; /* of a name that nothing declares */

enum node_kind {
    NODE_LITERAL,
    NODE_NAME,   /* x, .x */
    NODE_SELECT, /* e.f, e.?f, has(e.f) */
    NODE_CALL,   /* f(a), e.f(a), a + b, e[i], e[?i] */
    NODE_AND,    /* all the terms of a && b && c */
    NODE_OR,
    NODE_CHOICE, /* a ? b : c */
    NODE_LIST,
    NODE_MAP,     /* items are key, value, key, value */
    NODE_MESSAGE, /* T{...}: no type of ours can be written so */
    NODE_FOLD,    /* a macro that loops */
    NODE_BIND,    /* cel.bind */
};

/* FOLD(name, what the accumulator is, how the step reads) */
#define FOLDS(FOLD)                                                                                          \
    FOLD(ALL, "all: acc && p")                                                                               \
    FOLD(EXISTS, "exists: acc || p")                                                                         \
    FOLD(EXISTS_ONE, "exists_one: p ? acc + 1 : acc")                                                        \
    FOLD(LIST, "map, filter, transformList: p ? acc + [t] : acc")                                            \
    FOLD(MAP, "transformMap: p ? insert(acc, k, t) : acc")                                                   \
    FOLD(ENTRIES, "transformMapEntry: p ? insert(acc, m) : acc")

enum fold_kind {
#define FOLD(name, step) FOLD_##name,
    FOLDS(FOLD)
#undef FOLD
};

/* A name that a macro introduces. */
struct local {
    struct span name;
    const struct type *type;
    uint32_t slot;    /* emitted */
    uint32_t address; /* emitted; of a bound name's initializer */
    bool lazy;        /* bound by cel.bind: computed at first use */
};

struct node {
    enum node_kind kind;
    uint32_t at;     /* byte of the source, for messages */
    uint16_t height; /* of the tree below, as the recursion limit counts */
    bool shared;     /* a macro uses it twice */
    /* checked */
    const struct type *type;
    /* emitted */
    const struct datum *constant; /* its value, if that is known without a device */
    bool constant_known;          /* ... and asked before */
    bool all_folded;              /* so are all nodes below */
    uint32_t shared_slot, shared_address;

    union {
        struct datum literal;
        struct {
            struct span text;
            bool rooted;
            /* checked: one of the three */
            const struct local *local;
            const struct datum *constant; /* the name of a type */
            uint32_t variable;
        } name;
        struct {
            struct node *operand;
            struct span field;
            bool optional, test;
        } select;
        struct {
            struct span function; /* checked: may have become a qualified name */
            struct node *target;  /* NULL for global calls */
            /* checked */
            const struct function *resolved;
            const struct overload *only; /* the one overload that fits, if just one does */
        } call;
        struct {
            enum fold_kind fold;
            bool has_key; /* two variables: the key (index) and the value (element) */
            struct local first, second;
            struct node *range, *filter, *step; /* filter may be NULL */
        } fold;
        struct {
            struct local local;
            struct node *init, *body;
        } bind;
    };
    /* Arguments, terms, branches, items. */
    struct node **items;
    const bool *optional; /* for each item: is it "?item"? NULL if none is */
    uint32_t n_items;
};

#define node_each(node, item)                                                                                \
    for (struct node **item##_at_ = (node)->items, *item = (node)->n_items ? *item##_at_ : NULL;             \
         item##_at_ != (node)->items + (node)->n_items;                                                      \
         item##_at_++, item = item##_at_ != (node)->items + (node)->n_items ? *item##_at_ : NULL)
