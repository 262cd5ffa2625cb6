/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Time zones as a rule for every year: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX TZ, with the wider times of RFC
 * 8536).
 */

#include "api/base/span.h"

#include <stdint.h>

/* The offset east of UTC at SECONDS since 1970. False if RULE is none. */
bool zone_rule_offset(struct span rule, int64_t at_seconds, int64_t *out_seconds);
