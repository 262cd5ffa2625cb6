/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the tables: from a spot to its members and items.
 */

#include "api/schema/schema.h"

#include <stdlib.h>

const struct schema_field *schema_field_find(const struct schema *schema, struct span name)
{
    for (size_t i = 0; i < schema->n_fields; i++)
        if (span_is(name, schema->fields[i].name))
            return &schema->fields[i];
    return NULL;
}

struct schema_spot schema_root(const struct schema *schema)
{
    return (struct schema_spot){ .type = SCHEMA_OBJECT, .object = schema };
}

static struct schema_spot spot_of_field(const struct schema_field *field)
{
    return (struct schema_spot){ field->type, field->element, field->object, field };
}

struct schema_spot schema_item(struct schema_spot spot)
{
    if (spot.type != SCHEMA_LIST && spot.type != SCHEMA_MAP)
        return (struct schema_spot){ .type = SCHEMA_RAW };
    return (struct schema_spot){ .type = spot.element, .object = spot.object, .field = spot.field };
}

struct schema_spot schema_member(struct schema_spot spot, struct span name)
{
    if (spot.type == SCHEMA_MAP)
        return schema_item(spot);
    const struct schema_field *field =
        spot.type == SCHEMA_OBJECT ? schema_field_find(spot.object, name) : NULL;
    return field ? spot_of_field(field) : (struct schema_spot){ .type = SCHEMA_RAW };
}

struct schema_spot schema_follow(const struct schema *schema, const char *path)
{
    struct schema_spot spot = schema_root(schema);
    while (*path) {
        size_t length = strcspn(path, ".[");
        if (length)
            spot = schema_member(spot, (struct span){ path, length });
        path += length;
        if (*path == '[') {
            spot = schema_item(spot);
            path += strcspn(path, "]");
        }
        path += *path != '\0';
    }
    return spot;
}
