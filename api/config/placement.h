/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How an AllocationPolicy wants nodes chosen; the allocator does it.
 */

enum placement {
    PLACEMENT_FIRST,   /* the first node, in the order given, on which the claims fit */
    PLACEMENT_BINPACK, /* the node with the fewest free devices first */
    PLACEMENT_SPREAD,  /* the node with the fewest devices in use first */
};

/* "first", "binpack", "spread" */
const char *placement_name(enum placement placement);
