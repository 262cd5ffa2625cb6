/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path elements and FieldsV1. What comes from outside is made canonical here: "k:{ \"name\": \"web\" }" and
 * "k:{\"name\":\"web\"}" are the same element.
 */

#include "api/base/utf8.h"
#include "api/value/json.h"
#include "driver/standalone/patch/field_set.h"

enum { MAX_ELEMENT_BYTES = 64 << 10 };

static struct span element_make(struct arena *arena, const char *prefix, struct span text)
{
    size_t length = 2 + text.length;
    char *bytes = arena_array(arena, length + 1, 1);
    memcpy(bytes, prefix, 2);
    if (text.length)
        memcpy(bytes + 2, text.data, text.length);
    return (struct span){ bytes, length };
}

static struct span element_of_json(struct arena *arena, const char *prefix, const struct value *value)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_ELEMENT_BYTES);
    json_write_canonical(&text, value);
    return element_make(arena, prefix, buf_span(&text));
}

struct span element_of_field(struct arena *arena, struct span name)
{
    return element_make(arena, "f:", name);
}

struct span element_of_value(struct arena *arena, const struct value *scalar)
{
    return element_of_json(arena, "v:", scalar);
}

struct span element_of_keys(struct arena *arena, const struct value *keys)
{
    return element_of_json(arena, "k:", keys);
}

bool element_is_field(struct span element, struct span *name)
{
    if (!span_starts_with(element, SPAN("f:")))
        return false;
    *name = span_skip(element, 2);
    return true;
}

/* {"name":"web","port":80} as name="web",port=80 */
static void format_keys(struct buf *out, struct span json)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *keys;
    cleanup_error struct error *err = json_parse(arena, json, 0, &keys);
    if (err)
        return;
    const char *separator = "";
    value_each_member (keys, key) {
        buf_printf(out, "%s" SPAN_FMT "=", separator, SPAN_ARG(key->name));
        json_write(out, key->value);
        separator = ",";
    }
}

void element_format(struct buf *out, struct span element)
{
    struct span rest = span_skip(element, 2);
    if (span_starts_with(element, SPAN("f:"))) {
        buf_add_char(out, '.');
        buf_add_span(out, rest);
        return;
    }
    buf_add_char(out, '[');
    if (span_starts_with(element, SPAN("k:"))) {
        format_keys(out, rest);
    } else {
        if (span_starts_with(element, SPAN("v:")))
            buf_add_char(out, '=');
        buf_add_span(out, rest);
    }
    buf_add_char(out, ']');
}

void field_path_format(struct buf *out, const struct field_path *path)
{
    if (!path)
        return;
    field_path_format(out, path->up);
    element_format(out, path->element);
}

static struct error *decode_element(struct arena *arena, struct span text, struct span *out)
{
    if (span_starts_with(text, SPAN("f:"))) {
        *out = text;
        return NULL;
    }
    bool keyed = span_starts_with(text, SPAN("k:"));
    if (text.length > MAX_ELEMENT_BYTES ||
        !(keyed || span_starts_with(text, SPAN("v:")) || span_starts_with(text, SPAN("i:"))))
        return error_invalid("\"" SPAN_FMT "\" is no path element", SPAN_ARG(utf8_truncate(text, 60)));
    struct value *json;
    TRY(json_parse(arena, span_skip(text, 2), 0, &json));
    if (keyed && !value_is(json, VALUE_OBJECT))
        return error_invalid("\"" SPAN_FMT "\" has no object of keys", SPAN_ARG(utf8_truncate(text, 60)));
    *out = element_of_json(arena, keyed ? "k:" : text.data[0] == 'v' ? "v:" : "i:", json);
    return NULL;
}

static struct error *decode_below(struct arena *arena, const struct value *fields,
                                  const struct field_path *up, struct field_set *root)
{
    if (!value_is(fields, VALUE_OBJECT))
        return error_invalid("fields must be an object");
    if (up && value_length(fields) == 0)
        field_set_insert(arena, root, up);
    value_each_member (fields, member) {
        if (span_is(member->name, ".")) {
            field_set_insert(arena, root, up);
            continue;
        }
        struct field_path path = { .up = up };
        TRY(decode_element(arena, member->name, &path.element));
        TRY(decode_below(arena, member->value, &path, root));
    }
    return NULL;
}

struct error *field_set_decode(struct arena *arena, const struct value *fields_v1, struct field_set **out)
{
    struct field_set *set = field_set_new(arena);
    TRY(error_wrap(decode_below(arena, fields_v1, NULL, set), "fieldsV1"));
    *out = set;
    return NULL;
}

struct value *field_set_encode(struct arena *arena, const struct field_set *set)
{
    struct value *fields = value_object(arena);
    for (size_t i = 0; set && i < set->length; i++) {
        const struct field_node *node = &set->nodes[i];
        bool leads_on = !field_set_is_empty(node->below);
        if (!node->member && !leads_on)
            continue;
        struct value *inner = leads_on ? field_set_encode(arena, node->below) : value_object(arena);
        if (node->member && leads_on) {
            struct value *marked = value_object(arena);
            value_set(arena, marked, ".", value_object(arena));
            value_each_member (inner, member)
                value_set_span(arena, marked, member->name, member->value);
            inner = marked;
        }
        value_set_span(arena, fields, node->element, inner);
    }
    return fields;
}
