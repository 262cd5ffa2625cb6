/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of YAML 1.1 with go-yaml's habits: base-60 numbers are strings, timestamps are strings for JSON,
 * as are numbers that no double holds, underscores in numbers do not count, and "08" is a number although it
 * is no octal one.
 */

#include "api/value/yaml_scalar.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_NUMBER = 400 };

static bool is_one_of(struct span text, const char *const *words)
{
    for (; *words; words++)
        if (span_is(text, *words))
            return true;
    return false;
}

static bool resolve_word(struct span text, struct yaml_scalar *out)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "y",    "Y",    "yes", "Yes", "YES", "true",
                                         "True", "TRUE", "on",  "On",  "ON",  NULL };
    static const char *const falses[] = { "n",     "N",     "no",  "No",  "NO",  "false",
                                          "False", "FALSE", "off", "Off", "OFF", NULL };
    static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
    static const char *const infinities[] = { ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL };
    static const char *const negatives[] = { "-.inf", "-.Inf", "-.INF", NULL };

    if (text.length > 5)
        return false;
    if (is_one_of(text, nulls))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_NULL };
    else if (is_one_of(text, trues))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_BOOL, .boolean = true };
    else if (is_one_of(text, falses))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_BOOL, .boolean = false };
    else if (is_one_of(text, nans))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_DOUBLE, .number = NAN };
    else if (is_one_of(text, infinities))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_DOUBLE, .number = INFINITY };
    else if (is_one_of(text, negatives))
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_DOUBLE, .number = -INFINITY };
    else
        return false;
    return true;
}

/* Go's ParseInt with base 0: 0x, 0o, 0b, a leading 0 for octal. */
static bool resolve_int(const char *text, struct yaml_scalar *out)
{
    bool negative = *text == '-';
    const char *digits = text + (*text == '-' || *text == '+');
    int base = 10;
    if (digits[0] == '0' && digits[1]) {
        char kind = (char)tolower((unsigned char)digits[1]);
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
        digits += kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1;
    }
    bool has_second_prefix = base == 16 && digits[0] == '0' && tolower((unsigned char)digits[1]) == 'x';
    if (!isxdigit((unsigned char)*digits) || has_second_prefix)
        return false;
    char *end;
    errno = 0;
    unsigned long long magnitude = strtoull(digits, &end, base);
    if (*end)
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    if (errno == ERANGE && base != 10)
        return false;
    if (errno == ERANGE || magnitude > limit) {
        double number = base == 10 ? strtod(digits, NULL) : (double)magnitude;
        *out =
            (struct yaml_scalar){ .meaning = YAML_MEANS_BIG_NUMBER, .number = negative ? -number : number };
    } else {
        *out = (struct yaml_scalar){ .meaning = YAML_MEANS_INT,
                                     .integer = (int64_t)(negative ? -magnitude : magnitude) };
    }
    return true;
}

static const char *skip_digits(const char *at)
{
    while (isdigit((unsigned char)*at))
        at++;
    return at;
}

/* [-+]? ( .digits | digits (. digits?)? ) ( e [-+]? digits )? */
static bool resolve_double(const char *text, struct yaml_scalar *out)
{
    const char *at = text + (*text == '-' || *text == '+');
    const char *start = at;
    at = skip_digits(at);
    bool has_digits = at > start;
    if (*at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction);
        has_digits |= at > fraction;
    }
    if (!has_digits)
        return false;
    if (*at == 'e' || *at == 'E') {
        const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');
        at = skip_digits(exponent);
        if (at == exponent)
            return false;
    }
    if (*at)
        return false;
    double number = strtod(text, NULL);
    if (!isfinite(number))
        return false;
    *out = (struct yaml_scalar){ .meaning = YAML_MEANS_DOUBLE, .number = number };
    return true;
}

/*
 * TEXT without its underscores, which count nowhere, except that behind a leading point they must stand
 * between digits. False if it cannot be a number.
 */
static bool plain_number(struct span text, char plain[MAX_NUMBER])
{
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '\0')
            return false;
        bool between = i > 0 && i + 1 < text.length && isdigit((unsigned char)text.data[i - 1]) &&
                       isdigit((unsigned char)text.data[i + 1]);
        if (c != '_')
            plain[length++] = c;
        else if (text.data[0] == '.' && !between)
            return false;
    }
    plain[length] = '\0';
    return true;
}

struct yaml_scalar yaml_scalar_resolve(struct span text)
{
    struct yaml_scalar out = { .meaning = YAML_MEANS_STRING };
    if (resolve_word(text, &out))
        return out;
    if (!strchr("+-.0123456789", text.data[0]) || text.length >= MAX_NUMBER)
        return out;
    char plain[MAX_NUMBER];
    if (!plain_number(text, plain))
        return out;
    if (plain[0] == '.' || !resolve_int(plain, &out))
        resolve_double(plain, &out);
    return out;
}

/* 1:30, which other readers of YAML 1.1 take for 90; and 2026-07-01, which they take for a date. */
static bool looks_like_time(struct span text)
{
    size_t at = text.data[0] == '-' || text.data[0] == '+';
    size_t start = at;
    while (at < text.length && (isdigit((unsigned char)text.data[at]) || text.data[at] == '_'))
        at++;
    return at > start && at < text.length && (text.data[at] == ':' || (text.data[at] == '-' && at == 4));
}

bool yaml_scalar_needs_quotes(struct span text)
{
    static const char *const special[] = { "=", "<<", NULL };
    return yaml_scalar_resolve(text).meaning != YAML_MEANS_STRING || looks_like_time(text) ||
           is_one_of(text, special);
}
