/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of sizes and factors are rounded as upstream's floating point rounds them, so they are computed in
 * floating point here as well.
 */

#include "selector/cost.h"

#include "api/base/utf8.h"
#include "selector/container.h"
#include "selector/format.h"
#include "selector/network.h"

static const double text_factor = 0.1, pattern_factor = 0.25;
enum { CALL_AND_LIST = 1 + COST_LIST };

const char *cost_rule_text(enum cost_rule rule)
{
    static const char *const texts[] = {
#define COST(name, text) text,
        COSTS(COST)
#undef COST
    };
    return texts[rule];
}

uint64_t cost_size(const struct datum *datum)
{
    switch ((int)datum->kind) { /* the others have no size */
    case DATUM_STRING: return datum->form == TEXT_ASCII ? datum->size : utf8_count(datum_span(datum));
    case DATUM_BYTES:
    case DATUM_LIST:
    case DATUM_MAP: return datum->size;
    case DATUM_IP: return address_bytes(datum->object);
    case DATUM_CIDR: return address_prefix_bytes(datum->object);
    case DATUM_OPTIONAL: return datum->item ? cost_size(datum->item) : 1;
    }
    return 1;
}

/* Of an argument that may be no list at all: an optional is no more than itself here. */
static uint64_t bare_size(const struct datum *datum)
{
    return datum->kind == DATUM_OPTIONAL ? 1 : cost_size(datum);
}

const struct datum *cost_stumbles(enum cost_rule rule, const struct datum *args, unsigned n_args)
{
    if (rule == COST_SORT && args[0].kind != DATUM_LIST)
        return &args[0];
    if (rule == COST_SORT_KEYS && args[1].kind != DATUM_LIST)
        return &args[1];
    if (rule == COST_FLATTEN && n_args > 1 && args[1].kind != DATUM_INT)
        return &args[1];
    return NULL;
}

bool cost_needs_result(enum cost_rule rule)
{
    return rule == COST_RESULT_TWICE || rule == COST_NEW_LIST;
}

/* Rounded up. */
static uint64_t part(double factor, uint64_t size)
{
    double exact = (double)size * factor;
    uint64_t whole = (uint64_t)exact;
    return whole + ((double)whole < exact);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_object(const struct datum *datum)
{
    return datum->kind == DATUM_QUANTITY || datum->kind == DATUM_SEMVER || datum->kind == DATUM_URL ||
           datum->kind == DATUM_FORMAT || datum->kind == DATUM_IP || datum->kind == DATUM_CIDR;
}

static bool is_text(const struct datum *datum)
{
    return datum->kind == DATUM_STRING || datum->kind == DATUM_BYTES;
}

/* Stops adding where it is beyond every limit: values may share parts and be larger than they look. */
enum { ENOUGH = 100 * 1000 * 1000 };

static uint64_t traversal(const struct datum *datum)
{
    uint64_t cost = 0;
    if (is_text(datum))
        return (uint64_t)((double)datum->size * text_factor);
    if (datum->kind == DATUM_LIST) {
        for (uint32_t i = 0; i < datum->size && cost < ENOUGH; i++) {
            struct datum item = list_at(datum, i);
            cost += traversal(&item);
        }
        return cost;
    }
    if (datum->kind != DATUM_MAP)
        return 1;
    for (uint32_t i = 0; i < datum->size && cost < ENOUGH; i++) {
        struct datum key = dict_key(datum, i), value = dict_value(datum, i);
        cost += traversal(&key) + traversal(&value);
    }
    return cost;
}

static uint64_t sorting(const struct datum *list)
{
    if (list->kind != DATUM_LIST || !list->size)
        return CALL_AND_LIST;
    struct datum first = list_at(list, 0);
    double factor = is_text(&first) ? 2 + text_factor : 2;
    return CALL_AND_LIST + (uint64_t)((double)((uint64_t)list->size * list->size) * factor);
}

static uint64_t matching(uint64_t text_size, uint64_t pattern_size)
{
    return part(text_factor, text_size + 1) * part(pattern_factor, pattern_size);
}

static uint64_t containing_ip(const struct datum *cidr)
{
    return part(text_factor, 2 * cost_size(cidr));
}

static uint64_t containing_cidr(const struct datum *cidr)
{
    return containing_ip(cidr) + part(text_factor, cost_size(cidr)) + 1;
}

static uint64_t flattening(const struct datum *args, unsigned n_args)
{
    double depth = n_args > 1 && args[1].integer >= 0 ? (double)args[1].integer : 1;
    double cost = (double)cost_size(&args[0]) * depth;
    return CALL_AND_LIST + (cost >= 0x1p63 ? UINT64_MAX / 2 : (uint64_t)cost);
}

uint64_t cost_of_call(enum cost_rule rule, const struct datum *args, unsigned n_args,
                      const struct datum *result)
{
    const struct datum *a = &args[0], *b = n_args > 1 ? &args[1] : NULL;
    switch (rule) {
    case COST_ONE: return 1;
    case COST_NOTHING: return 0;
    case COST_TEXT: return part(text_factor, cost_size(a));
    case COST_TEXT_TWICE: return part(2 * text_factor, cost_size(a));
    case COST_ARGUMENT: return part(text_factor, cost_size(b));
    case COST_EQUAL:
        if (is_object(a))
            return 1; /* else as != */
        /* fall through */
    case COST_NOT_EQUAL:
    case COST_ORDER: return part(text_factor, smaller(cost_size(a), cost_size(b)));
    case COST_JOINED: return part(text_factor, cost_size(a) + cost_size(b));
    case COST_CONTAINER: return cost_size(b);
    case COST_CONTAINS: return part(text_factor, cost_size(a)) * part(text_factor, cost_size(b));
    case COST_PATTERN: return matching(cost_size(a), cost_size(b));
    case COST_RESULT_TWICE: return part(2 * text_factor, cost_size(result));
    case COST_TRAVERSAL: return traversal(a);
    case COST_SETS: return 1 + bare_size(a) * bare_size(b);
    case COST_SETS_TWICE: return 1 + 2 * bare_size(a) * bare_size(b);
    case COST_NEW_LIST: return CALL_AND_LIST + cost_size(result);
    case COST_FLATTEN: return flattening(args, n_args);
    case COST_SORT: return sorting(a);
    case COST_SORT_KEYS: return sorting(b);
    case COST_CONTAINS_IP: return containing_ip(a);
    case COST_CONTAINS_IP_TEXT: return containing_ip(a) + part(text_factor, cost_size(b));
    case COST_CONTAINS_CIDR: return containing_cidr(a);
    case COST_CONTAINS_CIDR_TEXT: return containing_cidr(a) + part(text_factor, cost_size(b));
    case COST_VALIDATE:
        return a->kind == DATUM_FORMAT ? matching(cost_size(b), format_pattern_size(a->object)) : 1;
    }
    return 1;
}
