/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How much of a device's capacities a request consumes, and whether that is left (allocation.md 4.9).
 */

#include "api/base/error.h"
#include "api/resource/claim.h"

/* What is gone already: by persisted shares (a list by name) and by this search (one for each capacity). */
struct capacity_use {
    const struct named_quantity *persisted;
    size_t n_persisted;
    const struct quantity *searching; /* or NULL */
};

/* How requests are read. */
struct capacity_rules {
    bool fractional;    /* ranges in thousandths: the switch FractionalCapacityRange */
    const char *driver; /* names without a domain are in its domain; NULL: names are as they are spelled */
};

/*
 * The amount of CAPACITY that a request takes: by its policy's default, range and valid values. ERROR_INVALID
 * if it cannot be represented or is negative: allocation aborts then, whatever other devices there are.
 */
nodiscard struct error *capacity_amount(const struct capacity *capacity, const struct exact_request *request,
                                        struct capacity_rules rules, struct quantity *out);

/* Sets *SHORT_OF to the capacity that does not suffice, or to NULL if all do. */
nodiscard struct error *capacity_check(const struct device *device, const struct exact_request *request,
                                       const struct capacity_use *use, struct capacity_rules rules,
                                       const char **short_of);
