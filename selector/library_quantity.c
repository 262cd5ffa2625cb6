/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/quantity_datum.h"

static const struct quantity *quantity_in(const struct datum *datum)
{
    return datum->object;
}

static struct datum new_quantity(struct machine *machine, const struct quantity *value,
                                 enum quantity_form form)
{
    struct quantity *copy = machine_memory(machine, 1, sizeof(*copy));
    if (!copy)
        return fail_memory();
    *copy = *value;
    return datum_quantity(copy, form);
}

static struct datum body_quantity(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct quantity value;
    struct error *err = quantity_parse(datum_span(&args[0]), &value);
    return err ? fail_error(machine, err) : new_quantity(machine, &value, QUANTITY_READ);
}

static struct datum body_is_quantity(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct quantity value;
    cleanup_error struct error *err = quantity_parse(datum_span(&args[0]), &value);
    return datum_bool(!err);
}

static struct datum body_sign(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(quantity_sign(quantity_in(&args[0])));
}

static int compare(const struct datum *args)
{
    return quantity_compare(quantity_in(&args[0]), quantity_in(&args[1]));
}

static struct datum body_greater(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(compare(args) > 0);
}

static struct datum body_less(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(compare(args) < 0);
}

static struct datum body_compare(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(compare(args));
}

/* The other operand: a quantity, or an int that becomes one. */
static struct quantity operand(const struct datum *datum)
{
    return datum->kind == DATUM_INT ? quantity_of_int(datum->integer, QUANTITY_DECIMAL_SI)
                                    : *quantity_in(datum);
}

static struct datum body_add(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct quantity sum = *quantity_in(&args[0]), other = operand(&args[1]);
    quantity_add(&sum, &other);
    return new_quantity(machine, &sum, QUANTITY_SUM);
}

static struct datum body_sub(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct quantity difference = *quantity_in(&args[0]), other = operand(&args[1]);
    quantity_sub(&difference, &other);
    return new_quantity(machine, &difference, QUANTITY_SUM);
}

static struct datum body_is_integer(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(quantity_is_integer(quantity_in(&args[0])));
}

static struct datum body_as_integer(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    int64_t integer;
    if (!quantity_as_int64(quantity_in(&args[0]), &integer))
        return fail("cannot convert value to integer");
    return datum_int(integer);
}

static struct datum body_as_float(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_double(quantity_as_double(quantity_in(&args[0])));
}

#define BY_NAME FUNCTION_COST_BY_NAME
#define Q       "kubernetes.Quantity"

static const struct function_row rows[] = {
    { "quantity", "(string) -> " Q, body_quantity, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "isQuantity", "(string) -> bool", body_is_quantity, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "sign", "(" Q ") -> int", body_sign, COST_ONE, 0, 0, 0 },
    { "isGreaterThan", Q ".(" Q ") -> bool", body_greater, COST_ONE, 0, 0, 0 },
    { "isLessThan", Q ".(" Q ") -> bool", body_less, COST_ONE, 0, 0, 0 },
    { "compareTo", Q ".(" Q ") -> int", body_compare, COST_ONE, 0, 0, 0 },
    { "add", Q ".(" Q ") -> " Q, body_add, COST_ONE, 0, 0, 0 },
    { "add", Q ".(int) -> " Q, body_add, COST_ONE, 0, 0, 0 },
    { "sub", Q ".(" Q ") -> " Q, body_sub, COST_ONE, 0, 0, 0 },
    { "sub", Q ".(int) -> " Q, body_sub, COST_ONE, 0, 0, 0 },
    { "isInteger", Q ".() -> bool", body_is_integer, COST_ONE, 0, 0, 0 },
    { "asInteger", Q ".() -> int", body_as_integer, COST_ONE, 0, 0, 0 },
    { "asApproximateFloat", Q ".() -> double", body_as_float, COST_ONE, 0, 0, 0 },
};

const struct library library_quantity = LIBRARY(rows);
