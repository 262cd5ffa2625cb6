/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What calls cost. The rules are those of cel-go and of Kubernetes' cost estimator, which charge by the sizes
 * of operands: once by the sizes that are met (the actual cost), once by the largest that may be (the
 * estimate).
 */

#include "selector/datum.h"

/* COST(name, what is charged); n is the size of an operand, r of the result */
#define COSTS(COST)                                                                                          \
    COST(ONE, "1")                                                                                           \
    COST(NOTHING, "0")                                                                                       \
    COST(TEXT, "0.1 n(a)")                                                                                   \
    COST(TEXT_TWICE, "0.2 n(a)")                                                                             \
    COST(ARGUMENT, "0.1 n(b)")                                                                               \
    COST(EQUAL, "0.1 min(n(a), n(b)); 1 for objects")                                                        \
    COST(NOT_EQUAL, "0.1 min(n(a), n(b))")                                                                   \
    COST(ORDER, "0.1 min(n(a), n(b))")                                                                       \
    COST(JOINED, "0.1 (n(a) + n(b))")                                                                        \
    COST(CONTAINER, "n(b)")                                                                                  \
    COST(CONTAINS, "0.1 n(a) * 0.1 n(b)")                                                                    \
    COST(PATTERN, "0.1 (n(a) + 1) * 0.25 n(b)")                                                              \
    COST(RESULT_TWICE, "0.2 r")                                                                              \
    COST(TRAVERSAL, "0.1 of the bytes of each text in a, 1 for everything else")                             \
    COST(SETS, "1 + n(a) n(b)")                                                                              \
    COST(SETS_TWICE, "1 + 2 n(a) n(b)")                                                                      \
    COST(NEW_LIST, "11 + r")                                                                                 \
    COST(FLATTEN, "11 + n(a) * depth")                                                                       \
    COST(SORT, "11 + 2 n(a)^2; 2.1 for texts")                                                               \
    COST(SORT_KEYS, "11 + 2 n(b)^2; 2.1 for texts")                                                          \
    COST(CONTAINS_IP, "0.2 n(a)")                                                                            \
    COST(CONTAINS_IP_TEXT, "0.2 n(a) + 0.1 n(b)")                                                            \
    COST(CONTAINS_CIDR, "0.2 n(a) + 0.1 n(a) + 1")                                                           \
    COST(CONTAINS_CIDR_TEXT, "0.2 n(a) + 0.1 n(a) + 1 + 0.1 n(b)")                                           \
    COST(VALIDATE, "0.1 (n(b) + 1) * 0.25 of the format's pattern")

enum cost_rule {
#define COST(name, text) COST_##name,
    COSTS(COST)
#undef COST
};

enum { COST_LIST = 10, COST_MAP = 30 };

/* "0.1 n(a)" */
const char *cost_rule_text(enum cost_rule rule);

/* What a call with these operands and this result is charged. */
uint64_t cost_of_call(enum cost_rule rule, const struct datum *args, unsigned n_args,
                      const struct datum *result);

/*
 * The operand that RULE stumbles over, or NULL: upstream's rules for sort(), distinct(), sortBy() and
 * flatten(n) expect a list, or a number, and where they get an error (or what was dyn) they bring the whole
 * evaluation down.
 */
const struct datum *cost_stumbles(enum cost_rule rule, const struct datum *args, unsigned n_args);

/* Is the charge known only after the call? */
bool cost_needs_result(enum cost_rule rule);

/* Code points, bytes, items, entries; 1 for everything that has no size. */
uint64_t cost_size(const struct datum *datum);
