/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/time.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

enum { MICROS = 1000000 };

int64_t time_now_micros(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MICROS + now.tv_nsec / 1000;
}

uint64_t time_monotonic_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct tm split(int64_t micros, int64_t *fraction)
{
    int64_t seconds = micros / MICROS;
    *fraction = micros % MICROS;
    if (*fraction < 0) {
        *fraction += MICROS;
        seconds--;
    }
    time_t when = (time_t)seconds;
    struct tm parts;
    gmtime_r(&when, &parts);
    return parts;
}

static int format_seconds(const struct tm *parts, char out[TIME_TEXT_SIZE])
{
    return snprintf(out, TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", parts->tm_year + 1900,
                    parts->tm_mon + 1, parts->tm_mday, parts->tm_hour, parts->tm_min, parts->tm_sec);
}

void time_format(int64_t micros, char out[TIME_TEXT_SIZE])
{
    int64_t fraction;
    struct tm parts = split(micros, &fraction);
    int length = format_seconds(&parts, out);
    snprintf(out + length, TIME_TEXT_SIZE - (size_t)length, "Z");
}

void time_format_micros(int64_t micros, char out[TIME_TEXT_SIZE])
{
    int64_t fraction;
    struct tm parts = split(micros, &fraction);
    int length = format_seconds(&parts, out);
    snprintf(out + length, TIME_TEXT_SIZE - (size_t)length, ".%06dZ", (int)fraction);
}

/* Reads COUNT digits at the front of *TEXT; -1 if they are not there. */
static int digits(struct span *text, size_t count)
{
    if (text->length < count)
        return -1;
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text->data[i]))
            return -1;
        value = value * 10 + (text->data[i] - '0');
    }
    *text = span_skip(*text, count);
    return value;
}

static bool literal(struct span *text, const char *any_of)
{
    if (text->length == 0 || !strchr(any_of, text->data[0]))
        return false;
    *text = span_skip(*text, 1);
    return true;
}

/* ".123456789": what is finer than a microsecond is cut off. */
static bool fraction_of(struct span *text, int64_t *micros)
{
    int64_t unit = MICROS;
    size_t count = 0;
    for (; text->length && isdigit((unsigned char)text->data[0]); count++) {
        unit /= 10;
        *micros += unit * (text->data[0] - '0');
        *text = span_skip(*text, 1);
    }
    return count > 0;
}

static bool zone_of(struct span *text, int64_t *offset_seconds)
{
    if (literal(text, "Zz"))
        return true;
    if (text->length == 0 || (text->data[0] != '+' && text->data[0] != '-'))
        return false;
    int sign = text->data[0] == '-' ? -1 : 1;
    *text = span_skip(*text, 1);
    int hours = digits(text, 2);
    if (!literal(text, ":"))
        return false;
    int minutes = digits(text, 2);
    *offset_seconds = sign * (hours * 3600 + minutes * 60);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

static bool parse(struct span text, int64_t *out)
{
    struct tm parts = { 0 };
    int year = digits(&text, 4);
    bool dash = literal(&text, "-");
    int month = digits(&text, 2);
    dash = literal(&text, "-") && dash;
    int day = digits(&text, 2);
    bool middle = literal(&text, "Tt");
    int hour = digits(&text, 2);
    bool colon = literal(&text, ":");
    int minute = digits(&text, 2);
    colon = literal(&text, ":") && colon;
    int second = digits(&text, 2);
    if (!dash || !middle || !colon || year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > month_days[month - 1] + (month == 2 && leap))
        return false;

    int64_t micros = 0;
    if (literal(&text, ".") && !fraction_of(&text, &micros))
        return false;
    int64_t offset = 0;
    if (!zone_of(&text, &offset) || text.length)
        return false;
    parts.tm_year = year - 1900, parts.tm_mon = month - 1, parts.tm_mday = day;
    parts.tm_hour = hour, parts.tm_min = minute, parts.tm_sec = second;
    *out = ((int64_t)timegm(&parts) - offset) * MICROS + micros;
    return true;
}

struct error *time_parse(struct span text, int64_t *out_micros)
{
    if (!parse(text, out_micros))
        return error_invalid("\"" SPAN_FMT "\" is not an RFC 3339 time like 2006-01-02T15:04:05Z",
                             SPAN_ARG(text));
    return NULL;
}

static void two_units(char out[TIME_TEXT_SIZE], int64_t large, char large_unit, int64_t small,
                      char small_unit)
{
    if (small)
        snprintf(out, TIME_TEXT_SIZE, "%lld%c%lld%c", (long long)large, large_unit, (long long)small,
                 small_unit);
    else
        snprintf(out, TIME_TEXT_SIZE, "%lld%c", (long long)large, large_unit);
}

void time_format_age(int64_t seconds, char out[TIME_TEXT_SIZE])
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400, YEAR = 365 * DAY };
    if (seconds < -1)
        snprintf(out, TIME_TEXT_SIZE, "<invalid>");
    else if (seconds < 0)
        snprintf(out, TIME_TEXT_SIZE, "0s");
    else if (seconds < 2 * MINUTE)
        snprintf(out, TIME_TEXT_SIZE, "%llds", (long long)seconds);
    else if (seconds < 10 * MINUTE)
        two_units(out, seconds / MINUTE, 'm', seconds % MINUTE, 's');
    else if (seconds < 3 * HOUR)
        two_units(out, seconds / MINUTE, 'm', 0, 's');
    else if (seconds < 8 * HOUR)
        two_units(out, seconds / HOUR, 'h', seconds % HOUR / MINUTE, 'm');
    else if (seconds < 2 * DAY)
        two_units(out, seconds / HOUR, 'h', 0, 'm');
    else if (seconds < 8 * DAY)
        two_units(out, seconds / DAY, 'd', seconds % DAY / HOUR, 'h');
    else if (seconds < 2 * YEAR)
        two_units(out, seconds / DAY, 'd', 0, 'h');
    else if (seconds < 8 * YEAR)
        two_units(out, seconds / YEAR, 'y', seconds % YEAR / DAY, 'd');
    else
        two_units(out, seconds / YEAR, 'y', 0, 'd');
}

static bool duration_unit(const char **text, double *nanos)
{
    static const struct {
        const char *name;
        double nanos;
    } units[] = { { "ns", 1 },  { "us", 1e3 }, { "\xc2\xb5s", 1e3 }, { "ms", 1e6 },
                  { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(*text, units[i].name, length) == 0) {
            *text += length;
            *nanos = units[i].nanos;
            return true;
        }
    }
    return false;
}

struct error *duration_parse(const char *text, int64_t *out_nanos)
{
    const char *at = text;
    double total = 0;
    bool any = strcmp(text, "0") == 0;
    if (any)
        at++;
    while (*at) {
        double number = 0, place = 1, unit;
        bool seen = false;
        for (; isdigit((unsigned char)*at); at++, seen = true)
            number = number * 10 + (*at - '0');
        if (*at == '.')
            for (at++; isdigit((unsigned char)*at); at++, seen = true)
                number += (*at - '0') * (place /= 10);
        if (!seen || !duration_unit(&at, &unit))
            return error_invalid("\"%s\" is not a duration like 300ms, 1.5s or 1h30m", text);
        total += number * unit;
        any = true;
    }
    if (!any || total > 9e18)
        return error_invalid("\"%s\" is not a duration like 300ms, 1.5s or 1h30m", text);
    *out_nanos = (int64_t)total;
    return NULL;
}
