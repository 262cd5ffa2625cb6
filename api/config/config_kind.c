/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declared kinds of opaque config: reading the declarations, then objects by them.
 */

#include "api/config/config_kind.h"

enum { MAX_FIELD_DEPTH = 8 };

static const struct member_rule kind_rules[] = {
    { "apiVersion", MEMBER_TEXT | MEMBER_REQUIRED },
    { "kind", MEMBER_TEXT | MEMBER_REQUIRED },
    { "fields", MEMBER_LIST },
    { NULL, 0 },
};

static const struct member_rule field_rules[] = {
    { "name", MEMBER_TEXT | MEMBER_REQUIRED },
    { "type", MEMBER_TEXT | MEMBER_REQUIRED },
    { "doc", MEMBER_TEXT },
    { "required", MEMBER_BOOL },
    { "default", MEMBER_ANY },
    { "enum", MEMBER_LIST },
    { "minimum", MEMBER_INTEGER },
    { "maximum", MEMBER_INTEGER },
    { "error", MEMBER_TEXT },
    { "when", MEMBER_TEXT },
    { "conflict", MEMBER_TEXT },
    { "fields", MEMBER_LIST },
    { NULL, 0 },
};

static const char *const type_names[] = {
    [FIELD_STRING] = "string", [FIELD_INTEGER] = "integer", [FIELD_BOOLEAN] = "boolean",
    [FIELD_OBJECT] = "object", [FIELD_MAP] = "map",
};

static struct error *type_decode(const char *file, const struct value *type, enum field_type *out)
{
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
        if (span_is(type->string, type_names[i])) {
            *out = (enum field_type)i;
            return NULL;
        }
    return error_hint(error_at(file, type, "unknown type \"" SPAN_FMT "\"", SPAN_ARG(type->string)),
                      "types are string, integer, boolean, object, map");
}

static struct error *fields_decode(struct arena *arena, const char *file, const struct value *list, int depth,
                                   struct config_field **out, size_t *n_out);

static struct error *field_decode(struct arena *arena, const char *file, const struct value *tree, int depth,
                                  struct config_field *out)
{
    const struct value *minimum = value_get(tree, "minimum"), *maximum = value_get(tree, "maximum");
    *out = (struct config_field){
        .name = value_string(value_get(tree, "name")),
        .required = value_true(value_get(tree, "required")),
        .fallback = value_get(tree, "default"),
        .minimum = value_integer(minimum, 0),
        .maximum = value_integer(maximum, 0),
        .has_minimum = minimum != NULL,
        .has_maximum = maximum != NULL,
        .error = value_string(value_get(tree, "error")),
        .when = value_string(value_get(tree, "when")),
        .conflict = value_string(value_get(tree, "conflict")),
    };
    TRY(type_decode(file, value_get(tree, "type"), &out->type));
    TRY(texts_read(arena, file, tree, "enum", &out->choices, &out->n_choices));
    TRY(tree_check(file, tree));
    return fields_decode(arena, file, value_get(tree, "fields"), depth + 1, &out->fields, &out->n_fields);
}

static struct error *fields_decode(struct arena *arena, const char *file, const struct value *list, int depth,
                                   struct config_field **out, size_t *n_out)
{
    size_t n_fields = value_length(list);
    struct config_field *fields = arena_make_array(arena, struct config_field, n_fields);
    if (depth > MAX_FIELD_DEPTH)
        return error_at(file, list, "fields are nested too deeply");
    TRY(items_check(file, list, "fields", field_rules));
    for (size_t i = 0; i < n_fields; i++)
        TRY(field_decode(arena, file, value_at(list, i), depth, &fields[i]));
    *out = fields;
    *n_out = n_fields;
    return NULL;
}

/* What DeviceConfig has where the inventory does not say otherwise. */
static struct config_field device_config_fields[] = {
    { .name = "env", .type = FIELD_MAP },
};

static bool is_device_config(const struct config_kind *kind)
{
    return strcmp(kind->api_version, "config.tranche.dev/v1") == 0 && strcmp(kind->kind, "DeviceConfig") == 0;
}

struct error *config_kinds_decode(struct arena *arena, const char *file, const struct value *list,
                                  struct config_kind **out, size_t *n_out)
{
    size_t n_kinds = value_length(list);
    struct config_kind *kinds = arena_make_array(arena, struct config_kind, n_kinds);
    TRY(items_check(file, list, "spec.configs", kind_rules));
    for (size_t i = 0; i < n_kinds; i++) {
        const struct value *tree = value_at(list, i);
        kinds[i].api_version = value_string(value_get(tree, "apiVersion"));
        kinds[i].kind = value_string(value_get(tree, "kind"));
        TRY(fields_decode(arena, file, value_get(tree, "fields"), 0, &kinds[i].fields, &kinds[i].n_fields));
        if (!value_get(tree, "fields") && is_device_config(&kinds[i])) {
            kinds[i].fields = device_config_fields;
            kinds[i].n_fields = ARRAY_LEN(device_config_fields);
        }
    }
    *out = kinds;
    *n_out = n_kinds;
    return NULL;
}

/* Where we are in an object that is being read. */
struct reader {
    struct arena *arena;
    struct value *root; /* what has been read so far, for conditions */
};

static const char *path_join(struct reader *reader, const char *path, const char *name)
{
    return *path ? arena_printf(reader->arena, "%s.%s", path, name) : name;
}

/* The field's own words for a wrong value, or ours. */
static struct error *wrong_value(struct reader *reader, const struct config_field *field, const char *path,
                                 const struct value *value, const char *why)
{
    struct value *variables = value_object(reader->arena);
    const struct scope scope = { .variables = variables };
    const char *text;
    value_set(reader->arena, variables, "value", value_copy(reader->arena, value));
    if (!field->error)
        return error_invalid("%s: %s", path, why);
    TRY(template_expand(reader->arena, span_of(field->error), &scope, &text));
    return error_invalid("%s", text);
}

static const char *choices_text(struct reader *reader, const struct config_field *field)
{
    const char *text = "must be one of";
    for (size_t i = 0; i < field->n_choices; i++)
        text = arena_printf(reader->arena, "%s%s %s", text, i ? "," : "", field->choices[i]);
    return text;
}

static bool is_choice(const struct config_field *field, struct span text)
{
    for (size_t i = 0; i < field->n_choices; i++)
        if (span_is(text, field->choices[i]))
            return true;
    return field->n_choices == 0;
}

static struct error *string_read(struct reader *reader, const struct config_field *field, const char *path,
                                 const struct value *value)
{
    if (is_choice(field, value->string))
        return NULL;
    return wrong_value(reader, field, path, value, choices_text(reader, field));
}

static struct error *integer_read(struct reader *reader, const struct config_field *field, const char *path,
                                  const struct value *value)
{
    if (field->has_minimum && value->integer < field->minimum)
        return wrong_value(reader, field, path, value,
                           arena_printf(reader->arena, "must be at least %lld", (long long)field->minimum));
    if (field->has_maximum && value->integer > field->maximum)
        return wrong_value(reader, field, path, value,
                           arena_printf(reader->arena, "must be at most %lld", (long long)field->maximum));
    return NULL;
}

static struct error *map_read(const char *path, const struct value *value)
{
    value_each_member (value, member)
        if (!value_is(member->value, VALUE_STRING))
            return error_invalid("%s[" SPAN_FMT "]: a string is needed, not %s", path, SPAN_ARG(member->name),
                                 value_type_name(member->value->type));
    return NULL;
}

static struct error *object_read(struct reader *reader, const struct config_field *fields, size_t n_fields,
                                 const char *path, const struct value *tree, struct value *out);

static bool has_type(const struct config_field *field, const struct value *value)
{
    switch (field->type) {
    case FIELD_STRING: return value->type == VALUE_STRING;
    case FIELD_INTEGER: return value->type == VALUE_INT;
    case FIELD_BOOLEAN: return value->type == VALUE_BOOL;
    case FIELD_OBJECT:
    case FIELD_MAP: return value->type == VALUE_OBJECT;
    }
    return false;
}

/* VALUE is there and of the right type; OWNER gets it. */
static struct error *value_read(struct reader *reader, const struct config_field *field, const char *path,
                                const struct value *value, struct value *owner)
{
    switch (field->type) {
    case FIELD_STRING: TRY(string_read(reader, field, path, value)); break;
    case FIELD_INTEGER: TRY(integer_read(reader, field, path, value)); break;
    case FIELD_MAP: TRY(map_read(path, value)); break;
    case FIELD_BOOLEAN: break;
    case FIELD_OBJECT:
        return object_read(reader, field->fields, field->n_fields, path, value,
                           value_child(reader->arena, owner, field->name));
    }
    value_set(reader->arena, owner, field->name, value_copy(reader->arena, value));
    return NULL;
}

static struct error *conflict(struct reader *reader, const struct config_field *field, const char *path)
{
    const struct scope scope = { .variables = reader->root };
    const char *text;
    if (!field->conflict)
        return error_invalid("%s: may only be set when %s", path, field->when);
    TRY(template_expand(reader->arena, span_of(field->conflict), &scope, &text));
    return error_invalid("%s", text);
}

static struct error *field_read(struct reader *reader, const struct config_field *field, const char *path,
                                const struct value *value, struct value *owner)
{
    const struct scope scope = { .variables = reader->root };
    bool applies = true;
    if (value_is(value, VALUE_NULL))
        value = NULL;
    if (field->when)
        TRY(condition_holds(span_of(field->when), &scope, &applies));
    if (!applies)
        return value ? conflict(reader, field, path) : NULL;
    if (!value)
        value = field->fallback;
    if (!value)
        return field->required ? error_invalid("%s is required", path) : NULL;
    if (!has_type(field, value))
        return error_invalid("%s: %s is needed, not %s", path, type_names[field->type],
                             value_type_name(value->type));
    return value_read(reader, field, path, value, owner);
}

static struct error *object_read(struct reader *reader, const struct config_field *fields, size_t n_fields,
                                 const char *path, const struct value *tree, struct value *out)
{
    for (size_t i = 0; i < n_fields; i++)
        TRY(field_read(reader, &fields[i], path_join(reader, path, fields[i].name),
                       value_get(tree, fields[i].name), out));
    bool is_root = out == reader->root;
    value_each_member (tree, member) {
        bool known = is_root && (span_is(member->name, "apiVersion") || span_is(member->name, "kind"));
        for (size_t i = 0; i < n_fields; i++)
            known |= span_is(member->name, fields[i].name);
        if (!known)
            return error_invalid("unknown field \"%s\"", path_join(reader, path, member->name.data));
    }
    return NULL;
}

static struct error *undeclared(struct arena *arena, const struct config_kind *kinds, size_t n_kinds,
                                const char *api_version, const char *kind)
{
    const char *known = "";
    for (size_t i = 0; i < n_kinds; i++)
        known = arena_printf(arena, "%s%s%s %s", known, i ? ", " : "", kinds[i].api_version, kinds[i].kind);
    struct error *err = error_invalid("config of kind \"%s %s\" is not known to this driver",
                                      api_version ? api_version : "", kind ? kind : "");
    return n_kinds ? error_hint(err, "it takes %s", known) : error_hint(err, "it takes no config at all");
}

struct error *config_decode(struct arena *arena, const struct config_kind *kinds, size_t n_kinds,
                            const struct value *parameters, struct value **out)
{
    const char *api_version = value_string(value_get(parameters, "apiVersion"));
    const char *kind = value_string(value_get(parameters, "kind"));
    const struct config_kind *found = parameters || !n_kinds ? NULL : &kinds[0];
    for (size_t i = 0; i < n_kinds && parameters && api_version && kind; i++)
        if (strcmp(kinds[i].api_version, api_version) == 0 && strcmp(kinds[i].kind, kind) == 0)
            found = &kinds[i];
    if (parameters && !found)
        return undeclared(arena, kinds, n_kinds, api_version, kind);

    struct reader reader = { .arena = arena, .root = value_object(arena) };
    if (found)
        TRY(error_wrap(object_read(&reader, found->fields, found->n_fields, "", parameters, reader.root),
                       "config %s", found->kind));
    *out = reader.root;
    return NULL;
}
