/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small texts of HTTP: URLs, queries, headers.
 */

#include "api/base/arena.h"
#include "driver/http/headers.h"
#include "driver/http/query.h"
#include "driver/http/server.h"
#include "driver/http/url.h"
#include "tests/support/cmocka.h"

/* --- URLs --- */

struct url_case {
    const char *name, *text, *want; /* "origin path query", or the error */
};

static const struct url_case url_cases[] = {
    { "https", "https://kube.example.com/a?b=c", "https://kube.example.com:443 /a b=c" },
    { "http with port", "http://10.0.0.1:8080", "http://10.0.0.1:8080 / -" },
    { "IPv6", "https://[fd00::1]:6443/", "https://[fd00::1]:6443 / -" },
    { "no scheme", "ftp.example.com:6443", "https://ftp.example.com:6443 / -" },
    { "percent-encoded path", "http://a/%2F%20b", "http://a:80 /%2F%20b -" },
    { "query without path", "http://a?x", "http://a:80 / x" },
    { "upper-case scheme", "HTTPS://a/", "https://a:443 / -" },
    { "other scheme", "ftp://a/", "URL \"ftp://a/\": scheme ftp, want https or http" },
    { "user", "http://u@a/", "URL \"http://u@a/\": a user name is not allowed here" },
    { "fragment", "http://a/#x", "URL \"http://a/#x\": a fragment is not allowed here" },
    { "port too large", "http://a:65536/", "URL \"http://a:65536/\": " },
    { "space in host", "http://a b/", "URL \"http://a b/\": " },
};

static void test_url(void **state)
{
    const struct url_case *row = *state;
    cleanup_url struct url url = { 0 };
    cleanup_error struct error *err = url_parse(row->text, &url);
    cleanup_buf struct buf text = BUF_INIT(1000);
    if (err) {
        buf_add(&text, err->text);
    } else {
        url_format_origin(&url, &text);
        buf_printf(&text, " %s %s", url.path, url.query ? url.query : "-");
    }
    /* What follows our part of an error is libcurl's, and differs between its versions. */
    assert_true(span_starts_with(buf_span(&text), span_of(row->want)));
    if (!err)
        assert_string_equal(buf_text(&text), row->want);
}

static void test_url_escape(void **state)
{
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(1000);
    url_escape(&text, (struct span){ "a/b=c&d+e~f.\xc3\xa9\0", 15 });
    assert_string_equal(buf_text(&text), "a%2Fb%3Dc%26d%2Be~f.%C3%A9%00");
}

/* --- queries --- */

struct query_case {
    const char *name, *raw, *want; /* "key=value;" each, or the error */
};

static const struct query_case query_cases[] = {
    { "none", "", "" },
    { "pairs", "a=b&c=d", "a=b;c=d;" },
    { "no value", "watch&a=", "watch=;a=;" },
    { "empty pairs", "&&a=b&", "a=b;" },
    { "decoded", "fieldSelector=spec.nodeName%3Dn%2c1+x", "fieldSelector=spec.nodeName=n,1 x;" },
    { "equals in the value", "a=b=c", "a=b=c;" },
    { "repeated", "a=1&a=2", "a=1;a=2;" },
    { "cut percent", "a=%4", "query: broken percent sign at \"%4\"" },
    { "percent at the end", "a=b%", "query: broken percent sign at \"%\"" },
    { "no hex", "a=%zz1", "query: broken percent sign at \"%zz1\"" },
};

static void test_query(void **state)
{
    const struct query_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct query query = { 0 };
    cleanup_error struct error *err = query_parse(arena, span_of(row->raw), &query);
    cleanup_buf struct buf text = BUF_INIT(1000);
    if (err)
        buf_add(&text, err->text);
    for (size_t i = 0; i < query.n_pairs && !err; i++)
        buf_printf(&text, "%s=%s;", query.pairs[i].key, query.pairs[i].value);
    assert_string_equal(buf_text(&text), row->want);
}

static void test_query_get(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct query query;
    bool yes = false, no = true, absent = true, bad;
    assert_null(query_parse(arena, SPAN("watch&a=1&a=2&force=False&n=x"), &query));
    assert_string_equal(query_get(&query, "a"), "1");
    assert_null(query_get(&query, "b"));
    assert_null(query_get_bool(&query, "watch", &yes));
    assert_null(query_get_bool(&query, "force", &no));
    assert_null(query_get_bool(&query, "b", &absent));
    assert_true(yes && !no && !absent);
    cleanup_error struct error *err = query_get_bool(&query, "n", &bad);
    assert_string_equal(err->text, "query parameter n=x: want true or false");
}

static void test_query_too_many(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    char raw[2100];
    memset(raw, '&', sizeof(raw));
    struct query query;
    cleanup_error struct error *err = query_parse(arena, (struct span){ raw, sizeof(raw) }, &query);
    assert_int_equal(err->kind, ERROR_EXHAUSTED);
}

/* --- headers --- */

static void test_headers(void **state)
{
    (void)state;
    cleanup_headers struct http_headers headers = { 0 };
    assert_null(http_headers_get(&headers, "a"));
    http_headers_put(&headers, "Warning", "299 - \"x\"\r\nSet-Cookie: y");
    http_headers_put(&headers, "X-A", "");
    http_headers_put(&headers, "warning", "two");
    assert_string_equal(http_headers_get(&headers, "WARNING"), "299 - \"x\"  Set-Cookie: y");
    assert_string_equal(http_headers_get(&headers, "x-a"), "");
    assert_int_equal(http_headers_count(&headers, "Warning"), 2);
    cleanup_buf struct buf text = BUF_INIT(1000);
    http_headers_write(&headers, &text);
    assert_string_equal(buf_text(&text), "Warning: 299 - \"x\"  Set-Cookie: y\r\nX-A: \r\nwarning: two\r\n");
    http_headers_clear(&headers);
    assert_null(http_headers_get(&headers, "warning"));
    static char large[MAX_HEADER_BYTES];
    http_headers_add(&headers, SPAN("a"), (struct span){ large, sizeof(large) });
    cleanup_error struct error *err = http_headers_check(&headers);
    assert_int_equal(err->kind, ERROR_EXHAUSTED);
}

struct token_case {
    const char *name;
    struct span text;
    bool want;
};

static const struct token_case token_cases[] = {
    { "letters", { "Content-Type", 12 }, true },
    { "odd characters", { "!#$%&'*+-.^_`|~9", 16 }, true },
    { "nothing", { "", 0 }, false },
    { "space", { "a b", 3 }, false },
    { "colon", { "a:", 2 }, false },
    { "NUL", { "a\0", 2 }, false },
    { "high bit", { "\xc3", 1 }, false },
};

static void test_token(void **state)
{
    const struct token_case *row = *state;
    assert_int_equal(http_is_token(row->text), row->want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_escape),
        cmocka_unit_test(test_query_get),
        cmocka_unit_test(test_query_too_many),
        cmocka_unit_test(test_headers),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += RUN_TABLE(url_cases, test_url);
    failed += RUN_TABLE(query_cases, test_query);
    failed += RUN_TABLE(token_cases, test_token);
    return failed;
}
