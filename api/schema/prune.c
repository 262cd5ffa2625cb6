/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real server decodes a document into a struct and writes the struct out again; what the struct cannot hold
 * is gone then, and what it holds is spelled its way. Here the tree stays a tree, so both are done to it: the
 * members that no row knows, nulls, and empty values of omitempty fields go, times become UTC, quantities
 * canonical.
 */

#include "api/base/time.h"
#include "api/schema/schema.h"

/* Whether Go's omitempty would leave FIELD out. Structs are never empty to it. */
static bool is_omitted(const struct schema_field *field, const struct value *value)
{
    enum { KEPT = SCHEMA_REQUIRED | SCHEMA_POINTER | SCHEMA_KEEP_EMPTY };
    if (value->type == VALUE_NULL)
        return !(field->flags & SCHEMA_KEEP_EMPTY);
    if (field->type == SCHEMA_RAW || field->type == SCHEMA_OBJECT || field->type == SCHEMA_QUANTITY)
        return false;
    return !(field->flags & KEPT) && value_is_zero(value);
}

static struct value *canonical_time(struct arena *arena, struct value *value, bool with_micros)
{
    int64_t micros;
    cleanup_error struct error *err =
        value->type == VALUE_STRING ? time_parse(value->string, &micros) : error_invalid("no time");
    if (err)
        return value;
    char text[TIME_TEXT_SIZE];
    (with_micros ? time_format_micros : time_format)(micros, text);
    return span_is(value->string, text) ? value : value_text(arena, text);
}

static struct value *prune_any(struct schema_spot spot, struct arena *arena, struct value *value);

static void prune_object(const struct schema *schema, struct arena *arena, struct value *object)
{
    struct schema_spot here = schema_root(schema);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < object->object.n_members; i++) {
        struct value_member member = object->object.members[i];
        struct schema_spot spot = schema_member(here, member.name);
        if (spot.field ? is_omitted(spot.field, member.value) : !schema->open)
            continue;
        member.value = prune_any(spot, arena, member.value);
        object->object.members[kept++] = member;
    }
    object->object.n_members = kept;
}

/* An item of a list or map. To Go, null is the zero value here. */
static struct value *prune_item(struct schema_spot container, struct arena *arena, struct value *item)
{
    struct schema_spot spot = schema_item(container);
    if (value_is(item, VALUE_NULL) && spot.type == SCHEMA_STRING)
        return value_text(arena, "");
    if (value_is(item, VALUE_NULL) && spot.type == SCHEMA_OBJECT)
        return value_object(arena);
    return prune_any(spot, arena, item);
}

static struct value *prune_any(struct schema_spot spot, struct arena *arena, struct value *value)
{
    if (spot.type == SCHEMA_OBJECT && value_is(value, VALUE_OBJECT))
        prune_object(spot.object, arena, value);
    else if (spot.type == SCHEMA_LIST && value_is(value, VALUE_LIST))
        for (uint32_t i = 0; i < value->list.n_items; i++)
            value->list.items[i] = prune_item(spot, arena, value->list.items[i]);
    else if (spot.type == SCHEMA_MAP)
        value_each_member (value, member)
            member->value = prune_item(spot, arena, member->value);
    else if (spot.type == SCHEMA_TIME || spot.type == SCHEMA_MICRO_TIME)
        return canonical_time(arena, value, spot.type == SCHEMA_MICRO_TIME);
    else if (spot.type == SCHEMA_QUANTITY && !value_is(value, VALUE_NULL))
        return spot.field->scalar->canonical(arena, value);
    return value;
}

void schema_prune(const struct schema *schema, struct arena *arena, struct value *tree)
{
    prune_any(schema_root(schema), arena, tree);
}
