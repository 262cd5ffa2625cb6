/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Binding conditions: devices that must be made ready after they were allocated, before a pod may be bound.
 */

#include "api/resource/claim.h"

enum { BINDING_TIMEOUT_SECONDS = 600 };

enum binding_state {
    BINDING_READY,   /* every condition of every device holds; or there are none */
    BINDING_PENDING, /* not yet */
    BINDING_FAILED,  /* a failure condition holds, or the time is up: the allocation has to go */
};

/* NOW is in micros since 1970. *LEFT_MS is how long a pending state may last. */
enum binding_state binding_state_of(const struct resource_claim *claim, int64_t now, uint64_t *left_ms);
