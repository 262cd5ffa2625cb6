/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the plugin has promised for one claim: the record from which it finds its way after a crash
 * (node.md 8.4). Immutable once made; strings are in the record's arena.
 *
 *   (none) -- prepare --> STARTED -- effects done, CDI written --> COMPLETED
 *                            |                                        |
 *                            +--- unprepare ---> UNPREPARING <--------+  --> (none)
 *
 * An unprepare that met a STARTED record leaves a tombstone for a while, so that a prepare that was under way
 * cannot finish behind its back.
 */

#include "api/value/value.h"

enum record_state { RECORD_STARTED, RECORD_COMPLETED, RECORD_UNPREPARING };

struct recorded_device {
    const char *request; /* base name */
    const char *pool;
    const char *device;
    const char *share_id; /* or NULL */
    const char *cdi_id;   /* or NULL: nothing to inject */
    bool admin_access;
};

struct record {
    struct arena *arena;
    enum record_state state;
    const char *uid, *namespace, *name; /* of the claim */
    const char *boot_id;
    const char *created; /* RFC 3339 */
    struct recorded_device *devices;
    size_t n_devices;
    const struct value *cdi_spec; /* of a completed record; NULL: no file */
};

void record_free(struct record *record);
DEFINE_CLEANUP(cleanup_record_, struct record *, record_free)
#define cleanup_record __attribute__((cleanup(cleanup_record_)))

/* "started", "completed", "unpreparing" */
const char *record_state_name(enum record_state state);

/* RECORD with another state; the rest is copied. */
nodiscard struct record *record_in_state(const struct record *record, enum record_state state);
