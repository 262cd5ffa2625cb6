/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Plain facts about objects, read from their trees.
 */

#include "api/value/value.h"

bool object_is_deleting(const struct value *object);
const char *object_name(const struct value *object);
const char *object_namespace(const struct value *object); /* "" if there is none */
const char *object_uid(const struct value *object);
bool object_has_finalizer(const struct value *object, const char *finalizer);

/* The owner reference that says controller, or NULL. */
const struct value *object_controller(const struct value *object);

/* Succeeded or Failed. */
bool pod_has_ended(const struct value *pod);
/* NULL until it is bound. */
const char *pod_node(const struct value *pod);
/* Finished, or deleted before it was bound: it uses no claim any more. */
bool pod_is_done_with_claims(const struct value *pod);
/* The condition of TYPE in status.conditions, or NULL. */
const struct value *object_condition(const struct value *object, const char *type);

/* An RFC 3339 time in micros since 1970, or 0. */
int64_t object_time(const struct value *text);

/* How a pod's entry of spec.resourceClaims came to its claim. */
struct claim_entry {
    const char *entry;
    const char *template; /* NULL: the claim is named by the user */
    const char *name;     /* of the claim; NULL: not made yet, or not needed */
    bool not_needed;      /* the status has the entry without a name */
};
size_t claim_entries(const struct value *pod);
struct claim_entry claim_entry_at(const struct value *pod, size_t index);

/* Whether the controller of CLAIM is the pod with UID. */
bool claim_is_owned_by(const struct value *claim, const char *uid);

/* The body of a patch that only holds for this very object: uid, and its version unless ANY_VERSION. */
struct value *patch_begin(struct arena *arena, const struct value *object, bool any_version);

/*
 * A patch's status.conditions (a whole list, for a merge patch) in which the condition TYPE is as said. False
 * if OBJECT has it like that already; then nothing is added.
 */
bool patch_condition(struct arena *arena, struct value *patch, const struct value *object, const char *type,
                     const char *status, const char *reason, const char *message);
