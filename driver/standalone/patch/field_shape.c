/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How values divide into fields, and how list items are told apart.
 */

#include "api/value/json.h"
#include "driver/standalone/patch/field_tree.h"

struct schema_spot field_spot_root(const struct schema *schema)
{
    return schema ? schema_root(schema) : (struct schema_spot){ .type = SCHEMA_RAW };
}

struct schema_spot field_spot_below(struct schema_spot spot, struct span element)
{
    struct span name;
    return element_is_field(element, &name) ? schema_member(spot, name) : schema_item(spot);
}

/* By the row of the value itself, not of the list or map that holds it. A member that may be any JSON is one
 * field.
 */
static bool row_says_atomic(struct schema_spot spot)
{
    return spot.field && spot.field->type == spot.type &&
           (spot.type == SCHEMA_RAW || (spot.field->flags & SCHEMA_ATOMIC));
}

enum field_shape field_shape_of(struct schema_spot spot, const struct value *value)
{
    if (value_is(value, VALUE_OBJECT)) {
        bool atomic = row_says_atomic(spot) || (spot.type == SCHEMA_OBJECT && spot.object->atomic);
        return atomic ? FIELD_LEAF : FIELD_MEMBERS;
    }
    bool divided = value_is(value, VALUE_LIST) && spot.type == SCHEMA_LIST && spot.field &&
                   spot.field->list_type != SCHEMA_LIST_ATOMIC;
    return divided ? FIELD_ITEMS : FIELD_LEAF;
}

/* The key NAME of ITEM, which may be left out if it has a default. */
static struct value *key_value(struct arena *arena, struct schema_spot spot, const struct value *item,
                               const char *name)
{
    struct value *value = value_get(item, name);
    if (value && !value_is(value, VALUE_NULL))
        return value;
    const struct schema_field *field = spot.object ? schema_field_find(spot.object, span_of(name)) : NULL;
    if (!field || !field->fallback)
        return NULL;
    cleanup_error struct error *err = json_parse(arena, span_of(field->fallback), 0, &value);
    return err ? NULL : value;
}

struct span field_item_element(struct arena *arena, struct schema_spot spot, const struct value *item)
{
    if (spot.field->list_type == SCHEMA_LIST_SET)
        return element_of_value(arena, item);
    struct value *keys = value_object(arena);
    struct schema_spot item_spot = schema_item(spot);
    for (const char *const *name = spot.field->keys; name && *name; name++)
        value_set(arena, keys, *name, key_value(arena, item_spot, item, *name));
    return value_length(keys) ? element_of_keys(arena, keys) : (struct span){ 0 };
}

struct error *field_items_init(struct arena *arena, struct schema_spot spot, const struct value *list,
                               struct field_items *items)
{
    *items = (struct field_items){ .elements = arena_make_array(arena, struct span, value_length(list)) };
    value_each (list, item) {
        struct span element = field_item_element(arena, spot, item);
        if (!element.data)
            return error_invalid("associative list with keys has an element that omits all key fields");
        if (map_set(&items->by_element, element, item)) {
            cleanup_buf struct buf text = BUF_INIT(4096);
            element_format(&text, element);
            return error_invalid("duplicate entries for key %s", buf_text(&text));
        }
        items->elements[items->length++] = element;
    }
    return NULL;
}

void field_items_done(struct field_items *items)
{
    map_done(&items->by_element);
}
