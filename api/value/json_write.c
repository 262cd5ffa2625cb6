/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees into JSON text: compact, indented, or canonical. Bytes are all that comes out, so jansson is not
 * needed here. A double always has its point: what was read as a double is read back as one, also by readers
 * of YAML 1.1, to whom 1e+100 is a text.
 */

#include "api/base/memory.h"
#include "api/base/utf8.h"
#include "api/value/json.h"

struct style {
    bool pretty;
    bool sorted;
};

/* The shortest of the usual precisions that reads back the same; printf alone would print 0.1 with 17 digits.
 */
static void write_double(struct buf *out, double number)
{
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    size_t mantissa = strcspn(text, "e");
    buf_append(out, text, mantissa);
    if (!memchr(text, '.', mantissa))
        buf_add(out, ".0");
    buf_add(out, text + mantissa);
}

static void new_line(struct buf *out, const struct style *style, int depth)
{
    if (style->pretty)
        buf_printf(out, "\n%*s", depth * 4, "");
}

static void write_any(struct buf *out, const struct value *value, const struct style *style, int depth);

static void write_list(struct buf *out, const struct value *list, const struct style *style, int depth)
{
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < list->list.n_items; i++) {
        if (i)
            buf_add_char(out, ',');
        new_line(out, style, depth + 1);
        write_any(out, list->list.items[i], style, depth + 1);
    }
    if (list->list.n_items)
        new_line(out, style, depth);
    buf_add_char(out, ']');
}

static void write_object(struct buf *out, const struct value *object, const struct style *style, int depth)
{
    cleanup_free struct value_member *sorted = style->sorted ? value_members_sorted(object) : NULL;
    const struct value_member *members = sorted ? sorted : object->object.members;
    uint32_t count = object->object.n_members;
    buf_add_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(out, ',');
        new_line(out, style, depth + 1);
        json_quote(out, members[i].name);
        buf_add(out, style->pretty ? ": " : ":");
        write_any(out, members[i].value, style, depth + 1);
    }
    if (count)
        new_line(out, style, depth);
    buf_add_char(out, '}');
}

static void write_any(struct buf *out, const struct value *value, const struct style *style, int depth)
{
    if (!value) {
        buf_add(out, "null");
        return;
    }
    switch (value->type) {
    case VALUE_NULL: buf_add(out, "null"); return;
    case VALUE_BOOL: buf_add(out, value->boolean ? "true" : "false"); return;
    case VALUE_INT: buf_printf(out, "%lld", (long long)value->integer); return;
    case VALUE_DOUBLE: write_double(out, value->number); return;
    case VALUE_STRING: json_quote(out, value->string); return;
    case VALUE_LIST: write_list(out, value, style, depth); return;
    case VALUE_OBJECT: write_object(out, value, style, depth); return;
    }
}

void json_write(struct buf *out, const struct value *value)
{
    write_any(out, value, &(struct style){ 0 }, 0);
}

void json_write_pretty(struct buf *out, const struct value *value)
{
    write_any(out, value, &(struct style){ .pretty = true }, 0);
}

void json_write_canonical(struct buf *out, const struct value *value)
{
    write_any(out, value, &(struct style){ .sorted = true }, 0);
}
