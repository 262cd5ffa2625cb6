/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose a claim is: ours if every request and alternative names a class that is labelled
 * tranche.dev/allocator=controller. A mixed claim is nobody's: the two allocators cannot share one.
 */

#include "api/resource/claim.h"

enum ownership {
    OWNED_BY_US,
    OWNED_BY_OTHERS,
    OWNED_BY_BOTH,
    OWNERSHIP_UNKNOWN, /* a class that is named is not there */
};

/* *CLASS_NAME is the class in question: not ours in a mixed claim, or absent. Borrowed from CLAIM. */
enum ownership claim_ownership(const struct resource_claim *claim,
                               const struct device_class *(*find_class)(void *ctx, const char *name),
                               void *ctx, const char **class_name);
