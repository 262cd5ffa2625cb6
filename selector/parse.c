/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent. Binary operators climb by the precedence table; the chains of && and || become one flat
 * node each. Two numbers bound the recursion, here and in everything that walks the tree later: how deep
 * expressions nest, and how high a left-deep chain (a + b + c + ...) may grow.
 */

#include "selector/parse.h"

#include "api/base/vec.h"
#include "selector/literal.h"

struct operator_row {
    enum token_kind token;
    unsigned precedence; /* a larger one binds tighter */
    const char *function;
};

enum { RELATION = 1, SUM = 2, PRODUCT = 3 };

static const struct operator_row operators[] = {
    { TOKEN_EQUAL, RELATION, "_==_" },  { TOKEN_NOT_EQUAL, RELATION, "_!=_" },
    { TOKEN_LESS, RELATION, "_<_" },    { TOKEN_LESS_EQUAL, RELATION, "_<=_" },
    { TOKEN_GREATER, RELATION, "_>_" }, { TOKEN_GREATER_EQUAL, RELATION, "_>=_" },
    { TOKEN_IN, RELATION, "@in" },      { TOKEN_PLUS, SUM, "_+_" },
    { TOKEN_MINUS, SUM, "_-_" },        { TOKEN_TIMES, PRODUCT, "_*_" },
    { TOKEN_DIVIDE, PRODUCT, "_/_" },   { TOKEN_MODULO, PRODUCT, "_%_" },
};

static const char *const reserved_words[] = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while",
};

struct parser {
    struct tree_maker maker;
    const struct token *next;
    const struct parse_options *options;
    unsigned nesting;
};

typedef VEC(struct node *) node_vec;
typedef VEC(bool) flag_vec;

struct node *make_node(struct tree_maker *maker, enum node_kind kind, uint32_t at)
{
    struct node *node = arena_make(maker->arena, struct node);
    node->kind = kind;
    node->at = at;
    return node;
}

struct node *make_name(struct tree_maker *maker, uint32_t at, struct span text)
{
    struct node *node = make_node(maker, NODE_NAME, at);
    node->name.text = text;
    return node;
}

void node_set_items(struct tree_maker *maker, struct node *node, struct node **items, uint32_t n_items)
{
    node->items = arena_make_array(maker->arena, struct node *, n_items);
    node->n_items = n_items;
    for (uint32_t i = 0; i < n_items; i++) {
        node->items[i] = items[i];
        if (items[i]->height > node->height)
            node->height = items[i]->height;
    }
}

struct node *make_call(struct tree_maker *maker, uint32_t at, const char *function, struct node *target,
                       struct node **args, uint32_t n_args)
{
    struct node *node = make_node(maker, NODE_CALL, at);
    node->call.function = span_of(function);
    node->call.target = target;
    node_set_items(maker, node, args, n_args);
    if (target && target->height > node->height)
        node->height = target->height;
    return node;
}

static struct span token_span(const struct parser *parser, const struct token *token)
{
    return (struct span){ parser->maker.messages->source.data + token->at, token->length };
}

static bool next_is(const struct parser *parser, enum token_kind kind)
{
    return parser->next->kind == kind;
}

static bool accept(struct parser *parser, enum token_kind kind)
{
    if (!next_is(parser, kind))
        return false;
    parser->next++;
    return true;
}

static struct node *syntax_error(struct parser *parser, const char *expected)
{
    const struct token *token = parser->next;
    struct span text = token->kind == TOKEN_END ? SPAN("<EOF>") : token_span(parser, token);
    message_add(parser->maker.messages, token->at,
                "Syntax error: mismatched input '" SPAN_FMT "' expecting %s", SPAN_ARG(text), expected);
    return NULL;
}

static bool expect(struct parser *parser, enum token_kind kind)
{
    if (accept(parser, kind))
        return true;
    char expected[32];
    snprintf(expected, sizeof(expected), "'%s'", token_text(kind));
    syntax_error(parser, expected);
    return false;
}

/* One link more on top of NODE; NULL past the limit. */
static struct node *link_up(struct parser *parser, struct node *node)
{
    if (++node->height <= MAX_NESTING)
        return node;
    message_add(parser->maker.messages, NOWHERE, "max recursion depth exceeded");
    return NULL;
}

static struct node *parse_expression(struct parser *parser);

/* A comma-separated list up to CLOSER, which is taken. PAIRS reads "key: value" items. */
static bool parse_items(struct parser *parser, enum token_kind closer, bool optionals, bool pairs,
                        struct node *out)
{
    node_vec items = { 0 };
    flag_vec flags = { 0 };
    bool any_optional = false, complete = false;
    while (!accept(parser, closer)) {
        bool optional = optionals && accept(parser, TOKEN_QUESTION);
        any_optional |= optional;
        struct node *item = parse_expression(parser);
        if (!item)
            goto done;
        vec_push(&items, item);
        vec_push(&flags, false);
        if (pairs) {
            struct node *value = expect(parser, TOKEN_COLON) ? parse_expression(parser) : NULL;
            if (!value)
                goto done;
            vec_push(&items, value);
            vec_push(&flags, false);
        }
        *vec_last(&flags) = optional;
        bool more = accept(parser, TOKEN_COMMA);
        bool trailing = next_is(parser, closer);
        if (more ? (trailing && closer == TOKEN_CLOSE_PAREN) : !trailing) {
            syntax_error(parser, more ? "an expression" : token_text(closer));
            goto done;
        }
    }
    complete = true;
    node_set_items(&parser->maker, out, items.items, (uint32_t)items.length);
    if (any_optional) {
        bool *copy = arena_make_array(parser->maker.arena, bool, flags.length);
        memcpy(copy, flags.items, flags.length * sizeof(bool));
        out->optional = copy;
    }
done:
    vec_done(&items);
    vec_done(&flags);
    return complete;
}

static bool is_variable(const struct parse_options *options, struct span name)
{
    for (size_t i = 0; i < options->n_variables; i++)
        if (span_equal(options->variables[i], name))
            return true;
    return false;
}

static bool check_reserved(struct parser *parser, const struct token *token)
{
    struct span name = token_span(parser, token);
    for (size_t i = 0; i < ARRAY_LEN(reserved_words); i++)
        if (span_is(name, reserved_words[i]) && !is_variable(parser->options, name)) {
            message_add(parser->maker.messages, token->at, "reserved identifier: %s", reserved_words[i]);
            return false;
        }
    return true;
}

/* "(" is the next token. */
static struct node *parse_call(struct parser *parser, struct span function, struct node *target)
{
    struct node *call = make_node(&parser->maker, NODE_CALL, parser->next->at);
    call->call.function = function;
    call->call.target = target;
    parser->next++;
    if (!parse_items(parser, TOKEN_CLOSE_PAREN, false, false, call))
        return NULL;
    if (target && target->height > call->height)
        call->height = target->height;
    return macro_expand(&parser->maker, call);
}

/* Is this a.b.C{...}? Then how many tokens stand before the brace. */
static size_t message_name_length(const struct parser *parser)
{
    size_t n = 0;
    while (parser->next[n].kind == TOKEN_NAME && parser->next[n + 1].kind == TOKEN_DOT)
        n += 2;
    bool is_message = parser->next[n].kind == TOKEN_NAME && parser->next[n + 1].kind == TOKEN_OPEN_BRACE;
    return is_message ? n + 1 : 0;
}

/* The fields are read, for their syntax, and forgotten: no type can be written like this. */
static struct node *parse_message(struct parser *parser, size_t name_tokens)
{
    const struct token *last = &parser->next[name_tokens - 1];
    struct span name = { parser->maker.messages->source.data + parser->next->at,
                         last->at + last->length - parser->next->at };
    parser->next += name_tokens;
    struct node *message = make_node(&parser->maker, NODE_MESSAGE, parser->next->at);
    message->name.text = name;
    parser->next++;
    while (!accept(parser, TOKEN_CLOSE_BRACE)) {
        accept(parser, TOKEN_QUESTION);
        if (!accept(parser, TOKEN_NAME) && !accept(parser, TOKEN_QUOTED_NAME))
            return syntax_error(parser, token_text(TOKEN_NAME));
        if (!expect(parser, TOKEN_COLON) || !parse_expression(parser))
            return NULL;
        if (!accept(parser, TOKEN_COMMA) && !next_is(parser, TOKEN_CLOSE_BRACE))
            return syntax_error(parser, "'}'");
    }
    return message;
}

static struct node *parse_name(struct parser *parser)
{
    bool rooted = accept(parser, TOKEN_DOT);
    size_t message = message_name_length(parser);
    if (message)
        return parse_message(parser, message);
    const struct token *token = parser->next;
    if (!accept(parser, TOKEN_NAME))
        return syntax_error(parser, token_text(TOKEN_NAME));
    if (!check_reserved(parser, token))
        return NULL;
    if (next_is(parser, TOKEN_OPEN_PAREN))
        return parse_call(parser, token_span(parser, token), NULL);
    struct node *node = make_name(&parser->maker, token->at, token_span(parser, token));
    node->name.rooted = rooted;
    return node;
}

static bool begins_negative_number(const struct parser *parser)
{
    return next_is(parser, TOKEN_MINUS) &&
           (parser->next[1].kind == TOKEN_INT || parser->next[1].kind == TOKEN_DOUBLE);
}

static struct node *parse_number(struct parser *parser)
{
    const struct token *first = parser->next;
    bool negative = accept(parser, TOKEN_MINUS);
    const struct token *token = parser->next++;
    struct span text = token_span(parser, token);
    struct node *node = make_node(&parser->maker, NODE_LITERAL, first->at);
    if (token->kind == TOKEN_INT    ? literal_int(text, negative, &node->literal)
        : token->kind == TOKEN_UINT ? literal_uint(text, &node->literal)
                                    : literal_double(text, negative, &node->literal))
        return node;
    message_add(parser->maker.messages, first->at, "invalid %s literal",
                token->kind == TOKEN_INT    ? "int"
                : token->kind == TOKEN_UINT ? "uint"
                                            : "double");
    return NULL;
}

static struct node *parse_text(struct parser *parser)
{
    const struct token *token = parser->next++;
    struct node *node = make_node(&parser->maker, NODE_LITERAL, token->at);
    const char *wrong = literal_text(parser->maker.arena, token_span(parser, token), &node->literal);
    if (!wrong)
        return node;
    message_add(parser->maker.messages, token->at, "%s", wrong);
    return NULL;
}

static struct node *parse_constant(struct parser *parser, struct datum value)
{
    struct node *node = make_node(&parser->maker, NODE_LITERAL, parser->next->at);
    node->literal = value;
    parser->next++;
    return node;
}

static struct node *parse_aggregate(struct parser *parser, enum node_kind kind, enum token_kind closer)
{
    struct node *node = make_node(&parser->maker, kind, parser->next->at);
    parser->next++;
    return parse_items(parser, closer, true, kind == NODE_MAP, node) ? node : NULL;
}

static struct node *parse_primary(struct parser *parser)
{
    if (begins_negative_number(parser))
        return parse_number(parser);
    /* The kinds not listed cannot begin an expression. */
    switch ((int)parser->next->kind) {
    case TOKEN_NAME:
    case TOKEN_DOT: return parse_name(parser);
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE: return parse_number(parser);
    case TOKEN_STRING:
    case TOKEN_BYTES: return parse_text(parser);
    case TOKEN_TRUE: return parse_constant(parser, (struct datum){ .kind = DATUM_BOOL, .boolean = true });
    case TOKEN_FALSE: return parse_constant(parser, (struct datum){ .kind = DATUM_BOOL });
    case TOKEN_NULL: return parse_constant(parser, (struct datum){ .kind = DATUM_NULL });
    case TOKEN_OPEN_BRACKET: return parse_aggregate(parser, NODE_LIST, TOKEN_CLOSE_BRACKET);
    case TOKEN_OPEN_BRACE: return parse_aggregate(parser, NODE_MAP, TOKEN_CLOSE_BRACE);
    case TOKEN_OPEN_PAREN: {
        parser->next++;
        struct node *inner = parse_expression(parser);
        return inner && expect(parser, TOKEN_CLOSE_PAREN) ? inner : NULL;
    }
    }
    return syntax_error(parser, "an expression");
}

/* What follows a dot: e.f, e.?f, e.f(args) */
static struct node *parse_selection(struct parser *parser, struct node *operand)
{
    uint32_t at = parser->next->at;
    parser->next++;
    bool optional = accept(parser, TOKEN_QUESTION);
    const struct token *token = parser->next;
    struct span field = token_span(parser, token);
    if (accept(parser, TOKEN_QUOTED_NAME)) {
        if (!parser->options->quoted_names) {
            message_add(parser->maker.messages, token->at, "unsupported syntax: '`'");
            return NULL;
        }
        field = (struct span){ field.data + 1, field.length - 2 };
    } else if (!accept(parser, TOKEN_NAME)) {
        return syntax_error(parser, token_text(TOKEN_NAME));
    } else if (next_is(parser, TOKEN_OPEN_PAREN) && !optional) {
        struct node *call = parse_call(parser, field, operand);
        return call ? link_up(parser, call) : NULL;
    }
    struct node *select = make_node(&parser->maker, NODE_SELECT, at);
    select->select.operand = operand;
    select->select.field = field;
    select->select.optional = optional;
    select->height = operand->height;
    return link_up(parser, select);
}

/* e[i], e[?i] */
static struct node *parse_index(struct parser *parser, struct node *operand)
{
    uint32_t at = parser->next->at;
    parser->next++;
    bool optional = accept(parser, TOKEN_QUESTION);
    struct node *key = parse_expression(parser);
    if (!key || !expect(parser, TOKEN_CLOSE_BRACKET))
        return NULL;
    struct node *args[] = { operand, key };
    return link_up(parser, make_call(&parser->maker, at, optional ? "_[?_]" : "_[_]", NULL, args, 2));
}

static struct node *parse_member(struct parser *parser)
{
    struct node *node = parse_primary(parser);
    while (node) {
        if (next_is(parser, TOKEN_DOT))
            node = parse_selection(parser, node);
        else if (next_is(parser, TOKEN_OPEN_BRACKET))
            node = parse_index(parser, node);
        else
            break;
    }
    return node;
}

static struct node *parse_unary(struct parser *parser)
{
    const struct token *first = parser->next;
    if (first->kind != TOKEN_NOT && first->kind != TOKEN_MINUS)
        return parse_member(parser);
    size_t count = 0;
    while (first[count].kind == first->kind)
        count++;
    /* A single minus belongs to the literal behind it, so that the least int can be written. */
    if (count == 1 && begins_negative_number(parser))
        return parse_member(parser);
    parser->next += count;
    struct node *operand = parse_member(parser);
    if (!operand || count % 2 == 0)
        return operand;
    return make_call(&parser->maker, first->at, first->kind == TOKEN_NOT ? "!_" : "-_", NULL, &operand, 1);
}

static const struct operator_row *next_operator(const struct parser *parser, unsigned precedence)
{
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (operators[i].token == parser->next->kind && operators[i].precedence >= precedence)
            return &operators[i];
    return NULL;
}

static struct node *parse_binary(struct parser *parser, unsigned precedence)
{
    struct node *left = parse_unary(parser);
    const struct operator_row *row;
    while (left && (row = next_operator(parser, precedence))) {
        uint32_t at = parser->next->at;
        parser->next++;
        struct node *right = parse_binary(parser, row->precedence + 1);
        if (!right)
            return NULL;
        struct node *args[] = { left, right };
        left = link_up(parser, make_call(&parser->maker, at, row->function, NULL, args, 2));
    }
    return left;
}

static struct node *parse_relation(struct parser *parser)
{
    return parse_binary(parser, RELATION);
}

/* Terms between the same sign become one node, however many there are. */
static struct node *parse_chain(struct parser *parser, enum token_kind sign, enum node_kind kind,
                                struct node *(*parse_term)(struct parser *))
{
    struct node *first = parse_term(parser);
    if (!first || !next_is(parser, sign))
        return first;
    struct node *chain = make_node(&parser->maker, kind, parser->next->at);
    node_vec terms = { 0 };
    vec_push(&terms, first);
    struct node *term = first;
    while (term && accept(parser, sign)) {
        term = parse_term(parser);
        vec_push(&terms, term);
    }
    if (term)
        node_set_items(&parser->maker, chain, terms.items, (uint32_t)terms.length);
    vec_done(&terms);
    return term ? chain : NULL;
}

static struct node *parse_and(struct parser *parser)
{
    return parse_chain(parser, TOKEN_AND, NODE_AND, parse_relation);
}

static struct node *parse_choice(struct parser *parser)
{
    struct node *condition = parse_chain(parser, TOKEN_OR, NODE_OR, parse_and);
    if (!condition || !next_is(parser, TOKEN_QUESTION))
        return condition;
    struct node *choice = make_node(&parser->maker, NODE_CHOICE, parser->next->at);
    parser->next++;
    struct node *yes = parse_chain(parser, TOKEN_OR, NODE_OR, parse_and);
    if (!yes || !expect(parser, TOKEN_COLON))
        return NULL;
    struct node *no = parse_expression(parser);
    if (!no)
        return NULL;
    struct node *branches[] = { condition, yes, no };
    node_set_items(&parser->maker, choice, branches, 3);
    return link_up(parser, choice);
}

static struct node *parse_expression(struct parser *parser)
{
    if (parser->nesting == MAX_NESTING) {
        message_add(parser->maker.messages, NOWHERE, "expression recursion limit exceeded: %d", MAX_NESTING);
        return NULL;
    }
    parser->nesting++;
    struct node *node = parse_choice(parser);
    parser->nesting--;
    return node;
}

struct node *parse(struct arena *arena, const struct token *tokens, const struct parse_options *options,
                   struct messages *messages)
{
    struct parser parser = { .maker = { arena, messages }, .next = tokens, .options = options };
    struct node *root = parse_expression(&parser);
    if (root && !next_is(&parser, TOKEN_END))
        return syntax_error(&parser, token_text(TOKEN_END));
    return messages->count ? NULL : root;
}
