/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which fields two trees differ. A container that appears or goes is a change of its own beside those of
 * its content; objects by schema are the exception, since in Kubernetes' typed structs they are always there.
 */

#include "driver/standalone/patch/field_tree.h"

struct comparing {
    struct arena *arena;
    struct field_changes changes;
};

static void compare(struct comparing *c, struct schema_spot spot, const struct field_path *path,
                    const struct value *before, const struct value *after);

static void compare_leaf(struct comparing *c, const struct field_path *path, const struct value *before,
                         const struct value *after)
{
    if (!before)
        field_set_insert(c->arena, c->changes.added, path);
    else if (!after)
        field_set_insert(c->arena, c->changes.removed, path);
    else if (!value_equal(before, after))
        field_set_insert(c->arena, c->changes.modified, path);
}

static void compare_members(struct comparing *c, struct schema_spot spot, const struct field_path *path,
                            const struct value *before, const struct value *after)
{
    value_each_member (before, member) {
        struct field_path inner = { path, element_of_field(c->arena, member->name) };
        compare(c, schema_member(spot, member->name), &inner, member->value, value_find(after, member->name));
    }
    value_each_member (after, member) {
        struct field_path inner = { path, element_of_field(c->arena, member->name) };
        if (!value_find(before, member->name))
            compare(c, schema_member(spot, member->name), &inner, NULL, member->value);
    }
}

/* False if the items of a list cannot be told apart; then the list is compared as a whole. */
static bool compare_items(struct comparing *c, struct schema_spot spot, const struct field_path *path,
                          const struct value *before, const struct value *after)
{
    cleanup_field_items struct field_items old = { 0 }, new = { 0 };
    cleanup_error struct error *old_err = field_items_init(c->arena, spot, before, &old);
    cleanup_error struct error *new_err = field_items_init(c->arena, spot, after, &new);
    if (old_err || new_err)
        return false;
    for (size_t i = 0; i < old.length; i++) {
        struct field_path inner = { path, old.elements[i] };
        compare(c, schema_item(spot), &inner, value_at(before, i),
                map_find(&new.by_element, old.elements[i]));
    }
    for (size_t i = 0; i < new.length; i++) {
        struct field_path inner = { path, new.elements[i] };
        if (!map_find(&old.by_element, new.elements[i]))
            compare(c, schema_item(spot), &inner, NULL, value_at(after, i));
    }
    return true;
}

/* Whether Kubernetes has this container even where the JSON has not. */
static bool is_always_there(struct schema_spot spot)
{
    if (!spot.field || spot.field->type != spot.type)
        return false;
    return spot.type == SCHEMA_OBJECT || (spot.type == SCHEMA_LIST && (spot.field->flags & SCHEMA_REQUIRED));
}

/* BEFORE or AFTER may be NULL, not both. */
static void compare(struct comparing *c, struct schema_spot spot, const struct field_path *path,
                    const struct value *before, const struct value *after)
{
    enum field_shape shape = field_shape_of(spot, after ? after : before);
    if ((before && field_shape_of(spot, before) != shape) ||
        (value_length(before) == 0 && value_length(after) == 0))
        shape = FIELD_LEAF;
    if (shape == FIELD_ITEMS && !compare_items(c, spot, path, before, after))
        shape = FIELD_LEAF;
    if (shape == FIELD_LEAF) {
        compare_leaf(c, path, before, after);
        return;
    }
    if (shape == FIELD_MEMBERS)
        compare_members(c, spot, path, before, after);
    if (!after || (!before && !is_always_there(spot)))
        compare_leaf(c, path, before, after);
}

struct field_changes field_tree_compare(struct arena *arena, struct schema_spot spot,
                                        const struct value *before, const struct value *after)
{
    struct comparing c = { .arena = arena,
                           .changes = { field_set_new(arena), field_set_new(arena), field_set_new(arena) } };
    compare(&c, spot, NULL, before, after);
    return c.changes;
}
