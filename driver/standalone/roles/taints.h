/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The NoExecute taints on allocated devices: those in the newest slices of their pools, and those that rules
 * add.
 */

#include "driver/standalone/roles/cluster.h"
#include "driver/standalone/roles/eviction.h"

/* Takes every taint on RESULT's device into account. */
void taints_consider(const struct cluster *cluster, const struct allocation_result *result,
                     struct eviction *eviction);

/* When the pod has to leave, over all of its claims; without `due` if it may stay. With ONLY, just that rule.
 */
struct eviction taints_eviction_of(const struct cluster *cluster, const struct kube_object *pod,
                                   const struct device_taint_rule *only);
