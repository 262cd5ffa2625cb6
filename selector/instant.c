/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days are counted in eras of 400 years that begin on the first of March, so that leap days come last and no
 * case needs a table.
 */

#include "selector/instant.h"

#include "api/base/compiler.h"
#include "selector/number_text.h"

#include <ctype.h>

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

int64_t calendar_seconds(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970) * SECONDS_PER_DAY;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(int64_t year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

struct calendar calendar_of(int64_t seconds)
{
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    struct calendar when = { .hour = (unsigned)(rest / 3600),
                             .minute = (unsigned)(rest / 60 % 60),
                             .second = (unsigned)(rest % 60) };
    int64_t weekday = (days + 4) % 7; /* 1970 began on a Thursday */
    when.weekday = (unsigned)(weekday < 0 ? weekday + 7 : weekday);

    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    unsigned day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;
    when.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    when.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    when.year = era * 400 + year_of_era + (when.month <= 2);
    when.yearday =
        (unsigned)((calendar_seconds(when.year, when.month, when.day) - calendar_seconds(when.year, 1, 1)) /
                   SECONDS_PER_DAY);
    return when;
}

/* Sums */

static struct datum timestamp_at(__int128 nanos, int16_t offset)
{
    __int128 seconds = nanos / NANOS_PER_SECOND;
    int64_t rest = (int64_t)(nanos % NANOS_PER_SECOND);
    if (rest < 0) {
        rest += NANOS_PER_SECOND;
        seconds--;
    }
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX)
        return fail("timestamp overflow");
    return datum_timestamp((int64_t)seconds, (uint32_t)rest, offset);
}

static __int128 total_nanos(const struct datum *timestamp)
{
    return (__int128)timestamp->integer * NANOS_PER_SECOND + timestamp->size;
}

struct datum timestamp_add(const struct datum *timestamp, int64_t nanos)
{
    return timestamp_at(total_nanos(timestamp) + nanos, timestamp->offset);
}

struct datum timestamp_between(const struct datum *later, const struct datum *earlier)
{
    __int128 nanos = total_nanos(later) - total_nanos(earlier);
    if (nanos < INT64_MIN || nanos > INT64_MAX)
        return fail("timestamp overflow");
    return datum_duration((int64_t)nanos);
}

/* Texts */

/* Exactly COUNT digits, and what follows them must be the character THEN (0: anything). */
static bool take_number(struct span *text, size_t count, char then, unsigned *out)
{
    if (text->length < count + (then != 0))
        return false;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text->data[i]))
            return false;
        *out = *out * 10 + (unsigned)(text->data[i] - '0');
    }
    if (then && text->data[count] != then)
        return false;
    *text = span_skip(*text, count + (then != 0));
    return true;
}

/* ".123", if it is there; digits past the ninth are dropped. */
static bool take_fraction(struct span *text, uint32_t *nanos)
{
    *nanos = 0;
    if (!text->length || (text->data[0] != '.' && text->data[0] != ','))
        return true;
    *text = span_skip(*text, 1);
    uint32_t unit = NANOS_PER_SECOND / 10;
    size_t n = 0;
    for (; n < text->length && isdigit((unsigned char)text->data[n]); n++, unit /= 10)
        *nanos += unit * (uint32_t)(text->data[n] - '0');
    *text = span_skip(*text, n);
    return n > 0;
}

/* "Z" or "+hh:mm", up to the end. */
static bool take_offset(struct span text, int16_t *minutes)
{
    *minutes = 0;
    if (span_is(text, "Z"))
        return true;
    if (!text.length || (text.data[0] != '+' && text.data[0] != '-'))
        return false;
    bool west = text.data[0] == '-';
    text = span_skip(text, 1);
    unsigned hours, rest;
    if (!take_number(&text, 2, ':', &hours) || !take_number(&text, 2, 0, &rest) || text.length ||
        hours > 23 || rest > 59)
        return false;
    *minutes = (int16_t)(west ? -(int)(hours * 60 + rest) : (int)(hours * 60 + rest));
    return true;
}

bool timestamp_parse(struct span text, struct datum *out)
{
    unsigned year, month, day, hour, minute, second;
    uint32_t nanos;
    int16_t offset;
    if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
        !take_number(&text, 2, 'T', &day) || !take_number(&text, 2, ':', &hour) ||
        !take_number(&text, 2, ':', &minute) || !take_number(&text, 2, 0, &second) ||
        !take_fraction(&text, &nanos) || !take_offset(text, &offset))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    int64_t seconds = calendar_seconds(year, month, day) + hour * 3600 + minute * 60 + second - offset * 60;
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX)
        return false;
    *out = datum_timestamp(seconds, nanos, offset);
    return true;
}

/* ".5" for half a second; nothing for a whole one. */
static void format_fraction(uint32_t nanos, struct buf *out)
{
    if (!nanos)
        return;
    char digits[16];
    int length = snprintf(digits, sizeof(digits), "%09u", nanos);
    while (digits[length - 1] == '0')
        length--;
    buf_printf(out, ".%.*s", length, digits);
}

void timestamp_format(const struct datum *timestamp, struct buf *out)
{
    int offset = timestamp->offset;
    struct calendar when = calendar_of(timestamp->integer + offset * 60);
    buf_printf(out, "%04lld-%02u-%02uT%02u:%02u:%02u", (long long)when.year, when.month, when.day, when.hour,
               when.minute, when.second);
    format_fraction(timestamp->size, out);
    if (!offset)
        buf_add_char(out, 'Z');
    else
        buf_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', abs(offset) / 60, abs(offset) % 60);
}

struct unit {
    const char *name;
    uint64_t nanos;
};

static const struct unit *take_unit(struct span *text)
{
    static const struct unit units[] = {
        { "ns", 1 },
        { "us", 1000 },
        { "\u00b5s", 1000 },
        { "\u03bcs", 1000 },
        { "ms", 1000000 },
        { "s", 1000000000 },
        { "m", UINT64_C(60000000000) },
        { "h", UINT64_C(3600000000000) },
    };
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (span_starts_with(*text, span_of(units[i].name))) {
            *text = span_skip(*text, strlen(units[i].name));
            return &units[i];
        }
    return NULL;
}

static size_t count_digits(struct span text)
{
    size_t n = 0;
    while (n < text.length && isdigit((unsigned char)text.data[n]))
        n++;
    return n;
}

/* "1.5h" at the front of TEXT is added to *TOTAL. */
static bool take_term(struct span *text, uint64_t *total)
{
    struct span whole = { text->data, count_digits(*text) }, fraction = { 0 };
    *text = span_skip(*text, whole.length);
    if (span_starts_with(*text, SPAN("."))) {
        *text = span_skip(*text, 1);
        fraction = (struct span){ text->data, count_digits(*text) };
        *text = span_skip(*text, fraction.length);
    }
    const struct unit *unit = whole.length + fraction.length ? take_unit(text) : NULL;
    if (!unit)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < whole.length; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(whole.data[i] - '0'), &number))
            return false;
    double part = 0, place = 1;
    for (size_t i = 0; i < fraction.length && i < 18; i++)
        part += (fraction.data[i] - '0') * (place /= 10);
    /* Digits that a double cannot tell apart are fewer than a nanosecond of an hour. */
    uint64_t rest = (uint64_t)(part * (double)unit->nanos + 1e-6);
    return !__builtin_mul_overflow(number, unit->nanos, &number) &&
           !__builtin_add_overflow(number, rest, &number) && !__builtin_add_overflow(*total, number, total) &&
           *total <= (uint64_t)INT64_MAX + 1;
}

bool span_parse_duration(struct span text, struct datum *out)
{
    bool negative = span_starts_with(text, SPAN("-"));
    if (negative || span_starts_with(text, SPAN("+")))
        text = span_skip(text, 1);
    uint64_t total = 0;
    if (!span_is(text, "0")) {
        if (!text.length)
            return false;
        while (text.length)
            if (!take_term(&text, &total))
                return false;
    }
    if (!negative && total > INT64_MAX)
        return false;
    *out = datum_duration((int64_t)(negative ? -total : total));
    return true;
}

/* Upstream prints the seconds as a floating-point number, so that long ones lose their last digits. */
void duration_format(const struct datum *duration, struct buf *out)
{
    int64_t whole = duration->integer / NANOS_PER_SECOND, rest = duration->integer % NANOS_PER_SECOND;
    number_format((double)whole + (double)rest / NANOS_PER_SECOND, -10, 20, out);
    buf_add_char(out, 's');
}
