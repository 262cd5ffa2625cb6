/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/compare.h"

#include "api/base/map.h"
#include "api/resource/quantity.h"
#include "api/resource/semver.h"
#include "selector/container.h"
#include "selector/network.h"
#include "selector/quantity_datum.h"
#include "selector/uri.h"

#include <math.h>

static bool is_number(const struct datum *datum)
{
    return datum->kind == DATUM_INT || datum->kind == DATUM_UINT || datum->kind == DATUM_DOUBLE;
}

static double as_double(const struct datum *datum)
{
    if (datum->kind == DATUM_INT)
        return (double)datum->integer;
    return datum->kind == DATUM_UINT ? (double)datum->natural : datum->number;
}

static enum order order_of(int sign)
{
    return sign < 0 ? ORDER_LESS : sign > 0 ? ORDER_GREATER : ORDER_EQUAL;
}

static enum order compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b))
        return ORDER_NAN;
    return order_of((a > b) - (a < b));
}

static enum order compare_numbers(const struct datum *a, const struct datum *b)
{
    if (a->kind == DATUM_DOUBLE || b->kind == DATUM_DOUBLE)
        return compare_doubles(as_double(a), as_double(b));
    bool a_negative = a->kind == DATUM_INT && a->integer < 0;
    bool b_negative = b->kind == DATUM_INT && b->integer < 0;
    if (a_negative != b_negative)
        return a_negative ? ORDER_LESS : ORDER_GREATER;
    return order_of((a->natural > b->natural) - (a->natural < b->natural));
}

static enum order compare_timestamps(const struct datum *a, const struct datum *b)
{
    if (a->integer != b->integer)
        return a->integer < b->integer ? ORDER_LESS : ORDER_GREATER;
    return order_of((a->size > b->size) - (a->size < b->size));
}

enum order datum_compare(const struct datum *a, const struct datum *b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (a->kind != b->kind)
        return ORDER_NONE;
    switch ((int)a->kind) { /* the others have no order */
    case DATUM_BOOL: return order_of(a->boolean - b->boolean);
    case DATUM_STRING:
    case DATUM_BYTES: return order_of(span_compare(datum_span(a), datum_span(b)));
    case DATUM_TIMESTAMP: return compare_timestamps(a, b);
    case DATUM_DURATION: return order_of((a->integer > b->integer) - (a->integer < b->integer));
    }
    return ORDER_NONE;
}

bool datum_can_be_ordered(const struct datum *datum)
{
    return datum_compare(datum, datum) != ORDER_NONE;
}

/*
 * Parts of lists and maps: only a clear "no" makes the whole unequal. What refuses to be compared counts as
 * equal, in upstream's words `if eq == False { return False }`.
 */
static bool is_no(struct datum equal)
{
    return equal.kind == DATUM_BOOL && !equal.boolean;
}

static bool lists_same(struct machine *machine, const struct datum *a, const struct datum *b)
{
    if (a->size != b->size)
        return false;
    for (uint32_t i = 0; i < a->size; i++) {
        struct datum left = list_at(a, i), right = list_at(b, i);
        if (is_no(datum_equal(machine, &left, &right)))
            return false;
    }
    return true;
}

static bool maps_same(struct machine *machine, const struct datum *a, const struct datum *b)
{
    if (a->size != b->size)
        return false;
    for (uint32_t i = 0; i < a->size; i++) {
        struct datum key = dict_key(a, i), left = dict_value(a, i);
        struct datum right = dict_empty(); /* what a map of domains has for every name */
        bool found = dict_get(machine, b, &key, &right) || b->form == DICT_DOMAINS;
        if (!found || is_no(datum_equal(machine, &left, &right)))
            return false;
    }
    return true;
}

static bool is_sum(const struct datum *datum)
{
    return datum->kind == DATUM_QUANTITY && datum->form == QUANTITY_SUM;
}

/* Both of one kind. */
static bool same_kind_same(struct machine *machine, const struct datum *a, const struct datum *b)
{
    switch ((enum datum_kind)a->kind) {
    case DATUM_NULL: return true;
    case DATUM_BOOL: return a->boolean == b->boolean;
    case DATUM_INT:
    case DATUM_UINT:
    case DATUM_DURATION: return a->natural == b->natural;
    case DATUM_DOUBLE: return a->number == b->number;
    case DATUM_STRING:
    case DATUM_BYTES:
    case DATUM_TYPE: return span_equal(datum_span(a), datum_span(b));
    case DATUM_LIST: return lists_same(machine, a, b);
    case DATUM_MAP: return maps_same(machine, a, b);
    case DATUM_TIMESTAMP: return compare_timestamps(a, b) == ORDER_EQUAL;
    case DATUM_OPTIONAL: return !a->item && !b->item; /* see datum_equal */
    case DATUM_QUANTITY: return !is_sum(b) && quantity_compare(a->object, b->object) == 0;
    case DATUM_SEMVER: return semver_compare(a->object, b->object) == 0;
    case DATUM_URL: return uri_equal(a->object, b->object);
    case DATUM_IP:
    case DATUM_CIDR: return address_equal(a->object, b->object);
    case DATUM_FORMAT: return a->object == b->object;
    case DATUM_ERROR:
    case DATUM_UNSET: return false;
    }
    return false;
}

/* Objects refuse to be compared with anything but their own kind and null. */
static bool is_picky(const struct datum *a)
{
    return a->kind == DATUM_QUANTITY || a->kind == DATUM_SEMVER || a->kind == DATUM_URL ||
           a->kind == DATUM_FORMAT || a->kind == DATUM_IP || a->kind == DATUM_CIDR;
}

struct datum datum_equal(struct machine *machine, const struct datum *a, const struct datum *b)
{
    if (!machine_works(machine))
        return fail_memory();
    if (is_picky(a) && b->kind != DATUM_NULL && (b->kind != a->kind || is_sum(b)))
        return fail_no_overload();
    if (a->kind == DATUM_OPTIONAL && b->kind == DATUM_OPTIONAL && a->item && b->item)
        return datum_equal(machine, a->item, b->item);
    if (a->kind == b->kind)
        return datum_bool(same_kind_same(machine, a, b));
    return datum_bool(is_number(a) && is_number(b) && compare_numbers(a, b) == ORDER_EQUAL);
}

bool datum_same(struct machine *machine, const struct datum *a, const struct datum *b)
{
    struct datum equal = datum_equal(machine, a, b);
    return equal.kind == DATUM_BOOL && equal.boolean;
}

static uint64_t hash_number(double number)
{
    uint64_t bits;
    number += 0.0; /* -0.0 equals 0.0 */
    memcpy(&bits, &number, sizeof(bits));
    bits *= 0x9e3779b97f4a7c15u;
    return bits ^ bits >> 32;
}

uint64_t datum_hash(const struct datum *datum)
{
    switch ((int)datum->kind) { /* what is no proper key may collide */
    case DATUM_BOOL: return datum->boolean;
    case DATUM_INT:
    case DATUM_UINT:
    case DATUM_DOUBLE: return hash_number(as_double(datum));
    case DATUM_STRING:
    case DATUM_BYTES: return hash_bytes(datum->text, datum->size);
    }
    return datum->kind;
}

bool datum_is_hashable(const struct datum *datum)
{
    return datum->kind != DATUM_SEMVER && datum->kind != DATUM_BYTES;
}
