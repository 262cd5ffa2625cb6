/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How much of a device's capacities a request consumes, and whether that is left (allocation.md 4.9).
 */

#include "api/base/arena.h"
#include "api/base/error.h"
#include "api/resource/claim.h"

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

/* What a request takes of each capacity of DEVICE, and whether the policies let it. Devices of one kind have
 * their capacities in common, so the last one's is kept. */
struct intake {
    const struct device *device; /* NULL: none yet */
    struct capacity_rules rules;
    const char *missing; /* a capacity that is asked for and that the device lacks, or NULL */
    struct intake_item {
        struct quantity amount;
        bool is_allowed;
    } * items; /* unless one is missing */
    size_t room;
};

/* Works it out for DEVICE, in ARENA, unless it is there. Errors are those of capacity_amount. */
nodiscard struct error *intake_prepare(struct intake *intake, const struct device *device,
                                       const struct exact_request *request, struct capacity_rules rules,
                                       struct arena *arena);

/* What is gone already: by persisted shares (a list by name) and by this search (one for each capacity). */
struct capacity_use {
    const struct named_quantity *persisted;
    size_t n_persisted;
    const struct quantity *searching; /* or NULL */
};

/* The first capacity that does not suffice, or NULL if all do. */
const char *intake_find_short(const struct intake *intake, const struct capacity_use *use);
