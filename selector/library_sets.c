/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"

/* Every item of B is in A. */
static bool contains_all(struct machine *machine, const struct datum *a, const struct datum *b)
{
    for (uint32_t i = 0; i < b->size; i++) {
        struct datum item = list_at(b, i);
        if (!list_contains(machine, a, &item))
            return false;
    }
    return true;
}

static struct datum body_contains(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return datum_bool(contains_all(machine, &args[0], &args[1]));
}

static struct datum body_equivalent(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return datum_bool(contains_all(machine, &args[0], &args[1]) && contains_all(machine, &args[1], &args[0]));
}

static struct datum body_intersects(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    for (uint32_t i = 0; i < args[1].size; i++) {
        struct datum item = list_at(&args[1], i);
        if (list_contains(machine, &args[0], &item))
            return datum_bool(true);
    }
    return datum_bool(false);
}

static const struct function_row rows[] = {
    { "sets.contains", "(list(A), list(A)) -> bool", body_contains, COST_SETS, 0, 0, 0 },
    { "sets.equivalent", "(list(A), list(A)) -> bool", body_equivalent, COST_SETS_TWICE, 0, 0, 0 },
    { "sets.intersects", "(list(A), list(A)) -> bool", body_intersects, COST_SETS, 0, 0, 0 },
};

const struct library library_sets = LIBRARY(rows);
