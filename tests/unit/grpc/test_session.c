/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server's session makes of requests: whatever a client may get wrong in bodies and headers, byte by
 * byte. How calls live on is test_session_calls.c's.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/grpc/served.h"

#include <string.h>

/* --- bodies --- */

static const struct body_case {
    const char *name;
    const char *path;
    const char *pieces[8]; /* as text: 0 is a zero byte; "" an empty frame */
    const char *want;
    bool reset; /* the server does not wait for the rest */
    bool unfinished;
} body_cases[] = {
    { "whole",
      "/t.T/Echo",
      { "00002ok" },
      "DATA 00000000026f6b\n1 HEADERS end grpc-status=0\n",
      false,
      false },
    { "byte by byte",
      "/t.T/Echo",
      { "0", "0", "0", "0", "2", "o", "k" },
      "DATA 00000000026f6b\n",
      false,
      false },
    { "end on an empty frame", "/t.T/Echo", { "00002ok", "" }, "DATA 00000000026f6b\n", false, false },
    { "empty message", "/t.T/Echo", { "00000" }, "DATA 0000000000\n", false, false },
    { "no message", "/t.T/Echo", { "" }, "grpc-status=13", false, false },
    { "half a prefix", "/t.T/Echo", { "000" }, "grpc-status=13", false, false },
    { "half a message", "/t.T/Echo", { "00005ok" }, "grpc-status=13", false, false },
    { "two messages", "/t.T/Echo", { "00001a", "00001b" }, "grpc-status=13", false, false },
    { "bytes behind the message", "/t.T/Echo", { "00001ab" }, "grpc-status=13", false, false },
    { "too large", "/t.T/Echo", { "09999" }, "grpc-status=8", true, true },
    { "compressed without a coding", "/t.T/Echo", { "10002ok" }, "grpc-status=13", true, true },
    { "unknown flag", "/t.T/Echo", { "70002ok" }, "grpc-status=13", true, true },
    { "unknown method", "/t.T/Nope", { "00002ok" }, "grpc-status=12", true, true },
    { "unknown service", "/u.T/Echo", { "00002ok" }, "grpc-status=12", false, false },
    { "a handler's error",
      "/t.T/Fail",
      { "00000" },
      "1 HEADERS end :status=200 content-type=application/grpc grpc-accept-encoding=identity grpc-status=5 "
      "grpc-message=no claim \"x\" at 100%25 (hint: make one)\n",
      false,
      false },
};

/* Digits stand for bytes of that value. */
static struct span bytes_of(const char *text, char *out)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        out[i] = text[i] >= '0' && text[i] <= '9' ? (char)(text[i] - '0') : text[i];
    return (struct span){ out, length };
}

static void test_body(void **state)
{
    const struct body_case *row = *state;
    for (size_t piece = 1; piece < 4000; piece *= 7) {
        served_set_up(NULL);
        raw_preface(&served.raw);
        raw_call(&served.raw, 1, row->path);
        for (size_t i = 0; row->pieces[i]; i++) {
            char bytes[64];
            bool last = !row->pieces[i + 1] && !row->unfinished;
            raw_data(&served.raw, 1, last, bytes_of(row->pieces[i], bytes));
        }
        exchange_in(piece);
        assert_saw(row->want);
        assert_int_equal(strstr(buf_text(&served.raw.seen), "1 RST 0\n") != NULL, row->reset);
        assert_works(3); /* the connection survives */
        served_tear_down(NULL);
    }
}

static void test_compressed_with_a_coding(void **state)
{
    (void)state;
    const char *const headers[] = { ":method",          "POST",          ":path", "/t.T/Echo", "content-type",
                                    "application/grpc", "grpc-encoding", "gzip",  NULL };
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, headers);
    raw_data(&served.raw, 1, true, (struct span){ "\1\0\0\0\2ok", 7 });
    exchange();
    assert_saw("grpc-accept-encoding=identity grpc-status=12");
}

/* --- headers --- */

static void test_settings_come_first(void **state)
{
    (void)state;
    exchange(); /* before the client has said a word */
    assert_string_equal(buf_text(&served.raw.seen), "SETTINGS\n");
    raw_preface(&served.raw);
    exchange();
    assert_works(1);
}

static void test_http_errors(void **state)
{
    (void)state;
    const char *const get[] = { ":method",          "GET", ":path", "/t.T/Echo", "content-type",
                                "application/grpc", NULL };
    const char *const json[] = { ":method",          "POST", ":path", "/t.T/Echo", "content-type",
                                 "application/json", NULL };
    const char *const late[] = { ":method",          "POST",         ":path", "/t.T/Echo", "content-type",
                                 "application/grpc", "grpc-timeout", "1h",    NULL };
    const char *const none[] = { ":path", "/t.T/Echo", "content-type", "application/grpc", NULL };
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, get);
    raw_headers(&served.raw, 3, true, json);
    raw_headers(&served.raw, 5, false, late);
    raw_headers(&served.raw, 7, true, none);
    exchange();
    assert_saw("1 HEADERS end :status=405");
    assert_saw("1 RST 0\n");
    assert_saw("3 HEADERS end :status=415");
    assert_saw("5 HEADERS end :status=400");
    assert_saw("7 RST 1\n");
    assert_works(9);
}

static const struct authority_case {
    const char *name;
    const char *authority;
} authority_cases[] = {
    { "localhost", "localhost" },
    { "percent-encoded", "%2Fvar%2Flib%2Fkubelet%2Fplugins%2Fx%2Fdra.sock" },
    { "raw path", "/var/lib/kubelet/plugins/x/dra.sock" },
    { "unix uri", "unix:///var/x.sock" },
    { "empty", "" },
    { "spaces and more", " ~@\"# " },
    { "long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
};

static void test_authority(void **state)
{
    const struct authority_case *row = *state;
    const char *const headers[] = {
        ":method",      "POST",         ":scheme",          "http", ":path", "/t.T/Echo", ":authority",
        row->authority, "content-type", "application/grpc", NULL
    };
    served_set_up(NULL);
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, headers);
    raw_data(&served.raw, 1, true, (struct span){ "\0\0\0\0\2ok", 7 });
    exchange();
    assert_saw("1 DATA 00000000026f6b\n1 HEADERS end grpc-status=0\n");
    served_tear_down(NULL);
}

static void test_headers_too_large(void **state)
{
    (void)state;
    const char *headers[202] = {
        ":method", "POST", ":path", "/t.T/Echo", "content-type", "application/grpc"
    };
    static const char value[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    for (size_t i = 6; i < 200; i += 2) {
        headers[i] = "k";
        headers[i + 1] = i < 180 ? value : "";
    }
    raw_preface(&served.raw);
    raw_headers(&served.raw, 1, false, headers);
    raw_headers(&served.raw, 3, false, (const char *const[]){ NULL });
    for (int i = 0; i < 3; i++)
        raw_call(&served.raw, (uint32_t)(5 + 2 * i), "/t.T/Echo");
    exchange();
    assert_works(11);
}

static void test_request_trailers(void **state)
{
    (void)state;
    raw_preface(&served.raw);
    raw_call(&served.raw, 1, "/t.T/Echo");
    raw_data(&served.raw, 1, false, (struct span){ "\0\0\0\0\0", 5 });
    raw_headers(&served.raw, 1, true, (const char *const[]){ "x", "y", NULL });
    exchange();
    assert_saw("1 HEADERS end grpc-status=0\n");
    raw_call(&served.raw, 3, "/t.T/Echo");
    raw_headers(&served.raw, 3, false, (const char *const[]){ "x", "y", NULL }); /* neither head nor end */
    exchange();
    assert_saw("3 RST 1\n");
    assert_works(5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED_TEST(test_compressed_with_a_coding),
        SERVED_TEST(test_settings_come_first),
        SERVED_TEST(test_http_errors),
        SERVED_TEST(test_headers_too_large),
        SERVED_TEST(test_request_trailers),
    };
    return RUN_TABLE(body_cases, test_body) + RUN_TABLE(authority_cases, test_authority) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
