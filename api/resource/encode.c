/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back: rows in their order, each taking from the struct what its binding names. What Kubernetes'
 * omitempty leaves out stays out.
 */

#include "api/resource/decode.h"
#include "api/resource/quantity_value.h"

#include <assert.h>

static const void *at(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

static size_t get_size(const void *typed, size_t size)
{
    return size == sizeof(uint32_t) ? *(const uint32_t *)typed : *(const uint64_t *)typed;
}

static struct value *encode_scalar(struct arena *arena, enum schema_type type, size_t size, const void *place)
{
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES: return value_text(arena, *(const char *const *)place);
    case SCHEMA_BOOL: return value_bool(arena, *(const bool *)place);
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        return value_int(arena, size == sizeof(int32_t) ? *(const int32_t *)place : *(const int64_t *)place);
    case SCHEMA_QUANTITY: return quantity_to_value(arena, place);
    case SCHEMA_RAW: return value_copy(arena, *(const struct value *const *)place);
    case SCHEMA_DOUBLE:
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
    case SCHEMA_MAP: break;
    }
    assert(!"a binding that no struct has");
}

static struct value *encode_item(struct arena *arena, const struct schema_field *field, size_t size,
                                 const void *item, const void *scalar)
{
    return field->element == SCHEMA_OBJECT ? schema_encode(arena, field->object, item)
                                           : encode_scalar(arena, field->element, size, scalar);
}

static struct value *encode_items(struct arena *arena, const struct schema_field *field, const void *typed)
{
    const struct schema_binding *bind = &field->bind;
    size_t count = get_size(at(typed, bind->count_offset), bind->count_size);
    const void *item = *(const void *const *)at(typed, bind->offset);
    bool is_map = field->type == SCHEMA_MAP;
    struct value *items = is_map ? value_object(arena) : value_list(arena);
    for (size_t i = 0; i < count; i++, item = at(item, bind->item_size)) {
        if (is_map)
            value_set(arena, items, *(const char *const *)at(item, bind->name_offset),
                      encode_item(arena, field, sizeof(int64_t), item, at(item, bind->content_offset)));
        else
            value_append(arena, items, encode_item(arena, field, bind->item_size, item, item));
    }
    return items;
}

static struct value *encode_choice(struct arena *arena, const struct schema_field *field, const void *typed)
{
    unsigned choice = *(const unsigned *)at(typed, field->bind.choice_offset);
    for (unsigned i = 0; field->choices[i]; i++)
        if (i == choice)
            return value_text(arena, field->choices[i]);
    return NULL;
}

static struct value *encode_field(struct arena *arena, const struct schema_field *field, const void *typed)
{
    const struct schema_binding *bind = &field->bind;
    const void *place = at(typed, bind->offset);
    if (field->type == SCHEMA_LIST || field->type == SCHEMA_MAP)
        return encode_items(arena, field, typed);
    if (field->type == SCHEMA_OBJECT && bind->behind_pointer)
        place = *(const void *const *)place;
    if (field->type == SCHEMA_OBJECT)
        return place ? schema_encode(arena, field->object, place) : NULL;
    struct value *value = bind->size ? encode_scalar(arena, field->type, bind->size, place) : NULL;
    return !value && bind->choice_size ? encode_choice(arena, field, typed) : value;
}

/* Whether VALUE says nothing that its absence would not. */
static bool is_omitted(const struct schema_field *field, const struct value *value)
{
    if ((field->flags & SCHEMA_REQUIRED) || field->bind.has_offset || field->bind.behind_pointer)
        return false;
    switch (value->type) {
    case VALUE_BOOL: return !value->boolean;
    case VALUE_INT: return value->integer == 0;
    case VALUE_LIST:
    case VALUE_OBJECT: return field->type != SCHEMA_RAW && value_length(value) == 0;
    case VALUE_STRING: return !(field->flags & SCHEMA_POINTER) && value->string.length == 0;
    case VALUE_NULL:
    case VALUE_DOUBLE: return false;
    }
    return false;
}

struct value *schema_encode(struct arena *arena, const struct schema *schema, const void *typed)
{
    if (schema->encode)
        return schema->encode(arena, typed);
    struct value *object = value_object(arena);
    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct schema_binding *bind = &field->bind;
        if (!bind->bound || (bind->has_offset && !*(const bool *)at(typed, bind->has_offset)))
            continue;
        struct value *value = encode_field(arena, field, typed);
        if (value && !is_omitted(field, value))
            value_set(arena, object, field->name, value);
    }
    return object;
}
