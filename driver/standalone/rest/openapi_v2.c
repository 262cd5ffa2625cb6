/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field numbers are those of gnostic's OpenAPIv2.proto; each message is written by a function named for it.
 * Extensions are JSON text in an Any, since JSON is YAML.
 */
#include "driver/standalone/rest/openapi_v2.h"

#include "api/value/json.h"
#include "driver/standalone/rest/openapi_schema.h"

enum { WIRE_BYTES = 2 };

static void put_varint(struct buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_add_char(out, (char)(value | 0x80));
    buf_add_char(out, (char)value);
}

static void put_bytes(struct buf *out, unsigned number, struct span bytes)
{
    put_varint(out, number << 3 | WIRE_BYTES);
    put_varint(out, bytes.length);
    buf_add_span(out, bytes);
}

static void put_text(struct buf *out, unsigned number, const char *text)
{
    if (text && *text)
        put_bytes(out, number, span_of(text));
}

static void put_message(struct buf *out, unsigned number, struct buf *message)
{
    put_bytes(out, number, buf_span(message));
    out->overflowed |= message->overflowed;
}

#define MESSAGE(name) cleanup_buf struct buf name = BUF_INIT(MAX_OPENAPI_BYTES)

/* NamedAny { name = 1; Any value = 2 { yaml = 2 } } */
static void put_extension(struct buf *out, unsigned number, const char *name, const struct value *value)
{
    MESSAGE(text);
    MESSAGE(any);
    MESSAGE(named);
    json_write(&text, value);
    put_bytes(&any, 2, buf_span(&text));
    put_text(&named, 1, name);
    put_message(&named, 2, &any);
    put_message(out, number, &named);
}

static void write_schema(struct buf *out, const struct value *schema);

/* NamedSchema { name = 1; Schema value = 2 } */
static void put_named_schema(struct buf *out, unsigned number, struct span name, const struct value *schema)
{
    MESSAGE(body);
    MESSAGE(named);
    write_schema(&body, schema);
    put_bytes(&named, 1, name);
    put_message(&named, 2, &body);
    put_message(out, number, &named);
}

/* Field NUMBER of a schema, a message whose field 1 is a schema: items, additionalProperties */
static void put_inner_schema(struct buf *out, unsigned number, const struct value *schema)
{
    if (!schema)
        return;
    MESSAGE(body);
    MESSAGE(inner);
    write_schema(&body, schema);
    put_message(&inner, 1, &body);
    put_message(out, number, &inner);
}

static void write_schema(struct buf *out, const struct value *schema)
{
    put_text(out, 1, value_string(value_get(schema, "$ref")));
    put_text(out, 2, value_string(value_get(schema, "format")));
    put_text(out, 4, value_string(value_get(schema, "description")));
    value_each (value_get(schema, "required"), name)
        put_bytes(out, 19, name->string);
    put_inner_schema(out, 21, value_get(schema, "additionalProperties"));
    if (value_get(schema, "type")) {
        MESSAGE(type);
        put_text(&type, 1, value_string(value_get(schema, "type")));
        put_message(out, 22, &type);
    }
    put_inner_schema(out, 23, value_get(schema, "items"));
    if (value_get(schema, "properties")) {
        MESSAGE(properties);
        value_each_member (value_get(schema, "properties"), member)
            put_named_schema(&properties, 1, member->name, member->value);
        put_message(out, 25, &properties);
    }
    value_each_member (schema, member)
        if (span_starts_with(member->name, SPAN("x-")))
            put_extension(out, 31, member->name.data, member->value);
}

/* ParametersItem { Parameter = 1 { NonBodyParameter = 2 { QueryParameterSubSchema = 3 {...} } } } */
static void put_query_parameter(struct buf *out, unsigned number, const char *name, const char *type)
{
    MESSAGE(query);
    MESSAGE(non_body);
    MESSAGE(parameter);
    MESSAGE(item);
    put_text(&query, 2, "query");
    put_text(&query, 4, name);
    put_text(&query, 6, type);
    put_message(&non_body, 3, &query);
    put_message(&parameter, 2, &non_body);
    put_message(&item, 1, &parameter);
    put_message(out, number, &item);
}

/* Operation; only what tells clients how to patch. */
static void write_patch(struct arena *arena, struct buf *out, const struct openapi_path *path)
{
    static const char *const forms[] = { "application/json-patch+json", "application/merge-patch+json",
                                         "application/strategic-merge-patch+json",
                                         "application/apply-patch+yaml" };
    static const char *const texts[] = { "dryRun", "fieldManager", "fieldValidation" };
    MESSAGE(responses);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        put_text(out, 7, forms[i]);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        put_query_parameter(out, 8, texts[i], "string");
    put_query_parameter(out, 8, "force", "boolean");
    put_message(out, 9, &responses);
    struct value *gvk = value_object(arena);
    value_set_text(arena, gvk, "group", path->kind->group);
    value_set_text(arena, gvk, "kind", path->kind->kind);
    value_set_text(arena, gvk, "version", path->version->name);
    put_extension(out, 13, "x-kubernetes-action", value_text(arena, "patch"));
    put_extension(out, 13, "x-kubernetes-group-version-kind", gvk);
}

/* Paths { NamedPathItem path = 2 { name = 1; PathItem value = 2 { Operation patch = 8 } } } */
static void write_paths(struct arena *arena, struct buf *out, const struct resources *resources)
{
    openapi_path_vec paths = { 0 };
    openapi_paths(arena, resources, NULL, NULL, &paths);
    vec_each (&paths, path) {
        MESSAGE(patch);
        MESSAGE(item);
        MESSAGE(named);
        write_patch(arena, &patch, path);
        put_message(&item, 8, &patch);
        put_text(&named, 1, path->path);
        put_message(&named, 2, &item);
        put_message(out, 2, &named);
    }
    vec_done(&paths);
}

void openapi_v2_write(struct arena *arena, const struct resources *resources, const char *kube_version,
                      struct buf *out)
{
    MESSAGE(info);
    MESSAGE(paths);
    MESSAGE(definitions);
    put_text(&info, 1, "Kubernetes");
    put_text(&info, 2, arena_printf(arena, "v%s.0", kube_version));
    write_paths(arena, &paths, resources);
    const struct value *schemas = openapi_schemas(arena, resources, NULL, NULL, OPENAPI_V2);
    value_each_member (schemas, member)
        put_named_schema(&definitions, 1, member->name, member->value);
    put_text(out, 1, "2.0");
    put_message(out, 2, &info);
    put_message(out, 8, &paths);
    put_message(out, 9, &definitions);
}
