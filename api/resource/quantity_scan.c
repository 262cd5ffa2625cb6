/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a quantity's text is made of: [sign] digits [. digits] suffix. Kubernetes' own scanner is lax about
 * missing digits, so "." and "Ki" are zero; it is strict about everything else. A bare E is exa, while E or e
 * with digits behind it is a power of ten.
 */

#include "api/resource/quantity_scan.h"

static const struct suffix {
    const char *text;
    enum quantity_format format;
    int32_t exponent;
} suffixes[] = {
    { "", QUANTITY_DECIMAL_SI, 0 },   { "n", QUANTITY_DECIMAL_SI, -9 }, { "u", QUANTITY_DECIMAL_SI, -6 },
    { "m", QUANTITY_DECIMAL_SI, -3 }, { "k", QUANTITY_DECIMAL_SI, 3 },  { "M", QUANTITY_DECIMAL_SI, 6 },
    { "G", QUANTITY_DECIMAL_SI, 9 },  { "T", QUANTITY_DECIMAL_SI, 12 }, { "P", QUANTITY_DECIMAL_SI, 15 },
    { "E", QUANTITY_DECIMAL_SI, 18 }, { "", QUANTITY_BINARY_SI, 0 },    { "Ki", QUANTITY_BINARY_SI, 10 },
    { "Mi", QUANTITY_BINARY_SI, 20 }, { "Gi", QUANTITY_BINARY_SI, 30 }, { "Ti", QUANTITY_BINARY_SI, 40 },
    { "Pi", QUANTITY_BINARY_SI, 50 }, { "Ei", QUANTITY_BINARY_SI, 60 },
};

const char *quantity_suffix(enum quantity_format format, int32_t exponent)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (suffixes[i].format == format && suffixes[i].exponent == exponent)
            return suffixes[i].text;
    return NULL;
}

static const char suffix_letters[] = "eEinumkKMGTP";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

static struct span take_digits(struct span *rest)
{
    struct span digits = { rest->data, 0 };
    while (digits.length < rest->length && is_digit(rest->data[digits.length]))
        digits.length++;
    *rest = span_skip(*rest, digits.length);
    return digits;
}

/* An int64 in decimal, wrapped to 32 bits as Kubernetes does; false if it is none. */
static bool read_exponent(struct span text, int32_t *out)
{
    bool negative = text.length && text.data[0] == '-';
    if (text.length && is_sign(text.data[0]))
        text = span_skip(text, 1);
    if (text.length == 0)
        return false;
    __int128 value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.data[i]))
            return false;
        value = value * 10 + (text.data[i] - '0');
        if (value > (__int128)INT64_MAX + negative)
            return false;
    }
    *out = (int32_t)(uint32_t)(uint64_t)(negative ? -value : value);
    return true;
}

static bool interpret_suffix(struct span text, struct quantity_parts *out)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (span_is(text, suffixes[i].text)) {
            out->format = suffixes[i].format;
            out->exponent = suffixes[i].exponent;
            return true;
        }
    out->format = QUANTITY_DECIMAL_EXPONENT;
    return text.length > 1 && (text.data[0] == 'e' || text.data[0] == 'E') &&
           read_exponent(span_skip(text, 1), &out->exponent);
}

static struct error *format_wrong(void)
{
    return error_invalid("quantities must match the regular expression "
                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

struct error *quantity_scan(struct span text, struct quantity_parts *out)
{
    if (text.length == 0)
        return format_wrong();
    if (text.length > QUANTITY_MAX_TEXT)
        return error_invalid("a quantity must be no more than %d bytes long", QUANTITY_MAX_TEXT);

    struct quantity_parts parts = { .negative = text.data[0] == '-' };
    struct span rest = span_skip(text, is_sign(text.data[0]) ? 1 : 0);

    parts.whole = take_digits(&rest);
    parts.has_digit = parts.whole.length > 0;
    while (parts.whole.length && parts.whole.data[0] == '0')
        parts.whole = span_skip(parts.whole, 1);
    if (rest.length && rest.data[0] == '.') {
        rest = span_skip(rest, 1);
        parts.fraction = take_digits(&rest);
        parts.has_digit |= parts.fraction.length > 0;
    }

    struct span suffix = rest;
    while (rest.length && memchr(suffix_letters, rest.data[0], sizeof(suffix_letters) - 1))
        rest = span_skip(rest, 1);
    if (rest.length && is_sign(rest.data[0]))
        rest = span_skip(rest, 1);
    take_digits(&rest);
    if (rest.length)
        return format_wrong();
    if (!interpret_suffix(suffix, &parts))
        return error_invalid("unable to parse quantity's suffix");
    *out = parts;
    return NULL;
}

/* Adds one to the last digit; DIGITS has a zero in front for the carry. */
static void increment(char *digits, size_t length)
{
    while (length-- > 0 && ++digits[length] > '9')
        digits[length] = '0';
}

struct span quantity_digits(const struct quantity_parts *parts, char digits[QUANTITY_MAX_TEXT + 1],
                            int64_t *exponent)
{
    enum { NANO = -9 };
    size_t n_digits = quantity_n_digits(parts), length = 0;
    int64_t last = (int64_t)parts->exponent - (int64_t)parts->fraction.length;
    int64_t n_kept = last < NANO ? (int64_t)n_digits + last - NANO : (int64_t)n_digits;
    bool inexact = false;

    digits[length++] = '0';
    for (size_t i = 0; i < n_digits; i++)
        if ((int64_t)i < n_kept)
            digits[length++] = (char)('0' + quantity_digit(parts, i));
        else
            inexact |= quantity_digit(parts, i) != 0;
    if (inexact)
        increment(digits, length);

    *exponent = last < NANO ? NANO : last;
    while (length && digits[length - 1] == '0') {
        length--;
        ++*exponent;
    }
    struct span kept = { digits, length };
    while (kept.length && kept.data[0] == '0')
        kept = span_skip(kept, 1);
    return kept;
}
