/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * resource.Quantity, exactly as Kubernetes has it (apimachinery/pkg/api/resource; allocation.md
 * section 2.14): parsing, canonical text, exact comparison over all formats, addition, and the roundings of
 * Value() and MilliValue(). A quantity is a plain value that may be copied.
 */

#include "api/base/buf.h"
#include "api/base/error.h"
#include "api/base/span.h"

enum quantity_format { QUANTITY_DECIMAL_SI, QUANTITY_BINARY_SI, QUANTITY_DECIMAL_EXPONENT };

/* Zeroed memory is the quantity 0. */
struct quantity {
    __int128 nanos;       /* the number times 10^9 (no finer digit exists); see `huge` */
    const char *text;     /* the spelling to keep on output, borrowed from the input's owner; or NULL */
    uint16_t text_length; /* no NUL is needed behind text */
    uint8_t format;       /* enum quantity_format */
    uint8_t huge;         /* the number is beyond what nanos can hold: nanos is saturated, text says it */
    uint8_t respell;      /* huge, and its text is not canonical: output spells it anew */
    uint8_t wide;         /* Kubernetes would keep it as a big decimal, so AsInt64() refuses */
    int8_t scale;         /* Kubernetes' power of ten of the last digit it keeps; for AsInt64() and floats */
};

enum { QUANTITY_TEXT_SIZE = 64, QUANTITY_MAX_TEXT = 256 };

/* TEXT must outlive *OUT where the spelling is kept; pass an arena's copy. ERROR_INVALID as Kubernetes words
 * it. */
nodiscard struct error *quantity_parse(struct span text, struct quantity *out);

struct quantity quantity_of_int(int64_t value, enum quantity_format format);

/* The text that Kubernetes would print. */
void quantity_format_text(const struct quantity *quantity, struct buf *out);
/* The canonical text, whatever the input looked like. */
void quantity_format_canonical(const struct quantity *quantity, struct buf *out);

/* The same number in the same spelling. */
bool quantity_is_same(const struct quantity *a, const struct quantity *b);
int quantity_compare(const struct quantity *a, const struct quantity *b);
int quantity_sign(const struct quantity *quantity);

/* *A += B, *A -= B; keeps A's format unless A is zero; forgets the remembered text. Saturates (huge). */
void quantity_add(struct quantity *a, const struct quantity *b);
void quantity_sub(struct quantity *a, const struct quantity *b);

/* Value() and MilliValue(): rounded away from zero, saturated at int64. */
int64_t quantity_value(const struct quantity *quantity);
int64_t quantity_milli_value(const struct quantity *quantity);
/* AsInt64(): false if it does not fit, or Kubernetes keeps it with fraction digits ("1.0") or as a big
 * decimal. */
bool quantity_as_int64(const struct quantity *quantity, int64_t *out);
/* AsApproximateFloat64() */
double quantity_as_double(const struct quantity *quantity);
/* Whether AsInt64() has an answer, which is what CEL's isInteger() asks. */
bool quantity_is_integer(const struct quantity *quantity);
