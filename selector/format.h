/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Named formats: dns1123Label and its like.
 */

#include "api/base/span.h"

struct format;

/* How long the pattern behind it counts as. */
unsigned format_pattern_size(const struct format *format);
