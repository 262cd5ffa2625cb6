/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Timestamps and durations: texts, sums, the calendar.
 */

#include "api/base/buf.h"
#include "selector/machine.h"

/* Years 1 to 9999. */
#define TIMESTAMP_MIN INT64_C(-62135596800)
#define TIMESTAMP_MAX INT64_C(253402300799)

enum { NANOS_PER_SECOND = 1000000000 };

static inline struct datum datum_timestamp(int64_t seconds, uint32_t nanos, int16_t offset)
{
    return (struct datum){ .kind = DATUM_TIMESTAMP, .offset = offset, .size = nanos, .integer = seconds };
}

static inline struct datum datum_duration(int64_t nanos)
{
    return (struct datum){ .kind = DATUM_DURATION, .integer = nanos };
}

struct datum timestamp_add(const struct datum *timestamp, int64_t nanos);
struct datum timestamp_between(const struct datum *later, const struct datum *earlier);

/* RFC 3339, strictly. */
bool timestamp_parse(struct span text, struct datum *out);
void timestamp_format(const struct datum *timestamp, struct buf *out);

/* "1h30m"; false for anything else. */
bool span_parse_duration(struct span text, struct datum *out);
/* "5400s" */
void duration_format(const struct datum *duration, struct buf *out);

struct calendar {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
    unsigned weekday;                          /* Sunday is 0 */
    unsigned yearday;                          /* from 0 */
};

/* Of a time that is already local. */
struct calendar calendar_of(int64_t seconds);
/* The seconds since 1970 of midnight on that day. */
int64_t calendar_seconds(int64_t year, unsigned month, unsigned day);
