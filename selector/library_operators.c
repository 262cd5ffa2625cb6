/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators as functions. Arithmetic is checked: what overflows is an error, never a wrong number. The bodies
 * look at their operands' kinds themselves, since the checker may know them only as dyn.
 */

#include "selector/compare.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/instant.h"

#include "api/base/compiler.h"

#include <math.h>

static struct datum body_equal(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return datum_equal(machine, &args[0], &args[1]);
}

static struct datum body_not_equal(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum equal = datum_equal(machine, &args[0], &args[1]);
    return datum_bool(!(equal.kind == DATUM_BOOL && equal.boolean));
}

/* Order */

static enum order order_for_operators(const struct datum *a, const struct datum *b, struct datum *failure)
{
    enum order order = datum_compare(a, b);
    *failure = order == ORDER_NAN ? fail("NaN values cannot be ordered") : fail_no_overload();
    return order;
}

/* a LESS b: which of the three orders make it true. */
static struct datum ordered(const struct datum *args, bool less, bool equal, bool greater)
{
    struct datum failure;
    enum order order = order_for_operators(&args[0], &args[1], &failure);
    switch (order) {
    case ORDER_LESS: return datum_bool(less);
    case ORDER_EQUAL: return datum_bool(equal);
    case ORDER_GREATER: return datum_bool(greater);
    case ORDER_NAN:
    case ORDER_NONE: break;
    }
    return failure;
}

#define ORDER_BODY(name, less, equal, greater)                                                               \
    static struct datum name(struct machine *machine, const struct datum *args, unsigned n_args)             \
    {                                                                                                        \
        (void)machine, (void)n_args;                                                                         \
        return ordered(args, less, equal, greater);                                                          \
    }
ORDER_BODY(body_less, true, false, false)
ORDER_BODY(body_less_equal, true, true, false)
ORDER_BODY(body_greater, false, false, true)
ORDER_BODY(body_greater_equal, false, true, true)

/* Membership */

static struct datum body_in(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum found;
    if (args[1].kind == DATUM_LIST)
        return datum_bool(list_contains(machine, &args[1], &args[0]));
    if (args[1].kind == DATUM_MAP)
        return datum_bool(dict_get(machine, &args[1], &args[0], &found));
    return fail_no_overload();
}

static struct datum body_index(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return look_up(machine, &args[0], &args[1], LOOK_UP_VALUE);
}

static struct datum body_choice(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0].boolean ? args[1] : args[2];
}

/* Arithmetic */

static bool both(const struct datum *args, enum datum_kind kind)
{
    return args[0].kind == kind && args[1].kind == kind;
}

static struct datum join_texts(struct machine *machine, const struct datum *args)
{
    size_t length = (size_t)args[0].size + args[1].size;
    char *text = machine_memory(machine, length, 1);
    if (!text)
        return fail_memory();
    memcpy(text, args[0].text, args[0].size);
    memcpy(text + args[0].size, args[1].text, args[1].size);
    return (struct datum){ .kind = args[0].kind, .size = (uint32_t)length, .text = text };
}

static struct datum join_lists(struct machine *machine, const struct datum *args)
{
    if (!args[0].size || !args[1].size)
        return args[0].size ? args[0] : args[1];
    struct datum *items = list_new(machine, args[0].size + args[1].size);
    if (!items)
        return fail_memory();
    uint32_t n = 0;
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t j = 0; j < args[i].size; j++)
            items[n++] = list_at(&args[i], j);
    return list_of(items, n);
}

static struct datum body_add(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    const struct datum *a = &args[0], *b = &args[1];
    struct datum sum = *a;
    if (both(args, DATUM_INT))
        return __builtin_add_overflow(a->integer, b->integer, &sum.integer) ? fail("integer overflow") : sum;
    if (both(args, DATUM_UINT))
        return __builtin_add_overflow(a->natural, b->natural, &sum.natural)
                   ? fail("unsigned integer overflow")
                   : sum;
    if (both(args, DATUM_DOUBLE))
        return datum_double(a->number + b->number);
    if (both(args, DATUM_STRING) || both(args, DATUM_BYTES))
        return join_texts(machine, args);
    if (both(args, DATUM_LIST))
        return join_lists(machine, args);
    if (both(args, DATUM_DURATION))
        return __builtin_add_overflow(a->integer, b->integer, &sum.integer) ? fail("duration overflow") : sum;
    if (a->kind == DATUM_TIMESTAMP && b->kind == DATUM_DURATION)
        return timestamp_add(a, b->integer);
    if (a->kind == DATUM_DURATION && b->kind == DATUM_TIMESTAMP)
        return timestamp_add(b, a->integer);
    return fail_no_overload();
}

static struct datum body_subtract(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    const struct datum *a = &args[0], *b = &args[1];
    struct datum difference = *a;
    if (both(args, DATUM_INT))
        return __builtin_sub_overflow(a->integer, b->integer, &difference.integer) ? fail("integer overflow")
                                                                                   : difference;
    if (both(args, DATUM_UINT))
        return a->natural < b->natural ? fail("unsigned integer overflow")
                                       : datum_uint(a->natural - b->natural);
    if (both(args, DATUM_DOUBLE))
        return datum_double(a->number - b->number);
    if (both(args, DATUM_DURATION))
        return __builtin_sub_overflow(a->integer, b->integer, &difference.integer) ? fail("duration overflow")
                                                                                   : difference;
    if (both(args, DATUM_TIMESTAMP))
        return timestamp_between(a, b);
    if (a->kind == DATUM_TIMESTAMP && b->kind == DATUM_DURATION)
        return b->integer == INT64_MIN ? fail("timestamp overflow") : timestamp_add(a, -b->integer);
    return fail_no_overload();
}

static struct datum body_multiply(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    const struct datum *a = &args[0], *b = &args[1];
    struct datum product = *a;
    if (both(args, DATUM_INT))
        return __builtin_mul_overflow(a->integer, b->integer, &product.integer) ? fail("integer overflow")
                                                                                : product;
    if (both(args, DATUM_UINT))
        return __builtin_mul_overflow(a->natural, b->natural, &product.natural)
                   ? fail("unsigned integer overflow")
                   : product;
    if (both(args, DATUM_DOUBLE))
        return datum_double(a->number * b->number);
    return fail_no_overload();
}

static struct datum body_divide(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    const struct datum *a = &args[0], *b = &args[1];
    if (both(args, DATUM_DOUBLE))
        return datum_double(a->number / b->number);
    if (!both(args, DATUM_INT) && !both(args, DATUM_UINT))
        return fail_no_overload();
    if (b->natural == 0)
        return fail("division by zero");
    if (a->kind == DATUM_UINT)
        return datum_uint(a->natural / b->natural);
    if (a->integer == INT64_MIN && b->integer == -1)
        return fail("integer overflow");
    return datum_int(a->integer / b->integer);
}

static struct datum body_modulo(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    const struct datum *a = &args[0], *b = &args[1];
    if (!both(args, DATUM_INT) && !both(args, DATUM_UINT))
        return fail_no_overload();
    if (b->natural == 0)
        return fail("modulus by zero");
    if (a->kind == DATUM_UINT)
        return datum_uint(a->natural % b->natural);
    if (a->integer == INT64_MIN && b->integer == -1)
        return fail("integer overflow");
    return datum_int(a->integer % b->integer);
}

static struct datum body_negate(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    if (args[0].kind == DATUM_DOUBLE)
        return datum_double(-args[0].number);
    struct datum result = args[0];
    if (args[0].kind == DATUM_DURATION) /* nothing declares it, but what is dyn may be one */
        return __builtin_sub_overflow(0, args[0].integer, &result.integer) ? fail("duration overflow")
                                                                           : result;
    if (args[0].kind != DATUM_INT)
        return fail_no_overload();
    return __builtin_sub_overflow(0, args[0].integer, &result.integer) ? fail("integer overflow") : result;
}

static struct datum body_not(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0].kind == DATUM_BOOL ? datum_bool(!args[0].boolean) : fail_no_overload();
}

#define TOTAL FUNCTION_TOTAL

#define ORDER_ROWS(name, body)                                                                               \
    { name, "(bool, bool) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                           \
        { name, "(int, int) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                         \
        { name, "(int, double) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                      \
        { name, "(int, uint) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                        \
        { name, "(uint, uint) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                       \
        { name, "(uint, double) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                     \
        { name, "(uint, int) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                        \
        { name, "(double, double) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                   \
        { name, "(double, int) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                      \
        { name, "(double, uint) -> bool", body, COST_ONE, TOTAL, 0, 0 },                                     \
        { name, "(string, string) -> bool", body, COST_ORDER, TOTAL, 0, 0 },                                 \
        { name, "(bytes, bytes) -> bool", body, COST_ORDER, TOTAL, 0, 0 },                                   \
        { name, "(timestamp, timestamp) -> bool", body, COST_ONE, TOTAL, 0, 0 },                             \
    {                                                                                                        \
        name, "(duration, duration) -> bool", body, COST_ONE, TOTAL, 0, 0                                    \
    }

/*
 * The order of overloads is upstream's, and it shows: an operand of open type (what is in `{}`, say) becomes
 * what the first overload wants.
 */
static const struct function_row rows[] = {
    { "_==_", "(A, A) -> bool", body_equal, COST_EQUAL, TOTAL, 0, 0 },
    { "_!=_", "(A, A) -> bool", body_not_equal, COST_NOT_EQUAL, TOTAL, 0, 0 },
    ORDER_ROWS("_<_", body_less),
    ORDER_ROWS("_<=_", body_less_equal),
    ORDER_ROWS("_>_", body_greater),
    ORDER_ROWS("_>=_", body_greater_equal),
    { "@in", "(A, list(A)) -> bool", body_in, COST_CONTAINER, TOTAL, 0, 0 },
    { "@in", "(A, map(A, B)) -> bool", body_in, COST_ONE, TOTAL, 0, 0 },
    { "_[_]", "(list(A), int) -> A", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[_]", "(map(A, B), A) -> B", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[_]", "(optional_type(list(A)), int) -> optional_type(A)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[_]", "(optional_type(map(A, B)), A) -> optional_type(B)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[?_]", "(list(A), int) -> optional_type(A)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[?_]", "(map(A, B), A) -> optional_type(B)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[?_]", "(optional_type(list(A)), int) -> optional_type(A)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_[?_]", "(optional_type(map(A, B)), A) -> optional_type(B)", body_index, COST_ONE, TOTAL, 0, 0 },
    { "_?_:_", "(bool, A, A) -> A", body_choice, COST_NOTHING, TOTAL, 0, 0 },
    { "_+_", "(bytes, bytes) -> bytes", body_add, COST_JOINED, TOTAL, 0, 0 },
    { "_+_", "(double, double) -> double", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(duration, duration) -> duration", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(duration, timestamp) -> timestamp", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(timestamp, duration) -> timestamp", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(int, int) -> int", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(list(A), list(A)) -> list(A)", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_+_", "(string, string) -> string", body_add, COST_JOINED, TOTAL, 0, 0 },
    { "_+_", "(uint, uint) -> uint", body_add, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(double, double) -> double", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(duration, duration) -> duration", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(int, int) -> int", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(timestamp, duration) -> timestamp", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(timestamp, timestamp) -> duration", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_-_", "(uint, uint) -> uint", body_subtract, COST_ONE, TOTAL, 0, 0 },
    { "_*_", "(double, double) -> double", body_multiply, COST_ONE, TOTAL, 0, 0 },
    { "_*_", "(int, int) -> int", body_multiply, COST_ONE, TOTAL, 0, 0 },
    { "_*_", "(uint, uint) -> uint", body_multiply, COST_ONE, TOTAL, 0, 0 },
    { "_/_", "(double, double) -> double", body_divide, COST_ONE, TOTAL, 0, 0 },
    { "_/_", "(int, int) -> int", body_divide, COST_ONE, TOTAL, 0, 0 },
    { "_/_", "(uint, uint) -> uint", body_divide, COST_ONE, TOTAL, 0, 0 },
    { "_%_", "(int, int) -> int", body_modulo, COST_ONE, TOTAL, 0, 0 },
    { "_%_", "(uint, uint) -> uint", body_modulo, COST_ONE, TOTAL, 0, 0 },
    { "-_", "(double) -> double", body_negate, COST_ONE, TOTAL, 0, 0 },
    { "-_", "(int) -> int", body_negate, COST_ONE, TOTAL, 0, 0 },
    { "!_", "(bool) -> bool", body_not, COST_ONE, TOTAL, 0, 0 },
};

const struct library library_operators = LIBRARY(rows);
