/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over tree and table together; each member that has a bound row is put where its binding says. A
 * null member is absent, a null item is zero, as in Go.
 */

#include "api/resource/decode.h"

#include "api/resource/quantity_value.h"

#include <assert.h>

static void *at(void *base, size_t offset)
{
    return (char *)base + offset;
}

struct error *decode_text(struct decoder *decoder, const struct value *value, const struct path *path,
                          const char **out)
{
    if (value->type != VALUE_STRING && value->type != VALUE_NULL)
        return path_type_error(path, value, "a string");
    *out = value->type == VALUE_NULL ? "" : text_share(&decoder->texts, value->string).data;
    return NULL;
}

struct error *decode_int(const struct value *value, const struct path *path, int64_t *out)
{
    if (value->type != VALUE_INT && value->type != VALUE_NULL)
        return path_type_error(path, value, "an integer");
    *out = value_integer(value, 0);
    return NULL;
}

struct error *decode_bool(const struct value *value, const struct path *path, bool *out)
{
    if (value->type != VALUE_BOOL && value->type != VALUE_NULL)
        return path_type_error(path, value, "a boolean");
    *out = value_true(value);
    return NULL;
}

static void put_size(void *out, size_t size, size_t number)
{
    if (size == sizeof(uint64_t))
        *(uint64_t *)out = number;
    else if (size == sizeof(uint32_t))
        *(uint32_t *)out = (uint32_t)number;
    else
        assert(size == 0);
}

static struct error *decode_number(const struct value *value, const struct path *path, size_t size, void *out)
{
    int64_t number = 0;
    TRY(decode_int(value, path, &number));
    if (size == sizeof(int64_t)) {
        *(int64_t *)out = number;
        return NULL;
    }
    assert(size == sizeof(int32_t));
    if (number != (int32_t)number)
        return path_wrap(path, value, error_invalid("%lld does not fit into 32 bits", (long long)number));
    *(int32_t *)out = (int32_t)number;
    return NULL;
}

static struct error *decode_scalar(struct decoder *decoder, enum schema_type type, const struct value *value,
                                   const struct path *path, size_t size, void *out)
{
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES: return decode_text(decoder, value, path, out);
    case SCHEMA_BOOL: return decode_bool(value, path, out);
    case SCHEMA_INT32:
    case SCHEMA_INT64: return decode_number(value, path, size, out);
    case SCHEMA_QUANTITY: return path_wrap(path, value, quantity_from_value(decoder->arena, value, out));
    case SCHEMA_RAW: *(const struct value **)out = value; return NULL;
    case SCHEMA_DOUBLE:
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
    case SCHEMA_MAP: break;
    }
    assert(!"a binding that no struct has");
}

/* The place of VALUE among the field's choices. */
static unsigned find_choice(const struct schema_field *field, const struct value *value)
{
    for (unsigned i = 0; field->choices[i]; i++)
        if (value_is(value, VALUE_STRING) && span_is(value->string, field->choices[i]))
            return i;
    return field->bind.choice_unknown;
}

static struct error *decode_object(struct decoder *decoder, const struct schema *schema,
                                   const struct value *tree, const struct path *path, void *out);

static struct error *decode_item(struct decoder *decoder, const struct schema_field *field,
                                 const struct value *value, const struct path *path, void *item, void *scalar,
                                 size_t size)
{
    return field->element == SCHEMA_OBJECT
               ? decode_object(decoder, field->object, value, path, item)
               : decode_scalar(decoder, field->element, value, path, size, scalar);
}

static struct error *decode_list(struct decoder *decoder, const struct schema_field *field,
                                 const struct value *value, const struct path *path, void *out)
{
    const struct schema_binding *bind = &field->bind;
    if (value->type != VALUE_LIST)
        return path_type_error(path, value, "a list");
    uint32_t count = value->list.n_items;
    void *items = count ? arena_array(decoder->arena, count, bind->item_size) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct value *item = value->list.items[i];
        struct path below = path_item(path, i);
        void *place = at(items, i * bind->item_size);
        TRY(decode_item(decoder, field, item, &below, place, place, bind->item_size));
    }
    *(void **)at(out, bind->offset) = items;
    put_size(at(out, bind->count_offset), bind->count_size, count);
    return NULL;
}

static struct error *decode_map(struct decoder *decoder, const struct schema_field *field,
                                const struct value *value, const struct path *path, void *out)
{
    const struct schema_binding *bind = &field->bind;
    if (value->type != VALUE_OBJECT)
        return path_type_error(path, value, "an object");
    size_t count = value_length(value);
    void *items = count ? arena_array(decoder->arena, count, bind->item_size) : NULL;
    void *item = items;
    value_each_member (value, member) {
        struct path below = path_member(path, member->name);
        *(const char **)at(item, bind->name_offset) = text_share(&decoder->texts, member->name).data;
        TRY(decode_item(decoder, field, member->value, &below, item, at(item, bind->content_offset),
                        sizeof(int64_t)));
        item = at(item, bind->item_size);
    }
    *(void **)at(out, bind->offset) = items;
    put_size(at(out, bind->count_offset), bind->count_size, count);
    return NULL;
}

static struct error *decode_behind(struct decoder *decoder, const struct schema_field *field,
                                   const struct value *value, const struct path *path, void *out)
{
    void *object = arena_array(decoder->arena, 1, field->bind.item_size);
    TRY(decode_object(decoder, field->object, value, path, object));
    *(void **)at(out, field->bind.offset) = object;
    return NULL;
}

static struct error *decode_field(struct decoder *decoder, const struct schema_field *field,
                                  const struct value *value, const struct path *path, void *out)
{
    const struct schema_binding *bind = &field->bind;
    void *place = at(out, bind->offset);
    if (bind->has_offset)
        *(bool *)at(out, bind->has_offset) = true;
    if (bind->choice_size)
        *(unsigned *)at(out, bind->choice_offset) = find_choice(field, value);
    if (field->type == SCHEMA_OBJECT)
        return bind->behind_pointer ? decode_behind(decoder, field, value, path, out)
                                    : decode_object(decoder, field->object, value, path, place);
    if (field->type == SCHEMA_LIST)
        return decode_list(decoder, field, value, path, out);
    if (field->type == SCHEMA_MAP)
        return decode_map(decoder, field, value, path, out);
    if (bind->size == 0)
        return value->type == VALUE_STRING ? NULL : path_type_error(path, value, "a string");
    return decode_scalar(decoder, field->type, value, path, bind->size, place);
}

/*
 * What should be there and is not: texts are empty, so that nobody stumbles over NULL, and choices are like
 * one that we do not know.
 */
static void preset_required(const struct schema *schema, void *out)
{
    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct schema_binding *bind = &field->bind;
        if (!bind->bound || !(field->flags & SCHEMA_REQUIRED))
            continue;
        if (bind->choice_size)
            *(unsigned *)at(out, bind->choice_offset) = bind->choice_unknown;
        if (field->type == SCHEMA_STRING && bind->size)
            *(const char **)at(out, bind->offset) = "";
        if (field->type == SCHEMA_OBJECT && !bind->behind_pointer)
            preset_required(field->object, at(out, bind->offset));
    }
}

static struct error *decode_object(struct decoder *decoder, const struct schema *schema,
                                   const struct value *tree, const struct path *path, void *out)
{
    if (schema->decode)
        return schema->decode(decoder, tree, path, out);
    if (tree->type != VALUE_OBJECT && tree->type != VALUE_NULL)
        return path_type_error(path, tree, "an object");
    preset_required(schema, out);
    value_each_member (tree, member) {
        const struct schema_field *field = schema_field_find(schema, member->name);
        if (!field || !field->bind.bound || member->value->type == VALUE_NULL)
            continue;
        struct path below = path_member(path, member->name);
        TRY(decode_field(decoder, field, member->value, &below, out));
    }
    if (schema->settle)
        schema->settle(out);
    return NULL;
}

struct error *schema_decode(struct arena *arena, const struct schema *schema, const struct value *tree,
                            void *out)
{
    struct decoder decoder = { .arena = arena, .texts = { .arena = arena } };
    struct path root = { 0 };
    return decode_object(&decoder, schema, tree, &root, out);
}
