/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the name of a reason does not tell, in words for people: who holds the device, how much is left of
 * what, which taint.
 */

#include "api/base/buf.h"
#include "controller/allocate/state/state.h"
#include "controller/allocate/view/groups.h"

/* "held by ml/train-0 and 2 more"; nothing if nobody holds it */
void use_describe(const struct device_use *use, struct buf *detail);
/* "mem: wants 4Gi, has 2Gi left of 8Gi" */
void capacity_describe(const struct candidate *candidate, const struct demand *demand, const char *name,
                       struct capacity_rules rules, struct buf *detail);
/* "counter mem of set gpu-0 has 2Gi left, it needs 4Gi" */
void counter_describe(const struct candidate *candidate, const struct counter *counter, struct buf *detail);
/* "example.com/broken=fan:NoSchedule" */
void taint_describe(const struct taint *taint, struct buf *detail);
/* "set gpu-0 goes with red, green, it with blue" */
void groups_describe(const struct group_set *set, const struct device *device, struct buf *detail);
