/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The roles, one file each.
 */

#include "driver/standalone/roles/role.h"

extern const struct role_kind claims_role;       /* claims from templates */
extern const struct role_kind binding_role;      /* pods to nodes, once their claims are allocated */
extern const struct role_kind reservations_role; /* reservations that ended, and deallocation */
extern const struct role_kind eviction_role;     /* pods from devices with NoExecute taints */
extern const struct role_kind namespaces_role;   /* the first namespaces, and the end of others */
extern const struct role_kind owners_role;       /* what its owners left behind */
extern const struct role_kind pods_role;         /* pods whose node has gone */
extern const struct role_kind nodes_role;        /* nodes that say nothing any more */
