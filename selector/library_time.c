/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/function.h"
#include "selector/instant.h"
#include "selector/machine.h"
#include "selector/zone.h"

static struct datum body_same(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return args[0];
}

static struct datum body_timestamp_of_string(struct machine *machine, const struct datum *args,
                                             unsigned n_args)
{
    (void)n_args;
    struct datum timestamp;
    if (!timestamp_parse(datum_span(&args[0]), &timestamp))
        return failf(machine, "parsing time \"%.64s\": invalid timestamp",
                     args[0].size ? datum_copy_text(machine, datum_span(&args[0])).text : "");
    return timestamp;
}

static struct datum body_timestamp_of_int(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    if (args[0].integer < TIMESTAMP_MIN || args[0].integer > TIMESTAMP_MAX)
        return fail("timestamp overflow");
    return datum_timestamp(args[0].integer, 0, 0);
}

static struct datum body_duration_of_string(struct machine *machine, const struct datum *args,
                                            unsigned n_args)
{
    (void)n_args;
    struct datum duration;
    if (!span_parse_duration(datum_span(&args[0]), &duration))
        return failf(machine, "time: invalid duration \"%.*s\"", (int)(args[0].size < 64 ? args[0].size : 64),
                     args[0].text);
    return duration;
}

static struct datum body_string_of_time(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    cleanup_buf struct buf text = BUF_INIT(64);
    if (args[0].kind == DATUM_TIMESTAMP)
        timestamp_format(&args[0], &text);
    else
        duration_format(&args[0], &text);
    return datum_copy_text(machine, buf_span(&text));
}

/* PART(function, what it gives of the calendar) */
#define PARTS(PART)                                                                                          \
    PART(getFullYear, (int64_t)when.year)                                                                    \
    PART(getMonth, (int64_t)when.month - 1)                                                                  \
    PART(getDate, (int64_t)when.day)                                                                         \
    PART(getDayOfMonth, (int64_t)when.day - 1)                                                               \
    PART(getDayOfWeek, (int64_t)when.weekday)                                                                \
    PART(getDayOfYear, (int64_t)when.yearday)                                                                \
    PART(getHours, (int64_t)when.hour)                                                                       \
    PART(getMinutes, (int64_t)when.minute)                                                                   \
    PART(getSeconds, (int64_t)when.second)                                                                   \
    PART(getMilliseconds, (int64_t)args[0].size / 1000000)

static struct datum local_calendar(struct machine *machine, const struct datum *args, unsigned n_args,
                                   struct calendar *out)
{
    struct span zone = n_args > 1 ? datum_span(&args[1]) : SPAN("");
    int64_t offset;
    if (!zone_offset(zone, args[0].integer, &offset))
        return failf(machine, "unknown time zone %.*s", (int)(zone.length < 64 ? zone.length : 64),
                     zone.data);
    *out = calendar_of(args[0].integer + offset);
    return datum_bool(true);
}

#define PART(name, value)                                                                                    \
    static struct datum body_##name(struct machine *machine, const struct datum *args, unsigned n_args)      \
    {                                                                                                        \
        struct calendar when;                                                                                \
        struct datum valid = local_calendar(machine, args, n_args, &when);                                   \
        return valid.kind == DATUM_ERROR ? valid : datum_int(value);                                         \
    }
PARTS(PART)
#undef PART

static struct datum body_whole_hours(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(args[0].integer / (3600ll * NANOS_PER_SECOND));
}

static struct datum body_whole_minutes(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(args[0].integer / (60ll * NANOS_PER_SECOND));
}

static struct datum body_whole_seconds(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(args[0].integer / NANOS_PER_SECOND);
}

static struct datum body_whole_milliseconds(struct machine *machine, const struct datum *args,
                                            unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(args[0].integer / 1000000);
}

static const struct function_row rows[] = {
    { "timestamp", "(timestamp) -> timestamp", body_same, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "timestamp", "(string) -> timestamp", body_timestamp_of_string, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "timestamp", "(int) -> timestamp", body_timestamp_of_int, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "duration", "(duration) -> duration", body_same, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "duration", "(string) -> duration", body_duration_of_string, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(timestamp) -> string", body_string_of_time, COST_ONE, FUNCTION_FOLDED, 0, 0 },
    { "string", "(duration) -> string", body_string_of_time, COST_ONE, FUNCTION_FOLDED, 0, 0 },
#define PART(name, value)                                                                                    \
    { #name, "timestamp.() -> int", body_##name, COST_ONE, 0, 0, 0 },                                        \
        { #name, "timestamp.(string) -> int", body_##name, COST_ONE, 0, 0, 0 },
    PARTS(PART)
#undef PART
        { "getHours", "duration.() -> int", body_whole_hours, COST_ONE, 0, 0, 0 },
    { "getMinutes", "duration.() -> int", body_whole_minutes, COST_ONE, 0, 0, 0 },
    { "getSeconds", "duration.() -> int", body_whole_seconds, COST_ONE, 0, 0, 0 },
    { "getMilliseconds", "duration.() -> int", body_whole_milliseconds, COST_ONE, 0, 0, 0 },
};

const struct library library_time = LIBRARY(rows);
