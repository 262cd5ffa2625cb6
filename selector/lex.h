/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text into tokens.
 */

#include "api/base/arena.h"
#include "selector/message.h"

/* TOKEN(name, text): the text is how a fixed token is spelled, else how a message calls it. */
#define TOKENS(TOKEN)                                                                                        \
    TOKEN(END, "<EOF>")                                                                                      \
    TOKEN(NAME, "IDENTIFIER")                                                                                \
    TOKEN(QUOTED_NAME, "ESC_IDENTIFIER")                                                                     \
    TOKEN(INT, "NUM_INT")                                                                                    \
    TOKEN(UINT, "NUM_UINT")                                                                                  \
    TOKEN(DOUBLE, "NUM_FLOAT")                                                                               \
    TOKEN(STRING, "STRING")                                                                                  \
    TOKEN(BYTES, "BYTES")                                                                                    \
    TOKEN(TRUE, "true")                                                                                      \
    TOKEN(FALSE, "false")                                                                                    \
    TOKEN(NULL, "null")                                                                                      \
    TOKEN(IN, "in")                                                                                          \
    TOKEN(EQUAL, "==")                                                                                       \
    TOKEN(NOT_EQUAL, "!=")                                                                                   \
    TOKEN(LESS_EQUAL, "<=")                                                                                  \
    TOKEN(GREATER_EQUAL, ">=")                                                                               \
    TOKEN(LESS, "<")                                                                                         \
    TOKEN(GREATER, ">")                                                                                      \
    TOKEN(AND, "&&")                                                                                         \
    TOKEN(OR, "||")                                                                                          \
    TOKEN(NOT, "!")                                                                                          \
    TOKEN(PLUS, "+")                                                                                         \
    TOKEN(MINUS, "-")                                                                                        \
    TOKEN(TIMES, "*")                                                                                        \
    TOKEN(DIVIDE, "/")                                                                                       \
    TOKEN(MODULO, "%")                                                                                       \
    TOKEN(QUESTION, "?")                                                                                     \
    TOKEN(COLON, ":")                                                                                        \
    TOKEN(DOT, ".")                                                                                          \
    TOKEN(COMMA, ",")                                                                                        \
    TOKEN(OPEN_PAREN, "(")                                                                                   \
    TOKEN(CLOSE_PAREN, ")")                                                                                  \
    TOKEN(OPEN_BRACKET, "[")                                                                                 \
    TOKEN(CLOSE_BRACKET, "]")                                                                                \
    TOKEN(OPEN_BRACE, "{")                                                                                   \
    TOKEN(CLOSE_BRACE, "}")

enum token_kind {
#define TOKEN(name, text) TOKEN_##name,
    TOKENS(TOKEN)
#undef TOKEN
};

struct token {
    enum token_kind kind;
    uint32_t at, length; /* bytes of the source */
};

/* Ends with TOKEN_END. Problems go to MESSAGES; the tokens are then not worth parsing. */
const struct token *lex(struct arena *arena, struct messages *messages, size_t *out_count);

const char *token_text(enum token_kind kind);
