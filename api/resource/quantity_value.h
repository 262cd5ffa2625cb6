/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Quantities in trees: a string or, as Kubernetes allows, a bare number.
 */

#include "api/resource/quantity.h"
#include "api/value/value.h"

/* The remembered spelling, if any, is in ARENA. null is 0. */
nodiscard struct error *quantity_from_value(struct arena *arena, const struct value *value,
                                            struct quantity *out);

struct value *quantity_to_value(struct arena *arena, const struct quantity *quantity);
