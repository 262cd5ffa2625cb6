/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several members may be set although that is invalid; then the order of the member table decides, lists
 * before scalars, as in Kubernetes' CEL environment.
 */

#include "api/resource/attribute.h"

#include "api/resource/device.h"

struct member {
    const char *name;
    enum attribute_type type;
};

static const struct member members[] = {
    { "ints", ATTRIBUTE_INTS },         { "bools", ATTRIBUTE_BOOLS },     { "strings", ATTRIBUTE_STRINGS },
    { "versions", ATTRIBUTE_VERSIONS }, { "int", ATTRIBUTE_INT },         { "bool", ATTRIBUTE_BOOL },
    { "string", ATTRIBUTE_STRING },     { "version", ATTRIBUTE_VERSION },
};

static struct error *decode_list(struct decoder *decoder, const struct value *list, const struct path *path,
                                 struct attribute *out)
{
    if (list->type != VALUE_LIST)
        return path_type_error(path, list, "a list");
    uint32_t count = list->list.n_items;
    struct arena *arena = decoder->arena;
    if (out->type == ATTRIBUTE_INTS)
        out->integers = arena_make_array(arena, int64_t, count);
    else if (out->type == ATTRIBUTE_BOOLS)
        out->booleans = arena_make_array(arena, bool, count);
    else
        out->strings = arena_make_array(arena, const char *, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct value *item = list->list.items[i];
        struct path below = path_item(path, i);
        if (out->type == ATTRIBUTE_INTS)
            TRY(decode_int(item, &below, &out->integers[i]));
        else if (out->type == ATTRIBUTE_BOOLS)
            TRY(decode_bool(item, &below, &out->booleans[i]));
        else
            TRY(decode_text(decoder, item, &below, &out->strings[i]));
    }
    out->n_items = count;
    return NULL;
}

static struct error *decode_member(struct decoder *decoder, const struct value *value,
                                   const struct path *path, struct attribute *out)
{
    switch (out->type) {
    case ATTRIBUTE_NONE: return NULL;
    case ATTRIBUTE_INT: return decode_int(value, path, &out->integer);
    case ATTRIBUTE_BOOL: return decode_bool(value, path, &out->boolean);
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: return decode_text(decoder, value, path, &out->string);
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: return decode_list(decoder, value, path, out);
    }
    return NULL;
}

struct error *attribute_decode(struct decoder *decoder, const struct value *tree, const struct path *path,
                               void *out)
{
    struct attribute *attribute = out;
    if (tree->type != VALUE_OBJECT && tree->type != VALUE_NULL)
        return path_type_error(path, tree, "an object");
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct value *value = value_get(tree, members[i].name);
        bool is_empty_list = value_is(value, VALUE_LIST) && !value->list.n_items;
        if (!value || value->type == VALUE_NULL || is_empty_list)
            continue;
        struct path below = path_member(path, span_of(members[i].name));
        attribute->type = members[i].type;
        return decode_member(decoder, value, &below, attribute);
    }
    return NULL;
}

static struct value *encode_item(struct arena *arena, const struct attribute *attribute, uint32_t index)
{
    if (attribute->type == ATTRIBUTE_INTS)
        return value_int(arena, attribute->integers[index]);
    if (attribute->type == ATTRIBUTE_BOOLS)
        return value_bool(arena, attribute->booleans[index]);
    return value_text(arena, attribute->strings[index]);
}

static struct value *encode_member(struct arena *arena, const struct attribute *attribute)
{
    struct value *list;
    switch (attribute->type) {
    case ATTRIBUTE_NONE: return NULL;
    case ATTRIBUTE_INT: return value_int(arena, attribute->integer);
    case ATTRIBUTE_BOOL: return value_bool(arena, attribute->boolean);
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: return value_text(arena, attribute->string);
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS:
        list = value_list(arena);
        for (uint32_t i = 0; i < attribute->n_items; i++)
            value_append(arena, list, encode_item(arena, attribute, i));
        return list;
    }
    return NULL;
}

struct value *attribute_encode(struct arena *arena, const void *typed)
{
    const struct attribute *attribute = typed;
    struct value *object = value_object(arena);
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (members[i].type == attribute->type)
            value_set(arena, object, members[i].name, encode_member(arena, attribute));
    return object;
}
