/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables of core/v1 and coordination.k8s.io/v1. Pods and nodes know what we and patches need and are
 * open beyond it: what a newer Kubernetes adds passes through.
 */

#include "api/resource/tables.h"

extern const struct schema namespace_schema, node_schema, pod_schema, event_schema, lease_schema;
extern const struct schema pod_spec_schema, pod_status_schema, container_schema, resource_requirements_schema;
