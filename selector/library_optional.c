/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optional values. `or` and `orValue` compute their argument only if it is needed, which is the emitter's
 * business; their rows are here for the checker.
 */

#include "api/base/compiler.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"

static struct datum body_none(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)args, (void)n_args;
    return datum_none();
}

static struct datum body_of(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return datum_some(machine, args[0]);
}

static bool is_zero(const struct datum *datum)
{
    switch ((int)datum->kind) { /* objects are never zero */
    case DATUM_NULL: return true;
    case DATUM_BOOL: return !datum->boolean;
    case DATUM_INT:
    case DATUM_UINT:
    case DATUM_DURATION: return datum->natural == 0;
    case DATUM_DOUBLE: return datum->number == 0;
    case DATUM_STRING:
    case DATUM_BYTES:
    case DATUM_LIST:
    case DATUM_MAP: return datum->size == 0;
    case DATUM_OPTIONAL: return !datum->item || is_zero(datum->item);
    }
    return false;
}

static struct datum body_of_non_zero(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return is_zero(&args[0]) ? datum_none() : datum_some(machine, args[0]);
}

static struct datum body_has_value(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(args[0].item != NULL);
}

static struct datum body_value(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0].item ? *args[0].item : fail("optional.none() dereference");
}

static struct datum body_or(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0].item ? args[0] : args[1];
}

static struct datum body_or_value(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0].item ? *args[0].item : args[1];
}

static struct datum body_unwrap(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum *items = list_new(machine, args[0].size);
    if (!items)
        return fail_memory();
    uint32_t n = 0;
    for (uint32_t i = 0; i < args[0].size; i++) {
        struct datum item = list_at(&args[0], i);
        if (item.kind != DATUM_OPTIONAL)
            return failf(machine, "value of type '%s' is not an optional", datum_type_name(&item));
        if (item.item)
            items[n++] = *item.item;
    }
    return list_of(items, n);
}

static struct datum body_first(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return args[0].size ? datum_some(machine, list_at(&args[0], 0)) : datum_none();
}

static struct datum body_last(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return args[0].size ? datum_some(machine, list_at(&args[0], args[0].size - 1)) : datum_none();
}

static const struct function_row rows[] = {
    { "optional.none", "() -> optional_type(A)", body_none, COST_ONE, 0, 0, 0 },
    { "optional.of", "(A) -> optional_type(A)", body_of, COST_ONE, 0, 0, 0 },
    { "optional.ofNonZeroValue", "(A) -> optional_type(A)", body_of_non_zero, COST_ONE, 0, 0, 0 },
    { "optional.unwrap", "(list(optional_type(A))) -> list(A)", body_unwrap, COST_ONE, 0, 0, 0 },
    { "unwrapOpt", "list(optional_type(A)).() -> list(A)", body_unwrap, COST_ONE, 0, 0, 0 },
    { "hasValue", "optional_type(A).() -> bool", body_has_value, COST_ONE, 0, 0, 0 },
    { "value", "optional_type(A).() -> A", body_value, COST_ONE, 0, 0, 0 },
    { "or", "optional_type(A).(optional_type(A)) -> optional_type(A)", body_or, COST_NOTHING, 0, 0, 0 },
    { "orValue", "optional_type(A).(A) -> A", body_or_value, COST_NOTHING, 0, 0, 0 },
    { "first", "list(A).() -> optional_type(A)", body_first, COST_ONE, 0, 0, 0 },
    { "last", "list(A).() -> optional_type(A)", body_last, COST_ONE, 0, 0, 0 },
};

const struct library library_optional = LIBRARY(rows);
