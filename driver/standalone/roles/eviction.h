/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When a pod has to leave because of the taints on its devices. Pure.
 */

#include "api/resource/slice.h"
#include "api/resource/taint_rule.h"

/* The earliest due time found so far. */
struct eviction {
    bool due;         /* there is one */
    int64_t micros;   /* since 1970 */
    char reason[160]; /* the device and the taint that say so */
};

/* Takes TAINT, which is on RESULT's device, into account. */
void eviction_consider(struct eviction *eviction, const struct allocation_result *result,
                       const struct taint *taint);
