/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees merged with a configuration, and cut along a set of fields.
 */

#include "driver/standalone/patch/field_tree.h"

static struct value *merge_members(struct arena *arena, struct schema_spot spot, const struct value *base,
                                   const struct value *config)
{
    struct value *merged = value_object(arena);
    value_each_member (base, member)
        value_set_span(arena, merged, member->name, member->value);
    value_each_member (config, member) {
        struct value *inner = field_tree_merge(arena, schema_member(spot, member->name),
                                               value_find(base, member->name), member->value);
        value_set_span(arena, merged, member->name, inner);
    }
    return merged;
}

static void take_config_item(struct arena *arena, struct schema_spot spot, struct value *merged,
                             const struct field_items *base, const struct field_items *config, size_t index)
{
    struct span element = config->elements[index];
    value_append(arena, merged,
                 field_tree_merge(arena, schema_item(spot), map_find(&base->by_element, element),
                                  map_find(&config->by_element, element)));
}

/*
 * Items of the configuration keep its order. Before one that BASE has too come BASE's own items that stood in
 * front of it.
 */
static struct value *merge_items(struct arena *arena, struct schema_spot spot, const struct value *base,
                                 const struct value *config)
{
    cleanup_field_items struct field_items old = { 0 }, new = { 0 };
    cleanup_error struct error *old_err = field_items_init(arena, spot, base, &old);
    cleanup_error struct error *new_err = field_items_init(arena, spot, config, &new);
    if (old_err || new_err)
        return value_copy(arena, config);
    struct value *merged = value_list(arena);
    cleanup_map struct map taken = { 0 };
    size_t next = 0;
    for (size_t i = 0; i < old.length; i++) {
        if (!map_find(&new.by_element, old.elements[i]))
            value_append(arena, merged, value_at(base, i));
        while (map_find(&new.by_element, old.elements[i]) && !map_find(&taken, old.elements[i])) {
            map_set(&taken, new.elements[next], merged);
            take_config_item(arena, spot, merged, &old, &new, next++);
        }
    }
    while (next < new.length)
        take_config_item(arena, spot, merged, &old, &new, next++);
    return merged;
}

struct value *field_tree_merge(struct arena *arena, struct schema_spot spot, const struct value *base,
                               const struct value *config)
{
    enum field_shape shape = field_shape_of(spot, config);
    if (!base || field_shape_of(spot, base) != shape)
        return value_copy(arena, config);
    switch (shape) {
    case FIELD_MEMBERS: return merge_members(arena, spot, base, config);
    case FIELD_ITEMS: return merge_items(arena, spot, base, config);
    case FIELD_LEAF: return value_copy(arena, config);
    }
    return NULL;
}

/* What is left of VALUE, which stands at ELEMENT of a container; NULL if it goes. */
static struct value *keep(struct arena *arena, struct schema_spot spot, struct span element,
                          struct value *value, const struct field_set *fields)
{
    const struct field_node *node = field_set_find(fields, element);
    if (!node)
        return value;
    if (node->member)
        return NULL;
    return field_tree_remove(arena, field_spot_below(spot, element), value, node->below);
}

struct value *field_tree_remove(struct arena *arena, struct schema_spot spot, const struct value *tree,
                                const struct field_set *fields)
{
    enum field_shape shape = field_shape_of(spot, tree);
    if (shape == FIELD_LEAF || field_set_is_empty(fields))
        return value_copy(arena, tree);
    struct value *left = shape == FIELD_MEMBERS ? value_object(arena) : value_list(arena);
    value_each_member (tree, member) {
        struct span element = element_of_field(arena, member->name);
        struct value *kept = keep(arena, spot, element, member->value, fields);
        if (kept)
            value_set_span(arena, left, member->name, kept);
    }
    value_each (tree, item) {
        struct span element = field_item_element(arena, spot, item);
        value_append(arena, left, element.data ? keep(arena, spot, element, item, fields) : item);
    }
    return value_length(left) || value_length(tree) == 0 ? left : NULL;
}

struct field_set *field_set_with_parents(struct arena *arena, struct schema_spot spot,
                                         const struct field_set *fields)
{
    struct field_set *result = field_set_new(arena);
    if (!fields)
        return result;
    result->nodes = arena_make_array(arena, struct field_node, fields->length);
    result->length = result->room = fields->length;
    for (size_t i = 0; i < fields->length; i++) {
        struct field_node node = fields->nodes[i];
        struct span name;
        bool named = spot.type == SCHEMA_OBJECT && element_is_field(node.element, &name) &&
                     schema_field_find(spot.object, name);
        if (node.below) {
            node.member = node.member || (named && !field_set_is_empty(node.below));
            node.below = field_set_with_parents(arena, field_spot_below(spot, node.element), node.below);
        }
        result->nodes[i] = node;
    }
    return result;
}
