/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Of validate_capacity.c, for validate_device.c.
 */

#include "api/resource/validate_rules.h"

/* SHARED points to a bool: the device has allowMultipleAllocations. */
void validate_capacity(struct validator *v, const struct field_path *path, const struct value *capacity,
                       const void *shared);
