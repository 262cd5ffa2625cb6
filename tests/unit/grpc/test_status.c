/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes, grpc-message, grpc-timeout, and the judgement of request headers.
 */

#include "driver/grpc/request_head.h"
#include "driver/grpc/status.h"
#include "driver/grpc/timeout.h"
#include "tests/support/cmocka.h"

#include <string.h>

/* --- grpc-message --- */

static const struct message_case {
    const char *name;
    const char *text;
    const char *encoded;
    const char *decoded; /* NULL: the text again */
} message_cases[] = {
    { "plain", "no such claim", "no such claim", NULL },
    { "empty", "", "", NULL },
    { "percent", "100% full", "100%25 full", NULL },
    { "newline", "a\nb", "a%0Ab", NULL },
    { "umlaut", "h\xc3\xb6her", "h%C3%B6her", NULL },
    { "malformed utf-8",
      "a\xff"
      "b",
      "a%EF%BF%BDb",
      "a\xef\xbf\xbd"
      "b" },
    { "tilde and delete", "~\x7f", "~%7F", NULL },
};

static void test_message(void **state)
{
    const struct message_case *row = *state;
    cleanup_buf struct buf encoded = BUF_INIT(1000), decoded = BUF_INIT(1000);
    grpc_message_encode(&encoded, span_of(row->text));
    assert_string_equal(buf_text(&encoded), row->encoded);
    grpc_message_decode(&decoded, buf_span(&encoded));
    assert_string_equal(buf_text(&decoded), row->decoded ? row->decoded : row->text);
}

static void test_message_limit(void **state)
{
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(10000), encoded = BUF_INIT(10000), decoded = BUF_INIT(10000);
    for (int i = 0; i < 2000; i++)
        buf_add(&text, "\xc3\xb6");
    grpc_message_encode(&encoded, buf_span(&text));
    assert_int_equal(encoded.length, 4092); /* the code point that fits, whole, and no more */
    grpc_message_decode(&decoded, buf_span(&encoded));
    assert_int_equal(decoded.length, 4092 / 3);
}

static void test_message_decode_lenient(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(100);
    grpc_message_decode(&out, span_of("50%, %4, %zz, %41, %ff, %"));
    assert_string_equal(buf_text(&out), "50%, %4, %zz, A, \xef\xbf\xbd, %");
}

/* --- codes --- */

static void test_codes(void **state)
{
    (void)state;
    assert_string_equal(grpc_code_name(GRPC_DEADLINE_EXCEEDED), "DeadlineExceeded");
    assert_null(grpc_code_name((enum grpc_code)17));
    assert_int_equal(grpc_code_parse(SPAN("14")), GRPC_UNAVAILABLE);
    assert_int_equal(grpc_code_parse(SPAN("0")), GRPC_OK);
    assert_int_equal(grpc_code_parse(SPAN("17")), GRPC_UNKNOWN);
    assert_int_equal(grpc_code_parse(SPAN("-1")), GRPC_UNKNOWN);
    assert_int_equal(grpc_code_parse(SPAN("")), GRPC_UNKNOWN);
    assert_int_equal(grpc_code_parse(SPAN("0000000")), GRPC_UNKNOWN);
    assert_int_equal(grpc_code_of_http(404), GRPC_UNIMPLEMENTED);
    assert_int_equal(grpc_code_of_http(503), GRPC_UNAVAILABLE);
    assert_int_equal(grpc_code_of_http(418), GRPC_UNKNOWN);
    assert_int_equal(grpc_code_of_reset(7), GRPC_UNAVAILABLE);
    assert_int_equal(grpc_code_of_reset(8), GRPC_CANCELLED);
    assert_int_equal(grpc_code_of_reset(1), GRPC_INTERNAL);
    for (int kind = ERROR_INVALID; kind <= ERROR_INTERNAL; kind++)
        assert_int_equal(grpc_error_kind(grpc_code_of((enum error_kind)kind)), kind);
}

/* --- grpc-timeout --- */

static const struct timeout_case {
    const char *name;
    const char *text;
    uint64_t nanos; /* 0: refused, except "0n" */
} timeout_cases[] = {
    { "kubelet's 45 s", "44999912u", 44999912000 },
    { "hours", "2H", 7200000000000 },
    { "minutes", "3M", 180000000000 },
    { "seconds", "5S", 5000000000 },
    { "millis", "7m", 7000000 },
    { "nanos", "9n", 9 },
    { "saturated", "99999999H", INT64_MAX },
    { "nine digits", "123456789n", 0 },
    { "no digits", "S", 0 },
    { "no unit", "12", 0 },
    { "empty", "", 0 },
    { "unknown unit", "5h", 0 },
    { "negative", "-5S", 0 },
    { "a space", "5 S", 0 },
};

static void test_timeout(void **state)
{
    const struct timeout_case *row = *state;
    uint64_t nanos = 0;
    cleanup_error struct error *err = grpc_timeout_parse(span_of(row->text), &nanos);
    assert_int_equal(nanos, row->nanos);
    assert_int_equal(err != NULL, row->nanos == 0);
}

static void test_timeout_format(void **state)
{
    (void)state;
    char text[GRPC_TIMEOUT_TEXT_SIZE];
    grpc_timeout_format(0, text);
    assert_string_equal(text, "0n");
    grpc_timeout_format(99999999, text);
    assert_string_equal(text, "99999999n");
    grpc_timeout_format(100000001, text);
    assert_string_equal(text, "100001u"); /* up, never down */
    grpc_timeout_format(44999912345, text);
    assert_string_equal(text, "44999913u");
    grpc_timeout_format(UINT64_MAX, text);
    assert_string_equal(text, "5124096H");
}

/* --- request headers --- */

#define FINE_BEFORE_TYPE                                                                                     \
    ":method", "POST", ":scheme", "http", ":path", "/a.B/C", ":authority", "localhost", "te", "trailers"
#define FINE FINE_BEFORE_TYPE, "content-type", "application/grpc"

static const struct head_case {
    const char *name;
    const char *headers[24];
    enum head_verdict verdict;
    unsigned http_status;
    enum grpc_code code;
} head_cases[] = {
    { "fine", { FINE }, HEAD_FINE, 0, 0 },
    { "with metadata", { FINE, "traceparent", "x", "a-bin", "AAA" }, HEAD_FINE, 0, 0 },
    { "proto content type", { FINE_BEFORE_TYPE, "content-type", "application/grpc+proto" }, HEAD_FINE, 0, 0 },
    { "content type with a parameter",
      { FINE_BEFORE_TYPE, "content-type", "application/grpc;x" },
      HEAD_FINE,
      0,
      0 },
    { "raw path as authority",
      { ":method", "POST", ":path", "/a/b", ":authority", "/var/lib/x.sock", "content-type",
        "application/grpc" },
      HEAD_FINE,
      0,
      0 },
    { "no authority, no scheme",
      { ":method", "POST", ":path", "/a/b", "content-type", "application/grpc" },
      HEAD_FINE,
      0,
      0 },
    { "other content type",
      { FINE_BEFORE_TYPE, "content-type", "application/json" },
      HEAD_REFUSED,
      415,
      GRPC_INVALID_ARGUMENT },
    { "grpc-web is another",
      { FINE_BEFORE_TYPE, "content-type", "application/grpc-web" },
      HEAD_REFUSED,
      415,
      GRPC_INVALID_ARGUMENT },
    { "no content type", { FINE_BEFORE_TYPE }, HEAD_REFUSED, 415, GRPC_INVALID_ARGUMENT },
    { "get",
      { ":method", "GET", ":path", "/a/b", "content-type", "application/grpc" },
      HEAD_REFUSED,
      405,
      GRPC_INTERNAL },
    { "bad timeout", { FINE, "grpc-timeout", "1h" }, HEAD_REFUSED, 400, GRPC_INTERNAL },
    { "two authorities", { ":authority", "a", FINE }, HEAD_REFUSED, 400, GRPC_INTERNAL },
    { "relative path",
      { ":method", "POST", ":path", "a/b", "content-type", "application/grpc" },
      HEAD_REFUSED,
      200,
      GRPC_UNIMPLEMENTED },
    { "no method", { ":path", "/a/b", "content-type", "application/grpc" }, HEAD_MALFORMED, 0, 0 },
    { "no path", { ":method", "POST", "content-type", "application/grpc" }, HEAD_MALFORMED, 0, 0 },
    { "two paths", { ":path", "/x", FINE }, HEAD_MALFORMED, 0, 0 },
    { "pseudo header late", { FINE, ":scheme", "http" }, HEAD_MALFORMED, 0, 0 },
    { "unknown pseudo header", { ":protocol", "x", FINE }, HEAD_MALFORMED, 0, 0 },
    { "upper case", { FINE, "X-Y", "z" }, HEAD_MALFORMED, 0, 0 },
    { "connection", { FINE, "connection", "close" }, HEAD_MALFORMED, 0, 0 },
};

static void test_head(void **state)
{
    const struct head_case *row = *state;
    struct request_head head;
    struct head_refusal refusal = { 0 };
    request_head_init(&head);
    for (size_t i = 0; row->headers[i]; i += 2)
        request_head_add(&head, span_of(row->headers[i]), span_of(row->headers[i + 1]));
    assert_int_equal(request_head_judge(&head, &refusal), row->verdict);
    assert_int_equal(refusal.http_status, row->http_status);
    assert_int_equal(refusal.code, row->code);
}

static void test_head_too_large(void **state)
{
    (void)state;
    struct request_head head;
    struct head_refusal refusal;
    char value[1000];
    memset(value, 'x', sizeof(value));
    request_head_init(&head);
    for (int i = 0; i < 20; i++)
        request_head_add(&head, SPAN("x"), (struct span){ value, sizeof(value) });
    assert_int_equal(request_head_judge(&head, &refusal), HEAD_REFUSED);
    assert_int_equal(refusal.http_status, 431);
}

static void test_head_long_path(void **state)
{
    (void)state;
    struct request_head head;
    struct head_refusal refusal;
    char path[300] = "/";
    memset(path + 1, 'p', sizeof(path) - 2);
    request_head_init(&head);
    request_head_add(&head, SPAN(":method"), SPAN("POST"));
    request_head_add(&head, SPAN(":path"), (struct span){ path, sizeof(path) - 1 });
    request_head_add(&head, SPAN("content-type"), SPAN("application/grpc"));
    assert_int_equal(request_head_judge(&head, &refusal), HEAD_REFUSED);
    assert_int_equal(refusal.code, GRPC_UNIMPLEMENTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_limit),  cmocka_unit_test(test_message_decode_lenient),
        cmocka_unit_test(test_codes),          cmocka_unit_test(test_timeout_format),
        cmocka_unit_test(test_head_too_large), cmocka_unit_test(test_head_long_path),
    };
    return RUN_TABLE(message_cases, test_message) + RUN_TABLE(timeout_cases, test_timeout) +
           RUN_TABLE(head_cases, test_head) + cmocka_run_group_tests(tests, NULL, NULL);
}
