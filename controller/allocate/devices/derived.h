/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What expressions of derived attributes (KEP 6080) came to. Each value is kept once, at one address: equal
 * pointers, equal values.
 */

#include "api/base/arena.h"
#include "api/base/error.h"
#include "controller/allocate/devices/values.h"
#include "selector/datum.h"

typedef VEC(const struct attribute *) attribute_list;

struct derived {
    struct value_store values;
    struct arena *arena;
    attribute_list attributes; /* [number - 1] */
};

void derived_done(struct derived *derived);

/*
 * The number of a value, from 1. ERROR_INVALID if it is nothing that an attribute can be: a bool, an int, a
 * string, a version, or a list of one of these.
 */
nodiscard struct error *derived_add(struct derived *derived, const struct datum *value, uint32_t *out);

/* Without a name; good until derived_done. */
static inline const struct attribute *derived_get(const struct derived *derived, uint32_t number)
{
    return derived->attributes.items[number - 1];
}
