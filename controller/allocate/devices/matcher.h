/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which selectors accept which devices. An expression is evaluated once for each distinct combination of the
 * values that it reads, not once for each device; what it said is remembered by the numbers that stand for
 * those values (values.h). So a verdict never goes stale: a device that changes has other numbers, a selector
 * that changes is another text.
 *
 *     struct program *program = matcher_program(matcher, "device.driver == 'a.example'");
 *     enum verdict verdict = matcher_test(matcher, program, &card);
 */

#include "api/base/buf.h"
#include "controller/allocate/devices/catalog.h"

struct matcher;
struct program;

enum verdict {
    VERDICT_UNKNOWN,
    VERDICT_FALSE,
    VERDICT_TRUE,
    VERDICT_NOT_COMPILED, /* the expression is wrong, whatever the device */
    VERDICT_FAILED,       /* it fails on this device */
};

/* For the cards of CATALOG, which outlives the matcher. */
nodiscard struct matcher *matcher_new(const struct catalog *catalog);
void matcher_free(struct matcher *matcher);

/* The program of an expression, compiled when first asked for. Good until the next matcher_tidy. */
struct program *matcher_program(struct matcher *matcher, const char *expression);

/* Forgets everything if it has become too much: expressions come and go with claims. */
void matcher_tidy(struct matcher *matcher);

enum verdict matcher_test(struct matcher *matcher, struct program *program, const struct card *card);

/* The program of a derived attribute's expression, which is not for matcher_test. Good as long. */
struct program *matcher_derivation(struct matcher *matcher, const char *expression);

/* What it says of the device: equal pointers, equal values, good until the next matcher_tidy. NULL: it does
 * not compile, or fails. */
const struct attribute *matcher_derive(struct matcher *matcher, struct program *program,
                                       const struct card *card);

/* Says in ARENA what is wrong where the verdict was NOT_COMPILED or FAILED, or where nothing was derived. */
const char *matcher_complaint(struct matcher *matcher, const struct program *program, const struct card *card,
                              struct arena *arena);

/* Appends the attributes that the program reads, as the device has them: `model is "A100", memory is absent`.
 */
void matcher_describe(const struct matcher *matcher, const struct program *program, const struct card *card,
                      struct buf *out);
