/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions: what is one, with blang/semver's words for what is none, and the order of semver.org.
 */

#include "api/resource/semver.h"
#include "tests/support/cmocka.h"

static const struct parse_case {
    const char *text;
    const char *error; /* NULL: valid */
} parse_cases[] = {
    { "1.2.3", NULL },
    { "0.0.0", NULL },
    { "1.2.3-rc.1+build.007", NULL },
    { "1.2.3--", NULL },
    { "1.2.3+a-b", NULL },
    { "", "Version string empty" },
    { "1.2", "No Major.Minor.Patch elements found" },
    { "v1.2.3", "Invalid character(s) found in major number \"v1\"" },
    { "1.02.3", "Minor number must not contain leading zeroes \"02\"" },
    { "1.2.", "strconv.ParseUint: parsing \"\": invalid syntax" },
    { "1.2.3.4", "Invalid character(s) found in patch number \"3.4\"" },
    { "1.2.3-", "Prerelease is empty" },
    { "1.2.3-01", "Numeric PreRelease version must not contain leading zeroes \"01\"" },
    { "1.2.3-a_b", "Invalid character(s) found in prerelease \"a_b\"" },
    { "1.2.3+", "Build meta data is empty" },
    { "1.2.3+a..b", "Build meta data is empty" },
    { "18446744073709551616.0.0", "strconv.ParseUint: parsing \"18446744073709551616\": value out of range" },
};

static void test_parse(void **state)
{
    const struct parse_case *row = *state;
    struct semver version;
    cleanup_error struct error *err = semver_parse(span_of(row->text), &version);
    if (row->error)
        assert_string_equal(err ? err->text : "valid", row->error);
    else
        assert_null(err);
}

static void test_order(void **state)
{
    static const char *const ascending[] = {
        "1.0.0-0",      "1.0.0-2",    "1.0.0-11",    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
        "1.0.0-beta.2", "1.0.0-rc.1", "1.0.0+build", "1.0.1",       "1.2.0",         "10.0.0",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            struct semver a, b;
            assert_null(semver_parse(span_of(ascending[i]), &a));
            assert_null(semver_parse(span_of(ascending[j]), &b));
            assert_int_equal(semver_compare(&a, &b), (i > j) - (i < j));
        }
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(test_order) };
    return RUN_TABLE(parse_cases, test_parse) + cmocka_run_group_tests(others, NULL, NULL);
}
