/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DeviceTaintRule and the rules of tolerating (allocation.md 2.7, 4.12, 7.3).
 */

#include "api/resource/claim.h"

struct device_taint_rule {
    struct object_meta meta;
    bool has_selector;                  /* absent: no device at all */
    const char *driver, *pool, *device; /* NULL: any */
    struct taint taint;
    struct condition *conditions;
    size_t n_conditions;
};

/* Whether RULE puts its taint on the device. */
bool taint_rule_matches(const struct device_taint_rule *rule, const char *driver, const char *pool,
                        const char *device);

/* Whether TOLERATION tolerates TAINT for allocation: an empty effect tolerates every effect. */
bool toleration_matches(const struct toleration *toleration, const struct taint *taint);

/* The first taint that keeps a request with these tolerations away (NoSchedule or NoExecute), or NULL. */
const struct taint *taints_find_untolerated(const struct taint *taints, size_t n_taints,
                                            const struct toleration *tolerations, size_t n_tolerations);
