/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a quantity. Canonical means: no fraction, the largest suffix that loses nothing, no sign but a
 * minus. Binary SI falls back to decimal for small and for broken numbers. A suffix that does not exist
 * becomes a power of ten (1000E is 1e21) or stays out (1024Ei), where older Kubernetes lost it altogether.
 */

#include "api/resource/quantity_scan.h"

enum { MAX_BINARY_EXPONENT = 60, DECIMAL_DIGITS = 40 };

static __int128 magnitude(const struct quantity *quantity)
{
    return quantity->nanos < 0 ? -quantity->nanos : quantity->nanos;
}

/* Digits of NUMBER at the end of BUFFER; returns where they start. */
static const char *decimal_digits(__int128 number, char buffer[DECIMAL_DIGITS + 1])
{
    char *at = buffer + DECIMAL_DIGITS;
    *at = '\0';
    do
        *--at = (char)('0' + (int)(number % 10));
    while ((number /= 10) > 0);
    return at;
}

/* DIGITS times ten to EXPONENT; neither digit string ends in a zero. */
static void write_decimal(struct buf *out, enum quantity_format format, struct span digits, int64_t exponent)
{
    int64_t zeros = ((exponent % 3) + 3) % 3;
    exponent -= zeros;
    buf_add_span(out, digits);
    buf_printf(out, "%.*s", (int)zeros, "00");
    const char *suffix = format == QUANTITY_DECIMAL_SI && exponent <= 18
                             ? quantity_suffix(QUANTITY_DECIMAL_SI, (int32_t)exponent)
                             : NULL;
    if (suffix)
        buf_add(out, suffix);
    else if (exponent)
        buf_printf(out, "e%lld", (long long)exponent);
}

static struct span strip_zeros(struct span digits, int64_t *exponent)
{
    while (digits.length > 1 && digits.data[digits.length - 1] == '0') {
        digits.length--;
        ++*exponent;
    }
    return digits;
}

static void format_binary(__int128 whole, struct buf *out)
{
    int32_t exponent = 0;
    while (whole % 1024 == 0 && exponent < MAX_BINARY_EXPONENT) {
        whole /= 1024;
        exponent += 10;
    }
    char buffer[DECIMAL_DIGITS + 1];
    buf_add(out, decimal_digits(whole, buffer));
    buf_add(out, quantity_suffix(QUANTITY_BINARY_SI, exponent));
}

/* The number is in the text: all its digits, moved together. */
static void format_huge(const struct quantity *quantity, struct buf *out)
{
    struct quantity_parts parts;
    cleanup_error struct error *err =
        quantity_scan((struct span){ quantity->text, quantity->text_length }, &parts);
    if (err)
        return;
    char buffer[QUANTITY_MAX_TEXT + 1];
    int64_t exponent;
    struct span digits = quantity_digits(&parts, buffer, &exponent);
    write_decimal(out, parts.format, digits, exponent);
}

void quantity_format_canonical(const struct quantity *quantity, struct buf *out)
{
    const __int128 nano = 1000000000;
    __int128 nanos = magnitude(quantity);
    if (nanos == 0) {
        buf_add(out, "0");
        return;
    }
    if (quantity->nanos < 0)
        buf_add_char(out, '-');
    if (quantity->huge && quantity->text) {
        format_huge(quantity, out);
        return;
    }
    enum quantity_format format = (enum quantity_format)quantity->format;
    if (format == QUANTITY_BINARY_SI && nanos % nano == 0 && nanos >= 1024 * nano) {
        format_binary(nanos / nano, out);
        return;
    }
    if (format == QUANTITY_BINARY_SI)
        format = QUANTITY_DECIMAL_SI;
    char buffer[DECIMAL_DIGITS + 1];
    int64_t exponent = -9;
    struct span digits = strip_zeros(span_of(decimal_digits(nanos, buffer)), &exponent);
    write_decimal(out, format, digits, exponent);
}

void quantity_format_text(const struct quantity *quantity, struct buf *out)
{
    if (quantity->text && !quantity->respell)
        buf_append(out, quantity->text, quantity->text_length);
    else
        quantity_format_canonical(quantity, out);
}
