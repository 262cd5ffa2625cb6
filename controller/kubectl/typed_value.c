/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values with their types, as the conformance cases write them: numbers as text, so that no JSON reader can
 * round them; maps as pairs, so that keys have types.
 */

#include "api/base/vec.h"
#include "controller/kubectl/cases.h"
#include "selector/container.h"
#include "selector/instant.h"
#include "selector/number_text.h"

#include <math.h>

/* base64 */

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct span base64_decode(struct arena *arena, struct span text)
{
    char *bytes = arena_array(arena, text.length, 1);
    size_t length = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.length && text.data[i] != '='; i++) {
        const char *digit = strchr(base64_digits, text.data[i]);
        group = group << 6 | (uint32_t)(digit ? digit - base64_digits : 0);
        if (i % 4)
            bytes[length++] = (char)(group >> (6 - 2 * (i % 4)));
    }
    return (struct span){ bytes, length };
}

static const char *base64_encode(struct arena *arena, struct span bytes)
{
    char *text = arena_array(arena, (bytes.length + 2) / 3 * 4 + 1, 1);
    size_t at = 0;
    for (size_t i = 0; i < bytes.length; i += 3) {
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (i + j < bytes.length ? (unsigned char)bytes.data[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            text[at++] = i + j <= bytes.length ? base64_digits[group >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

/* Decoding */

static struct error *decode_list(struct arena *arena, const struct value *items, struct datum *out)
{
    struct datum *made = arena_make_array(arena, struct datum, value_length(items));
    uint32_t n = 0;
    value_each (items, item)
        TRY(typed_value_decode(arena, item, &made[n++]));
    *out = list_of(made, n);
    return NULL;
}

static struct error *decode_map(struct arena *arena, const struct value *pairs, struct datum *out)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    struct machine machine = { .scratch = scratch };
    struct datum map = dict_empty();
    value_each (pairs, pair) {
        struct datum key, value;
        TRY(typed_value_decode(arena, value_at(pair, 0), &key));
        TRY(typed_value_decode(arena, value_at(pair, 1), &value));
        map = dict_put(&machine, map, key, value, NULL);
    }
    *out = dict_freeze(arena, map);
    return NULL;
}

static int64_t seconds_of(const struct value *instant)
{
    int64_t seconds = 0;
    const char *text = value_string(value_get(instant, "seconds"));
    number_parse_int(span_of(text), &seconds);
    return seconds;
}

static struct error *decode_instant(const char *type, const struct value *instant, struct datum *out)
{
    int64_t nanos = value_integer(value_get(instant, "nanos"), 0);
    if (strcmp(type, "timestamp") == 0)
        *out = datum_timestamp(seconds_of(instant), (uint32_t)nanos, 0);
    else
        *out = datum_duration(seconds_of(instant) * NANOS_PER_SECOND + nanos);
    return NULL;
}

static struct error *decode_double(struct span text, struct datum *out)
{
    *out = datum_double(NAN);
    return number_parse_double(text, &out->number) ? NULL : error_invalid("no double");
}

struct error *typed_value_decode(struct arena *arena, const struct value *tree, struct datum *out)
{
    if (!value_is(tree, VALUE_OBJECT) || value_length(tree) != 1)
        return error_invalid("a typed value is an object with one member");
    const char *type = tree->object.members[0].name.data;
    const struct value *value = tree->object.members[0].value;
    struct span text = span_of(value_string(value));
    *out = (struct datum){ .kind = DATUM_NULL };
    if (strcmp(type, "null") == 0)
        return NULL;
    if (strcmp(type, "list") == 0)
        return decode_list(arena, value, out);
    if (strcmp(type, "map") == 0)
        return decode_map(arena, value, out);
    if (strcmp(type, "timestamp") == 0 || strcmp(type, "duration") == 0)
        return decode_instant(type, value, out);
    if (strcmp(type, "double") == 0)
        return decode_double(text, out);
    if (strcmp(type, "bool") == 0)
        *out = datum_bool(value_true(value));
    else if (strcmp(type, "int") == 0) {
        *out = datum_int(0);
        number_parse_int(text, &out->integer);
    } else if (strcmp(type, "uint") == 0) {
        *out = datum_uint(0);
        number_parse_uint(text, &out->natural);
    } else if (strcmp(type, "string") == 0)
        *out = datum_text(text);
    else if (strcmp(type, "bytes_base64") == 0)
        *out = datum_bytes(base64_decode(arena, text));
    else if (strcmp(type, "type") == 0)
        *out = datum_type(text.data);
    else
        return error_invalid("unknown type \"%s\" of a value", type);
    return NULL;
}

/* Encoding */

static struct value *one_member(struct arena *arena, const char *name, struct value *value)
{
    struct value *object = value_object(arena);
    value_set(arena, object, name, value);
    return object;
}

static struct value *encode_text(struct arena *arena, const char *name, const char *text)
{
    return one_member(arena, name, value_text(arena, text));
}

static const char *double_text(struct arena *arena, double number)
{
    if (isnan(number))
        return "NaN";
    if (isinf(number))
        return number > 0 ? "Infinity" : "-Infinity";
    char text[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return arena_strdup(arena, strcmp(text, "-0") == 0 ? "-0.0" : text);
}

static struct value *encode_instant(struct arena *arena, const char *name, int64_t seconds, int64_t nanos)
{
    struct value *parts = value_object(arena);
    value_set_text(arena, parts, "seconds", arena_printf(arena, "%lld", (long long)seconds));
    value_set_int(arena, parts, "nanos", nanos);
    return one_member(arena, name, parts);
}

static struct value *encode_list(struct arena *arena, const struct datum *list)
{
    struct value *items = value_list(arena);
    for (uint32_t i = 0; i < list->size; i++) {
        struct datum item = list_at(list, i);
        value_append(arena, items, typed_value_encode(arena, &item));
    }
    return one_member(arena, "list", items);
}

static struct value *encode_map(struct arena *arena, const struct datum *map)
{
    struct value *pairs = value_list(arena);
    for (uint32_t i = 0; i < map->size; i++) {
        struct datum key = dict_key(map, i), value = dict_value(map, i);
        struct value *pair = value_list(arena);
        value_append(arena, pair, typed_value_encode(arena, &key));
        value_append(arena, pair, typed_value_encode(arena, &value));
        value_append(arena, pairs, pair);
    }
    return one_member(arena, "map", pairs);
}

struct value *typed_value_encode(struct arena *arena, const struct datum *datum)
{
    switch ((int)datum->kind) { /* the rest by the name of its type */
    case DATUM_NULL: return one_member(arena, "null", value_bool(arena, true));
    case DATUM_BOOL: return one_member(arena, "bool", value_bool(arena, datum->boolean));
    case DATUM_INT: return encode_text(arena, "int", arena_printf(arena, "%lld", (long long)datum->integer));
    case DATUM_UINT:
        return encode_text(arena, "uint", arena_printf(arena, "%llu", (unsigned long long)datum->natural));
    case DATUM_DOUBLE: return encode_text(arena, "double", double_text(arena, datum->number));
    case DATUM_STRING: return one_member(arena, "string", value_span(arena, datum_span(datum)));
    case DATUM_BYTES: return encode_text(arena, "bytes_base64", base64_encode(arena, datum_span(datum)));
    case DATUM_TYPE: return one_member(arena, "type", value_span(arena, datum_span(datum)));
    case DATUM_LIST: return encode_list(arena, datum);
    case DATUM_MAP: return encode_map(arena, datum);
    case DATUM_TIMESTAMP: return encode_instant(arena, "timestamp", datum->integer, datum->size);
    case DATUM_DURATION:
        return encode_instant(arena, "duration", datum->integer / NANOS_PER_SECOND,
                              datum->integer % NANOS_PER_SECOND);
    }
    return encode_text(arena, "object", datum_type_name(datum));
}

/* Comparing */

static bool same_maps(const struct value *a, const struct value *b)
{
    if (value_length(a) != value_length(b))
        return false;
    value_each (a, pair) {
        bool found = false;
        value_each (b, other)
            found |= typed_value_same(value_at(pair, 0), value_at(other, 0)) &&
                     typed_value_same(value_at(pair, 1), value_at(other, 1));
        if (!found)
            return false;
    }
    return true;
}

static bool same_lists(const struct value *a, const struct value *b)
{
    if (value_length(a) != value_length(b))
        return false;
    for (size_t i = 0; i < value_length(a); i++)
        if (!typed_value_same(value_at(a, i), value_at(b, i)))
            return false;
    return true;
}

bool typed_value_same(const struct value *a, const struct value *b)
{
    const struct value *left, *right;
    if ((left = value_get(a, "list")) && (right = value_get(b, "list")))
        return same_lists(left, right);
    if ((left = value_get(a, "map")) && (right = value_get(b, "map")))
        return same_maps(left, right);
    if ((left = value_get(a, "double")) && (right = value_get(b, "double"))) {
        double x = NAN, y = NAN;
        number_parse_double(span_of(value_string(left)), &x);
        number_parse_double(span_of(value_string(right)), &y);
        return x == y || (isnan(x) && isnan(y));
    }
    return value_equal(a, b);
}
