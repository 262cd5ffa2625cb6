/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a document has the types that its table demands, and which of its members the table does not know.
 * The first is an error at once, as in Go's decoder; the second are complaints that strict decoding collects.
 */

#include "api/base/memory.h"
#include "api/base/time.h"
#include "api/schema/path.h"
#include "api/schema/schema.h"

enum { MAX_COMPLAINTS = 100, MAX_COMPLAINT_TEXT = 4096, MAX_ERROR_TEXT = 64 * 1024 };

void schema_complaints_done(struct schema_complaints *complaints)
{
    vec_each (&complaints->texts, text)
        free(*text);
    vec_done(&complaints->texts);
}

struct error *schema_complaints_error(const struct schema_complaints *complaints)
{
    if (!complaints->texts.length)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(MAX_ERROR_TEXT);
    for (size_t i = 0; i < complaints->texts.length; i++)
        buf_printf(&text, "%s%s", i ? ", " : "", complaints->texts.items[i]);
    return error_invalid("strict decoding error: %s", buf_text(&text));
}

void schema_complain(struct schema_complaints *complaints, const char *what, const char *path)
{
    if (complaints->texts.length == MAX_COMPLAINTS)
        return;
    cleanup_buf struct buf text = BUF_INIT(MAX_COMPLAINT_TEXT);
    buf_printf(&text, "%s \"%s\"", what, path);
    vec_push(&complaints->texts, buf_take(&text));
}

static void complain_unknown(struct schema_complaints *complaints, const struct path *path)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_COMPLAINT_TEXT);
    path_format(path, &text);
    schema_complain(complaints, "unknown field", buf_text(&text));
}

static struct error *check_integer(const struct value *value, int64_t least, int64_t most,
                                   const struct path *path)
{
    if (value->type != VALUE_INT)
        return path_type_error(path, value, "an integer");
    if (value->integer < least || value->integer > most)
        return path_wrap(path, value,
                         error_invalid("%lld does not fit into 32 bits", (long long)value->integer));
    return NULL;
}

static struct error *check_type(const struct value *value, enum value_type type, const char *want,
                                const struct path *path)
{
    return value->type == type ? NULL : path_type_error(path, value, want);
}

static struct error *check_time(const struct value *value, const struct path *path)
{
    TRY(check_type(value, VALUE_STRING, "a time as a string", path));
    int64_t micros;
    return path_wrap(path, value, time_parse(value->string, &micros));
}

static struct error *check_any(struct schema_spot spot, const struct value *value, const struct path *path,
                               struct schema_complaints *complaints);

static struct error *check_object(const struct schema *schema, const struct value *value,
                                  const struct path *path, struct schema_complaints *complaints)
{
    TRY(check_type(value, VALUE_OBJECT, "an object", path));
    struct schema_spot here = schema_root(schema);
    value_each_member (value, member) {
        struct path below = path_member(path, member->name);
        struct schema_spot spot = schema_member(here, member->name);
        if (spot.field)
            TRY(check_any(spot, member->value, &below, complaints));
        else if (complaints && !schema->open)
            complain_unknown(complaints, &below);
    }
    return NULL;
}

static struct error *check_list(struct schema_spot spot, const struct value *value, const struct path *path,
                                struct schema_complaints *complaints)
{
    TRY(check_type(value, VALUE_LIST, "a list", path));
    for (uint32_t i = 0; i < value->list.n_items; i++) {
        struct path below = path_item(path, i);
        TRY(check_any(schema_item(spot), value->list.items[i], &below, complaints));
    }
    return NULL;
}

static struct error *check_map(struct schema_spot spot, const struct value *value, const struct path *path,
                               struct schema_complaints *complaints)
{
    TRY(check_type(value, VALUE_OBJECT, "an object", path));
    value_each_member (value, member) {
        struct path below = path_member(path, member->name);
        TRY(check_any(schema_item(spot), member->value, &below, complaints));
    }
    return NULL;
}

static struct error *check_any(struct schema_spot spot, const struct value *value, const struct path *path,
                               struct schema_complaints *complaints)
{
    bool is_number = value_is(value, VALUE_INT) || value_is(value, VALUE_DOUBLE);
    bool is_text = value_is(value, VALUE_STRING);
    if (value_is(value, VALUE_NULL))
        return NULL;
    switch (spot.type) {
    case SCHEMA_RAW: return NULL;
    case SCHEMA_STRING:
    case SCHEMA_BYTES: return check_type(value, VALUE_STRING, "a string", path);
    case SCHEMA_BOOL: return check_type(value, VALUE_BOOL, "a boolean", path);
    case SCHEMA_INT32: return check_integer(value, INT32_MIN, INT32_MAX, path);
    case SCHEMA_INT64: return check_integer(value, INT64_MIN, INT64_MAX, path);
    case SCHEMA_DOUBLE: return is_number ? NULL : path_type_error(path, value, "a number");
    case SCHEMA_QUANTITY:
        if (!is_number && !is_text)
            return path_type_error(path, value, "a quantity (a string or a number)");
        return path_wrap(path, value, spot.field->scalar->check(value));
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME: return check_time(value, path);
    case SCHEMA_INT_OR_STRING:
        return is_text ? NULL : check_type(value, VALUE_INT, "an integer or a string", path);
    case SCHEMA_OBJECT: return check_object(spot.object, value, path, complaints);
    case SCHEMA_LIST: return check_list(spot, value, path, complaints);
    case SCHEMA_MAP: return check_map(spot, value, path, complaints);
    }
    return error_internal("a schema type outside the enumeration");
}

struct error *schema_check(const struct schema *schema, const struct value *tree,
                           struct schema_complaints *complaints)
{
    struct path root = { 0 };
    return check_object(schema, tree, &root, complaints);
}
