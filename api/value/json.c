/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text into trees: jansson reads, and what it built is copied into the arena in its exact size.
 *
 * jansson keeps neither positions nor names given twice; the latter are looked for in the text by
 * json_duplicates.c, only when somebody asks. Member names share their bytes (text_pool.h).
 */

#include "api/value/json.h"

#include "api/base/buf.h"
#include "api/value/json_duplicates.h"
#include "api/value/text_pool.h"

#include <errno.h>
#include <jansson.h>

#undef JSON_STRICT /* a leftover of jansson 1, in the way of ours */

enum { MAX_INTEGER_DIGITS = 20 };

struct reader {
    struct arena *arena;
    struct text_pool names;
};

static struct error *read_any(struct reader *reader, json_t *json, int depth, struct value **out);

static struct error *read_list(struct reader *reader, json_t *json, int depth, struct value *out)
{
    uint32_t count = (uint32_t)json_array_size(json);
    out->list.items = arena_make_array(reader->arena, struct value *, count);
    out->list.room = count;
    for (; out->list.n_items < count; out->list.n_items++) {
        uint32_t i = out->list.n_items;
        TRY(read_any(reader, json_array_get(json, i), depth + 1, &out->list.items[i]));
    }
    return NULL;
}

static struct error *read_object(struct reader *reader, json_t *json, int depth, struct value *out)
{
    uint32_t count = (uint32_t)json_object_size(json);
    out->object.members = arena_make_array(reader->arena, struct value_member, count);
    out->object.room = count;
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        struct value_member *member = &out->object.members[out->object.n_members++];
        member->name = text_share(&reader->names,
                                  (struct span){ json_object_iter_key(at), json_object_iter_key_len(at) });
        TRY(read_any(reader, json_object_iter_value(at), depth + 1, &member->value));
    }
    return NULL;
}

static struct error *read_any(struct reader *reader, json_t *json, int depth, struct value **out)
{
    if (depth > JSON_MAX_DEPTH)
        return error_invalid("nested more than %d levels deep", JSON_MAX_DEPTH);
    struct arena *arena = reader->arena;
    switch (json_typeof(json)) {
    case JSON_NULL: *out = value_null(arena); return NULL;
    case JSON_TRUE: *out = value_bool(arena, true); return NULL;
    case JSON_FALSE: *out = value_bool(arena, false); return NULL;
    case JSON_INTEGER: *out = value_int(arena, json_integer_value(json)); return NULL;
    case JSON_REAL: *out = value_double(arena, json_real_value(json)); return NULL;
    case JSON_STRING:
        *out = value_span(arena, (struct span){ json_string_value(json), json_string_length(json) });
        return NULL;
    case JSON_ARRAY: *out = value_list(arena); return read_list(reader, json, depth, *out);
    case JSON_OBJECT: *out = value_object(arena); return read_object(reader, json, depth, *out);
    }
    return error_internal("jansson type %d", (int)json_typeof(json));
}

static struct error *duplicates_error(struct span text)
{
    struct json_duplicates duplicates = { 0 };
    json_duplicates_find(text, &duplicates);
    struct error *err = NULL;
    if (duplicates.length) {
        const struct json_duplicate *first = &duplicates.items[0];
        err = error_invalid("line %u column %u: duplicate field \"%s\"", first->line, first->column,
                            first->path);
    }
    json_duplicates_done(&duplicates);
    return err;
}

/* jansson reads over NUL bytes outside strings. */
static struct error *refuse_nul(struct span text)
{
    const char *nul = text.length ? memchr(text.data, '\0', text.length) : NULL;
    return nul ? error_invalid("byte %zu is NUL", (size_t)(nul - text.data)) : NULL;
}

/* The length of the JSON string at the front of TEXT, quotes included. */
static size_t string_length(struct span text)
{
    size_t at = 1;
    while (at < text.length && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.length ? at + 1 : text.length;
}

static size_t number_length(struct span text)
{
    size_t at = 0;
    while (at < text.length && strchr("0123456789+-.eE", text.data[at]))
        at++;
    return at;
}

static bool is_too_big(struct span number)
{
    char digits[MAX_INTEGER_DIGITS + 2] = "";
    if (memchr(number.data, '.', number.length) || memchr(number.data, 'e', number.length) ||
        memchr(number.data, 'E', number.length))
        return false;
    if (number.length >= sizeof(digits))
        return true;
    memcpy(digits, number.data, number.length);
    errno = 0;
    (void)strtoll(digits, NULL, 10);
    return errno == ERANGE;
}

/* TEXT with a point behind each integer that 64 bits do not hold: it is a double to Kubernetes as well. */
static void write_widened(struct buf *out, struct span text)
{
    while (text.length) {
        char c = text.data[0];
        bool is_number = c == '-' || (c >= '0' && c <= '9');
        size_t length = c == '"' ? string_length(text) : is_number ? number_length(text) : 1;
        struct span token = { text.data, length };
        buf_add_span(out, token);
        if (is_number && is_too_big(token))
            buf_add(out, ".0");
        text = span_skip(text, length);
    }
}

static json_t *load(struct span text, json_error_t *problem)
{
    return json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, problem);
}

static struct error *load_text(struct span text, json_t **out)
{
    json_error_t problem;
    *out = load(text, &problem);
    if (!*out && json_error_code(&problem) == json_error_numeric_overflow) {
        cleanup_buf struct buf widened = BUF_INIT(2 * text.length + 2);
        write_widened(&widened, text);
        *out = load(buf_span(&widened), &problem);
    }
    return *out ? NULL : error_invalid("line %d column %d: %s", problem.line, problem.column, problem.text);
}

struct error *json_parse(struct arena *arena, struct span text, int flags, struct value **out)
{
    TRY(refuse_nul(text));
    json_t *json = NULL;
    TRY(load_text(text, &json));
    struct reader reader = { arena, { .arena = arena } };
    struct value *value = NULL;
    struct error *err = read_any(&reader, json, 1, &value);
    json_decref(json);
    TRY(err);
    if (flags & JSON_STRICT)
        TRY(duplicates_error(text));
    *out = value;
    return NULL;
}
