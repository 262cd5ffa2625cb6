/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bodies of our writes. Each is a patch of what it changes, conditional on the object's uid and, where
 * the claim's state matters, on its resourceVersion.
 */

#include "api/resource/claim.h"
#include "api/value/value.h"

/* Merge patch of a claim: the delete-protection finalizer is put on, or taken off. */
struct value *patch_add_finalizer(struct arena *arena, const struct value *claim);
struct value *patch_remove_finalizer(struct arena *arena, const struct value *claim);

/* Merge patch of a claim's status: allocated at NOW (micros), reserved for POD; NULL: for nobody. */
struct value *patch_allocate(struct arena *arena, const struct value *claim,
                             const struct allocation *allocation, const struct value *pod, int64_t now);

/* Merge patch of a claim's status: no allocation, no reservation, no device status. */
struct value *patch_deallocate(struct arena *arena, const struct value *claim);

/* Strategic merge patch of a pod: the gate is taken off, whoever changed the pod meanwhile. */
struct value *patch_open(struct arena *arena, const struct value *pod, const char *gate);
