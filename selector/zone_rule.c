/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     CET-1           CEST       ,M3.5.0          ,M10.5.0/3
 *     standard time   summer     from the last    to the last Sunday of October,
 *     is UTC + 1      time, + 2  Sunday of March  3 o'clock
 *
 * Offsets in a rule count westward, ours eastward.
 */

#include "selector/zone_rule.h"

#include "selector/instant.h"

#include <ctype.h>

enum { HOUR = 3600, DAY = 24 * HOUR, LAST_WEEK = 5 };

struct turn {
    enum { BY_WEEKDAY, BY_DAY, BY_DAY_WITHOUT_LEAP } form;
    int64_t month, week, day;
    int64_t time; /* of that day, in seconds */
};

static bool skip_char(struct span *rule, char c)
{
    if (!rule->length || rule->data[0] != c)
        return false;
    *rule = span_skip(*rule, 1);
    return true;
}

/* "CET", "<+0330>" */
static bool take_name(struct span *rule)
{
    bool quoted = skip_char(rule, '<');
    size_t n = 0;
    while (n < rule->length && (quoted ? rule->data[n] != '>' : isalpha((unsigned char)rule->data[n])))
        n++;
    *rule = span_skip(*rule, n);
    return n >= 3 && (!quoted || skip_char(rule, '>'));
}

static bool take_number(struct span *rule, int64_t least, int64_t most, int64_t *out)
{
    size_t n = 0;
    int64_t number = 0;
    for (; n < rule->length && n < 4 && isdigit((unsigned char)rule->data[n]); n++)
        number = number * 10 + (rule->data[n] - '0');
    *rule = span_skip(*rule, n);
    *out = number;
    return n > 0 && number >= least && number <= most;
}

/* "-1", "+3:30", "10:00:30" in seconds */
static bool take_time(struct span *rule, int64_t *out)
{
    int64_t part, seconds = 0;
    bool negative = skip_char(rule, '-');
    if (!negative)
        skip_char(rule, '+');
    if (!take_number(rule, 0, 167, &part))
        return false;
    seconds = part * HOUR;
    for (int64_t unit = 60; unit && skip_char(rule, ':'); unit /= 60) {
        if (!take_number(rule, 0, 59, &part))
            return false;
        seconds += part * unit;
    }
    *out = negative ? -seconds : seconds;
    return true;
}

/* "M3.5.0/2", "J60", "59" */
static bool take_turn(struct span *rule, struct turn *out)
{
    *out = (struct turn){ .form = BY_DAY, .time = 2 * HOUR };
    bool good;
    if (skip_char(rule, 'M')) {
        out->form = BY_WEEKDAY;
        good = take_number(rule, 1, 12, &out->month) && skip_char(rule, '.') &&
               take_number(rule, 1, LAST_WEEK, &out->week) && skip_char(rule, '.') &&
               take_number(rule, 0, 6, &out->day);
    } else if (skip_char(rule, 'J')) {
        out->form = BY_DAY_WITHOUT_LEAP;
        good = take_number(rule, 1, 365, &out->day);
    } else {
        good = take_number(rule, 0, 365, &out->day);
    }
    return good && (!skip_char(rule, '/') || take_time(rule, &out->time));
}

static int64_t midnight_by_weekday(const struct turn *turn, int64_t year)
{
    unsigned month = (unsigned)turn->month;
    int64_t first = calendar_seconds(year, month, 1);
    int64_t end = month == 12 ? calendar_seconds(year + 1, 1, 1) : calendar_seconds(year, month + 1, 1);
    int64_t ahead = (turn->day - (int64_t)calendar_of(first).weekday + 7) % 7;
    int64_t day = first + (ahead + (turn->week - 1) * 7) * DAY;
    return day < end ? day : day - 7 * DAY; /* there may be no fifth one */
}

/* Seconds since 1970, as the clock on the wall counts them before the turn. */
static int64_t turn_seconds(const struct turn *turn, int64_t year)
{
    int64_t first = calendar_seconds(year, 1, 1), day = turn->day;
    switch (turn->form) {
    case BY_WEEKDAY: return midnight_by_weekday(turn, year) + turn->time;
    case BY_DAY_WITHOUT_LEAP: {
        bool leap = calendar_seconds(year, 3, 1) - first == 60 * DAY;
        day = day - 1 + (leap && day >= 60);
        break;
    }
    case BY_DAY: break;
    }
    return first + day * DAY + turn->time;
}

bool zone_rule_offset(struct span rule, int64_t at_seconds, int64_t *out_seconds)
{
    int64_t standard, summer;
    struct turn begin, end;
    if (!take_name(&rule) || !take_time(&rule, &standard))
        return false;
    standard = summer = -standard;
    if (!rule.length) {
        *out_seconds = standard;
        return true;
    }
    if (!take_name(&rule))
        return false;
    summer += HOUR;
    if (rule.length && rule.data[0] != ',') {
        if (!take_time(&rule, &summer))
            return false;
        summer = -summer;
    }
    if (!skip_char(&rule, ',') || !take_turn(&rule, &begin) || !skip_char(&rule, ',') ||
        !take_turn(&rule, &end) || rule.length)
        return false;
    int64_t year = calendar_of(at_seconds).year;
    int64_t from = turn_seconds(&begin, year) - standard, to = turn_seconds(&end, year) - summer;
    bool between = from <= to ? at_seconds >= from && at_seconds < to : at_seconds >= from || at_seconds < to;
    *out_seconds = between ? summer : standard;
    return true;
}
