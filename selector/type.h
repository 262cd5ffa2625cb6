/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Static types. Basic ones are shared constants; lists, maps, types of types and optionals are made in an
 * arena. A type variable stands for a type not known yet; the table of variables says what it has become.
 */

#include "api/base/arena.h"
#include "api/base/buf.h"
#include "selector/datum.h"

/*
 * TYPE(name, how messages call it, how the result rule calls it, is null one of its values, parameters,
 *      the kind its values have at run time)
 */
#define TYPES(TYPE)                                                                                          \
    TYPE(ERROR, "!error!", "!error!", false, 0, ANY_KIND)                                                    \
    TYPE(DYN, "dyn", "dyn", true, 0, ANY_KIND)                                                               \
    TYPE(ANY, "any", "google.protobuf.Any", true, 0, ANY_KIND)                                               \
    TYPE(NULL, "null", "null_type", false, 0, DATUM_NULL)                                                    \
    TYPE(BOOL, "bool", "bool", false, 0, DATUM_BOOL)                                                         \
    TYPE(INT, "int", "int", false, 0, DATUM_INT)                                                             \
    TYPE(UINT, "uint", "uint", false, 0, DATUM_UINT)                                                         \
    TYPE(DOUBLE, "double", "double", false, 0, DATUM_DOUBLE)                                                 \
    TYPE(STRING, "string", "string", false, 0, DATUM_STRING)                                                 \
    TYPE(BYTES, "bytes", "bytes", false, 0, DATUM_BYTES)                                                     \
    TYPE(TIMESTAMP, "timestamp", "google.protobuf.Timestamp", true, 0, DATUM_TIMESTAMP)                      \
    TYPE(DURATION, "duration", "google.protobuf.Duration", true, 0, DATUM_DURATION)                          \
    TYPE(LIST, "list", "list", false, 1, DATUM_LIST)                                                         \
    TYPE(MAP, "map", "map", false, 2, DATUM_MAP)                                                             \
    TYPE(TYPE, "type", "type", false, 1, DATUM_TYPE)                                                         \
    TYPE(OPTIONAL, "optional_type", "optional_type", true, 1, DATUM_OPTIONAL)                                \
    TYPE(DEVICE, "kubernetes.DRADevice", "kubernetes.DRADevice", true, 0, DATUM_MAP)                         \
    TYPE(QUANTITY, "kubernetes.Quantity", "kubernetes.Quantity", true, 0, DATUM_QUANTITY)                    \
    TYPE(SEMVER, "kubernetes.Semver", "kubernetes.Semver", true, 0, DATUM_SEMVER)                            \
    TYPE(URL, "kubernetes.URL", "kubernetes.URL", true, 0, DATUM_URL)                                        \
    TYPE(FORMAT, "kubernetes.NamedFormat", "kubernetes.NamedFormat", true, 0, DATUM_FORMAT)                  \
    TYPE(IP, "net.IP", "net.IP", true, 0, DATUM_IP)                                                          \
    TYPE(CIDR, "net.CIDR", "net.CIDR", true, 0, DATUM_CIDR)                                                  \
    TYPE(VARIABLE, "_var", "_var", false, 0, ANY_KIND)

enum { ANY_KIND = 0xff };

enum type_kind {
#define TYPE(name, ...) TYPE_##name,
    TYPES(TYPE)
#undef TYPE
        N_TYPES
};

struct type {
    enum type_kind kind;
    uint32_t variable; /* of TYPE_VARIABLE */
    const struct type *of[2];
};

/* The one type of a kind without parameters. */
const struct type *type_basic(enum type_kind kind);
const struct type *type_make(struct arena *arena, enum type_kind kind, const struct type *first,
                             const struct type *second);
const struct type *type_variable(struct arena *arena, uint32_t variable);

unsigned type_n_parameters(const struct type *type);
bool type_is_dynamic(const struct type *type); /* dyn or any */
bool type_is_nullable(const struct type *type);

/* Same kind and same parameters. */
bool type_equal(const struct type *a, const struct type *b);

/* The run-time kind of its values, or ANY_KIND. */
uint8_t type_datum_kind(const struct type *type);

/* "list(int)"; LONG_NAMES as the rule for results writes them. */
void type_format(const struct type *type, bool long_names, struct buf *out);

/*
 * "map(string, dyn)"; single capital letters are type variables, numbered from A. NULL if TEXT is no type.
 * *TEXT moves behind it.
 */
const struct type *type_parse(struct arena *arena, const char **text);
