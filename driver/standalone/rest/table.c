/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns make cells; what makes the cells is in columns.c.
 */
#include "driver/standalone/rest/table.h"

static struct value *definitions_new(struct arena *arena, const struct table_column *columns)
{
    struct value *list = value_list(arena);
    for (; columns->name; columns++) {
        struct value *definition = value_object(arena);
        value_set_text(arena, definition, "name", columns->name);
        value_set_text(arena, definition, "type", columns->type ? columns->type : "string");
        value_set_text(arena, definition, "format", columns->format ? columns->format : "");
        value_set_text(arena, definition, "description", columns->doc ? columns->doc : "");
        value_set_int(arena, definition, "priority", columns->priority);
        value_append(arena, list, definition);
    }
    return list;
}

struct value *table_new(struct arena *arena, const char *version, const struct table_column *columns,
                        bool definitions)
{
    struct value *table = value_object(arena);
    value_set_text(arena, table, "kind", "Table");
    value_set_text(arena, table, "apiVersion", version);
    value_set(arena, table, "metadata", value_object(arena));
    value_set(arena, table, "columnDefinitions",
              definitions ? definitions_new(arena, columns) : value_list(arena));
    value_set(arena, table, "rows", value_list(arena));
    return table;
}

struct value *partial_metadata(struct arena *arena, const struct value *object)
{
    struct value *partial = value_object(arena);
    value_set_text(arena, partial, "kind", "PartialObjectMetadata");
    value_set_text(arena, partial, "apiVersion", "meta.k8s.io/v1");
    value_set(arena, partial, "metadata", value_get(object, "metadata"));
    return partial;
}

struct value *table_text(const struct table_context *context, const char *text, const char *otherwise)
{
    return value_text(context->arena, text && *text ? text : otherwise);
}

static struct value *cell_new(const struct table_context *context, const struct table_column *column,
                              const struct value *object)
{
    if (column->cell)
        return column->cell(context, object);
    const struct value *found = value_path(object, column->path);
    if (value_is(found, VALUE_INT) || value_is(found, VALUE_BOOL))
        return value_copy(context->arena, found);
    const char *text = value_string(found);
    return value_text(context->arena, text ? text : "");
}

void table_add(const struct table_context *context, struct value *table, const struct table_column *columns,
               struct value *object, enum table_include include)
{
    struct arena *arena = context->arena;
    struct value *row = value_object(arena);
    struct value *cells = value_list(arena);
    for (; columns->name; columns++)
        value_append(arena, cells, cell_new(context, columns, object));
    value_set(arena, row, "cells", cells);
    switch (include) {
    case TABLE_INCLUDE_METADATA: value_set(arena, row, "object", partial_metadata(arena, object)); break;
    case TABLE_INCLUDE_OBJECT: value_set(arena, row, "object", object); break;
    case TABLE_INCLUDE_NONE: break;
    }
    value_append(arena, value_get(table, "rows"), row);
}
