/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard functions, but for time: size, types and conversions, tests on strings.
 */

#include "api/base/compiler.h"
#include "api/base/utf8.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/number_text.h"

#include <math.h>

static struct datum body_size(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    switch ((int)args[0].kind) { /* the others have none */
    case DATUM_STRING: return datum_int((int64_t)utf8_count(datum_span(&args[0])));
    case DATUM_BYTES:
    case DATUM_LIST:
    case DATUM_MAP: return datum_int(args[0].size);
    }
    return fail("no such overload: size");
}

static struct datum body_type(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_type(datum_type_name(&args[0]));
}

static struct datum body_same(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0];
}

/* Conversions */

static struct datum fail_conversion(struct machine *machine, const struct datum *from, const char *to)
{
    return failf(machine, "type conversion error from '%s' to '%s'", datum_type_name(from), to);
}

static struct datum body_bool_of_string(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
    static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (span_is(datum_span(&args[0]), yes[i]))
            return datum_bool(true);
        if (span_is(datum_span(&args[0]), no[i]))
            return datum_bool(false);
    }
    return fail_conversion(machine, &args[0], "bool");
}

static struct datum body_int(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    int64_t integer;
    switch ((int)args[0].kind) { /* one row for each of these */
    case DATUM_UINT:
        return args[0].natural > INT64_MAX ? fail("integer overflow") : datum_int(args[0].integer);
    case DATUM_DOUBLE:
        if (!(args[0].number > -0x1p63 && args[0].number < 0x1p63))
            return fail("integer overflow");
        return datum_int((int64_t)args[0].number);
    case DATUM_STRING:
        if (!number_parse_int(datum_span(&args[0]), &integer))
            return fail_conversion(machine, &args[0], "int");
        return datum_int(integer);
    }
    return datum_int(args[0].integer); /* int, timestamp, duration */
}

static struct datum body_uint(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    uint64_t natural;
    switch ((int)args[0].kind) { /* one row for each of these */
    case DATUM_INT:
        return args[0].integer < 0 ? fail("unsigned integer overflow") : datum_uint(args[0].natural);
    case DATUM_DOUBLE:
        if (!(args[0].number >= 0 && args[0].number < 0x1p64))
            return fail("unsigned integer overflow");
        return datum_uint((uint64_t)args[0].number);
    case DATUM_STRING:
        if (!number_parse_uint(datum_span(&args[0]), &natural))
            return fail_conversion(machine, &args[0], "uint");
        return datum_uint(natural);
    }
    return args[0];
}

static struct datum body_double(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    double number;
    switch ((int)args[0].kind) { /* one row for each of these */
    case DATUM_INT: return datum_double((double)args[0].integer);
    case DATUM_UINT: return datum_double((double)args[0].natural);
    case DATUM_STRING:
        if (!number_parse_double(datum_span(&args[0]), &number))
            return fail_conversion(machine, &args[0], "double");
        return datum_double(number);
    }
    return args[0];
}

static struct datum body_string_of_number(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    cleanup_buf struct buf text = BUF_INIT(64);
    if (args[0].kind == DATUM_DOUBLE)
        number_format_shortest(args[0].number, &text);
    else if (args[0].kind == DATUM_INT)
        buf_printf(&text, "%lld", (long long)args[0].integer);
    else if (args[0].kind == DATUM_UINT)
        buf_printf(&text, "%llu", (unsigned long long)args[0].natural);
    else
        buf_add(&text, args[0].boolean ? "true" : "false");
    return datum_copy_text(machine, buf_span(&text));
}

static struct datum body_string_of_bytes(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    if (!utf8_is_valid(datum_span(&args[0])))
        return fail("invalid UTF-8 in bytes, cannot convert to string");
    return datum_text(datum_span(&args[0]));
}

static struct datum body_bytes_of_string(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bytes(datum_span(&args[0]));
}

/* Tests on strings */

static struct datum body_contains(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    if (!args[1].size)
        return datum_bool(true);
    return datum_bool(memmem(args[0].text, args[0].size, args[1].text, args[1].size) != NULL);
}

static struct datum body_starts_with(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(span_starts_with(datum_span(&args[0]), datum_span(&args[1])));
}

static struct datum body_ends_with(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(span_ends_with(datum_span(&args[0]), datum_span(&args[1])));
}

static const struct function_row rows[] = {
    { "size", "(bytes) -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "bytes.() -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "(list(A)) -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "list(A).() -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "(map(A, B)) -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "map(A, B).() -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "(string) -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "size", "string.() -> int", body_size, COST_ONE, FUNCTION_TOTAL, 0, 0 },
    { "type", "(A) -> type(A)", body_type, COST_ONE, FUNCTION_TOTAL | FUNCTION_FOLDED, 0, 0 },
    { "dyn", "(A) -> dyn", body_same, COST_ONE, FUNCTION_TOTAL | FUNCTION_FOLDED, 0, 0 },
    { "bool", "(bool) -> bool", body_same, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "bool", "(string) -> bool", body_bool_of_string, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(int) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(uint) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(double) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(string) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(timestamp) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "int", "(duration) -> int", body_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "uint", "(uint) -> uint", body_uint, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "uint", "(int) -> uint", body_uint, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "uint", "(double) -> uint", body_uint, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "uint", "(string) -> uint", body_uint, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "double", "(double) -> double", body_double, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "double", "(int) -> double", body_double, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "double", "(uint) -> double", body_double, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "double", "(string) -> double", body_double, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(string) -> string", body_same, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(bool) -> string", body_string_of_number, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(int) -> string", body_string_of_number, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(uint) -> string", body_string_of_number, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(double) -> string", body_string_of_number, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(bytes) -> string", body_string_of_bytes, COST_TEXT, FUNCTION_FOLDED, 0, 0 },
    { "bytes", "(bytes) -> bytes", body_same, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "bytes", "(string) -> bytes", body_bytes_of_string, COST_TEXT, FUNCTION_FOLDED, 0, 0 },
    { "contains", "string.(string) -> bool", body_contains, COST_CONTAINS, 0, 0, 0 },
    { "startsWith", "string.(string) -> bool", body_starts_with, COST_TEXT, 0, 0, SNAPSHOT_1_37 },
    { "startsWith", "string.(string) -> bool", body_starts_with, COST_ARGUMENT, 0, RELEASE_1_37, 0 },
    { "endsWith", "string.(string) -> bool", body_ends_with, COST_TEXT, 0, 0, SNAPSHOT_1_37 },
    { "endsWith", "string.(string) -> bool", body_ends_with, COST_ARGUMENT, 0, RELEASE_1_37, 0 },
};

const struct library library_standard = LIBRARY(rows);
