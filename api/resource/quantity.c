/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities as numbers. Kubernetes keeps one either as int64 x 10^scale or, where digits or range ask for
 * it, as a big decimal; both round to nano on parsing. Nanos in 128 bits hold all of that up to 1.7 x 10^29,
 * so there is one number here. Beyond, the text itself is the number: two such quantities are compared digit
 * by digit. Which of the two forms Kubernetes would have chosen stays visible in AsInt64(), in floats, and in
 * whether the spelling is kept, hence `scale`, `wide` and `text`.
 */

#include "api/resource/quantity.h"

#include "api/resource/quantity_scan.h"

#include <stdio.h>

static const __int128 max_nanos = (__int128)(~(unsigned __int128)0 >> 1);

enum { NANO_DIGITS = 9, MAX_SHORT_DIGITS = 18 };

#define E18 ((__int128)1000000000000000000)

/* 10^EXPONENT, up to 38: the hot paths ask for it at every turn. */
static __int128 power_of_ten(int exponent)
{
    /* clang-format off */
    static const int64_t powers[] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
    };
    /* clang-format on */
    if (exponent < 18)
        return powers[exponent];
    return exponent < 36 ? E18 * powers[exponent - 18] : E18 * E18 * powers[exponent - 36];
}

/* A sum or product that saturates; *HUGE tells. */
static __int128 saturating_add(__int128 a, __int128 b, bool *huge)
{
    __int128 sum;
    if (!__builtin_add_overflow(a, b, &sum) && sum >= -max_nanos)
        return sum;
    *huge = true;
    return a < 0 ? -max_nanos : max_nanos;
}

static __int128 saturating_shift(__int128 number, int digit, bool *huge)
{
    __int128 tenfold;
    if (!__builtin_mul_overflow(number, 10, &tenfold))
        return saturating_add(tenfold, digit, huge);
    *huge = true;
    return max_nanos;
}

/* The digits with the point POINT places in: "123" with 2 gives 12, rounded up to 13. */
static __int128 round_up_at(const struct quantity_parts *parts, int64_t point, bool *huge)
{
    __int128 number = 0;
    size_t n_digits = quantity_n_digits(parts);
    size_t i = 0;
    for (; (int64_t)i < point && !*huge && (i < n_digits || number); i++)
        number = saturating_shift(number, quantity_digit(parts, i), huge);
    for (; i < n_digits; i++)
        if (quantity_digit(parts, i))
            return saturating_add(number, 1, huge);
    return number;
}

/* 0.FRACTION times FACTOR, rounded up: Horner from the last digit, so that nothing is lost on the way. */
static __int128 fraction_times(struct span fraction, __int128 factor)
{
    __int128 number = 0;
    bool inexact = false;
    for (size_t i = fraction.length; i-- > 0;) {
        __int128 tenfold = (fraction.data[i] - '0') * factor + number;
        inexact |= tenfold % 10 != 0;
        number = tenfold / 10;
    }
    return number + inexact;
}

static __int128 binary_nanos(const struct quantity_parts *parts)
{
    const __int128 nano = power_of_ten(NANO_DIGITS);
    const __int128 limit = INT64_MAX * nano;
    bool huge = false;
    __int128 whole = 0;
    for (size_t i = 0; i < parts->whole.length; i++)
        whole = saturating_shift(whole, parts->whole.data[i] - '0', &huge);
    if (huge || whole > INT64_MAX >> parts->exponent)
        return limit;
    __int128 unit = nano << parts->exponent;
    __int128 nanos = whole * unit + fraction_times(parts->fraction, unit);
    return nanos < limit ? nanos : limit;
}

/* Whether Kubernetes takes its short way, int64 x 10^scale, and with which scale. */
static bool is_short(const struct quantity_parts *parts, int64_t *scale)
{
    int n_whole = parts->whole.length ? (int)parts->whole.length : 1;
    if (parts->format == QUANTITY_BINARY_SI) {
        *scale = -(int64_t)parts->fraction.length;
        return parts->fraction.length == 0 && 15 - n_whole - parts->exponent * 3 / 10 - 1 >= 0;
    }
    *scale = (int64_t)parts->exponent - (int64_t)parts->fraction.length;
    return n_whole + (int)parts->fraction.length <= MAX_SHORT_DIGITS && *scale >= -NANO_DIGITS;
}

/* Whether a short quantity looks canonical enough for Kubernetes to keep its spelling. */
static bool keeps_text(const struct quantity_parts *parts, int64_t scale)
{
    if (parts->format == QUANTITY_BINARY_SI)
        return round_up_at(parts, (int64_t)parts->whole.length, &(bool){ false }) % 8 != 0;
    size_t n_digits = quantity_n_digits(parts);
    bool ends_in_zeros = n_digits >= 3 && quantity_digit(parts, n_digits - 1) == 0 &&
                         quantity_digit(parts, n_digits - 2) == 0 && quantity_digit(parts, n_digits - 3) == 0;
    return scale % 3 == 0 && parts->whole.length && !ends_in_zeros;
}

static int8_t clamp_scale(int64_t scale)
{
    return (int8_t)(scale > INT8_MAX ? INT8_MAX : scale < -NANO_DIGITS ? -NANO_DIGITS : scale);
}

struct error *quantity_parse(struct span text, struct quantity *out)
{
    struct quantity_parts parts;
    TRY(quantity_scan(text, &parts));

    int64_t scale;
    bool short_form = is_short(&parts, &scale);
    /* Kubernetes reads the digits a second time on the long way, and misses them then. */
    if (!short_form && !parts.has_digit)
        return error_invalid("unable to parse numeric part of quantity");

    bool huge = false;
    bool binary = parts.format == QUANTITY_BINARY_SI;
    __int128 nanos =
        binary ? binary_nanos(&parts)
               : round_up_at(&parts, (int64_t)parts.whole.length + parts.exponent + NANO_DIGITS, &huge);
    bool capped = binary && nanos == INT64_MAX * power_of_ten(NANO_DIGITS);
    bool keep = short_form && keeps_text(&parts, scale);
    if (binary && !short_form && nanos > 0 && nanos < power_of_ten(NANO_DIGITS))
        parts.format = QUANTITY_DECIMAL_SI;
    *out = (struct quantity){
        .nanos = parts.negative ? -nanos : nanos,
        .text = keep || huge ? text.data : NULL,
        .text_length = keep || huge ? (uint16_t)text.length : 0,
        .format = (uint8_t)parts.format,
        .huge = huge,
        .respell = huge && !keep,
        .wide = !short_form,
        .scale = short_form ? clamp_scale(scale)
                 : capped   ? 0
                            : -NANO_DIGITS,
    };
    return NULL;
}

struct quantity quantity_of_int(int64_t value, enum quantity_format format)
{
    return (struct quantity){ .nanos = value * power_of_ten(NANO_DIGITS), .format = (uint8_t)format };
}

int quantity_sign(const struct quantity *quantity)
{
    return (quantity->nanos > 0) - (quantity->nanos < 0);
}

/* Two positive decimals of any size. */
static int compare_digits(const struct quantity_parts *a, const struct quantity_parts *b)
{
    char buffer_a[QUANTITY_MAX_TEXT + 1], buffer_b[QUANTITY_MAX_TEXT + 1];
    int64_t exponent_a, exponent_b;
    struct span digits_a = quantity_digits(a, buffer_a, &exponent_a);
    struct span digits_b = quantity_digits(b, buffer_b, &exponent_b);
    int64_t size_a = (int64_t)digits_a.length + exponent_a, size_b = (int64_t)digits_b.length + exponent_b;
    if (size_a != size_b)
        return size_a < size_b ? -1 : 1;
    int order = span_compare(digits_a, digits_b);
    return (order > 0) - (order < 0);
}

/* Both huge and of one sign. Sums that went beyond the range have no text and count as the same. */
static int compare_huge(const struct quantity *a, const struct quantity *b)
{
    struct quantity_parts parts_a, parts_b;
    if (!a->text || !b->text)
        return 0;
    cleanup_error struct error *err = quantity_scan((struct span){ a->text, a->text_length }, &parts_a);
    if (!err)
        err = quantity_scan((struct span){ b->text, b->text_length }, &parts_b);
    return err ? 0 : compare_digits(&parts_a, &parts_b) * quantity_sign(a);
}

bool quantity_is_same(const struct quantity *a, const struct quantity *b)
{
    return a->nanos == b->nanos && a->format == b->format && a->huge == b->huge && a->respell == b->respell &&
           a->wide == b->wide && a->scale == b->scale &&
           span_equal((struct span){ a->text, a->text_length }, (struct span){ b->text, b->text_length });
}

int quantity_compare(const struct quantity *a, const struct quantity *b)
{
    if (a->nanos == b->nanos && a->huge && b->huge)
        return compare_huge(a, b);
    if (a->nanos == b->nanos)
        return (a->huge - b->huge) * quantity_sign(a);
    return a->nanos < b->nanos ? -1 : 1;
}

/* NANOS in units of 10^SCALE, which are whole, fit an int64. */
static bool fits_scale(__int128 nanos, int scale)
{
    enum { ALWAYS_FITS = 11 }; /* nanos end at 1.7 x 10^38 */
    if (scale >= ALWAYS_FITS)
        return true;
    __int128 unit = power_of_ten(scale + NANO_DIGITS);
    return nanos <= INT64_MAX * unit && nanos >= INT64_MIN * unit;
}

/* Two of these add up to what fits whole. */
static bool is_modest(__int128 nanos)
{
    return nanos < (__int128)1 << 91 && nanos > -((__int128)1 << 91);
}

/* Whole numbers that Kubernetes adds as int64: nearly all. */
static bool adds_shortly(const struct quantity *a, const struct quantity *b)
{
    return !(a->wide | b->wide | a->huge | b->huge) && a->scale >= 0 && b->scale >= 0 &&
           is_modest(a->nanos) && is_modest(b->nanos);
}

static void add_shortly(struct quantity *a, const struct quantity *b, __int128 b_nanos)
{
    *a = (struct quantity){
        .nanos = a->nanos + b_nanos,
        .format = a->nanos ? a->format : b->format,
        .scale = !b_nanos                           ? a->scale
                 : !a->nanos || b->scale < a->scale ? b->scale
                                                    : a->scale,
    };
}

static void add_nanos(struct quantity *a, const struct quantity *b, __int128 b_nanos)
{
    if (adds_shortly(a, b)) {
        add_shortly(a, b, b_nanos);
        return;
    }
    bool a_zero = a->nanos == 0, b_zero = b_nanos == 0;
    if (a_zero)
        a->format = b->format;
    bool huge = a->huge || b->huge;
    __int128 sum = saturating_add(a->nanos, b_nanos, &huge);
    bool both_short = !a->wide && !b->wide;
    /* Kubernetes' short sums leave a zero's scale out of account, its big ones do not. */
    int scale = both_short && b_zero   ? a->scale
                : both_short && a_zero ? b->scale
                : a->scale < b->scale  ? a->scale
                                       : b->scale;
    bool fits = !huge && fits_scale(a->nanos, scale) && fits_scale(b_nanos, scale) && fits_scale(sum, scale);
    a->wide = !both_short || !(fits || a_zero || b_zero);
    a->scale = (int8_t)scale;
    a->nanos = sum;
    a->huge = huge;
    a->respell = false;
    a->text = NULL;
    a->text_length = 0;
}

void quantity_add(struct quantity *a, const struct quantity *b)
{
    add_nanos(a, b, b->nanos);
}

void quantity_sub(struct quantity *a, const struct quantity *b)
{
    add_nanos(a, b, -b->nanos);
}

/* In units of UNIT nanos, rounded away from zero, saturated. */
static int64_t rounded_units(const struct quantity *quantity, __int128 unit)
{
    __int128 units = quantity->nanos / unit;
    if (quantity->nanos % unit)
        units += quantity_sign(quantity);
    return units > INT64_MAX ? INT64_MAX : units < INT64_MIN ? INT64_MIN : (int64_t)units;
}

int64_t quantity_value(const struct quantity *quantity)
{
    return rounded_units(quantity, power_of_ten(NANO_DIGITS));
}

int64_t quantity_milli_value(const struct quantity *quantity)
{
    return rounded_units(quantity, power_of_ten(NANO_DIGITS - 3));
}

bool quantity_as_int64(const struct quantity *quantity, int64_t *out)
{
    __int128 whole = quantity->nanos / power_of_ten(NANO_DIGITS);
    if (quantity->wide || quantity->huge || quantity->scale < 0 || whole > INT64_MAX || whole < INT64_MIN)
        return false;
    *out = (int64_t)whole;
    return true;
}

bool quantity_is_integer(const struct quantity *quantity)
{
    return quantity_as_int64(quantity, &(int64_t){ 0 });
}

static double huge_as_double(const struct quantity *quantity)
{
    struct quantity_parts parts;
    cleanup_error struct error *err =
        quantity->text ? quantity_scan((struct span){ quantity->text, quantity->text_length }, &parts) : NULL;
    if (!quantity->text || err)
        return (double)quantity->nanos / 1e9;
    char digits[QUANTITY_MAX_TEXT + 32];
    snprintf(digits, sizeof(digits), "%s" SPAN_FMT SPAN_FMT "e%lld", parts.negative ? "-" : "",
             SPAN_ARG(parts.whole), SPAN_ARG(parts.fraction),
             (long long)parts.exponent - (long long)parts.fraction.length);
    return strtod(digits, NULL);
}

/* Two roundings, those of Kubernetes: the digits, then their product with the power of ten. */
double quantity_as_double(const struct quantity *quantity)
{
    if (quantity->huge)
        return huge_as_double(quantity);
    if (quantity->nanos == 0)
        return 0;
    __int128 digits = quantity->nanos / power_of_ten(quantity->scale + NANO_DIGITS);
    double power = (double)power_of_ten(quantity->scale < 0 ? -quantity->scale : quantity->scale);
    return quantity->scale < 0 ? (double)digits * (1 / power) : (double)digits * power;
}
