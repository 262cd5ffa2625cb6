/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Between a claim's allocation and its record: which devices, and who else holds them. */

#include "kubelet-plugin/prepare/batch.h"

/*
 * A record in state STARTED for the results of CLAIM's allocation that are the driver's. ERROR_INVALID if the
 * claim has no allocation or nobody it is reserved for.
 */
nodiscard struct error *intent_make(const struct prepare_ground *ground, const struct resource_claim *claim,
                                    struct record **out);

/*
 * The record that keeps INTENT from having one of its devices: both hold it, neither by admin access, nor by
 * shares of it. NULL if there is none. *DEVICE names the device.
 */
const struct record *intent_find_conflict(const struct record_store *store, const struct record *intent,
                                          const char **device);

/* Whether both records name the same devices, in order. */
bool records_hold_same(const struct record *a, const struct record *b);
