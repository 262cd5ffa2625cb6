/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest match wins, and what matches nothing is an error. Literals keep their spelling here; literal.c
 * says what they mean.
 */

#include "selector/lex.h"

#include "api/base/utf8.h"
#include "api/base/vec.h"

#include <ctype.h>

static const struct {
    const char *text;
    enum token_kind kind;
} fixed_tokens[] = {
    /* longer ones first */
    { "==", TOKEN_EQUAL },         { "!=", TOKEN_NOT_EQUAL },  { "<=", TOKEN_LESS_EQUAL },
    { ">=", TOKEN_GREATER_EQUAL }, { "&&", TOKEN_AND },        { "||", TOKEN_OR },
    { "<", TOKEN_LESS },           { ">", TOKEN_GREATER },     { "!", TOKEN_NOT },
    { "+", TOKEN_PLUS },           { "-", TOKEN_MINUS },       { "*", TOKEN_TIMES },
    { "/", TOKEN_DIVIDE },         { "%", TOKEN_MODULO },      { "?", TOKEN_QUESTION },
    { ":", TOKEN_COLON },          { ".", TOKEN_DOT },         { ",", TOKEN_COMMA },
    { "(", TOKEN_OPEN_PAREN },     { ")", TOKEN_CLOSE_PAREN }, { "[", TOKEN_OPEN_BRACKET },
    { "]", TOKEN_CLOSE_BRACKET },  { "{", TOKEN_OPEN_BRACE },  { "}", TOKEN_CLOSE_BRACE },
};

static const enum token_kind keywords[] = { TOKEN_TRUE, TOKEN_FALSE, TOKEN_NULL, TOKEN_IN };

const char *token_text(enum token_kind kind)
{
    static const char *const texts[] = {
#define TOKEN(name, text) text,
        TOKENS(TOKEN)
#undef TOKEN
    };
    return texts[kind];
}

struct lexer {
    struct span source;
    struct messages *messages;
    uint32_t at;
};

/* The byte OFFSET behind the current one, or 0 past the end; the source itself may hold NULs as bytes. */
static char peek(const struct lexer *lexer, size_t offset)
{
    size_t at = lexer->at + offset;
    return at < lexer->source.length ? lexer->source.data[at] : 0;
}

static bool at_end(const struct lexer *lexer, size_t offset)
{
    return lexer->at + offset >= lexer->source.length;
}

static bool starts_name(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool continues_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void skip_blanks(struct lexer *lexer)
{
    for (;;) {
        char c = peek(lexer, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')
            lexer->at++;
        else if (c == '/' && peek(lexer, 1) == '/')
            while (!at_end(lexer, 0) && peek(lexer, 0) != '\n')
                lexer->at++;
        else
            return;
    }
}

static size_t count_digits(const struct lexer *lexer, size_t from)
{
    size_t n = 0;
    while (isdigit((unsigned char)peek(lexer, from + n)))
        n++;
    return n;
}

/* "e-5": how long it is, 0 if there is none. */
static size_t exponent_length(const struct lexer *lexer, size_t from)
{
    if (peek(lexer, from) != 'e' && peek(lexer, from) != 'E')
        return 0;
    size_t sign = peek(lexer, from + 1) == '+' || peek(lexer, from + 1) == '-';
    size_t digits = count_digits(lexer, from + 1 + sign);
    return digits ? 1 + sign + digits : 0;
}

static struct token lex_number(struct lexer *lexer)
{
    struct token token = { TOKEN_INT, lexer->at, 0 };
    size_t length = count_digits(lexer, 0);
    if (length == 1 && peek(lexer, 0) == '0' && peek(lexer, 1) == 'x' &&
        isxdigit((unsigned char)peek(lexer, 2))) {
        length = 2;
        while (isxdigit((unsigned char)peek(lexer, length)))
            length++;
    } else {
        size_t fraction = peek(lexer, length) == '.' ? count_digits(lexer, length + 1) : 0;
        size_t whole = length;
        if (fraction)
            length += 1 + fraction;
        length += exponent_length(lexer, length);
        if (length > whole)
            token.kind = TOKEN_DOUBLE;
    }
    if (token.kind == TOKEN_INT && (peek(lexer, length) == 'u' || peek(lexer, length) == 'U')) {
        token.kind = TOKEN_UINT;
        length++;
    }
    token.length = (uint32_t)length;
    return token;
}

/* The length of the literal whose quote stands at offset FROM, quotes included; 0 if it does not end. */
static size_t quoted_length(const struct lexer *lexer, size_t from, bool raw)
{
    char quote = peek(lexer, from);
    bool triple = peek(lexer, from + 1) == quote && peek(lexer, from + 2) == quote;
    size_t at = from + (triple ? 3 : 1);
    for (; !at_end(lexer, at); at++) {
        char c = peek(lexer, at);
        if (c == '\\' && !raw) {
            at++;
        } else if (!triple && (c == '\n' || c == '\r')) {
            return 0;
        } else if (c == quote &&
                   (!triple || (peek(lexer, at + 1) == quote && peek(lexer, at + 2) == quote))) {
            return at + (triple ? 3 : 1) - from;
        }
    }
    return 0;
}

/* A string or bytes literal with its prefix; kind END if there is none here. */
static struct token lex_text(struct lexer *lexer)
{
    struct token token = { TOKEN_STRING, lexer->at, 0 };
    size_t from = 0;
    bool raw = false;
    if (peek(lexer, from) == 'b' || peek(lexer, from) == 'B') {
        token.kind = TOKEN_BYTES;
        from++;
    }
    if (peek(lexer, from) == 'r' || peek(lexer, from) == 'R') {
        raw = true;
        from++;
    }
    size_t length = 0;
    if (peek(lexer, from) == '"' || peek(lexer, from) == '\'')
        length = quoted_length(lexer, from, raw);
    if (!length)
        return (struct token){ TOKEN_END, lexer->at, 0 };
    token.length = (uint32_t)(from + length);
    return token;
}

static struct token lex_name(struct lexer *lexer)
{
    struct token token = { TOKEN_NAME, lexer->at, 1 };
    while (continues_name(peek(lexer, token.length)))
        token.length++;
    struct span text = { lexer->source.data + token.at, token.length };
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (span_is(text, token_text(keywords[i])))
            token.kind = keywords[i];
    return token;
}

/* `a-b`: kind END if it does not end or holds something else. */
static struct token lex_quoted_name(struct lexer *lexer)
{
    struct token token = { TOKEN_QUOTED_NAME, lexer->at, 1 };
    for (;; token.length++) {
        char c = peek(lexer, token.length);
        if (c == '`' && token.length > 1) {
            token.length++;
            return token;
        }
        if (!continues_name(c) && (c == 0 || !strchr(".-/ ", c)))
            return (struct token){ TOKEN_END, lexer->at, 0 };
    }
}

static struct token lex_fixed(struct lexer *lexer)
{
    struct span rest = span_skip(lexer->source, lexer->at);
    for (size_t i = 0; i < ARRAY_LEN(fixed_tokens); i++) {
        struct span text = span_of(fixed_tokens[i].text);
        if (span_starts_with(rest, text))
            return (struct token){ fixed_tokens[i].kind, lexer->at, (uint32_t)text.length };
    }
    return (struct token){ TOKEN_END, lexer->at, 0 };
}

/* Kind END with length 0 where nothing matches. */
static struct token lex_one(struct lexer *lexer)
{
    char c = peek(lexer, 0);
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(lexer, 1))))
        return lex_number(lexer);
    if (strchr("\"'bBrR", c) && c) {
        struct token token = lex_text(lexer);
        if (token.length)
            return token;
    }
    if (starts_name(c))
        return lex_name(lexer);
    if (c == '`')
        return lex_quoted_name(lexer);
    return lex_fixed(lexer);
}

static void report_unknown(struct lexer *lexer)
{
    struct span rest = span_skip(lexer->source, lexer->at);
    size_t length;
    utf8_decode(rest, &length);
    if (rest.data[0] == '"' || rest.data[0] == '\'') /* a literal without end takes the line with it */
        while (length < rest.length && rest.data[length] != '\n')
            length++;
    message_add(lexer->messages, lexer->at, "Syntax error: token recognition error at: '%.*s'", (int)length,
                rest.data);
    lexer->at += (uint32_t)length;
}

const struct token *lex(struct arena *arena, struct messages *messages, size_t *out_count)
{
    struct lexer lexer = { .source = messages->source, .messages = messages };
    /* A token is a byte at least, so this is room enough. */
    struct token *tokens = arena_make_array(arena, struct token, messages->source.length + 1);
    size_t count = 0;
    for (skip_blanks(&lexer); !at_end(&lexer, 0); skip_blanks(&lexer)) {
        struct token token = lex_one(&lexer);
        if (token.length) {
            tokens[count++] = token;
            lexer.at += token.length;
        } else {
            report_unknown(&lexer);
        }
    }
    tokens[count++] = (struct token){ TOKEN_END, (uint32_t)messages->source.length, 0 };
    *out_count = count;
    return tokens;
}
