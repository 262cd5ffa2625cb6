/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages are described by rows (number, name, type), after k8s.io/api's generated.proto files; the reader
 * walks bytes by those rows and skips what they do not name.
 */
#include "driver/standalone/rest/protobuf.h"

#include "api/base/utf8.h"

enum field_type { PROTO_STRING, PROTO_INT, PROTO_BOOL, PROTO_MESSAGE, PROTO_MAP };

struct field {
    uint32_t number;
    const char *name; /* NULL ends a message */
    enum field_type type;
    bool repeated;
    const struct field *message;
};

static const struct field meta_fields[] = {
    { 1, "name", PROTO_STRING, false, NULL },
    { 2, "generateName", PROTO_STRING, false, NULL },
    { 3, "namespace", PROTO_STRING, false, NULL },
    { 5, "uid", PROTO_STRING, false, NULL },
    { 6, "resourceVersion", PROTO_STRING, false, NULL },
    { 11, "labels", PROTO_MAP, false, NULL },
    { 12, "annotations", PROTO_MAP, false, NULL },
    { 14, "finalizers", PROTO_STRING, true, NULL },
    { 0 },
};

static const struct field preconditions_fields[] = {
    { 1, "uid", PROTO_STRING, false, NULL },
    { 2, "resourceVersion", PROTO_STRING, false, NULL },
    { 0 },
};

static const struct field delete_options_fields[] = {
    { 1, "gracePeriodSeconds", PROTO_INT, false, NULL },
    { 2, "preconditions", PROTO_MESSAGE, false, preconditions_fields },
    { 3, "orphanDependents", PROTO_BOOL, false, NULL },
    { 4, "propagationPolicy", PROTO_STRING, false, NULL },
    { 5, "dryRun", PROTO_STRING, true, NULL },
    { 0 },
};

static const struct field namespace_spec_fields[] = { { 1, "finalizers", PROTO_STRING, true, NULL }, { 0 } };

static const struct field namespace_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, namespace_spec_fields },
    { 0 },
};

static const struct field eviction_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "deleteOptions", PROTO_MESSAGE, false, delete_options_fields },
    { 0 },
};

static const struct field resource_attributes_fields[] = {
    { 1, "namespace", PROTO_STRING, false, NULL }, { 2, "verb", PROTO_STRING, false, NULL },
    { 3, "group", PROTO_STRING, false, NULL },     { 4, "version", PROTO_STRING, false, NULL },
    { 5, "resource", PROTO_STRING, false, NULL },  { 6, "subresource", PROTO_STRING, false, NULL },
    { 7, "name", PROTO_STRING, false, NULL },      { 0 },
};

static const struct field path_attributes_fields[] = {
    { 1, "path", PROTO_STRING, false, NULL },
    { 2, "verb", PROTO_STRING, false, NULL },
    { 0 },
};

static const struct field access_spec_fields[] = {
    { 1, "resourceAttributes", PROTO_MESSAGE, false, resource_attributes_fields },
    { 2, "nonResourceAttributes", PROTO_MESSAGE, false, path_attributes_fields },
    { 0 },
};

static const struct field access_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, access_spec_fields },
    { 0 },
};

static const struct field rules_spec_fields[] = { { 1, "namespace", PROTO_STRING, false, NULL }, { 0 } };

static const struct field rules_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, rules_spec_fields },
    { 0 },
};

static const struct field subject_fields[] = { { 1, "metadata", PROTO_MESSAGE, false, meta_fields }, { 0 } };

static const struct field entry_fields[] = {
    { 1, "key", PROTO_STRING, false, NULL },
    { 2, "value", PROTO_STRING, false, NULL },
    { 0 },
};

static const struct field type_meta_fields[] = {
    { 1, "apiVersion", PROTO_STRING, false, NULL },
    { 2, "kind", PROTO_STRING, false, NULL },
    { 0 },
};

static const struct {
    const char *kind;
    const struct field *fields;
} kinds[] = {
    { "DeleteOptions", delete_options_fields },
    { "Namespace", namespace_fields },
    { "Eviction", eviction_fields },
    { "SelfSubjectAccessReview", access_fields },
    { "SelfSubjectRulesReview", rules_fields },
    { "SelfSubjectReview", subject_fields },
};

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5, MAX_DEPTH = 8 };

static bool read_varint(struct span *bytes, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && bytes->length; shift += 7) {
        unsigned char byte = (unsigned char)bytes->data[0];
        *bytes = span_skip(*bytes, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* One field: its number, and its content as a number or as bytes. */
struct item {
    uint32_t number;
    unsigned wire;
    uint64_t integer;
    struct span bytes;
};

static bool read_item(struct span *bytes, struct item *out)
{
    uint64_t tag, length;
    if (!read_varint(bytes, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
        return false;
    *out = (struct item){ .number = (uint32_t)(tag >> 3), .wire = tag & 7 };
    switch (out->wire) {
    case WIRE_VARINT: return read_varint(bytes, &out->integer);
    case WIRE_BYTES:
        if (!read_varint(bytes, &length) || length > bytes->length)
            return false;
        break;
    case WIRE_FIXED64:
    case WIRE_FIXED32:
        length = out->wire == WIRE_FIXED64 ? 8 : 4;
        if (length > bytes->length)
            return false;
        break;
    default: return false;
    }
    out->bytes = (struct span){ bytes->data, length };
    *bytes = span_skip(*bytes, length);
    return true;
}

static const struct field *find_field(const struct field *fields, uint32_t number)
{
    for (; fields->name; fields++)
        if (fields->number == number)
            return fields;
    return NULL;
}

static struct error *read_message(struct arena *arena, const struct field *fields, struct span bytes,
                                  int depth, struct value *out);

static struct error *read_value(struct arena *arena, const struct field *field, const struct item *item,
                                int depth, struct value **out)
{
    bool is_number = field->type == PROTO_INT || field->type == PROTO_BOOL;
    if ((item->wire == WIRE_VARINT) != is_number || (!is_number && item->wire != WIRE_BYTES))
        return error_invalid("protobuf: field %s has wire type %u", field->name, item->wire);
    switch (field->type) {
    case PROTO_STRING: {
        cleanup_buf struct buf text = BUF_INIT(item->bytes.length * 3);
        utf8_append_repaired(&text, item->bytes);
        *out = value_span(arena, buf_span(&text));
        return NULL;
    }
    case PROTO_INT: *out = value_int(arena, (int64_t)item->integer); return NULL;
    case PROTO_BOOL: *out = value_bool(arena, item->integer != 0); return NULL;
    case PROTO_MESSAGE:
        *out = value_object(arena);
        return read_message(arena, field->message, item->bytes, depth + 1, *out);
    case PROTO_MAP:
        *out = value_object(arena);
        return read_message(arena, entry_fields, item->bytes, depth + 1, *out);
    }
    return error_internal("a protobuf type outside the table");
}

static void keep_value(struct arena *arena, const struct field *field, struct value *value, struct value *out)
{
    if (field->type == PROTO_MAP) {
        const char *key = value_string(value_get(value, "key"));
        const char *text = value_string(value_get(value, "value"));
        value_set_text(arena, value_child(arena, out, field->name), key ? key : "", text ? text : "");
    } else if (field->repeated) {
        value_append(arena, value_child_list(arena, out, field->name), value);
    } else {
        value_set(arena, out, field->name, value);
    }
}

static struct error *read_message(struct arena *arena, const struct field *fields, struct span bytes,
                                  int depth, struct value *out)
{
    if (depth > MAX_DEPTH)
        return error_invalid("protobuf: nested too deeply");
    while (bytes.length) {
        struct item item;
        if (!read_item(&bytes, &item))
            return error_invalid("protobuf: malformed field");
        const struct field *field = find_field(fields, item.number);
        if (!field)
            continue;
        struct value *value;
        TRY(read_value(arena, field, &item, depth, &value));
        keep_value(arena, field, value, out);
    }
    return NULL;
}

static const struct field *find_kind(const char *kind)
{
    for (size_t i = 0; kind && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].fields;
    return NULL;
}

struct error *protobuf_decode(struct arena *arena, struct span bytes, struct value **out)
{
    static const struct span magic = { "k8s\0", 4 };
    if (!span_starts_with(bytes, magic))
        return error_invalid("protobuf: the body does not begin with the k8s envelope");
    bytes = span_skip(bytes, magic.length);

    struct value *object = value_object(arena);
    struct span raw = { 0 };
    while (bytes.length) {
        struct item item;
        if (!read_item(&bytes, &item))
            return error_invalid("protobuf: malformed envelope");
        if (item.number == 1 && item.wire == WIRE_BYTES)
            TRY(read_message(arena, type_meta_fields, item.bytes, 1, object));
        else if (item.number == 2 && item.wire == WIRE_BYTES)
            raw = item.bytes;
    }
    const char *kind = value_string(value_get(object, "kind"));
    const struct field *fields = find_kind(kind);
    if (!fields)
        return error_make(__FILE__, __LINE__, ERROR_INVALID, 415,
                          "the body of the request was in an unknown format - a %s is read as "
                          "application/json or application/yaml only",
                          kind ? kind : "nameless kind");
    TRY(read_message(arena, fields, raw, 1, object));
    *out = object;
    return NULL;
}
