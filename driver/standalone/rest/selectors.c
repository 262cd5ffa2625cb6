/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both kinds of selectors are lists of requirements that must all hold. Labels have a small language, read by
 * one pass over the text; fields have terms with an operator and backslash escapes.
 */
#include "driver/standalone/rest/selectors.h"

#include "api/base/vec.h"
#include "api/resource/names.h"

#include <ctype.h>

enum relation { OP_IN, OP_NOT_IN, OP_EXISTS, OP_ABSENT, OP_GREATER, OP_LESS };

struct requirement {
    enum relation relation;
    const char *key;
    const char **values;
    size_t n_values;
    const char *fallback; /* of fields */
};

struct requirements {
    struct requirement *items;
    size_t n_items;
};

struct label_selector {
    struct requirements all;
};

struct field_selector {
    struct requirements all;
};

enum { MAX_REQUIREMENTS = 256 };

typedef VEC(struct requirement) requirement_vec;
typedef VEC(const char *) text_vec;

static struct requirements requirements_keep(struct arena *arena, requirement_vec *vec)
{
    struct requirements all = { arena_make_array(arena, struct requirement, vec->length), vec->length };
    if (vec->length)
        memcpy(all.items, vec->items, vec->length * sizeof(vec->items[0]));
    vec_done(vec);
    return all;
}

static bool has_value(const struct requirement *req, const char *value)
{
    for (size_t i = 0; i < req->n_values; i++)
        if (strcmp(req->values[i], value) == 0)
            return true;
    return false;
}

static bool is_integer(const char *text, long long *out)
{
    char *end;
    *out = strtoll(text, &end, 10);
    return end != text && *end == 0;
}

/* VALUE is NULL where the object has none. */
static bool requirement_holds(const struct requirement *req, const char *value)
{
    long long have, limit;
    switch (req->relation) {
    case OP_IN: return value && has_value(req, value);
    case OP_NOT_IN: return !value || !has_value(req, value);
    case OP_EXISTS: return value != NULL;
    case OP_ABSENT: return value == NULL;
    case OP_GREATER:
    case OP_LESS:
        if (!value || !is_integer(value, &have) || !is_integer(req->values[0], &limit))
            return false;
        return req->relation == OP_GREATER ? have > limit : have < limit;
    }
    return false;
}

/* --- labels --- */

struct lexer {
    struct arena *arena;
    const char *at;
};

static void skip_space(struct lexer *lex)
{
    while (isspace((unsigned char)*lex->at))
        lex->at++;
}

static bool eat(struct lexer *lex, const char *token)
{
    skip_space(lex);
    size_t length = strlen(token);
    if (strncmp(lex->at, token, length) != 0)
        return false;
    lex->at += length;
    return true;
}

static bool is_word_char(char c)
{
    return c && !isspace((unsigned char)c) && !strchr("=!(),<>", c);
}

/* The word ahead; "" if there is none. */
static const char *next_word(struct lexer *lex)
{
    skip_space(lex);
    const char *start = lex->at;
    while (is_word_char(*lex->at))
        lex->at++;
    return arena_strndup(lex->arena, start, (size_t)(lex->at - start));
}

static struct error *check_key(const char *key)
{
    struct name_faults faults = label_key_faults(span_of(key));
    return faults.n_texts ? error_invalid("unable to parse requirement: <nil>: Invalid value: \"%s\": %s",
                                          key, faults.texts[0])
                          : NULL;
}

static struct error *check_label_value(const char *key, const char *value)
{
    struct name_faults faults = label_value_faults(span_of(value));
    return faults.n_texts
               ? error_invalid("unable to parse requirement: values[0][%s]: Invalid value: \"%s\": %s", key,
                               value, faults.texts[0])
               : NULL;
}

static void requirement_set_values(struct arena *arena, struct requirement *req, text_vec *values)
{
    req->values = arena_make_array(arena, const char *, values->length);
    if (values->length)
        memcpy(req->values, values->items, values->length * sizeof(values->items[0]));
    req->n_values = values->length;
    vec_done(values);
}

static void requirement_set_value(struct arena *arena, struct requirement *req, const char *value)
{
    text_vec values = { 0 };
    vec_push(&values, value);
    requirement_set_values(arena, req, &values);
}

/* "(a,b)" behind in or notin */
static struct error *parse_value_list(struct lexer *lex, struct requirement *req)
{
    if (!eat(lex, "("))
        return error_invalid("unable to parse requirement: found '%s', expected: '('", lex->at);
    text_vec values = { 0 };
    do
        vec_push(&values, next_word(lex));
    while (eat(lex, ","));
    requirement_set_values(lex->arena, req, &values);
    if (!eat(lex, ")"))
        return error_invalid("unable to parse requirement: found '%s', expected: ',' or ')'", lex->at);
    return NULL;
}

static struct error *parse_operator(struct lexer *lex, struct requirement *req)
{
    static const struct {
        const char *text;
        enum relation relation;
    } signs[] = {
        { "==", OP_IN }, { "=", OP_IN }, { "!=", OP_NOT_IN }, { ">", OP_GREATER }, { "<", OP_LESS }
    };
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (!eat(lex, signs[i].text))
            continue;
        req->relation = signs[i].relation;
        requirement_set_value(lex->arena, req, next_word(lex));
        return NULL;
    }
    const char *word = next_word(lex);
    if (strcmp(word, "in") == 0 || strcmp(word, "notin") == 0) {
        req->relation = word[0] == 'i' ? OP_IN : OP_NOT_IN;
        return parse_value_list(lex, req);
    }
    if (*word == 0) {
        req->relation = OP_EXISTS;
        return NULL;
    }
    return error_invalid("unable to parse requirement: found '%s', expected: in, notin, =, ==, !=, gt, lt",
                         word);
}

static struct error *parse_label_requirement(struct lexer *lex, struct requirement *req)
{
    bool absent = eat(lex, "!");
    req->key = next_word(lex);
    if (*req->key == 0)
        return error_invalid(
            "unable to parse requirement: found '%s', expected: !, identifier, or 'end of string'", lex->at);
    TRY(check_key(req->key));
    if (absent) {
        req->relation = OP_ABSENT;
        return NULL;
    }
    TRY(parse_operator(lex, req));
    for (size_t i = 0; i < req->n_values; i++)
        TRY(check_label_value(req->key, req->values[i]));
    long long number;
    if ((req->relation == OP_GREATER || req->relation == OP_LESS) && !is_integer(req->values[0], &number))
        return error_invalid("unable to parse requirement: values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' "
                             "operators, the value must be an integer",
                             req->values[0]);
    return NULL;
}

static struct error *parse_label_requirements(struct lexer *lex, requirement_vec *out)
{
    skip_space(lex);
    while (*lex->at) {
        struct requirement req = { 0 };
        TRY(parse_label_requirement(lex, &req));
        if (out->length == MAX_REQUIREMENTS)
            return error_invalid("unable to parse requirement: more than %d", MAX_REQUIREMENTS);
        vec_push(out, req);
        skip_space(lex);
        if (*lex->at && !eat(lex, ","))
            return error_invalid("unable to parse requirement: found '%s', expected: ',' or 'end of string'",
                                 lex->at);
    }
    return NULL;
}

struct error *label_selector_parse(struct arena *arena, const char *text, const struct label_selector **out)
{
    if (!text || !*text) {
        *out = NULL;
        return NULL;
    }
    struct lexer lex = { arena, text };
    requirement_vec vec = { 0 };
    struct error *err = parse_label_requirements(&lex, &vec);
    struct label_selector *selector = arena_make(arena, struct label_selector);
    selector->all = requirements_keep(arena, &vec);
    if (!err)
        *out = selector;
    return err;
}

bool label_selector_matches(const struct label_selector *selector, const struct value *object)
{
    if (!selector)
        return true;
    const struct value *labels = value_path(object, "metadata.labels");
    for (size_t i = 0; i < selector->all.n_items; i++) {
        const struct requirement *req = &selector->all.items[i];
        if (!requirement_holds(req, value_string(value_get(labels, req->key))))
            return false;
    }
    return true;
}

/* --- fields --- */

static const struct selectable_field common_fields[] = {
    { "metadata.name", NULL },
    { "metadata.namespace", NULL },
    { NULL, NULL },
};

static const struct selectable_field *find_field(const struct selectable_field *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

/* Up to a comma that no backslash precedes; *END is behind it. */
static char *next_term(struct arena *arena, const char *text, const char **end)
{
    const char *at = text;
    while (*at && *at != ',')
        at += at[0] == '\\' && at[1] ? 2 : 1;
    *end = *at ? at + 1 : at;
    return arena_strndup(arena, text, (size_t)(at - text));
}

/* Splits TERM at its operator, which becomes the key's end; NULL if there is none. */
static char *split_term(char *term, enum relation *out)
{
    char *at = term;
    while (*at && *at != '=' && !(at[0] == '!' && at[1] == '='))
        at += at[0] == '\\' && at[1] ? 2 : 1;
    if (!*at)
        return NULL;
    *out = *at == '!' ? OP_NOT_IN : OP_IN;
    char *value = at + (*at == '!' || at[1] == '=' ? 2 : 1);
    *at = 0;
    return value;
}

static struct error *unescape(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++) {
        if (*from == '\\' && !strchr("\\,=", *++from))
            return error_invalid("invalid field selector: invalid escape sequence: \\%c", *from);
        if (!*from)
            return error_invalid("invalid field selector: unexpected end of escape sequence");
        *to++ = *from;
    }
    *to = 0;
    return NULL;
}

static struct error *parse_field_term(struct arena *arena, char *term, const struct selectable_field *fields,
                                      struct requirement *req)
{
    char *value = split_term(term, &req->relation);
    if (!value)
        return error_invalid("invalid selector: '%s'; can't understand '%s'", term, term);
    const struct selectable_field *field = find_field(common_fields, term);
    if (!field)
        field = find_field(fields, term);
    if (!field)
        return error_invalid("field label not supported: %s", term);
    TRY(unescape(value));
    req->key = field->name;
    req->fallback = field->fallback ? field->fallback : "";
    requirement_set_value(arena, req, value);
    return NULL;
}

struct error *field_selector_parse(struct arena *arena, const char *text,
                                   const struct selectable_field *fields, const struct field_selector **out)
{
    if (!text || !*text) {
        *out = NULL;
        return NULL;
    }
    requirement_vec vec = { 0 };
    struct error *err = NULL;
    while (*text && !err && vec.length < MAX_REQUIREMENTS) {
        struct requirement req = { 0 };
        char *term = next_term(arena, text, &text);
        if (*term) {
            err = parse_field_term(arena, term, fields, &req);
            vec_push(&vec, req);
        }
    }
    if (!err && *text)
        err = error_invalid("invalid field selector: more than %d terms", MAX_REQUIREMENTS);
    struct field_selector *selector = arena_make(arena, struct field_selector);
    selector->all = requirements_keep(arena, &vec);
    if (!err)
        *out = selector;
    return err;
}

static const char *field_text(const struct value *field, const char *fallback)
{
    if (value_is(field, VALUE_BOOL))
        return field->boolean ? "true" : "false";
    const char *text = value_string(field);
    return text ? text : fallback;
}

bool field_selector_matches(const struct field_selector *selector, const struct value *object)
{
    for (size_t i = 0; selector && i < selector->all.n_items; i++) {
        const struct requirement *req = &selector->all.items[i];
        if (!requirement_holds(req, field_text(value_path(object, req->key), req->fallback)))
            return false;
    }
    return true;
}
