/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an inventory says about its node's devices and about one prepared device; the part of the inventory
 * backend that has no state. For this folder and its tests.
 */

#include "api/config/inventory.h"
#include "driver/device/backend.h"

/* Puts the attributes of DEVICE (a tree) into VARIABLES: {model: {string: A}} becomes {model: A}. */
void attributes_add(struct arena *arena, struct value *variables, const struct value *device);

/* Looks at the files that the rules name. No rules: unknown. Blocks. */
nodiscard struct error *inventory_health(struct arena *arena, const struct inventory_policy *inventory,
                                         const struct inventory_device *device, enum device_health *out,
                                         const char **message);

nodiscard struct error *inventory_discover(struct arena *arena, const struct inventory_policy *inventory,
                                           const char *node_name, struct discovery *out);

/* CONTENT is what inventory_expand made of INVENTORY for the request's node. */
nodiscard struct error *inventory_prepare(struct arena *arena, const struct inventory_policy *inventory,
                                          const struct inventory_content *content,
                                          const struct prepare_request *request, struct device_edits *out);
