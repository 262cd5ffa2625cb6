/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/number_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { MAX_NUMBER_TEXT = 512 };

/* "1.5e-07" apart: digits without point, and the decimal exponent of the first one. */
static void shortest_digits(double number, char *digits, size_t size, int *exponent)
{
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    char *e = strchr(text, 'e');
    *exponent = (int)strtol(e + 1, NULL, 10);
    size_t n = 0;
    for (const char *at = text; at < e && n + 1 < size; at++)
        if (isdigit((unsigned char)*at))
            digits[n++] = *at;
    digits[n] = '\0';
}

void number_format(double number, int least, int most, struct buf *out)
{
    static const char zeros[] = "00000000000000000000000";
    if (isnan(number) || isinf(number)) {
        buf_add(out, isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
        return;
    }
    if (signbit(number))
        buf_add_char(out, '-');
    char digits[32];
    int exponent;
    shortest_digits(fabs(number), digits, sizeof(digits), &exponent);
    int n = (int)strlen(digits);
    if (exponent < least || exponent >= most) {
        buf_printf(out, "%c%s%se%c%02d", digits[0], n > 1 ? "." : "", digits + 1, exponent < 0 ? '-' : '+',
                   abs(exponent));
        return;
    }
    if (exponent < 0)
        buf_printf(out, "0.%.*s%s", -exponent - 1, zeros, digits);
    else if (n <= exponent + 1)
        buf_printf(out, "%s%.*s", digits, exponent + 1 - n, zeros);
    else
        buf_printf(out, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
}

void number_format_shortest(double number, struct buf *out)
{
    number_format(number, -4, 6, out);
}

bool number_parse_uint(struct span text, uint64_t *out)
{
    uint64_t number = 0;
    if (!text.length)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!isdigit((unsigned char)text.data[i]) || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text.data[i] - '0'), &number))
            return false;
    *out = number;
    return true;
}

bool number_parse_int(struct span text, int64_t *out)
{
    bool negative = text.length && text.data[0] == '-';
    if (text.length && (text.data[0] == '-' || text.data[0] == '+'))
        text = span_skip(text, 1);
    uint64_t magnitude;
    if (!number_parse_uint(text, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? -magnitude : magnitude);
    return true;
}

bool number_parse_double(struct span text, double *out)
{
    char copy[MAX_NUMBER_TEXT];
    /* strtod also takes blanks in front and "nan(...)". */
    if (!text.length || text.length >= sizeof(copy) || isspace((unsigned char)text.data[0]) ||
        memchr(text.data, '(', text.length) || memchr(text.data, '\0', text.length))
        return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    bool hex = strpbrk(copy, "xX") != NULL;
    if (hex && !strpbrk(copy, "pP"))
        return false;
    char *end;
    *out = strtod(copy, &end);
    bool says_infinity = strpbrk(copy, "iI") != NULL;
    return *end == '\0' && (!isinf(*out) || says_infinity);
}
