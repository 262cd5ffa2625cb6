/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Attributes as constraints see them, in numbers: every value that an attribute has somewhere gets one, and
 * every attribute becomes the set of its values' numbers. Sets have numbers too.
 */

#include "api/base/arena.h"
#include "api/base/map.h"
#include "api/base/vec.h"
#include "api/resource/device.h"

struct value_sets {
    struct map numbers; /* of values, from 1 */
    VEC(uint32_t) values;
    VEC(size_t) starts; /* by set: where its values start */
    bool lists;         /* the switch ListTypeAttributes */
    bool has_odd;       /* without it: some attributes are no single values */
};

void value_sets_done(struct value_sets *sets);

/* One more set; returns its number. ATTRIBUTE NULL: the set is empty. */
uint32_t value_sets_add(struct value_sets *sets, const struct attribute *attribute);

static inline size_t value_sets_count(const struct value_sets *sets)
{
    return sets->numbers.length;
}

/* The values of a set, numbers from 0; how many in *COUNT. */
static inline const uint32_t *value_sets_at(const struct value_sets *sets, uint32_t set, size_t *count)
{
    size_t end = set + 1 < sets->starts.length ? sets->starts.items[set + 1] : sets->values.length;
    *count = end - sets->starts.items[set];
    return *count ? sets->values.items + sets->starts.items[set] : NULL;
}

static inline bool value_set_has(const struct value_sets *sets, uint32_t set, uint32_t value)
{
    size_t count;
    const uint32_t *values = value_sets_at(sets, set, &count);
    for (size_t i = 0; i < count; i++) {
        if (values[i] == value)
            return true;
    }
    return false;
}
