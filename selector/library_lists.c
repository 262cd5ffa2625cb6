/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: Kubernetes' own functions and the lists extension.
 */

#include "api/base/compiler.h"
#include "selector/compare.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"

#include <stdlib.h>

/* Items that cannot be compared with each other, of two kinds or NaN, count as in order; such that never can
 * do not. */
static struct datum body_is_sorted(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct datum before = { .kind = DATUM_NULL };
    for (uint32_t i = 0; i < args[0].size; i++) {
        struct datum item = list_at(&args[0], i);
        if (!datum_can_be_ordered(&item))
            return fail_no_overload();
        if (i && datum_compare(&before, &item) == ORDER_GREATER)
            return datum_bool(false);
        before = item;
    }
    return datum_bool(true);
}

/* The item that stands on the side WANTED of all others. */
static struct datum extreme(const struct datum *list, enum order wanted, const char *when_empty)
{
    struct datum best = fail(when_empty);
    for (uint32_t i = 0; i < list->size; i++) {
        struct datum item = list_at(list, i);
        if (!datum_can_be_ordered(&item))
            return fail_no_overload();
        if (!i || datum_compare(&item, &best) == wanted)
            best = item;
    }
    return best;
}

static struct datum body_min(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return extreme(&args[0], ORDER_LESS, "min called on empty list");
}

static struct datum body_max(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return extreme(&args[0], ORDER_GREATER, "max called on empty list");
}

static struct datum add(const struct datum *a, const struct datum *b)
{
    struct datum sum = *a;
    if (a->kind != b->kind)
        return fail_no_overload();
    switch ((int)a->kind) { /* the others have no sum */
    case DATUM_INT:
        return __builtin_add_overflow(a->integer, b->integer, &sum.integer) ? fail("integer overflow") : sum;
    case DATUM_UINT:
        return __builtin_add_overflow(a->natural, b->natural, &sum.natural)
                   ? fail("unsigned integer overflow")
                   : sum;
    case DATUM_DOUBLE: return datum_double(a->number + b->number);
    case DATUM_DURATION:
        return __builtin_add_overflow(a->integer, b->integer, &sum.integer) ? fail("duration overflow") : sum;
    }
    return fail_no_overload();
}

static struct datum sum_from(struct datum sum, const struct datum *list)
{
    for (uint32_t i = 0; i < list->size && sum.kind != DATUM_ERROR; i++) {
        struct datum item = list_at(list, i);
        sum = i ? add(&sum, &item) : item;
    }
    return sum;
}

#define SUM_BODY(name, zero)                                                                                 \
    static struct datum name(struct machine *machine, const struct datum *args, unsigned n_args)             \
    {                                                                                                        \
        (void)machine, (void)n_args;                                                                         \
        return sum_from(zero, &args[0]);                                                                     \
    }
SUM_BODY(body_sum_int, datum_int(0))
SUM_BODY(body_sum_uint, datum_uint(0))
SUM_BODY(body_sum_double, datum_double(0))
SUM_BODY(body_sum_duration, ((struct datum){ .kind = DATUM_DURATION }))

static struct datum body_index_of(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    for (uint32_t i = 0; i < args[0].size; i++) {
        struct datum item = list_at(&args[0], i);
        if (datum_same(machine, &item, &args[1]))
            return datum_int(i);
    }
    return datum_int(-1);
}

static struct datum body_last_index_of(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    for (uint32_t i = args[0].size; i-- > 0;) {
        struct datum item = list_at(&args[0], i);
        if (datum_same(machine, &item, &args[1]))
            return datum_int(i);
    }
    return datum_int(-1);
}

/* Membership in a list, equality with anything else. */
static struct datum body_includes(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    if (args[0].kind == DATUM_LIST)
        return datum_bool(list_contains(machine, &args[0], &args[1]));
    return datum_bool(datum_same(machine, &args[0], &args[1]));
}

/* The first form of it looks at 48 items and no more. */
static struct datum body_includes_few(struct machine *machine, const struct datum *args, unsigned n_args)
{
    enum { MAX_ITEMS = 48 };
    if (args[0].kind != DATUM_LIST || args[0].size <= MAX_ITEMS)
        return body_includes(machine, args, n_args);
    for (uint32_t i = 0; i < MAX_ITEMS; i++) {
        struct datum item = list_at(&args[0], i);
        if (datum_same(machine, &item, &args[1]))
            return datum_bool(true);
    }
    return fail("'includes' function cannot be applied to lists longer than 48 values");
}

/* The lists extension */

static struct datum body_slice(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    int64_t from = args[1].integer, to = args[2].integer;
    if (from < 0 || to < 0)
        return failf(machine, "cannot slice(%lld, %lld), negative indexes not supported", (long long)from,
                     (long long)to);
    if (from > to)
        return failf(machine, "cannot slice(%lld, %lld), start index must be less than or equal to end index",
                     (long long)from, (long long)to);
    if (to > args[0].size)
        return failf(machine, "cannot slice(%lld, %lld), list is length %u", (long long)from, (long long)to,
                     args[0].size);
    uint32_t count = (uint32_t)(to - from);
    struct datum *items = list_new(machine, count);
    if (!items)
        return fail_memory();
    for (uint32_t i = 0; i < count; i++)
        items[i] = list_at(&args[0], (uint32_t)from + i);
    return list_of(items, count);
}

static struct datum flatten_into(struct machine *machine, struct datum out, const struct datum *list,
                                 int64_t depth)
{
    for (uint32_t i = 0; i < list->size && out.kind == DATUM_LIST; i++) {
        struct datum item = list_at(list, i);
        out = item.kind == DATUM_LIST && depth > 0 ? flatten_into(machine, out, &item, depth - 1)
                                                   : list_append(machine, out, item);
    }
    return out;
}

static struct datum body_flatten(struct machine *machine, const struct datum *args, unsigned n_args)
{
    if (args[0].kind != DATUM_LIST || (n_args > 1 && args[1].kind != DATUM_INT))
        return fail_no_overload();
    int64_t depth = n_args > 1 ? args[1].integer : 1;
    if (depth < 0)
        return fail("level must be non-negative");
    return flatten_into(machine, list_of(NULL, 0), &args[0], depth);
}

static struct datum body_distinct(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum seen = dict_empty(), out = list_of(NULL, 0);
    for (uint32_t i = 0; i < args[0].size && out.kind == DATUM_LIST; i++) {
        struct datum item = list_at(&args[0], i);
        bool again;
        seen = dict_put(machine, seen, item, datum_bool(true), &again);
        if (seen.kind == DATUM_ERROR)
            return seen;
        if (!again)
            out = list_append(machine, out, item);
    }
    return out;
}

static struct datum body_reverse(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    uint32_t count = args[0].size;
    struct datum *items = list_new(machine, count);
    if (!items)
        return fail_memory();
    for (uint32_t i = 0; i < count; i++)
        items[i] = list_at(&args[0], count - 1 - i);
    return list_of(items, count);
}

static struct datum body_range(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    int64_t count = args[0].integer < 0 ? 0 : args[0].integer;
    struct datum *items = count > UINT32_MAX ? NULL : list_new(machine, (uint32_t)count);
    if (!items) {
        machine->scratch->exhausted = true;
        return fail_memory();
    }
    for (int64_t i = 0; i < count; i++)
        items[i] = datum_int(i);
    return list_of(items, (uint32_t)count);
}

/* The later form of it takes no count beyond its bounds. */
static struct datum body_range_checked(struct machine *machine, const struct datum *args, unsigned n_args)
{
    enum { MAX_ITEMS = 1000 * 1000 };
    long long count = args[0].integer;
    if (count < 0)
        return failf(machine, "lists.range: size must be non-negative, got %lld", count);
    if (count > MAX_ITEMS)
        return failf(machine, "lists.range: size %lld exceeds maximum allowed (%d)", count, MAX_ITEMS);
    return body_range(machine, args, n_args);
}

/* Sorting */

struct keyed {
    struct datum key, item;
    uint32_t position; /* equal keys keep their order */
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *left = a, *right = b;
    enum order order = datum_compare(&left->key, &right->key);
    if (order == ORDER_LESS || order == ORDER_GREATER)
        return (int)order;
    return (left->position > right->position) - (left->position < right->position);
}

static struct datum sorted_by(struct machine *machine, const struct datum *list, const struct datum *keys)
{
    if (list->kind != DATUM_LIST || keys->kind != DATUM_LIST)
        return fail_no_overload();
    if (list->size != keys->size)
        return fail("@sortByAssociatedKeys() expected a list of the same size as the associated keys list");
    struct keyed *order = machine_memory(machine, list->size, sizeof(*order));
    struct datum *items = list_new(machine, list->size);
    if (!order || !items)
        return fail_memory();
    for (uint32_t i = 0; i < list->size; i++) {
        order[i] = (struct keyed){ list_at(keys, i), list_at(list, i), i };
        if (!datum_can_be_ordered(&order[i].key))
            return fail("list elements must be comparable");
        if (order[i].key.kind != order[0].key.kind)
            return fail("list elements must have the same type");
    }
    qsort(order, list->size, sizeof(*order), compare_keyed);
    for (uint32_t i = 0; i < list->size; i++)
        items[i] = order[i].item;
    return list_of(items, list->size);
}

static struct datum body_sort(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return sorted_by(machine, &args[0], &args[0]);
}

static struct datum body_sort_by_keys(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return sorted_by(machine, &args[0], &args[1]);
}

#define BY_NAME FUNCTION_COST_BY_NAME
#define GATED   FUNCTION_OF_LIST_ATTRIBUTES

/* One row for each kind that has an order: what stands before the type, behind it, and at the end. */
#define ORDERED_ROW(name, type, result, body, cost, flags, from)                                             \
    {                                                                                                        \
        name, "list(" type ").() -> " result, body, cost, flags, from, 0                                     \
    }
#define ORDERED_ROWS(name, body, cost, flags, from, RESULT)                                                  \
    ORDERED_ROW(name, "int", RESULT("int"), body, cost, flags, from),                                        \
        ORDERED_ROW(name, "uint", RESULT("uint"), body, cost, flags, from),                                  \
        ORDERED_ROW(name, "double", RESULT("double"), body, cost, flags, from),                              \
        ORDERED_ROW(name, "bool", RESULT("bool"), body, cost, flags, from),                                  \
        ORDERED_ROW(name, "duration", RESULT("duration"), body, cost, flags, from),                          \
        ORDERED_ROW(name, "timestamp", RESULT("timestamp"), body, cost, flags, from),                        \
        ORDERED_ROW(name, "string", RESULT("string"), body, cost, flags, from),                              \
        ORDERED_ROW(name, "bytes", RESULT("bytes"), body, cost, flags, from)
#define A_BOOL(type)  "bool"
#define AN_ITEM(type) type
#define A_LIST(type)  "list(" type ")"
#define KEYED_ROW(type)                                                                                      \
    {                                                                                                        \
        "@sortByAssociatedKeys", "list(A).(list(" type ")) -> list(A)", body_sort_by_keys, COST_SORT_KEYS,   \
            FUNCTION_TOTAL, 34, 0                                                                            \
    }

static const struct function_row rows[] = {
    ORDERED_ROWS("isSorted", body_is_sorted, COST_TRAVERSAL, BY_NAME, 0, A_BOOL),
    ORDERED_ROWS("min", body_min, COST_TRAVERSAL, BY_NAME, 0, AN_ITEM),
    ORDERED_ROWS("max", body_max, COST_TRAVERSAL, BY_NAME, 0, AN_ITEM),
    ORDERED_ROW("sum", "int", "int", body_sum_int, COST_TRAVERSAL, BY_NAME, 0),
    ORDERED_ROW("sum", "uint", "uint", body_sum_uint, COST_TRAVERSAL, BY_NAME, 0),
    ORDERED_ROW("sum", "double", "double", body_sum_double, COST_TRAVERSAL, BY_NAME, 0),
    ORDERED_ROW("sum", "duration", "duration", body_sum_duration, COST_TRAVERSAL, BY_NAME, 0),
    { "indexOf", "list(A).(A) -> int", body_index_of, COST_TRAVERSAL, BY_NAME, 0, 0 },
    { "lastIndexOf", "list(A).(A) -> int", body_last_index_of, COST_TRAVERSAL, BY_NAME, 0, 0 },
    { "includes", "dyn.(dyn) -> bool", body_includes_few, COST_ONE, GATED, 36, 36 },
    { "includes", "dyn.(dyn) -> bool", body_includes, COST_ONE, GATED, SNAPSHOT_1_37, SNAPSHOT_1_37 },
    { "includes", "dyn.(dyn) -> bool", body_includes, COST_TRAVERSAL, GATED | BY_NAME, RELEASE_1_37, 0 },
    { "slice", "list(A).(int, int) -> list(A)", body_slice, COST_NEW_LIST, 0, 34, 0 },
    { "flatten", "list(list(A)).() -> list(A)", body_flatten, COST_FLATTEN, FUNCTION_TOTAL, 34, 0 },
    { "flatten", "list(dyn).(int) -> list(dyn)", body_flatten, COST_FLATTEN, FUNCTION_TOTAL, 34, 0 },
    { "distinct", "list(A).() -> list(A)", body_distinct, COST_SORT, 0, 34, 0 },
    { "reverse", "list(A).() -> list(A)", body_reverse, COST_NEW_LIST, 0, 34, 0 },
    { "lists.range", "(int) -> list(int)", body_range, COST_NEW_LIST, 0, 34, SNAPSHOT_1_37 },
    { "lists.range", "(int) -> list(int)", body_range_checked, COST_NEW_LIST, 0, RELEASE_1_37, 0 },
    ORDERED_ROWS("sort", body_sort, COST_SORT, FUNCTION_TOTAL, 34, A_LIST),
    KEYED_ROW("int"),
    KEYED_ROW("uint"),
    KEYED_ROW("double"),
    KEYED_ROW("bool"),
    KEYED_ROW("duration"),
    KEYED_ROW("timestamp"),
    KEYED_ROW("string"),
    KEYED_ROW("bytes"),
};

const struct library library_lists = LIBRARY(rows);
