/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities and versions. What is printed can be read again and is the same number, and printing is stable;
 * a sum minus one of its parts is the other part, as long as nothing saturates.
 */

#include "api/resource/quantity.h"
#include "api/resource/semver.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static void print(const struct quantity *quantity, struct buf *out)
{
    buf_clear(out);
    quantity_format_canonical(quantity, out);
}

/* Sums in binary SI may lie beyond the cap that reading puts on it. */
static bool is_beyond_cap(const struct quantity *quantity)
{
    struct quantity most = quantity_of_int(INT64_MAX, QUANTITY_BINARY_SI), least = most;
    least.nanos = -most.nanos;
    return quantity->format == QUANTITY_BINARY_SI &&
           (quantity_compare(quantity, &most) > 0 || quantity_compare(quantity, &least) < 0);
}

static void check_text(const struct quantity *quantity)
{
    if (is_beyond_cap(quantity))
        return;
    cleanup_buf struct buf text = BUF_INIT(2 * QUANTITY_MAX_TEXT), again = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    struct quantity back;
    print(quantity, &text);
    struct error *err = quantity_parse(buf_span(&text), &back);
    if (err) { /* only longer than any input may be */
        assert(text.length > QUANTITY_MAX_TEXT);
        error_free(err);
        return;
    }
    assert(quantity_compare(quantity, &back) == 0);
    assert(quantity_sign(quantity) == quantity_sign(&back));
    print(&back, &again);
    /* A binary number without a suffix comes back as a decimal one. */
    assert(back.format != quantity->format || span_equal(buf_span(&text), buf_span(&again)));
}

static void check_sum(const struct quantity *a, const struct quantity *b)
{
    struct quantity sum = *a;
    quantity_add(&sum, b);
    if (sum.huge)
        return;
    check_text(&sum);
    quantity_sub(&sum, b);
    assert(quantity_compare(&sum, a) == 0);
    assert(quantity_compare(a, b) == -quantity_compare(b, a));
    (void)quantity_value(&sum);
    (void)quantity_milli_value(&sum);
    (void)quantity_as_double(&sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span second, first = span_split((struct span){ (const char *)data, size }, ' ', &second);
    struct quantity a, b;
    struct semver version;
    error_free(semver_parse(first, &version));
    struct error *a_err = quantity_parse(first, &a);
    struct error *b_err = quantity_parse(second.data ? second : SPAN("0"), &b);
    if (!a_err)
        check_text(&a);
    if (!a_err && !b_err)
        check_sum(&a, &b);
    error_free(a_err);
    error_free(b_err);
    return 0;
}
