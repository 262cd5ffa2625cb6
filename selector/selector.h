/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Device selectors: CEL expressions that say which devices a request accepts. A compiled selector never
 * changes, so threads may share it. Compile once, match many.
 *
 *     TRY(selector_compile(text, env, &sel));
 *     TRY(selector_eval(sel, view, scratch, &accepted, &cost));
 */

#include "api/base/buf.h"
#include "api/base/error.h"
#include "selector/datum.h"
#include "selector/environment.h"
#include "selector/view.h"

#include <stdint.h>

struct scratch;
struct selector;
struct value;

enum {
    SELECTOR_MAX_BYTES = 10240,   /* of an expression, in the Kubernetes API */
    SELECTOR_COST_LIMIT = 1000000 /* of one evaluation, and of the estimate at admission */
};

/*
 * TEXT is not kept. ERROR_INVALID tells every problem with line, column, source line and caret; ENV must
 * outlive the selector. Whether the length and the estimated cost are what the API admits is asked
 * separately.
 */
nodiscard struct error *selector_compile(const char *text, const struct environment *env,
                                         struct selector **out);
/* The same for a text that may hold NULs. */
nodiscard struct error *selector_compile_span(struct span text, const struct environment *env,
                                              struct selector **out);
void selector_free(struct selector *sel);

/* ERROR_INVALID or ERROR_DENIED as API validation words it: too long, or the estimated cost is too high. */
nodiscard struct error *selector_admit(const char *text, const struct selector *sel);

/* The worst case, computed at compile time; UINT64_MAX where it is unbounded. */
uint64_t selector_estimate(const struct selector *sel);

/*
 * Sets *OUT to whether VIEW's device is accepted, and *COST (NULL is fine) to what that took, even on
 * failure. ERROR_INVALID with CEL's text if the expression fails on this device, ERROR_EXHAUSTED once the
 * cost or memory limit is passed. The symbols of the environment and of the view must be the same.
 */
nodiscard struct error *selector_eval(const struct selector *sel, const struct device_view *view,
                                      struct scratch *scratch, bool *out, uint64_t *cost);

/*
 * For derived attributes: sets *OUT to what the expression says of VIEW's device, of whatever type that is;
 * it is good until SCRATCH is used again. Errors as above.
 */
nodiscard struct error *selector_derive(const struct selector *sel, const struct device_view *view,
                                        struct scratch *scratch, struct datum *out);

/*
 * For environments with variables of their own: VALUES in the order of their declaration, DATUM_UNSET where
 * unbound. *OUT may borrow from the values, the selector and SCRATCH; it is good until SCRATCH is used again.
 */
nodiscard struct error *selector_eval_values(const struct selector *sel, const struct datum *values,
                                             struct scratch *scratch, struct datum *out, uint64_t *cost);

/* What a JSON tree is to an expression; borrows VALUE. */
struct datum datum_of_value(const struct value *value);

/* Memory of evaluations, one per thread; it grows to what is needed and stays there. */
nodiscard struct scratch *scratch_new(void);
void scratch_free(struct scratch *scratch);

/*
 * What of a device an expression can see. Devices that agree on all of it get the same verdict (and cost), so
 * a matcher evaluates once for each distinct combination, and a changed device is looked at again only
 * where one of these changed.
 */
struct selector_reads {
    const symbol *attributes; /* keys "domain/name", each once */
    const symbol *capacities;
    uint32_t n_attributes, n_capacities;
    bool driver;
    bool allow_multiple;
    bool everything; /* it walks over the maps, or takes names from values: no two devices may be lumped */
};

const struct selector_reads *selector_reads(const struct selector *sel);

/* The length of a device's combination: one integer for each thing read. 0 where everything is read. */
uint32_t selector_combination_length(const struct selector *sel);

/* Writes the combination of VIEW: equal arrays, equal verdicts. */
void selector_combination(const struct selector *sel, const struct device_view *view, symbol *out);

/* Appends tokens, tree, program and costs, for people who want to see how an expression becomes a verdict. */
void selector_explain(const struct selector *sel, struct buf *out);

DEFINE_CLEANUP(cleanup_selector_, struct selector *, selector_free)
#define cleanup_selector __attribute__((cleanup(cleanup_selector_)))
DEFINE_CLEANUP(cleanup_scratch_, struct scratch *, scratch_free)
#define cleanup_scratch __attribute__((cleanup(cleanup_scratch_)))
