/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two walks over the same bindings. A copy begins as the struct's bytes; whatever those point to is copied
 * behind them. A key has every scalar as its bytes, and every text, list and map with its length in front, so
 * that nothing can pose as its neighbour.
 */

#include "api/resource/typed.h"

#include "api/resource/quantity.h"
#include "api/value/json.h"

#include <assert.h>

static void *at(void *base, size_t offset)
{
    return (char *)base + offset;
}

static const void *at_const(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

static size_t get_count(const struct schema_binding *bind, const void *typed)
{
    const void *count = at_const(typed, bind->count_offset);
    return bind->count_size == sizeof(uint32_t) ? *(const uint32_t *)count : *(const uint64_t *)count;
}

/* The object of FIELD in TYPED, or NULL. */
static const void *get_object(const struct schema_field *field, const void *typed)
{
    const void *place = at_const(typed, field->bind.offset);
    return field->bind.behind_pointer ? *(const void *const *)place : place;
}

/* Copies */

static void copy_text(struct arena *arena, const char **text)
{
    *text = arena_strdup(arena, *text);
}

static void copy_scalar(struct arena *arena, enum schema_type type, void *place)
{
    struct quantity *quantity = place;
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES: copy_text(arena, place); break;
    case SCHEMA_QUANTITY:
        if (quantity->text)
            quantity->text = arena_strndup(arena, quantity->text, quantity->text_length);
        break;
    case SCHEMA_RAW: *(struct value **)place = value_copy(arena, *(struct value *const *)place); break;
    case SCHEMA_BOOL:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_DOUBLE:
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
    case SCHEMA_MAP: break;
    }
}

static void copy_fields(struct arena *arena, const struct schema *schema, void *typed);

static void copy_items(struct arena *arena, const struct schema_field *field, void *typed)
{
    const struct schema_binding *bind = &field->bind;
    void **items = at(typed, bind->offset);
    size_t count = get_count(bind, typed);
    void *copies = count ? arena_array(arena, count, bind->item_size) : NULL;
    if (count)
        memcpy(copies, *items, count * bind->item_size);
    *items = copies;
    for (size_t i = 0; i < count; i++) {
        void *item = at(copies, i * bind->item_size);
        if (field->type == SCHEMA_MAP)
            copy_text(arena, at(item, bind->name_offset));
        if (field->element == SCHEMA_OBJECT)
            copy_fields(arena, field->object, item);
        else
            copy_scalar(arena, field->element,
                        field->type == SCHEMA_MAP ? at(item, bind->content_offset) : item);
    }
}

static void copy_object(struct arena *arena, const struct schema_field *field, void *typed)
{
    void *place = at(typed, field->bind.offset);
    if (!field->bind.behind_pointer) {
        copy_fields(arena, field->object, place);
        return;
    }
    const void *object = *(void **)place;
    if (!object)
        return;
    void *copy = arena_array(arena, 1, field->bind.item_size);
    schema_copy(arena, field->object, object, copy);
    *(void **)place = copy;
}

static void copy_fields(struct arena *arena, const struct schema *schema, void *typed)
{
    for (size_t i = 0; i < schema->n_fields && !schema->decode; i++) {
        const struct schema_field *field = &schema->fields[i];
        if (!field->bind.bound)
            continue;
        if (field->type == SCHEMA_LIST || field->type == SCHEMA_MAP)
            copy_items(arena, field, typed);
        else if (field->type == SCHEMA_OBJECT)
            copy_object(arena, field, typed);
        else if (field->bind.size)
            copy_scalar(arena, field->type, at(typed, field->bind.offset));
    }
}

void schema_copy(struct arena *arena, const struct schema *schema, const void *from, void *to)
{
    assert(schema->size);
    memcpy(to, from, schema->size);
    copy_fields(arena, schema, to);
}

/* Keys */

static void key_bytes(struct buf *out, const void *bytes, size_t length)
{
    buf_append(out, &length, sizeof(length));
    buf_append(out, bytes, length);
}

/* NULL differs from the empty text. */
static void key_text(struct buf *out, const char *text)
{
    buf_add_char(out, text ? '+' : '-');
    key_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

static void key_tree(struct buf *out, const struct value *tree)
{
    if (tree)
        json_write(out, tree);
    buf_add_char(out, '\0');
}

static void key_quantity(struct buf *out, const struct quantity *quantity)
{
    buf_append(out, &quantity->nanos, sizeof(quantity->nanos));
    const uint8_t parts[] = { quantity->format, quantity->huge, quantity->respell, quantity->wide,
                              (uint8_t)quantity->scale };
    buf_append(out, parts, sizeof(parts));
    key_bytes(out, quantity->text ? quantity->text : "", quantity->text ? quantity->text_length : 0);
}

static void key_scalar(struct buf *out, enum schema_type type, size_t size, const void *place)
{
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES: key_text(out, *(const char *const *)place); break;
    case SCHEMA_QUANTITY: key_quantity(out, place); break;
    case SCHEMA_RAW: key_tree(out, *(const struct value *const *)place); break;
    case SCHEMA_BOOL:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_DOUBLE:
    case SCHEMA_INT_OR_STRING: buf_append(out, place, size); break;
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
    case SCHEMA_MAP: assert(!"no scalar");
    }
}

static void key_items(const struct schema_field *field, const void *typed, struct buf *out)
{
    const struct schema_binding *bind = &field->bind;
    size_t count = get_count(bind, typed);
    const void *item = *(const void *const *)at_const(typed, bind->offset);
    buf_append(out, &count, sizeof(count));
    for (size_t i = 0; i < count; i++, item = at_const(item, bind->item_size)) {
        bool is_map = field->type == SCHEMA_MAP;
        if (is_map)
            key_text(out, *(const char *const *)at_const(item, bind->name_offset));
        if (field->element == SCHEMA_OBJECT)
            schema_key(field->object, item, out);
        else
            key_scalar(out, field->element, is_map ? sizeof(int64_t) : bind->item_size,
                       is_map ? at_const(item, bind->content_offset) : item);
    }
}

static void key_field(const struct schema_field *field, const void *typed, struct buf *out)
{
    const struct schema_binding *bind = &field->bind;
    if (bind->has_offset)
        buf_append(out, at_const(typed, bind->has_offset), sizeof(bool));
    if (bind->choice_size)
        buf_append(out, at_const(typed, bind->choice_offset), bind->choice_size);
    if (field->type == SCHEMA_LIST || field->type == SCHEMA_MAP) {
        key_items(field, typed, out);
    } else if (field->type == SCHEMA_OBJECT) {
        const void *object = get_object(field, typed);
        buf_add_char(out, object ? '+' : '-');
        if (object)
            schema_key(field->object, object, out);
    } else if (bind->size) {
        key_scalar(out, field->type, bind->size, at_const(typed, bind->offset));
    }
}

void schema_key(const struct schema *schema, const void *typed, struct buf *out)
{
    for (size_t i = 0; i < schema->n_fields && !schema->decode; i++) {
        if (schema->fields[i].bind.bound)
            key_field(&schema->fields[i], typed, out);
    }
}
