/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One JSON-shaped tree for every document: API objects, patches, policy files, opaque device config.
 *
 * A tree lives in an arena and dies with it. Whoever builds a tree may change it; once it is handed on it
 * stays as it is. Objects keep the order of their members (output looks like input) and never hold a name
 * twice. Every value knows where in its text it stood, for messages; values made by hand stand at line 0.
 *
 * NULL stands for "absent" wherever a tree is read, so accessors can be chained without checks:
 * value_string(value_get(value_get(pod, "metadata"), "name")) is NULL if anything on the way is missing.
 */

#include "api/base/arena.h"
#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_DOUBLE, VALUE_STRING, VALUE_LIST, VALUE_OBJECT };

struct value_member;

/* Caches hold millions of these, so the header is one word. */
struct value {
    enum value_type type : 8;
    uint32_t column : 24; /* from 1, as is line; 0: not from a text */
    uint32_t line;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct span string; /* NUL behind it; valid UTF-8; may hold NULs itself */
        struct {
            struct value **items;
            uint32_t n_items, room;
        } list;
        struct {
            struct value_member *members;
            uint32_t n_members, room;
        } object;
    };
};

struct value_member {
    struct span name; /* NUL behind it */
    struct value *value;
};

/* Making */
struct value *value_null(struct arena *arena);
struct value *value_bool(struct arena *arena, bool boolean);
struct value *value_int(struct arena *arena, int64_t integer);
struct value *value_double(struct arena *arena, double number);
struct value *value_text(struct arena *arena, const char *text); /* copied; NULL gives NULL */
struct value *value_span(struct arena *arena, struct span text); /* copied */
struct value *value_list(struct arena *arena);
struct value *value_object(struct arena *arena);
struct value *value_copy(struct arena *arena, const struct value *value); /* deep */

/* Changing. A NULL VALUE leaves the container as it is, so absent things stay absent. */
void value_append(struct arena *arena, struct value *list, struct value *value);
void value_insert(struct arena *arena, struct value *list, uint32_t index, struct value *value);
void value_delete_item(struct value *list, uint32_t index);
void value_set(struct arena *arena, struct value *object, const char *name,
               struct value *value); /* replaces */
void value_set_span(struct arena *arena, struct value *object, struct span name, struct value *value);
/* For readers that know that NAME is not there yet: not looked for, not copied. */
void value_add_member(struct arena *arena, struct value *object, struct span name, struct value *value);
void value_set_text(struct arena *arena, struct value *object, const char *name, const char *text);
void value_set_int(struct arena *arena, struct value *object, const char *name, int64_t integer);
void value_set_bool(struct arena *arena, struct value *object, const char *name, bool boolean);
bool value_delete(struct value *object, const char *name); /* whether it was there */

/* The object at NAME, made if it is absent or not an object. */
struct value *value_child(struct arena *arena, struct value *object, const char *name);
/* Likewise the list at NAME. */
struct value *value_child_list(struct arena *arena, struct value *object, const char *name);

/* Reading. Absent or of another type: NULL, 0, false, or the fallback. */
struct value *value_get(const struct value *object, const char *name);
struct value *value_find(const struct value *object, struct span name);
struct value *value_at(const struct value *list, size_t index);
size_t value_length(const struct value *list_or_object);
const char *value_string(const struct value *value);
int64_t value_integer(const struct value *value, int64_t fallback);
bool value_true(const struct value *value);
bool value_is(const struct value *value, enum value_type type);

/* value_path(pod, "spec.nodeName"): plain member names between dots. */
struct value *value_path(const struct value *object, const char *path);
const char *value_path_string(const struct value *object, const char *path);

#define value_each(tree, item)                                                                               \
    for (struct value **item##_at_ = value_is((tree), VALUE_LIST) ? (tree)->list.items : NULL,               \
                      **item##_end_ = item##_at_ ? item##_at_ + (tree)->list.n_items : NULL,                 \
                      *item = item##_at_ != item##_end_ ? *item##_at_ : NULL;                                \
         item##_at_ != item##_end_; item = ++item##_at_ != item##_end_ ? *item##_at_ : NULL)

#define value_each_member(tree, member)                                                                      \
    for (struct value_member *member = value_is((tree), VALUE_OBJECT) ? (tree)->object.members : NULL,       \
                             *member##_end_ = member ? member + (tree)->object.n_members : NULL;             \
         member != member##_end_; member++)

/* The members sorted by name, on the heap. */
nodiscard struct value_member *value_members_sorted(const struct value *object);

/* Semantic equality: member order does not matter, 1 equals 1.0, absent members differ from null ones. */
bool value_equal(const struct value *a, const struct value *b);

/* What Go calls the zero value of its type: absent, null, false, 0, or empty. */
bool value_is_zero(const struct value *value);

/* "null", "boolean", "number", "string", "array", "object" */
const char *value_type_name(enum value_type type);
