/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sets of fields, as managedFields' FieldsV1 writes them: a tree whose steps are path elements, each a member
 * or only on the way to one.
 *
 *     {"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{}}}}}
 *
 * A path element is kept in the form in which it is written, with canonical JSON behind "k:" and "v:", so
 * that equal elements are equal bytes. Sets live in an arena; the algebra makes new ones and shares what it
 * can, so a set that went into it must not be changed any more.
 */

#include "api/base/buf.h"
#include "api/base/vec.h"
#include "api/value/value.h"

struct field_set;

struct field_node {
    struct span element;
    bool member;
    struct field_set *below; /* or NULL */
};

struct field_set {
    struct field_node *nodes; /* sorted by element */
    size_t length, room;
};

/* A place in a tree, from the inside out; NULL is the root. */
struct field_path {
    const struct field_path *up;
    struct span element;
};

/* Making elements. */
struct span element_of_field(struct arena *arena, struct span name);
struct span element_of_value(struct arena *arena, const struct value *scalar);
struct span element_of_keys(struct arena *arena, const struct value *keys); /* an object of scalars */

/* The member name behind "f:". False for other elements. */
bool element_is_field(struct span element, struct span *name);

/* "." + name, "[name=\"web\"]", "[=\"v\"]" */
void element_format(struct buf *out, struct span element);
void field_path_format(struct buf *out, const struct field_path *path);

struct field_set *field_set_new(struct arena *arena);
/* The root itself cannot be a member; inserting it does nothing. */
void field_set_insert(struct arena *arena, struct field_set *set, const struct field_path *path);
/* Makes the dotted path of plain names a member, with everything that Kubernetes' paths cannot say left out.
 */
void field_set_insert_plain(struct arena *arena, struct field_set *set, const char *path);

/* NULL sets are empty. */
bool field_set_is_empty(const struct field_set *set);
bool field_set_equal(const struct field_set *a, const struct field_set *b);
const struct field_node *field_set_find(const struct field_set *set, struct span element);

struct field_set *field_set_union(struct arena *arena, const struct field_set *a, const struct field_set *b);
struct field_set *field_set_intersect(struct arena *arena, const struct field_set *a,
                                      const struct field_set *b);
struct field_set *field_set_subtract(struct arena *arena, const struct field_set *a,
                                     const struct field_set *b);
/* Without the members of B and everything below them. */
struct field_set *field_set_subtract_below(struct arena *arena, const struct field_set *a,
                                           const struct field_set *b);

/* Every member's path as text (".spec.foo"), in order; the strings are in ARENA. */
typedef VEC(const char *) field_texts;
void field_set_list(struct arena *arena, const struct field_set *set, field_texts *out);

nodiscard struct error *field_set_decode(struct arena *arena, const struct value *fields_v1,
                                         struct field_set **out);
struct value *field_set_encode(struct arena *arena, const struct field_set *set);
