/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Quantities and versions as values: the object is a struct quantity, or a struct semver.
 */

#include "api/resource/quantity.h"
#include "api/resource/semver.h"
#include "selector/datum.h"

/* What add() and sub() make is not accepted on the right of ==. */
enum quantity_form { QUANTITY_READ, QUANTITY_SUM };

static inline struct datum datum_quantity(const struct quantity *quantity, enum quantity_form form)
{
    return (struct datum){ .kind = DATUM_QUANTITY, .form = (uint8_t)form, .object = quantity };
}

static inline struct datum datum_semver(const struct semver *version)
{
    return (struct datum){ .kind = DATUM_SEMVER, .object = version };
}
