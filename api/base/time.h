/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Wall time as RFC 3339 text, the way the Kubernetes API spells it. Wall times are int64 microseconds since
 * 1970 (UTC); whatever measures a span uses time_monotonic_nanos.
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

enum { TIME_TEXT_SIZE = 48 };

int64_t time_now_micros(void);
uint64_t time_monotonic_nanos(void);

/* "2026-07-01T12:00:00Z", metav1.Time */
void time_format(int64_t micros, char out[TIME_TEXT_SIZE]);

/* "2026-07-01T12:00:00.123456Z", metav1.MicroTime */
void time_format_micros(int64_t micros, char out[TIME_TEXT_SIZE]);

/* RFC 3339 with any fraction and offset. */
nodiscard struct error *time_parse(struct span text, int64_t *out_micros);

/* kubectl's age: "5s", "2m10s", "3h4m", "2d" (apimachinery's duration.HumanDuration). */
void time_format_age(int64_t seconds, char out[TIME_TEXT_SIZE]);

/* Go's form: "300ms", "1.5s", "2m", "1h30m". Nanoseconds. */
nodiscard struct error *duration_parse(const char *text, int64_t *out_nanos);
