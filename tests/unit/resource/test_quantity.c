/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities: what Kubernetes prints for a text, its two roundings, and sums (allocation.md 2.14).
 */

#include "api/resource/quantity.h"
#include "tests/support/cmocka.h"

static const char regular_expression[] = "quantities must match the regular expression "
                                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
static const char bad_number[] = "unable to parse numeric part of quantity";
static const char bad_suffix[] = "unable to parse quantity's suffix";

static const struct parse_case {
    const char *text;
    const char *want;      /* what is printed, or the error */
    const char *canonical; /* NULL: the same */
    int64_t value, milli;
} parse_cases[] = {
    { "0", "0", NULL, 0, 0 },
    { ".", "0", NULL, 0, 0 },
    { "-", "0", NULL, 0, 0 },
    { "+", "0", NULL, 0, 0 },
    { "Ki", "0", NULL, 0, 0 },
    { "Ti", "0", NULL, 0, 0 },
    { "Pi", bad_number, NULL, 0, 0 },
    { "", regular_expression, NULL, 0, 0 },
    { "1e", bad_suffix, NULL, 0, 0 },
    { "1ee5", bad_suffix, NULL, 0, 0 },
    { "1e99999999999999999999", bad_suffix, NULL, 0, 0 },
    { "1 ", regular_expression, NULL, 0, 0 },
    { "1..5", regular_expression, NULL, 0, 0 },
    { "1Kib", regular_expression, NULL, 0, 0 },
    { "1KI", regular_expression, NULL, 0, 0 },
    { "1.500", "1.500", "1500m", 2, 1500 },
    { "+1", "+1", "1", 1, 1000 },
    { "01", "01", "1", 1, 1000 },
    { "1.5", "1500m", NULL, 2, 1500 },
    { "100m", "100m", NULL, 1, 100 },
    { "1000m", "1", NULL, 1, 1000 },
    { "5000", "5k", NULL, 5000, 5000000 },
    { "0.5Gi", "512Mi", NULL, 536870912, 536870912000 },
    { "8Gi", "8Gi", NULL, 8589934592, 8589934592000 },
    { "1024Mi", "1Gi", NULL, 1073741824, 1073741824000 },
    { "1.Ki", "1.Ki", "1Ki", 1024, 1024000 },
    { "1536", "1536", NULL, 1536, 1536000 },
    { "1536Ki", "1536Ki", NULL, 1572864, 1572864000 },
    { "0.1n", "1n", NULL, 1, 1 },
    { "-0.1n", "-1n", NULL, -1, -1 },
    { "0.3Ki", "307200m", NULL, 308, 307200 },
    { "0.0001Ki", "102400u", NULL, 1, 103 },
    { "0.00000000000001Ki", "1n", NULL, 1, 1 },
    { "8Ei", "9223372036854775807", NULL, INT64_MAX, INT64_MAX },
    { "-100000000000000000000Ei", "-9223372036854775807", NULL, -INT64_MAX, INT64_MIN },
    { "1E", "1E", NULL, 1000000000000000000, INT64_MAX },
    { "1000E", "1e21", NULL, INT64_MAX, INT64_MAX },
    { "1e3", "1e3", NULL, 1000, 1000000 },
    { "1E3", "1E3", "1e3", 1000, 1000000 },
    { "12e4", "120e3", NULL, 120000, 120000000 },
    { "1e-1", "100e-3", NULL, 1, 100 },
    { "1e30", "1e30", NULL, INT64_MAX, INT64_MAX },
    { "10e30", "10e30", NULL, INT64_MAX, INT64_MAX },
    { "-100e31", "-1e33", NULL, INT64_MIN, INT64_MIN },
    { "123456789012345678901234567890", "123456789012345678901234567890", NULL, INT64_MAX, INT64_MAX },
    { "123456789012345678901234567890000", "123456789012345678901234567890k", NULL, INT64_MAX, INT64_MAX },
    { "1e4294967296", "1e4294967296", "1", 1, 1000 },
};

static const char *print(const struct quantity *quantity,
                         void (*format)(const struct quantity *, struct buf *))
{
    static char text[2 * QUANTITY_MAX_TEXT];
    cleanup_buf struct buf out = BUF_INIT(sizeof(text) - 1);
    format(quantity, &out);
    strcpy(text, buf_text(&out));
    return text;
}

static void test_parse(void **state)
{
    const struct parse_case *row = *state;
    struct quantity quantity;
    cleanup_error struct error *err = quantity_parse(span_of(row->text), &quantity);
    if (err) {
        assert_string_equal(err->text, row->want);
        return;
    }
    assert_string_equal(print(&quantity, quantity_format_text), row->want);
    const char *canonical = row->canonical ? row->canonical : row->want;
    assert_string_equal(print(&quantity, quantity_format_canonical), canonical);
    assert_int_equal(quantity_value(&quantity), row->value);
    assert_int_equal(quantity_milli_value(&quantity), row->milli);
}

static const struct pair_case {
    const char *name;
    const char *a, *b;
    int order;
    const char *sum, *difference;
} pair_cases[] = {
    { "equal over formats", "1Gi", "1073741824", 0, "2Gi", "0" },
    { "milli", "1000m", "1", 0, "2", "0" },
    { "format of the left", "1Gi", "1G", 1, "2073741824", "73741824" },
    { "format of the right after zero", "0", "1Ki", -1, "1Ki", "-1Ki" },
    { "binary below 1024", "2Ki", "1Ki", 1, "3Ki", "1Ki" },
    { "huge and huge", "1e30", "10e29", 0, NULL, NULL },
    { "huge and huger", "1e30", "1.0000000000000000000000000000001e30", -1, NULL, NULL },
    { "minus huge", "-2e300", "-1e300", -1, NULL, NULL },
    { "huge and small", "1e300", "1Ei", 1, NULL, NULL },
    { "beyond Ei", "8000Pi", "8000Pi", 0, "16000Pi", "0" },
};

static void test_pair(void **state)
{
    const struct pair_case *row = *state;
    struct quantity a, b;
    assert_null(quantity_parse(span_of(row->a), &a));
    assert_null(quantity_parse(span_of(row->b), &b));
    assert_int_equal(quantity_compare(&a, &b), row->order);
    assert_int_equal(quantity_compare(&b, &a), -row->order);
    if (!row->sum)
        return;
    struct quantity sum = a, difference = a;
    quantity_add(&sum, &b);
    quantity_sub(&difference, &b);
    assert_string_equal(print(&sum, quantity_format_text), row->sum);
    assert_string_equal(print(&difference, quantity_format_text), row->difference);
}

static const struct int64_case {
    const char *text;
    bool ok;
    int64_t value;
    double real;
} int64_cases[] = {
    { "1", true, 1, 1 },         { "1k", true, 1000, 1000 },  { "1.0", false, 0, 1 },
    { "1Ki", true, 1024, 1024 }, { "1.5Ki", false, 0, 1536 }, { "100m", false, 0, 0.1 },
    { "0m", false, 0, 0 },       { "100E", false, 0, 1e20 },  { "1e300", false, 0, 1e300 },
    { "-3", true, -3, -3 },
};

static void test_int64(void **state)
{
    const struct int64_case *row = *state;
    struct quantity quantity;
    int64_t value = 0;
    assert_null(quantity_parse(span_of(row->text), &quantity));
    assert_int_equal(quantity_as_int64(&quantity, &value), row->ok);
    assert_int_equal(value, row->value);
    assert_true(quantity_as_double(&quantity) == row->real);
}

int main(void)
{
    return RUN_TABLE(parse_cases, test_parse) + RUN_TABLE(pair_cases, test_pair) +
           RUN_TABLE(int64_cases, test_int64);
}
