/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What validation asks of CEL, answered by the selector: whether an expression compiles as admission wants
 * it, and what it may cost.
 */

#include "api/base/symbols.h"
#include "api/resource/validate.h"

struct environment;

struct expressions {
    struct symbols symbols;
    struct environment *environment;         /* of selectors */
    struct environment *derived_environment; /* of derived attributes */
};

/* LIST_ATTRIBUTES and SHARED_CAPACITY say whether those gates are on. */
nodiscard struct error *expressions_init(struct expressions *expressions, const char *kube_version,
                                         bool list_attributes, bool shared_capacity);
void expressions_done(struct expressions *expressions);

/* Valid as long as EXPRESSIONS, which it borrows. */
struct expression_checker expressions_checker(const struct expressions *expressions);
