/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table becomes a schema, a table that a field needs becomes one too, by name, once.
 */
#include "driver/standalone/rest/openapi_schema.h"

#include "driver/standalone/rest/versions.h"

struct walk {
    struct arena *arena;
    enum openapi_dialect dialect;
    struct value *schemas;
};

static void walk_schema(struct walk *walk, const struct schema *schema);

static struct value *typed(struct walk *walk, const char *type, const char *format)
{
    struct value *schema = value_object(walk->arena);
    value_set_text(walk->arena, schema, "type", type);
    value_set_text(walk->arena, schema, "format", format);
    return schema;
}

/* In version 3 a description may not stand beside a reference, hence allOf. */
static struct value *reference(struct walk *walk, const struct schema *object)
{
    bool v2 = walk->dialect == OPENAPI_V2;
    walk_schema(walk, object);
    struct value *ref = value_object(walk->arena);
    value_set_text(
        walk->arena, ref, "$ref",
        arena_printf(walk->arena, "#/%s/%s", v2 ? "definitions" : "components/schemas", object->name));
    if (v2)
        return ref;
    struct value *schema = value_object(walk->arena);
    value_append(walk->arena, value_child_list(walk->arena, schema, "allOf"), ref);
    return schema;
}

static struct value *either(struct walk *walk, const char *const *types)
{
    struct value *schema = value_object(walk->arena);
    for (; *types; types++)
        value_append(walk->arena, value_child_list(walk->arena, schema, "oneOf"), typed(walk, *types, NULL));
    return schema;
}

static struct value *type_schema(struct walk *walk, enum schema_type type, enum schema_type element,
                                 const struct schema *object)
{
    static const char *const string_or_number[] = { "string", "number", NULL };
    struct value *schema;
    bool v3 = walk->dialect == OPENAPI_V3;
    switch (type) {
    case SCHEMA_RAW: return typed(walk, "object", NULL);
    case SCHEMA_STRING: return typed(walk, "string", NULL);
    case SCHEMA_BOOL: return typed(walk, "boolean", NULL);
    case SCHEMA_INT32: return typed(walk, "integer", "int32");
    case SCHEMA_INT64: return typed(walk, "integer", "int64");
    case SCHEMA_DOUBLE: return typed(walk, "number", "double");
    case SCHEMA_QUANTITY: return v3 ? either(walk, string_or_number) : typed(walk, "string", NULL);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME: return typed(walk, "string", "date-time");
    case SCHEMA_INT_OR_STRING: return typed(walk, "string", "int-or-string");
    case SCHEMA_BYTES: return typed(walk, "string", "byte");
    case SCHEMA_OBJECT: return object ? reference(walk, object) : typed(walk, "object", NULL);
    case SCHEMA_LIST:
        schema = typed(walk, "array", NULL);
        value_set(walk->arena, schema, "items", type_schema(walk, element, SCHEMA_RAW, object));
        return schema;
    case SCHEMA_MAP:
        schema = typed(walk, "object", NULL);
        value_set(walk->arena, schema, "additionalProperties",
                  type_schema(walk, element, SCHEMA_RAW, object));
        return schema;
    }
    return typed(walk, "object", NULL);
}

static const char *list_type_text(enum schema_list_type type)
{
    switch (type) {
    case SCHEMA_LIST_ATOMIC: return "atomic";
    case SCHEMA_LIST_SET: return "set";
    case SCHEMA_LIST_MAP: return "map";
    }
    return "atomic";
}

/* How patches treat the field, as Kubernetes' extensions say it. */
static void add_extensions(struct walk *walk, const struct schema_field *field, struct value *schema)
{
    struct arena *arena = walk->arena;
    if (field->type == SCHEMA_LIST)
        value_set_text(arena, schema, "x-kubernetes-list-type", list_type_text(field->list_type));
    for (const char *const *key = field->keys; field->type == SCHEMA_LIST && key && *key; key++)
        value_append(arena, value_child_list(arena, schema, "x-kubernetes-list-map-keys"),
                     value_text(arena, *key));
    if (field->type != SCHEMA_LIST && (field->flags & SCHEMA_ATOMIC))
        value_set_text(arena, schema, "x-kubernetes-map-type", "atomic");
    bool merge = field->flags & SCHEMA_MERGE, retain = field->flags & SCHEMA_RETAIN_KEYS;
    if (merge || retain)
        value_set_text(arena, schema, "x-kubernetes-patch-strategy",
                       merge && retain ? "merge,retainKeys"
                       : merge         ? "merge"
                                       : "retainKeys");
    value_set_text(arena, schema, "x-kubernetes-patch-merge-key", field->merge_key);
}

static struct value *field_schema(struct walk *walk, const struct schema_field *field)
{
    struct value *schema = type_schema(walk, field->type, field->element, field->object);
    value_set_text(walk->arena, schema, "description", field->doc);
    for (const char *const *choice = field->choices; walk->dialect == OPENAPI_V3 && choice && *choice;
         choice++)
        value_append(walk->arena, value_child_list(walk->arena, schema, "enum"),
                     value_text(walk->arena, *choice));
    add_extensions(walk, field, schema);
    return schema;
}

static void walk_schema(struct walk *walk, const struct schema *schema)
{
    if (value_get(walk->schemas, schema->name))
        return;
    struct arena *arena = walk->arena;
    struct value *out = typed(walk, "object", NULL);
    value_set(arena, walk->schemas, schema->name, out);
    value_set_text(arena, out, "description", schema->doc);
    if (schema->n_fields == 0 || schema->open) {
        struct value *anything = value_object(arena);
        if (walk->dialect == OPENAPI_V3)
            value_set(arena, out, "additionalProperties", anything);
    }
    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct schema_field *field = &schema->fields[i];
        value_set(arena, value_child(arena, out, "properties"), field->name, field_schema(walk, field));
        if (field->flags & SCHEMA_REQUIRED)
            value_append(arena, value_child_list(arena, out, "required"), value_text(arena, field->name));
    }
    if (schema->atomic)
        value_set_text(arena, out, "x-kubernetes-map-type", "atomic");
}

/* Says which kind the root of a table is. */
static void name_kind(struct walk *walk, const struct schema_kind *kind, const struct schema_version *version)
{
    struct arena *arena = walk->arena;
    struct value *gvk = value_object(arena);
    value_set_text(arena, gvk, "group", kind->group);
    value_set_text(arena, gvk, "kind", kind->kind);
    value_set_text(arena, gvk, "version", version->name);
    struct value *schema = value_get(walk->schemas, version->schema->name);
    value_append(arena, value_child_list(arena, schema, "x-kubernetes-group-version-kind"), gvk);
}

void openapi_paths(struct arena *arena, const struct resources *resources, const char *group,
                   const char *version, openapi_path_vec *out)
{
    for (size_t i = 0; i < resources->rows.length; i++) {
        const struct schema_kind *kind = resources->rows.items[i].kind;
        for (size_t j = 0; j < kind->n_versions && resources->rows.items[i].collection; j++) {
            const struct schema_version *its = &kind->versions[j];
            if ((group && strcmp(group, kind->group) != 0) || (version && strcmp(version, its->name) != 0))
                continue;
            const char *path = arena_printf(arena, "/%s/%s/%s%s/{name}", *kind->group ? "apis" : "api",
                                            api_version_text(arena, kind->group, its->name),
                                            kind->namespaced ? "namespaces/{namespace}/" : "", kind->plural);
            vec_push(out, (struct openapi_path){ kind, its, path });
        }
    }
}

struct value *openapi_schemas(struct arena *arena, const struct resources *resources, const char *group,
                              const char *version, enum openapi_dialect dialect)
{
    struct walk walk = { arena, dialect, value_object(arena) };
    openapi_path_vec paths = { 0 };
    openapi_paths(arena, resources, group, version, &paths);
    vec_each (&paths, path) {
        walk_schema(&walk, path->version->schema);
        name_kind(&walk, path->kind, path->version);
    }
    vec_done(&paths);
    return walk.schemas;
}
