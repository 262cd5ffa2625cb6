/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The backend of one Inventory document: its devices are declared there, or made up by count (simulated), and
 * what containers get is written there as templates (api/config/inventory.h).
 */

#include "driver/device/backend.h"

/*
 * Loads every inventory found in PATH (a file, or a folder of *.yaml, *.yml, *.json), one backend for each
 * driver. With a loop, watch sees to it that a changed file is loaded again; a broken one is reported in the
 * log and the last good inventory stays. The backends are the caller's.
 */
nodiscard struct error *inventory_backends_load(const char *path, struct backend ***out, size_t *n_out);
