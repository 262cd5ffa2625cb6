/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * matchAttribute and distinctAttribute (allocation.md 4.11). A constraint takes devices one by one and says
 * no to the first that breaks it; it only ever gets stricter, so a refusal is final for the branch.
 */

#include "api/base/error.h"
#include "api/resource/claim.h"
#include "controller/allocate/devices/catalog.h"
#include "controller/allocate/view/undo.h"

enum { CONSTRAINT_MAX_VALUES = 64 }; /* of a list attribute; the API allows 48 */

/* Where devices of the kind seen last have an attribute. Constraints on one attribute share it. */
struct sight {
    const char *attribute;
    const struct kind *kind;
    uint32_t place;
};

struct constraint {
    const struct device_constraint *source;
    bool list_attributes; /* the switch: lists as sets, scalars as sets of one */
    bool is_match;
    const char *attribute;
    struct sight *sight; /* of the attribute */
    /* state; plain bytes, so that the undo log can save it */
    uint32_t n_devices;
    uint64_t mask; /* match with sets: values of devices[0] common to all */
    const struct attribute *devices[CLAIM_MAX_RESULTS]; /* distinct: of each device; match: the first */
};

/* Whether the constraint covers the request REQUEST, or REQUEST/ALTERNATIVE (NULL: none). */
bool constraint_covers(const struct device_constraint *source, const char *request, const char *alternative);

/* The value of the constraint's attribute that the device's driver published, or NULL. */
const struct attribute *constraint_attribute(struct constraint *constraint, const struct catalog *catalog,
                                             const struct card *card);

/* Adds a device with that value (NULL: none) if it keeps the constraint; says so in *OUT. ERROR_INVALID for
 * lists that are too long. */
nodiscard struct error *constraint_add(struct constraint *constraint, const struct attribute *attribute,
                                       struct undo_log *undo, bool *out);
