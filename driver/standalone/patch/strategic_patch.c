/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategic merge patch: a merge patch that knows from the schema tables which lists are really sets of
 * scalars or maps with a key, and merges those item by item. Members whose names begin with '$' are
 * directives:
 *
 *     $patch: replace | delete | merge      on an object, or on an item of a list
 *     $retainKeys: [a, b]                   members of this object that are not listed go away
 *     $deleteFromPrimitiveList/X: [v]       takes scalars out of the list X
 *     $setElementOrder/X: [...]             the order in which the items of X shall stand
 *
 * The order of a merged list is upstream's: items that the patch names stand in the patch's order, the others
 * in the order that they had, and each of those before the first named one that it stood in front of.
 */

#include "driver/standalone/patch/patch.h"
#include "driver/standalone/patch/refuse.h"
#include "driver/standalone/patch/tree.h"

static const struct span SET_ORDER = SPAN("$setElementOrder/");
static const struct span DELETE_FROM = SPAN("$deleteFromPrimitiveList/");

static struct error *merge_object(struct arena *arena, struct schema_spot spot, struct value *target,
                                  const struct value *patch, struct value **out);

/* Lists that merge, and the name that identifies their items; NULL for scalars. */
static bool list_merges(struct schema_spot spot, const char **out_key)
{
    if (spot.type != SCHEMA_LIST || !spot.field || !(spot.field->flags & SCHEMA_MERGE))
        return false;
    *out_key = spot.field->merge_key;
    return true;
}

/* Whether A and B are the same item: the same key, or the same scalar. */
static bool items_match(const char *key, const struct value *a, const struct value *b)
{
    if (!key)
        return value_equal(a, b);
    const struct value *key_a = value_get(a, key), *key_b = value_get(b, key);
    return key_a && key_b && value_equal(key_a, key_b);
}

static size_t item_index(const struct value *list, const char *key, const struct value *item)
{
    size_t index = 0;
    value_each (list, other) {
        if (items_match(key, other, item))
            break;
        index++;
    }
    return index;
}

static bool list_has(const struct value *list, const char *key, const struct value *item)
{
    return item_index(list, key, item) < value_length(list);
}

/* Those of MERGED that ORDER names, in ORDER's order. */
static struct value *items_named(struct arena *arena, const char *key, const struct value *merged,
                                 const struct value *order)
{
    struct value *named = value_list(arena);
    value_each (order, item) {
        size_t index = item_index(merged, key, item);
        if (index < value_length(merged) && !list_has(named, key, item))
            value_append(arena, named, value_at(merged, index));
    }
    return named;
}

/* Orders MERGED by ORDER for what it names, and by BEFORE (the list that was there) for the rest. */
static struct value *items_order(struct arena *arena, const char *key, const struct value *merged,
                                 const struct value *order, const struct value *before)
{
    struct value *named = items_named(arena, key, merged, order);
    struct value *sorted = value_list(arena);
    size_t next = 0;
    value_each (merged, item) {
        if (list_has(named, key, item))
            continue;
        size_t place = item_index(before, key, item);
        for (; next < value_length(named); next++) {
            size_t other = item_index(before, key, value_at(named, next));
            if (place < value_length(before) && other < value_length(before) && place < other)
                break;
            value_append(arena, sorted, value_at(named, next));
        }
        value_append(arena, sorted, item);
    }
    for (; next < value_length(named); next++)
        value_append(arena, sorted, value_at(named, next));
    return sorted;
}

static struct value *scalars_merge(struct arena *arena, const struct value *target, const struct value *patch)
{
    struct value *merged = value_list(arena);
    value_each (target, item) {
        if (!list_has(merged, NULL, item))
            value_append(arena, merged, item);
    }
    value_each (patch, item) {
        if (!list_has(merged, NULL, item))
            value_append(arena, merged, value_copy(arena, item));
    }
    return merged;
}

static struct error *item_check(const char *key, const struct value *item)
{
    if (!value_is(item, VALUE_OBJECT))
        return error_bad_patch("a list that merges by \"%s\" cannot hold %s", key,
                               value_type_name(item->type));
    return NULL;
}

static struct error *no_merge_key(const char *key)
{
    return error_bad_patch("map: does not contain declared merge key: %s", key);
}

/*
 * Obeys the items of PATCH that carry $patch: those marked delete take theirs out of TARGET, one marked
 * replace makes the rest of PATCH the whole list (*REPLACES). What is left of PATCH goes to *REST.
 */
static struct error *obey_marked_items(struct arena *arena, const char *key, struct value *target,
                                       const struct value *patch, struct value **rest, bool *replaces)
{
    *rest = value_list(arena);
    *replaces = false;
    value_each (patch, item) {
        TRY(item_check(key, item));
        const struct value *mark = value_get(item, "$patch");
        const char *verb = value_string(mark);
        if (!mark) {
            value_append(arena, *rest, item);
        } else if (verb && strcmp(verb, "replace") == 0) {
            *replaces = true;
        } else if (verb && strcmp(verb, "delete") == 0) {
            if (!value_get(item, key))
                return error_bad_patch("delete patch type with no merge key defined");
            for (size_t at; (at = item_index(target, key, item)) < value_length(target);)
                value_delete_item(target, (uint32_t)at);
        } else if (verb && strcmp(verb, "merge") == 0) {
            return error_bad_patch("merging lists cannot yet be specified in the patch");
        } else {
            return error_bad_patch("unknown patch type: %.40s", verb ? verb : value_type_name(mark->type));
        }
    }
    return NULL;
}

/* Merges the items of PATCH, which carry no marks, into TARGET. */
static struct error *maps_merge(struct arena *arena, struct schema_spot spot, const char *key,
                                struct value *target, const struct value *patch)
{
    value_each (target, item)
        TRY(item_check(key, item));
    value_each (patch, item) {
        if (!value_get(item, key))
            return no_merge_key(key);
        size_t at = item_index(target, key, item);
        bool is_new = at == value_length(target);
        struct value *merged;
        TRY(merge_object(arena, schema_item(spot), is_new ? NULL : value_at(target, at), item, &merged));
        if (is_new)
            value_append(arena, target, merged);
        else
            target->list.items[at] = merged;
    }
    return NULL;
}

/* Every item is looked for in the other list, so the lists may not be long. */
static struct error *length_check(const struct value *target, const struct value *patch)
{
    if (value_length(target) + value_length(patch) > PATCH_MAX_MERGED_ITEMS)
        return error_large_patch("merging lists of %zu and %zu items exceeds the limit of %d items",
                                 value_length(target), value_length(patch), (int)PATCH_MAX_MERGED_ITEMS);
    return NULL;
}

/* TARGET is NULL or a list, PATCH a list. */
static struct error *merge_list(struct arena *arena, struct schema_spot spot, struct value *target,
                                const struct value *patch, struct value **out)
{
    const char *key;
    if (!list_merges(spot, &key)) {
        *out = value_copy(arena, patch);
        return NULL;
    }
    TRY(length_check(target, patch));
    struct value *before = target ? value_copy(arena, target) : value_list(arena);
    if (!key) {
        *out = items_order(arena, NULL, scalars_merge(arena, target, patch), patch, before);
        return NULL;
    }
    struct value *rest, *merged = target ? target : value_list(arena);
    bool replaces;
    TRY(obey_marked_items(arena, key, merged, patch, &rest, &replaces));
    if (replaces)
        merged = value_list(arena);
    TRY(maps_merge(arena, spot, key, merged, rest));
    *out = items_order(arena, key, merged, rest, before);
    return NULL;
}

static struct error *merge_value(struct arena *arena, struct schema_spot spot, struct value *target,
                                 const struct value *patch, struct value **out)
{
    if (value_is(patch, VALUE_OBJECT))
        return merge_object(arena, spot, value_is(target, VALUE_OBJECT) ? target : NULL, patch, out);
    if (value_is(patch, VALUE_LIST))
        return merge_list(arena, spot, value_is(target, VALUE_LIST) ? target : NULL, patch, out);
    *out = value_copy(arena, patch);
    return NULL;
}

/* Members that $retainKeys does not name go away; the patch itself may set only those that it names. */
static struct error *obey_retain_keys(struct arena *arena, struct value *target, const struct value *patch)
{
    const struct value *kept = value_get(patch, "$retainKeys");
    if (!kept)
        return NULL;
    if (!value_is(kept, VALUE_LIST))
        return error_bad_patch("$retainKeys must be a list of strings");
    struct value *going = value_list(arena);
    value_each_member (patch, member) {
        if (member->name.data[0] != '$' && !value_is(member->value, VALUE_NULL) &&
            !list_has(kept, NULL, value_span(arena, member->name)))
            return error_bad_patch("$retainKeys directive doesn't contain \"" SPAN_FMT
                                   "\", which the patch sets",
                                   SPAN_ARG(member->name));
    }
    value_each_member (target, member) {
        struct value *name = value_span(arena, member->name);
        if (!list_has(kept, NULL, name))
            value_append(arena, going, name);
    }
    value_each (going, name)
        member_remove(target, name->string);
    return NULL;
}

static struct error *obey_delete_from(struct value *target, struct span name, const struct value *scalars)
{
    struct value *list = value_find(target, name);
    if (!value_is(scalars, VALUE_LIST))
        return error_bad_patch("$deleteFromPrimitiveList/" SPAN_FMT " must be a list", SPAN_ARG(name));
    TRY(length_check(list, scalars));
    value_each (scalars, scalar) {
        for (size_t at; (at = item_index(list, NULL, scalar)) < value_length(list);)
            value_delete_item(list, (uint32_t)at);
    }
    return NULL;
}

/* Merges the list NAME (the patch may have items for it) and puts it into the order that ORDER says. */
static struct error *obey_set_order(struct arena *arena, struct schema_spot spot, struct value *target,
                                    const struct value *patch, struct span name, const struct value *order)
{
    const char *key;
    struct value *list = value_find(target, name), *items = value_find(patch, name);
    if (!value_is(order, VALUE_LIST) || !list_merges(spot, &key))
        return error_bad_patch("$setElementOrder/" SPAN_FMT " needs a list, for a list that merges",
                               SPAN_ARG(name));
    TRY(length_check(list, order));
    value_each (order, item) {
        if (key && !value_get(item, key))
            return no_merge_key(key);
    }
    value_each (items, item) {
        if (!value_get(item, "$patch") && !list_has(order, key, item))
            return error_bad_patch("the patch has items of " SPAN_FMT " that $setElementOrder does not name",
                                   SPAN_ARG(name));
    }
    struct value *before = value_is(list, VALUE_LIST) ? value_copy(arena, list) : value_list(arena);
    if (value_is(items, VALUE_LIST))
        TRY(merge_list(arena, spot, value_is(list, VALUE_LIST) ? list : NULL, items, &list));
    if (value_is(list, VALUE_LIST))
        value_set_span(arena, target, name, items_order(arena, key, list, order, before));
    return NULL;
}

/* The directives that stand beside the lists that they are about. */
static struct error *obey_list_directives(struct arena *arena, struct schema_spot spot, struct value *target,
                                          const struct value *patch)
{
    value_each_member (patch, member) {
        if (span_starts_with(member->name, DELETE_FROM))
            TRY(obey_delete_from(target, span_skip(member->name, DELETE_FROM.length), member->value));
    }
    value_each_member (patch, member) {
        if (!span_starts_with(member->name, SET_ORDER))
            continue;
        struct span name = span_skip(member->name, SET_ORDER.length);
        TRY(obey_set_order(arena, schema_member(spot, name), target, patch, name, member->value));
    }
    return NULL;
}

static bool has_set_order(const struct value *patch, struct span name)
{
    value_each_member (patch, member) {
        if (span_starts_with(member->name, SET_ORDER) &&
            span_equal(span_skip(member->name, SET_ORDER.length), name))
            return true;
    }
    return false;
}

/* The plain members of PATCH into TARGET. */
static struct error *merge_members(struct arena *arena, struct schema_spot spot, struct value *target,
                                   const struct value *patch)
{
    value_each_member (patch, member) {
        struct span name = member->name;
        if (span_is(name, "$patch") || span_is(name, "$retainKeys") || span_starts_with(name, SET_ORDER) ||
            span_starts_with(name, DELETE_FROM))
            continue;
        if (value_is(member->value, VALUE_NULL)) {
            member_remove(target, name);
            continue;
        }
        if (value_is(member->value, VALUE_LIST) && has_set_order(patch, name))
            continue;
        struct value *merged;
        TRY(merge_value(arena, schema_member(spot, name), value_find(target, name), member->value, &merged));
        value_set_span(arena, target, name, merged);
    }
    return NULL;
}

/* TARGET is NULL or an object, and is changed; PATCH is an object. */
static struct error *merge_object(struct arena *arena, struct schema_spot spot, struct value *target,
                                  const struct value *patch, struct value **out)
{
    const struct value *mark = value_get(patch, "$patch");
    const char *verb = value_string(mark);
    if (!target)
        target = value_object(arena);
    if (mark && verb && strcmp(verb, "delete") == 0) {
        *out = value_object(arena);
        return NULL;
    }
    if (mark && verb && strcmp(verb, "replace") == 0)
        target = value_object(arena);
    else if (mark && !(verb && strcmp(verb, "merge") == 0))
        return error_bad_patch("Unknown patch type found: %.40s", verb ? verb : value_type_name(mark->type));
    TRY(obey_retain_keys(arena, target, patch));
    TRY(obey_list_directives(arena, spot, target, patch));
    TRY(merge_members(arena, spot, target, patch));
    *out = target;
    return NULL;
}

struct error *strategic_patch_apply(struct arena *arena, const struct schema *schema,
                                    const struct value *document, const struct value *patch,
                                    struct value **out)
{
    if (!value_is(patch, VALUE_OBJECT))
        return error_bad_patch("a strategic merge patch must be an object, not %s",
                               patch ? value_type_name(patch->type) : "absent");
    struct schema_spot root = schema ? schema_root(schema) : (struct schema_spot){ .type = SCHEMA_RAW };
    return merge_object(arena, root, value_copy(arena, document), patch, out);
}
