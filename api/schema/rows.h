/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words that tables are written in. For tables only: the names are short because every row has them.
 *
 *     static const struct schema_field pool_rows[] = {
 *         STRING("name", "Unique for its driver.", .flags = SCHEMA_REQUIRED, IN(struct slice, pool)),
 *         LIST_OF("devices", "What it has.", device_schema, IN_LIST(struct slice, devices, n_devices)),
 *     };
 */

#include "api/schema/schema.h"

#define ROW_(json, text, kind, ...)                                                                          \
    {                                                                                                        \
        .name = (json), .doc = (text), .type = (kind), ##__VA_ARGS__                                         \
    }

#define RAW(json, text, ...)           ROW_(json, text, SCHEMA_RAW, ##__VA_ARGS__)
#define STRING(json, text, ...)        ROW_(json, text, SCHEMA_STRING, ##__VA_ARGS__)
#define BOOL(json, text, ...)          ROW_(json, text, SCHEMA_BOOL, ##__VA_ARGS__)
#define INT32(json, text, ...)         ROW_(json, text, SCHEMA_INT32, ##__VA_ARGS__)
#define INT64(json, text, ...)         ROW_(json, text, SCHEMA_INT64, ##__VA_ARGS__)
#define TIME(json, text, ...)          ROW_(json, text, SCHEMA_TIME, ##__VA_ARGS__)
#define MICRO_TIME(json, text, ...)    ROW_(json, text, SCHEMA_MICRO_TIME, ##__VA_ARGS__)
#define INT_OR_STRING(json, text, ...) ROW_(json, text, SCHEMA_INT_OR_STRING, ##__VA_ARGS__)

#define OBJECT(json, text, table, ...) ROW_(json, text, SCHEMA_OBJECT, .object = &(table), ##__VA_ARGS__)
#define LIST(json, text, items, ...)   ROW_(json, text, SCHEMA_LIST, .element = SCHEMA_##items, ##__VA_ARGS__)
#define MAP(json, text, items, ...)    ROW_(json, text, SCHEMA_MAP, .element = SCHEMA_##items, ##__VA_ARGS__)
#define LIST_OF(json, text, table, ...)                                                                      \
    ROW_(json, text, SCHEMA_LIST, .element = SCHEMA_OBJECT, .object = &(table), ##__VA_ARGS__)
#define MAP_OF(json, text, table, ...)                                                                       \
    ROW_(json, text, SCHEMA_MAP, .element = SCHEMA_OBJECT, .object = &(table), ##__VA_ARGS__)

/* Quantities bring their grammar along; it is named where the rows are written. */
#define QUANTITY(json, text, ...) ROW_(json, text, SCHEMA_QUANTITY, .scalar = &quantity_scalar, ##__VA_ARGS__)
#define QUANTITY_LIST(json, text, ...)                                                                       \
    ROW_(json, text, SCHEMA_LIST, .element = SCHEMA_QUANTITY, .scalar = &quantity_scalar, ##__VA_ARGS__)
#define QUANTITY_MAP(json, text, ...)                                                                        \
    ROW_(json, text, SCHEMA_MAP, .element = SCHEMA_QUANTITY, .scalar = &quantity_scalar, ##__VA_ARGS__)

/* A list of names, NULL at the end: NAMES("a", "b") */
#define NAMES(...)                                                                                           \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }
#define SET        .list_type = SCHEMA_LIST_SET
#define KEYED(...) .list_type = SCHEMA_LIST_MAP, .keys = NAMES(__VA_ARGS__)

/* Bindings: a scalar or an object in place; with has_...; an object behind a pointer. */
#define AT_(type, member) .bound = true, .offset = offsetof(type, member)
#define IN(type, member)                                                                                     \
    .bind = {                                                                                                \
        AT_(type, member),                                                                                   \
        .size = sizeof(((type *)0)->member),                                                                 \
    }
#define IN_HAS(type, member, has)                                                                            \
    .bind = {                                                                                                \
        AT_(type, member),                                                                                   \
        .size = sizeof(((type *)0)->member),                                                                 \
        .has_offset = offsetof(type, has),                                                                   \
    }
#define BEHIND(type, member)                                                                                 \
    .bind = {                                                                                                \
        AT_(type, member),                                                                                   \
        .behind_pointer = true,                                                                              \
        .item_size = sizeof(*((type *)0)->member),                                                           \
    }
/* An object whose members stand in the struct that we are in; ... with has_... */
#define FLAT .bind = { .bound = true }
#define FLAT_HAS(type, has)                                                                                  \
    .bind = {                                                                                                \
        .bound = true,                                                                                       \
        .has_offset = offsetof(type, has),                                                                   \
    }

/* A text that is also, or only, an enum of its choices; UNKNOWN stands for any other text. */
#define CHOICE_(type, member, unknown)                                                                       \
    .choice_offset = offsetof(type, member), .choice_size = sizeof(((type *)0)->member),                     \
    .choice_unknown = (unknown)
#define IN_CHOICE(type, member, text, unknown)                                                               \
    .bind = {                                                                                                \
        AT_(type, text),                                                                                     \
        .size = sizeof(char *),                                                                              \
        CHOICE_(type, member, unknown),                                                                      \
    }
#define IN_ENUM(type, member, unknown)                                                                       \
    .bind = {                                                                                                \
        .bound = true,                                                                                       \
        CHOICE_(type, member, unknown),                                                                      \
    }

/* Lists and maps: the items and their number; a map's item holds its NAME and, unless it is an object, a
 * VALUE. */
#define ITEMS_(type, items, count)                                                                           \
    AT_(type, items), .count_offset = offsetof(type, count), .count_size = sizeof(((type *)0)->count),       \
                      .item_size = sizeof(*((type *)0)->items)
#define IN_LIST(type, items, count)                                                                          \
    .bind = {                                                                                                \
        ITEMS_(type, items, count),                                                                          \
    }
#define IN_LIST_HAS(type, items, count, has)                                                                 \
    .bind = {                                                                                                \
        ITEMS_(type, items, count),                                                                          \
        .has_offset = offsetof(type, has),                                                                   \
    }
#define IN_MAP(type, items, count, item, key, value)                                                         \
    .bind = {                                                                                                \
        ITEMS_(type, items, count),                                                                          \
        .name_offset = offsetof(item, key),                                                                  \
        .content_offset = offsetof(item, value),                                                             \
    }

/* TABLE(pool_schema, "io.k8s.api.resource.v1.ResourcePool", "...", pool_rows, .size = sizeof(struct pool));
 */
#define TABLE(table, title, text, rows, ...)                                                                 \
    const struct schema table = {                                                                            \
        .name = (title), .doc = (text), .fields = (rows), .n_fields = ARRAY_LEN(rows), ##__VA_ARGS__         \
    }

/* The two rows with which every kind starts. */
#define TYPE_ROWS                                                                                            \
    STRING("apiVersion", "The group and version of this form of the object."),                               \
        STRING("kind", "The kind of the object, in singular CamelCase.")
