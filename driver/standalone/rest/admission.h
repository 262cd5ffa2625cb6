/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may create what: namespaces that exist and are not on their way out, admin access only where the
 * namespace says so, and the gate that keeps a pod from being scheduled before its claims are allocated.
 */

#include "driver/standalone/rest/resources.h"

/* The name of the gate, and the label of the classes that it waits for. */
#define ALLOCATE_GATE   "tranche.dev/allocate"
#define ALLOCATOR_LABEL "tranche.dev/allocator"

/* New objects go into namespaces that are there to stay. */
nodiscard struct error *admit_into_namespace(struct request *req, const struct value *object);

/* Whether requests for admin access are allowed there. */
bool namespace_grants_admin(struct request *req, const char *name);

/* Hooks of strategies. */
nodiscard struct error *admit_pod(struct request *req, const struct value *before, struct value *pod);
nodiscard struct error *review_slice(struct request *req, const struct value *slice);
nodiscard struct error *admit_namespace_delete(struct request *req, const struct value *namespace);
