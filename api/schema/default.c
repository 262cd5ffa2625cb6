/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defaults, row by row: a row may look at an earlier sibling (count is 1 only if allocationMode is
 * ExactCount), so rows stand in the order in which their defaults are made. Only objects that are there get
 * defaults inside.
 */

#include "api/base/time.h"
#include "api/schema/schema.h"
#include "api/value/json.h"

#include <assert.h>

/* Whether the sibling condition "name=text" holds. */
static bool condition_holds(const char *condition, const struct value *object)
{
    if (!condition)
        return true;
    struct span text;
    struct span name = span_split(span_of(condition), '=', &text);
    const struct value *sibling = value_find(object, name);
    return value_is(sibling, VALUE_STRING) && span_equal(sibling->string, text);
}

static struct value *fallback_value(const struct schema_field *field, struct arena *arena, int64_t now)
{
    if (field->flags & SCHEMA_DEFAULT_NOW) {
        char text[TIME_TEXT_SIZE];
        time_format(now, text);
        return value_text(arena, text);
    }
    struct value *value = NULL;
    cleanup_error struct error *err = json_parse(arena, span_of(field->fallback), 0, &value);
    assert(!err);
    return value;
}

static bool is_absent(const struct schema_field *field, const struct value *value)
{
    if (!value || value->type == VALUE_NULL)
        return true;
    if (field->flags & SCHEMA_POINTER)
        return false;
    return (value->type == VALUE_STRING && value->string.length == 0) ||
           (value->type == VALUE_INT && value->integer == 0);
}

static void default_object(const struct schema *schema, struct arena *arena, struct value *object,
                           int64_t now);

static void default_any(struct schema_spot spot, struct arena *arena, struct value *value, int64_t now)
{
    struct schema_spot below = schema_item(spot);
    if (spot.type == SCHEMA_OBJECT)
        default_object(spot.object, arena, value, now);
    if (below.type != SCHEMA_OBJECT)
        return;
    value_each (value, item)
        default_any(below, arena, item, now);
    if (spot.type == SCHEMA_MAP)
        value_each_member (value, member)
            default_any(below, arena, member->value, now);
}

static void default_object(const struct schema *schema, struct arena *arena, struct value *object,
                           int64_t now)
{
    if (!value_is(object, VALUE_OBJECT))
        return;
    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct schema_field *field = &schema->fields[i];
        struct value *value = value_get(object, field->name);
        bool has_fallback = field->fallback || (field->flags & SCHEMA_DEFAULT_NOW);
        if (has_fallback && is_absent(field, value) && condition_holds(field->fallback_if, object)) {
            value = fallback_value(field, arena, now);
            value_set(arena, object, field->name, value);
        }
        if (field->object && value)
            default_any(schema_member(schema_root(schema), span_of(field->name)), arena, value, now);
    }
}

void schema_default(const struct schema *schema, struct arena *arena, struct value *tree, int64_t now)
{
    default_object(schema, arena, tree, now);
}
