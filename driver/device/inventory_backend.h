/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Backends of Inventory documents. Devices are declared there or made up by count (simulated), and what
 * containers get is written there as templates (api/config/inventory.h).
 */

#include "driver/device/backend.h"

struct inventory_options {
    const char *path;               /* a file, or a folder of *.yaml, *.yml, *.json */
    const char *driver;             /* only this driver's inventories; NULL: all */
    const struct value *parameters; /* an object that replaces parameters of the inventories; or NULL */
};

/*
 * One backend for each driver that has an inventory in PATH. Documents that are wrong are logged and left
 * out; without a single good inventory the first problem, or ERROR_NOT_FOUND, is returned. The array is the
 * caller's (free), the backends too (backend_free).
 *
 * Their watch looks at the folder and reads it again when something changes. A driver whose document became
 * wrong keeps its last good inventory; one whose document is gone has no devices any more.
 */
nodiscard struct error *inventory_backends_open(const struct inventory_options *options,
                                                struct backend ***out, size_t *n_out);

/* The same with nothing but a path. */
nodiscard struct error *inventory_backends_load(const char *path, struct backend ***out, size_t *n_out);
