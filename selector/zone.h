/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How far a time zone is from UTC.
 */

#include "api/base/span.h"

#include <stdint.h>

/* NAME: "", "UTC", "+hh:mm", "-hh:mm", "hh:mm", or an IANA name. False if it is none of these. */
bool zone_offset(struct span name, int64_t at_seconds, int64_t *out_seconds);
