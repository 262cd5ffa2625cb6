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

/* Two lists that are merged item by item. */
struct item_merge {
    struct arena *arena;
    struct schema_spot spot;
    struct field_items base, config;
    size_t next_base, next_config;
    struct map taken; /* elements of the configuration */
    struct value *merged;
};

static bool is_shared(const struct item_merge *merge, struct span element)
{
    return map_find(&merge->base.by_element, element) && map_find(&merge->config.by_element, element);
}

/* Whether ELEMENT is the first item still to come in the configuration that BASE has too. */
static bool is_next_shared(const struct item_merge *merge, struct span element)
{
    for (size_t i = merge->next_config; i < merge->config.length; i++) {
        if (is_shared(merge, merge->config.elements[i]))
            return span_equal(merge->config.elements[i], element);
    }
    return false;
}

static void take_config(struct item_merge *merge)
{
    struct span element = merge->config.elements[merge->next_config++];
    map_set(&merge->taken, element, merge->merged);
    value_append(merge->arena, merge->merged,
                 field_tree_merge(merge->arena, schema_item(merge->spot),
                                  map_find(&merge->base.by_element, element),
                                  map_find(&merge->config.by_element, element)));
}

/*
 * One step. Items keep the configuration's order; those that only BASE has stay in front of the next shared
 * item that they stood in front of. (A shared item of BASE whose turn has not come is passed over.)
 */
static void merge_step(struct item_merge *merge, const struct value *base)
{
    bool has_config = merge->next_config < merge->config.length;
    if (merge->next_base == merge->base.length) {
        take_config(merge);
        return;
    }
    struct span element = merge->base.elements[merge->next_base];
    bool shared = is_shared(merge, element);
    if (!shared)
        value_append(merge->arena, merge->merged, value_at(base, merge->next_base));
    bool taken = map_find(&merge->taken, element);
    if (!shared || taken || (has_config && !is_next_shared(merge, element)))
        merge->next_base++;
    else
        take_config(merge);
}

static struct value *merge_items(struct arena *arena, struct schema_spot spot, const struct value *base,
                                 const struct value *config)
{
    struct item_merge merge = { .arena = arena, .spot = spot, .merged = value_list(arena) };
    cleanup_error struct error *base_err = field_items_init(arena, spot, base, &merge.base);
    cleanup_error struct error *config_err = field_items_init(arena, spot, config, &merge.config);
    while (!base_err && !config_err &&
           (merge.next_base < merge.base.length || merge.next_config < merge.config.length))
        merge_step(&merge, base);
    field_items_done(&merge.base);
    field_items_done(&merge.config);
    map_done(&merge.taken);
    return base_err || config_err ? value_copy(arena, config) : merge.merged;
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
