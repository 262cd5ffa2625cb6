/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text of a quantity taken apart: sign, digits, suffix. Only the quantity_*.c files use this.
 */

#include "api/resource/quantity.h"

struct quantity_parts {
    bool negative;
    bool has_digit;       /* before the suffix, zeros included */
    struct span whole;    /* digits before the point, without leading zeros */
    struct span fraction; /* digits behind it */
    enum quantity_format format;
    int32_t exponent; /* of ten, or of two in binary SI */
};

/* The parts point into TEXT. */
nodiscard struct error *quantity_scan(struct span text, struct quantity_parts *out);

/* Digit INDEX of whole and fraction as one string; 0 behind its end. */
static inline int quantity_digit(const struct quantity_parts *parts, size_t index)
{
    if (index < parts->whole.length)
        return parts->whole.data[index] - '0';
    index -= parts->whole.length;
    return index < parts->fraction.length ? parts->fraction.data[index] - '0' : 0;
}

static inline size_t quantity_n_digits(const struct quantity_parts *parts)
{
    return parts->whole.length + parts->fraction.length;
}

/*
 * The significant digits of a decimal quantity, rounded up to nano, without zeros at either end; they are in
 * DIGITS, the last one stands for ten to *EXPONENT. No digits: zero.
 */
struct span quantity_digits(const struct quantity_parts *parts, char digits[QUANTITY_MAX_TEXT + 1],
                            int64_t *exponent);

/* The suffix of EXPONENT (of ten, or of two in binary SI); NULL if FORMAT has none for it. */
const char *quantity_suffix(enum quantity_format format, int32_t exponent);
