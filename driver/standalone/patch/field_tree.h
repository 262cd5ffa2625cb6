/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trees seen as sets of fields: which fields a tree has, in which two trees differ, and trees merged or cut
 * along sets. The schema tables say how far down a field goes: scalars, atomic lists and atomic objects are
 * one field; objects and maps have a field for each member; sets and keyed lists one for each item.
 */

#include "api/base/map.h"
#include "api/schema/schema.h"
#include "driver/standalone/patch/field_set.h"

/* How VALUE at SPOT divides into fields. */
enum field_shape {
    FIELD_LEAF,    /* not at all */
    FIELD_MEMBERS, /* by members */
    FIELD_ITEMS,   /* by items that have an identity */
};
enum field_shape field_shape_of(struct schema_spot spot, const struct value *value);

/* The spot behind a path element, and the spot of a whole object (SCHEMA may be NULL). */
struct schema_spot field_spot_root(const struct schema *schema);
struct schema_spot field_spot_below(struct schema_spot spot, struct span element);

/* The path element that identifies ITEM in the list at SPOT; no data if it has no identity. */
struct span field_item_element(struct arena *arena, struct schema_spot spot, const struct value *item);

/* The items of a list under their identities. */
struct field_items {
    struct span *elements;
    size_t length;
    struct map by_element; /* of struct value */
};
/* ERROR_INVALID names an item without identity or given twice. field_items_done in either case. */
nodiscard struct error *field_items_init(struct arena *arena, struct schema_spot spot,
                                         const struct value *list, struct field_items *items);
void field_items_done(struct field_items *items);
#define cleanup_field_items __attribute__((cleanup(field_items_done)))

/*
 * The fields of a configuration that somebody applies. ERROR_INVALID with the field's path: it is not in the
 * schema, or a list item has no identity or the same as another.
 */
nodiscard struct error *field_tree_fields(struct arena *arena, struct schema_spot spot,
                                          const struct value *tree, struct field_set **out);

struct field_changes {
    struct field_set *added, *modified, *removed;
};
struct field_changes field_tree_compare(struct arena *arena, struct schema_spot spot,
                                        const struct value *before, const struct value *after);

/* BASE with what CONFIG says; both stay as they are. */
struct value *field_tree_merge(struct arena *arena, struct schema_spot spot, const struct value *base,
                               const struct value *config);

/* TREE without the members of FIELDS. NULL if nothing is left. */
struct value *field_tree_remove(struct arena *arena, struct schema_spot spot, const struct value *tree,
                                const struct field_set *fields);

/* FIELDS with every object on the way, as far as the schema names it, as a member too. */
struct field_set *field_set_with_parents(struct arena *arena, struct schema_spot spot,
                                         const struct field_set *fields);
