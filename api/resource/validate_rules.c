/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of validation. Messages are put together as apimachinery's field.Error does it: the type's
 * words, the value unless the type is one that speaks for itself, the detail.
 */

#include "api/resource/validate_rules.h"

#include "api/base/map.h"
#include "api/base/utf8.h"
#include "api/value/json.h"

#include <stdarg.h>

enum { MAX_SHOWN_BYTES = 64 * 1024, MAX_PATH_BYTES = 4096, MAX_KEY_SHOWN = 96 };

static const struct {
    const char *reason;
    const char *words;
    bool shows_value;
} cause_types[] = {
    [CAUSE_INVALID] = { "FieldValueInvalid", "Invalid value", true },
    [CAUSE_REQUIRED] = { "FieldValueRequired", "Required value", false },
    [CAUSE_DUPLICATE] = { "FieldValueDuplicate", "Duplicate value", true },
    [CAUSE_NOT_SUPPORTED] = { "FieldValueNotSupported", "Unsupported value", true },
    [CAUSE_FORBIDDEN] = { "FieldValueForbidden", "Forbidden", false },
    [CAUSE_TOO_LONG] = { "FieldValueTooLong", "Too long", false },
    [CAUSE_TOO_MANY] = { "FieldValueTooMany", "Too many", true },
    [CAUSE_NOT_FOUND] = { "FieldValueNotFound", "Not found", true },
    [CAUSE_TYPE_INVALID] = { "FieldValueTypeInvalid", "Invalid value", true },
    [CAUSE_INTERNAL] = { "InternalError", "Internal error", false },
};

const char *cause_reason(enum cause_type type)
{
    return cause_types[type].reason;
}

void causes_done(struct causes *causes)
{
    vec_done(&causes->list);
}

static const char *text_in_arena(struct arena *arena, const struct buf *text)
{
    return arena_strndup(arena, buf_text(text), text->length);
}

const char *causes_text(struct arena *arena, const struct causes *causes)
{
    cleanup_buf struct buf out = BUF_INIT(16 * MAX_SHOWN_BYTES);
    bool several = causes->list.length > 1;
    if (several)
        buf_add_char(&out, '[');
    for (size_t i = 0; i < causes->list.length; i++)
        buf_printf(&out, "%s%s: %s", i ? ", " : "", causes->list.items[i].field,
                   causes->list.items[i].message);
    if (several)
        buf_add_char(&out, ']');
    return text_in_arena(arena, &out);
}

struct error *causes_error(const struct causes *causes)
{
    cleanup_arena struct arena *arena = arena_new();
    return causes->list.length ? error_invalid("%s", causes_text(arena, causes)) : NULL;
}

bool gate_is_on(const struct validator *v, const char *name)
{
    return !v->input->gate || v->input->gate(v->input->gate_context, name);
}

static void write_path(struct buf *out, const struct field_path *path)
{
    if (path->up)
        write_path(out, path->up);
    if (path->name)
        buf_printf(out, "%s%s", path->up ? "." : "", path->name);
    else if (path->key.data)
        buf_printf(out, "[" SPAN_FMT "]", SPAN_ARG(path->key));
    else
        buf_printf(out, "[%zu]", path->index);
}

void refuse(struct validator *v, enum cause_type type, const struct field_path *path, const char *shown_value,
            const char *format, ...)
{
    cleanup_buf struct buf field = BUF_INIT(MAX_PATH_BYTES), detail = BUF_INIT(MAX_SHOWN_BYTES);
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory(0);

    write_path(&field, path);
    buf_add(&detail, cause_types[type].words);
    if (shown_value && cause_types[type].shows_value)
        buf_printf(&detail, ": %s", shown_value);
    if (length)
        buf_printf(&detail, ": %s", text);
    free(text);
    vec_push(&v->causes->list, (struct cause){ .type = type,
                                               .field = text_in_arena(v->arena, &field),
                                               .message = text_in_arena(v->arena, &detail) });
}

void refuse_unsupported(struct validator *v, const struct field_path *path, const struct value *value,
                        const char *const *choices)
{
    cleanup_buf struct buf list = BUF_INIT(MAX_SHOWN_BYTES);
    for (const char *const *choice = choices; *choice; choice++)
        buf_printf(&list, "%s\"%s\"", choice == choices ? "" : ", ", *choice);
    refuse(v, CAUSE_NOT_SUPPORTED, path, shown_text(v, text_of(value)), "supported values: %s",
           buf_text(&list));
}

void refuse_too_long(struct validator *v, const struct field_path *path, size_t max_bytes)
{
    refuse(v, CAUSE_TOO_LONG, path, NULL, "may not be more than %zu bytes", max_bytes);
}

void refuse_too_many(struct validator *v, const struct field_path *path, size_t n_items, size_t max_items)
{
    refuse(v, CAUSE_TOO_MANY, path, arena_printf(v->arena, "%zu", n_items), "must have at most %zu item%s",
           max_items, max_items == 1 ? "" : "s");
}

const char *shown_text(struct validator *v, struct span text)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_SHOWN_BYTES);
    json_quote(&out, text);
    return text_in_arena(v->arena, &out);
}

const char *shown(struct validator *v, const struct value *value)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_SHOWN_BYTES);
    if (!value)
        return "null";
    json_write(&out, value);
    return text_in_arena(v->arena, &out);
}

const char *shown_quantity(struct validator *v, const struct quantity *quantity)
{
    cleanup_buf struct buf out = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    quantity_format_text(quantity, &out);
    return arena_printf(v->arena, "\"%s\"", buf_text(&out));
}

struct span text_of(const struct value *value)
{
    return value_is(value, VALUE_STRING) ? value->string : (struct span){ "", 0 };
}

bool has_text(const struct value *value)
{
    return text_of(value).length > 0;
}

bool is_absent(const struct value *value)
{
    return !value || value_is(value, VALUE_NULL);
}

bool value_says(const struct value *value, const char *text)
{
    return span_is(text_of(value), text);
}

bool quantity_of(struct validator *v, const struct field_path *path, const struct value *value,
                 struct quantity *out)
{
    if (is_absent(value))
        return false;
    struct span text = text_of(value);
    if (!value_is(value, VALUE_STRING))
        text = span_of(shown(v, value));
    cleanup_error struct error *err = quantity_parse(text, out);
    if (err)
        refuse(v, CAUSE_TYPE_INVALID, path, shown(v, value), "%s", err->text);
    return !err;
}

struct span item_itself(struct validator *v, const struct value *item)
{
    (void)v;
    return text_of(item);
}

struct span item_name(struct validator *v, const struct value *item)
{
    (void)v;
    return text_of(value_get(item, "name"));
}

void check_list(struct validator *v, const struct field_path *path, const struct value *list, size_t max,
                item_rule *rule, const void *context)
{
    size_t n_items = value_length(list);
    if (max != NO_LIMIT && n_items > max) {
        refuse_too_many(v, path, n_items, max);
        return;
    }
    for (size_t i = 0; i < n_items; i++)
        rule(v, INDEX(path, i), value_at(list, i), context);
}

void check_repeats(struct validator *v, const struct field_path *path, const struct value *list,
                   item_key *key, enum repeat_form form)
{
    cleanup_map struct map seen = { 0 };
    for (size_t i = 0; i < value_length(list); i++) {
        struct span name = key(v, value_at(list, i));
        if (!map_set(&seen, name, (void *)1))
            continue;
        const struct field_path *item = INDEX(path, i);
        switch (form) {
        case REPEAT_SHOWS_ITEM: refuse_duplicate(v, item, shown(v, value_at(list, i))); break;
        case REPEAT_SHOWS_KEY: refuse_duplicate(v, item, shown_text(v, name)); break;
        case REPEAT_IS_OF_NAME: refuse_duplicate(v, CHILD(item, "name"), shown_text(v, name)); break;
        }
    }
}

void check_set(struct validator *v, const struct field_path *path, const struct value *list, size_t max,
               item_rule *rule, item_key *key, const void *context)
{
    check_list(v, path, list, max, rule, context);
    if (max == NO_LIMIT || value_length(list) <= max)
        check_repeats(v, path, list, key, REPEAT_SHOWS_ITEM);
}

/* Long keys lose their middle. */
static struct span shorten_key(struct validator *v, struct span key)
{
    if (key.length <= MAX_KEY_SHOWN)
        return key;
    size_t remaining = MAX_KEY_SHOWN - 3, head = (remaining + 1) / 2, tail = remaining / 2;
    return span_of(
        arena_printf(v->arena, "%.*s...%.*s", (int)head, key.data, (int)tail, key.data + key.length - tail));
}

void check_map(struct validator *v, const struct field_path *path, const struct value *map, size_t max,
               void (*key_rule)(struct validator *, const struct field_path *, struct span), item_rule *rule,
               const void *context)
{
    if (max != NO_LIMIT && value_length(map) > max) {
        refuse_too_many(v, path, value_length(map), max);
        return;
    }
    value_each_member (map, member) {
        key_rule(v, path, member->name);
        if (rule)
            rule(v, KEY(path, shorten_key(v, member->name)), member->value, context);
    }
}
