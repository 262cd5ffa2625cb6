/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the libraries by themselves: texts of numbers and times, addresses, URLs, patterns.
 */

#include "selector/instant.h"
#include "selector/network.h"
#include "selector/number_text.h"
#include "selector/regex.h"
#include "selector/uri.h"
#include "selector/zone.h"
#include "selector/zone_rule.h"
#include "tests/support/cmocka.h"

struct double_case {
    const char *name; /* the text, too */
    double number;
};

static const struct double_case double_cases[] = {
    { "1", 1 },
    { "0.0001", 1e-4 },
    { "1e-05", 1e-5 },
    { "123456", 123456 },
    { "1e+06", 1e6 },
    { "0.1", 0.1 },
    { "1.234567e+06", 1234567 },
    { "1e+21", 1e21 },
    { "-0", -0.0 },
    { "5e-324", 5e-324 },
    { "-1.5", -1.5 },
    { "0.30000000000000004", 0.1 + 0.2 },
};

static void test_double(void **state)
{
    const struct double_case *row = *state;
    cleanup_buf struct buf text = BUF_INIT(64);
    number_format_shortest(row->number, &text);
    assert_string_equal(buf_text(&text), row->name);
}

struct time_case {
    const char *name; /* the text */
    bool valid;
    int64_t seconds;
    uint32_t nanos;
};

static const struct time_case time_cases[] = {
    { "1970-01-01T00:00:00Z", true, 0, 0 },
    { "2000-02-29T12:00:00.5Z", true, 951825600, 500000000 },
    { "1969-12-31T23:59:59Z", true, -1, 0 },
    { "2024-01-01T00:00:00+01:00", true, 1704063600, 0 },
    { "0001-01-01T00:00:00Z", true, TIMESTAMP_MIN, 0 },
    { "9999-12-31T23:59:59Z", true, TIMESTAMP_MAX, 0 },
    { "0001-01-01T00:00:00+00:01", false, 0, 0 },
    { "2023-02-29T00:00:00Z", false, 0, 0 },
    { "2023-01-01t00:00:00Z", false, 0, 0 },
    { "2023-01-01T00:00:60Z", false, 0, 0 },
    { "2023-01-01T00:00:00", false, 0, 0 },
    { "2023-01-01T00:00:00.Z", false, 0, 0 },
};

static void test_time(void **state)
{
    const struct time_case *row = *state;
    struct datum timestamp;
    assert_int_equal(timestamp_parse(span_of(row->name), &timestamp), row->valid);
    if (!row->valid)
        return;
    assert_int_equal(timestamp.integer, row->seconds);
    assert_int_equal(timestamp.size, row->nanos);
    cleanup_buf struct buf text = BUF_INIT(64);
    timestamp_format(&timestamp, &text);
    assert_string_equal(buf_text(&text), row->name);
}

struct duration_case {
    const char *name; /* the text */
    int64_t nanos;    /* INT64_MAX: invalid */
    const char *printed;
};

static const struct duration_case duration_cases[] = {
    { "1h30m", 5400000000000, "5400s" },
    { "-1.5h", -5400000000000, "-5400s" },
    { "1ms", 1000000, "0.001s" },
    { "2us3ns", 2003, "0.000002003s" },
    { "0", 0, "0s" },
    { ".5s", 500000000, "0.5s" },
    { "-9223372036854775808ns", INT64_MIN, "-9223372036.854776s" },
    { "9223372036854775808ns", INT64_MAX, NULL },
    { "1d", INT64_MAX, NULL },
    { "", INT64_MAX, NULL },
    { "1", INT64_MAX, NULL },
    { "s", INT64_MAX, NULL },
};

static void test_duration(void **state)
{
    const struct duration_case *row = *state;
    struct datum duration;
    assert_int_equal(span_parse_duration(span_of(row->name), &duration), row->printed != NULL);
    if (!row->printed)
        return;
    assert_true(duration.integer == row->nanos);
    cleanup_buf struct buf text = BUF_INIT(64);
    duration_format(&duration, &text);
    assert_string_equal(buf_text(&text), row->printed);
}

struct address_case {
    const char *name; /* the text */
    const char *canonical;
};

static const struct address_case address_cases[] = {
    { "10.0.0.1", "10.0.0.1" },
    { "::1", "::1" },
    { "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
    { "fe80:0:0:1::", "fe80:0:0:1::" },
    { "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
    { "::", "::" },
    { "1:2:3:4:5:6:0:8", "1:2:3:4:5:6:0:8" },
    { "::ffff:1.2.3.4", NULL },
    { "fe80::1%eth0", NULL },
    { "010.0.0.1", NULL },
    { "1.2.3", NULL },
    { "", NULL },
};

static void test_address(void **state)
{
    const struct address_case *row = *state;
    struct address address;
    const char *wrong = address_parse(span_of(row->name), &address);
    assert_int_equal(wrong == NULL, row->canonical != NULL);
    if (wrong)
        return;
    cleanup_buf struct buf text = BUF_INIT(64);
    address_format(&address, &text);
    assert_string_equal(buf_text(&text), row->canonical);
}

struct uri_case {
    const char *name; /* the text */
    bool valid;
    const char *host, *port, *path;
};

static const struct uri_case uri_cases[] = {
    { "https://h:80/p?q#f", true, "h", "80", "/p" },
    { "/only/path", true, "", "", "/only/path" },
    { "http://[::1]:8/", true, "::1", "8", "/" },
    { "http://u@h/a b", true, "h", "", "/a%20b" },
    { "*", true, "", "", "*" },
    { "relative/x", false, NULL, NULL, NULL },
    { "http://h#f", false, NULL, NULL, NULL },
    { "http://a b/", false, NULL, NULL, NULL },
    { "http://h:x/", false, NULL, NULL, NULL },
    { "/%zz", false, NULL, NULL, NULL },
    { "", false, NULL, NULL, NULL },
    { ":x", false, NULL, NULL, NULL },
};

static void test_uri(void **state)
{
    const struct uri_case *row = *state;
    struct uri uri;
    assert_int_equal(uri_parse(span_of(row->name), &uri) == NULL, row->valid);
    if (!row->valid)
        return;
    assert_true(span_is(uri_hostname(&uri), row->host));
    assert_true(span_is(uri_port(&uri), row->port));
    cleanup_buf struct buf path = BUF_INIT(256);
    uri_escaped_path(&uri, &path);
    assert_string_equal(buf_text(&path), row->path);
}

struct regex_case {
    const char *name; /* the pattern */
    const char *text;
    const char *match; /* NULL: none; "!": no pattern */
};

static const struct regex_case regex_cases[] = {
    { "a+", "baac", "aa" },
    { "(?<n>b)a", "baac", "ba" },
    { "(?P<n>b)a", "baac", "ba" },
    { "[[:alpha:]]+", "1ab2", "ab" },
    { "\\pL", "1\u00e9", "\u00e9" },
    { "(?i)B", "abc", "b" },
    { "a|ab", "ab", "a" },
    { "\\Q\\C\\E", "x\\C", "\\C" },
    { "[\\\\C]", "C", "C" },
    { "x", "abc", NULL },
    { "\\C", "a", "!" },
    { "(a)\\1", "aa", "!" },
    { "a(?=b)", "ab", "!" },
    { "(?<=a)b", "ab", "!" },
    { "(", "", "!" },
    { "a**", "", "!" },
};

static void test_regex(void **state)
{
    const struct regex_case *row = *state;
    struct regex *regex = NULL;
    cleanup_error struct error *err = regex_new(span_of(row->name), &regex);
    bool refused = row->match && strcmp(row->match, "!") == 0;
    assert_int_equal(err != NULL, refused);
    if (err)
        return;
    struct span match;
    bool found = regex_find(regex, span_of(row->text), 0, &match);
    regex_free(regex);
    assert_int_equal(found, row->match != NULL);
    if (found)
        assert_true(span_is(match, row->match));
}

static void test_zone(void **state)
{
    (void)state;
    int64_t offset = 1;
    assert_true(zone_offset(SPAN(""), 0, &offset));
    assert_int_equal(offset, 0);
    assert_true(zone_offset(SPAN("-02:30"), 0, &offset));
    assert_int_equal(offset, -9000);
    assert_false(zone_offset(SPAN("../../etc/passwd"), 0, &offset));
    assert_false(zone_offset(SPAN("/etc/localtime"), 0, &offset));
    assert_false(zone_offset(SPAN("Nowhere/Land"), 0, &offset));
    assert_true(zone_offset(SPAN("25:00"), 0, &offset)); /* as upstream has it */
    assert_int_equal(offset, 90000);
    assert_true(zone_offset(SPAN("-0:90"), 0, &offset));
    assert_int_equal(offset, -5400);
    assert_false(zone_offset(SPAN("1:x"), 0, &offset));
    assert_false(zone_offset(SPAN(":30"), 0, &offset));
    assert_false(zone_offset(SPAN("99999999:00"), 0, &offset));
}

struct zone_rule_case {
    const char *name; /* the rule */
    int64_t at;
    bool valid;
    int64_t offset;
};

#define SUMMER_2050 2540248200
#define WINTER_2050 2524609800

static const struct zone_rule_case zone_rule_cases[] = {
    { "CET-1CEST,M3.5.0,M10.5.0/3", SUMMER_2050, true, 7200 },
    { "CET-1CEST,M3.5.0,M10.5.0/3", WINTER_2050, true, 3600 },
    { "AEST-10AEDT,M10.1.0,M4.1.0/3", SUMMER_2050, true, 36000 },
    { "AEST-10AEDT,M10.1.0,M4.1.0/3", WINTER_2050, true, 39600 },
    { "IST-1GMT0,M10.5.0,M3.5.0/1", WINTER_2050, true, 0 },
    { "<+0330>-3:30", SUMMER_2050, true, 12600 },
    { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", SUMMER_2050, true, -3600 },
    { "<+03>-3<+04>-3:30,J60/0,J300/24", SUMMER_2050, true, 12600 },
    { "AAA0BBB,59,300", SUMMER_2050, true, 3600 },
    { "AAA0BBB,59,300", WINTER_2050, true, 0 },
    { "EST5:00:30", WINTER_2050, true, -18030 },
    { "", 0, false, 0 },
    { "CET", 0, false, 0 },
    { "CE-1", 0, false, 0 },
    { "<+03-3", 0, false, 0 },
    { "CET-1CEST", 0, false, 0 },
    { "CET-1CEST,M3.5.0", 0, false, 0 },
    { "CET-1CEST,M13.5.0,M10.5.0", 0, false, 0 },
    { "CET-1CEST,M3.5.0,M10.5.0/3x", 0, false, 0 },
    { "CET-999CEST,M3.5.0,M10.5.0", 0, false, 0 },
};

static void test_zone_rule(void **state)
{
    const struct zone_rule_case *row = *state;
    int64_t offset = 0;
    assert_int_equal(zone_rule_offset(span_of(row->name), row->at, &offset), row->valid);
    assert_int_equal(offset, row->offset);
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(test_zone) };
    return RUN_TABLE(double_cases, test_double) + RUN_TABLE(time_cases, test_time) +
           RUN_TABLE(duration_cases, test_duration) + RUN_TABLE(address_cases, test_address) +
           RUN_TABLE(zone_rule_cases, test_zone_rule) + RUN_TABLE(uri_cases, test_uri) +
           RUN_TABLE(regex_cases, test_regex) + cmocka_run_group_tests(others, NULL, NULL);
}
