/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a stored slice says what we want it to say. The server respells some things: quantities become
 * canonical, taints get a time. Comparing letters would update for ever.
 */

#include "api/value/value.h"

/*
 * WANT and HAVE are slice specs. pool.generation and pool.resourceSliceCount are not compared. A taint
 * without timeAdded in WANT matches any; times within one second are equal.
 */
bool slice_spec_matches(const struct value *want, const struct value *have);
