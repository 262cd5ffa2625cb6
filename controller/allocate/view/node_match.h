/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a slice or a device is reachable from a node (allocation.md 4.4).
 */

#include "api/base/error.h"
#include "controller/allocate/inventory/inventory.h"

/* The first of the three that is set decides; none: no match. ERROR_INVALID if SELECTOR cannot be parsed. */
nodiscard struct error *node_match(const struct inventory_node *node, const char *node_name, bool all_nodes,
                                   const struct node_selector *selector, bool *out);
