/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a pool of devices to the specs of the ResourceSlices that publish it. Splitting is deterministic (the
 * same devices give the same slices in the same order), so that a small change touches few slices.
 */

#include "api/resource/slice.h"
#include "api/value/value.h"

enum {
    SLICE_MAX_DEVICES = 128,
    SLICE_MAX_COSTLY_DEVICES = 64, /* once any device of the slice has taints, counters or a list attribute */
    SLICE_MAX_COUNTER_SETS = 8,
};

/* What a driver wants published. Borrowed. */
struct pool {
    const char *driver;
    const char *name;
    /* where the devices are: exactly one of these */
    const char *node_name;
    const struct node_selector *node_selector;
    bool all_nodes;
    bool per_device_node_selection;

    const struct device *devices;
    size_t n_devices;
    const struct counter_set *counter_sets;
    size_t n_counter_sets;
};

/*
 * ERROR_INVALID where only new input can help: a device name or a counter set twice, a counter that no set of
 * the pool has.
 */
nodiscard struct error *pool_check(const struct pool *pool);

/*
 * The specs, in order, as a list of trees in ARENA: counter sets first, then devices as they stand; one empty
 * slice if there is neither. pool.generation and pool.resourceSliceCount are left out.
 */
struct value *pool_slices(struct arena *arena, const struct pool *pool);
