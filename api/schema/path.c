/* SPDX-License-Identifier: Apache-2.0 */

#include "api/schema/path.h"

enum { MAX_PATH_TEXT = 4096 };

void path_format(const struct path *path, struct buf *out)
{
    if (!path || !path->parent)
        return;
    size_t before = out->length;
    path_format(path->parent, out);
    if (!path->name.data) {
        buf_printf(out, "[%zu]", path->index);
        return;
    }
    if (out->length > before)
        buf_add_char(out, '.');
    buf_add_span(out, path->name);
}

struct error *path_wrap(const struct path *path, const struct value *value, struct error *err)
{
    if (!err)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(MAX_PATH_TEXT);
    if (value && value->line)
        buf_printf(&text, "line %u column %u: ", value->line, value->column);
    size_t before = text.length;
    path_format(path, &text);
    return error_wrap(err, "%s%s", buf_text(&text), text.length > before ? "" : "the document");
}

static const char *with_article(enum value_type type)
{
    switch (type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "a boolean";
    case VALUE_INT: return "an integer";
    case VALUE_DOUBLE: return "a fraction";
    case VALUE_STRING: return "a string";
    case VALUE_LIST: return "a list";
    case VALUE_OBJECT: return "an object";
    }
    return "?";
}

struct error *path_type_error(const struct path *path, const struct value *found, const char *want)
{
    return path_wrap(path, found, error_invalid("must be %s, not %s", want, with_article(found->type)));
}
