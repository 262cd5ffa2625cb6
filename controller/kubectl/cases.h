/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Conformance cases: one JSON answer for one JSON case. The commands print them, the tests compare them.
 */

#include "api/value/value.h"
#include "selector/environment.h"

/*
 * A device and a selector (tests/conformance/dra-selectors.json): {"name", "match", "cost"}, {"name",
 * "compileError"} or {"name", "runtimeError"}.
 */
nodiscard struct error *selector_case_answer(struct arena *arena, const struct value *row,
                                             const struct environment_options *options, struct value **out);

/* Any expression: {"section", "name", "value"}, "error" or "notInEnvironment" in the place of "value". */
nodiscard struct error *cel_case_answer(struct arena *arena, const struct value *row,
                                        const struct environment_options *options, struct value **out);

/* Typed values: {"int": "1"}, {"list": [...]}, ... */
struct datum;
nodiscard struct error *typed_value_decode(struct arena *arena, const struct value *tree, struct datum *out);
struct value *typed_value_encode(struct arena *arena, const struct datum *datum);

/* Equal values of identical types; maps have no order, and any NaN equals any other. */
bool typed_value_same(const struct value *a, const struct value *b);

/* Prints ANSWER(row) for each row of FILE, one a line. */
typedef struct error *case_answer(struct arena *arena, const struct value *row,
                                  const struct environment_options *options, struct value **out);
nodiscard struct error *cases_print(const char *file, const struct environment_options *options,
                                    case_answer *answer);
