/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which fields a configuration names: its leaves, each item of a divided list, each name in a map, and empty
 * objects. What only leads there is no member.
 */

#include "driver/standalone/patch/field_tree.h"

struct gathering {
    struct arena *arena;
    struct field_set *fields;
};

static struct error *gather(struct gathering *g, struct schema_spot spot, const struct field_path *path,
                            const struct value *value);

static struct error *at_path(struct error *err, const struct field_path *path)
{
    if (!err)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(4096);
    field_path_format(&text, path);
    return error_wrap(err, "%s", buf_text(&text));
}

static struct error *gather_members(struct gathering *g, struct schema_spot spot,
                                    const struct field_path *path, const struct value *object)
{
    value_each_member (object, member) {
        struct field_path inner = { path, element_of_field(g->arena, member->name) };
        bool by_schema = spot.type == SCHEMA_OBJECT;
        bool declared = by_schema && schema_field_find(spot.object, member->name);
        if (by_schema && !declared && !spot.object->open)
            return at_path(error_invalid("field not declared in schema"), &inner);
        TRY(gather(g, schema_member(spot, member->name), &inner, member->value));
        bool empty = value_is(member->value, VALUE_OBJECT) && value_length(member->value) == 0;
        if (!declared || empty)
            field_set_insert(g->arena, g->fields, &inner);
    }
    return NULL;
}

static struct error *gather_items(struct gathering *g, struct schema_spot spot, const struct field_path *path,
                                  const struct value *list)
{
    cleanup_field_items struct field_items items;
    TRY(at_path(field_items_init(g->arena, spot, list, &items), path));
    for (size_t i = 0; i < items.length; i++) {
        struct field_path inner = { path, items.elements[i] };
        TRY(gather(g, schema_item(spot), &inner, value_at(list, i)));
        field_set_insert(g->arena, g->fields, &inner);
    }
    return NULL;
}

static struct error *gather(struct gathering *g, struct schema_spot spot, const struct field_path *path,
                            const struct value *value)
{
    switch (field_shape_of(spot, value)) {
    case FIELD_MEMBERS: return gather_members(g, spot, path, value);
    case FIELD_ITEMS: return gather_items(g, spot, path, value);
    case FIELD_LEAF: field_set_insert(g->arena, g->fields, path); return NULL;
    }
    return NULL;
}

struct error *field_tree_fields(struct arena *arena, struct schema_spot spot, const struct value *tree,
                                struct field_set **out)
{
    struct gathering g = { arena, field_set_new(arena) };
    TRY(gather(&g, spot, NULL, tree));
    *out = g.fields;
    return NULL;
}
