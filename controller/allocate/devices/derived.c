/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a value of the language to an attribute, as upstream converts it: an optional counts as what it holds,
 * a type as its name, and an empty list as one of strings. A list is what its first item is; another kind
 * behind it is an error.
 */

#include "controller/allocate/devices/derived.h"

#include "api/base/buf.h"
#include "selector/container.h"
#include "selector/quantity_datum.h"

/* Items */

static struct datum datum_content(struct datum value)
{
    while (value.kind == DATUM_OPTIONAL && value.item)
        value = *value.item;
    return value;
}

static enum attribute_type scalar_type(const struct datum *value)
{
    switch (value->kind) {
    case DATUM_BOOL: return ATTRIBUTE_BOOL;
    case DATUM_INT: return ATTRIBUTE_INT;
    case DATUM_STRING:
    case DATUM_TYPE: return ATTRIBUTE_STRING;
    case DATUM_SEMVER: return ATTRIBUTE_VERSION;
    default: return ATTRIBUTE_NONE;
    }
}

static const char *version_text(const struct semver *version, struct arena *arena)
{
    cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
    buf_printf(&text, "%llu.%llu.%llu", (unsigned long long)version->major,
               (unsigned long long)version->minor, (unsigned long long)version->patch);
    if (version->prerelease.length) {
        buf_add_char(&text, '-');
        buf_add_span(&text, version->prerelease);
    }
    if (version->build.length) {
        buf_add_char(&text, '+');
        buf_add_span(&text, version->build);
    }
    return arena_strndup(arena, text.data, text.length);
}

static struct error *text_of(const struct datum *value, struct arena *arena, const char **out)
{
    if (value->kind == DATUM_SEMVER) {
        *out = version_text(value->object, arena);
        return NULL;
    }
    if (memchr(value->text, '\0', value->size))
        return error_invalid("a string with a NUL cannot be an attribute");
    *out = arena_strndup(arena, value->text, value->size);
    return NULL;
}

static struct error *scalar_make(const struct datum *value, struct arena *arena, struct attribute *out)
{
    out->type = scalar_type(value);
    switch (out->type) {
    case ATTRIBUTE_BOOL: out->boolean = value->boolean; return NULL;
    case ATTRIBUTE_INT: out->integer = value->integer; return NULL;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: return text_of(value, arena, &out->string);
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: break;
    }
    return error_invalid("unsupported CEL return type: %s", datum_type_name(value));
}

/* Lists */

static enum attribute_type list_type(enum attribute_type item)
{
    if (item == ATTRIBUTE_BOOL)
        return ATTRIBUTE_BOOLS;
    if (item == ATTRIBUTE_INT)
        return ATTRIBUTE_INTS;
    return item == ATTRIBUTE_VERSION ? ATTRIBUTE_VERSIONS : ATTRIBUTE_STRINGS;
}

static void item_put(struct attribute *list, uint32_t index, const struct attribute *item)
{
    if (list->type == ATTRIBUTE_BOOLS)
        list->booleans[index] = item->boolean;
    else if (list->type == ATTRIBUTE_INTS)
        list->integers[index] = item->integer;
    else
        list->strings[index] = item->string;
}

static struct error *list_make(const struct datum *value, struct arena *arena, struct attribute *out)
{
    *out = (struct attribute){ .type = ATTRIBUTE_STRINGS, .n_items = value->size };
    out->integers = arena_make_array(arena, int64_t, value->size); /* room for items of any kind */
    for (uint32_t i = 0; i < value->size; i++) {
        struct datum content = datum_content(list_at(value, i));
        struct attribute item = { 0 };
        TRY(error_wrap(scalar_make(&content, arena, &item), "list element at index %u", i));
        if (i == 0)
            out->type = list_type(item.type);
        else if (out->type != list_type(item.type))
            return error_invalid("list element at index %u is %s, unlike the first", i,
                                 datum_type_name(&content));
        item_put(out, i, &item);
    }
    return NULL;
}

/* A list in an optional is none: upstream looks at the optional then. */
static struct error *attribute_make(const struct datum *value, struct arena *arena, struct attribute *out)
{
    struct datum content = datum_content(*value);
    if (value->kind == DATUM_LIST)
        return list_make(value, arena, out);
    return scalar_make(&content, arena, out);
}

/* Values */

struct error *derived_add(struct derived *derived, const struct datum *value, uint32_t *out)
{
    cleanup_arena struct arena *scratch = arena_new();
    struct attribute attribute = { 0 };
    TRY(attribute_make(value, scratch, &attribute));
    *out = value_ref(&derived->values, &attribute);
    if (*out <= derived->attributes.length)
        return NULL;
    if (!derived->arena)
        derived->arena = arena_new();
    struct attribute *kept = arena_make(derived->arena, struct attribute);
    *kept = value_entry(&derived->values, *out)->attribute;
    vec_push(&derived->attributes, kept);
    return NULL;
}

void derived_done(struct derived *derived)
{
    value_store_done(&derived->values);
    vec_done(&derived->attributes);
    arena_free(derived->arena);
    *derived = (struct derived){ 0 };
}
