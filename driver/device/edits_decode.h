/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the expanded `edits` of an inventory to struct device_edits; for this folder.
 */

#include "api/config/strict.h"
#include "driver/device/edits.h"

nodiscard struct error *edits_decode(struct arena *arena, const char *file, const struct value *tree,
                                     struct device_edits *out);
