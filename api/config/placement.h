/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How an AllocationPolicy wants devices handed out where several would do. A placement says which nodes are
 * tried first, and inside a node which devices; what fits is the same under each of them. Ties go by the
 * place among the candidate nodes (by name where all are candidates), and by Kubernetes' order of devices.
 *
 *   first     Nodes in the order given, devices in Kubernetes' order: what kube-scheduler's allocator does.
 *
 *   binpack   The node with the fewest devices that nobody uses; inside it the fullest device that still has
 *             room: shared devices that are partly used, and partitions of what is broken into already,
 *             before what is whole.
 *
 *   spread    The node with the fewest devices in use; inside it the emptiest device, so that partitions
 *             come from the counter set that is used least, and sets take turns.
 *
 *   topology  Break as little as possible. Devices stand in blocks: those with one
 *             resource.kubernetes.io/pcieRoot, these in their resource.kubernetes.io/numaNode, these in the
 *             node; a device that does not say where it stands shares a block with its like. Claims that
 *             want N devices go to the smallest block with N free devices: the node whose smallest such PCIe
 *             root leaves the fewest over; of equals the one whose smallest such NUMA node does; of equals
 *             the one with the fewest free devices. So a root that fits exactly comes first and a whole
 *             node last. A device counts as free while nobody holds it and what it would draw from shared
 *             counters is left, so a GPU that is broken into is a smaller block than a whole one.
 *             Inside the node the same rule picks the blocks, one after the other: the smallest that holds
 *             all that is still wanted, or, if none does, the largest, for a part of it. Inside a root,
 *             counter sets and shared devices that are broken into come before those that are whole.
 *
 * A node on which nothing is free comes last under binpack and topology.
 */

#include "api/base/span.h"

enum placement {
    PLACEMENT_FIRST,
    PLACEMENT_BINPACK,
    PLACEMENT_SPREAD,
    PLACEMENT_TOPOLOGY,
};

enum { N_PLACEMENTS = PLACEMENT_TOPOLOGY + 1 };

/* "first", "binpack", "spread", "topology" */
const char *placement_name(enum placement placement);

/* False if NAME is none of them. */
bool placement_find(struct span name, enum placement *out);

/* For messages. */
#define PLACEMENT_NAMES "first, binpack, spread or topology"
