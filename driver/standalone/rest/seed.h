/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is there before anybody asked: the namespaces that every cluster has, and this machine's nodes.
 */

#include "driver/standalone/rest/features.h"
#include "driver/standalone/rest/resources.h"

nodiscard struct error *seed_store(const struct resources *resources, const char *const *node_names,
                                   const char *kube_version, const struct features *features);
