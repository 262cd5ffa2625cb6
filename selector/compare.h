/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Equality, which is defined for every pair of values, and order, which is not.
 */

#include "selector/machine.h"

/* A bool, or the error that objects on the left give. */
struct datum datum_equal(struct machine *machine, const struct datum *a, const struct datum *b);

/* The same with errors counting as unequal: for membership. False, too, once the evaluation has worked too
 * long. */
bool datum_same(struct machine *machine, const struct datum *a, const struct datum *b);

enum order { ORDER_LESS = -1, ORDER_EQUAL = 0, ORDER_GREATER = 1, ORDER_NAN = 2, ORDER_NONE = 3 };
enum order datum_compare(const struct datum *a, const struct datum *b);

/* Whether values of this kind have an order at all. */
bool datum_can_be_ordered(const struct datum *datum);

/* Equal values have equal hashes, numbers across their kinds too. */
uint64_t datum_hash(const struct datum *datum);
/* Whether upstream can put it in a set at all. */
bool datum_is_hashable(const struct datum *datum);
