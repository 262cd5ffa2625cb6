/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request parser: what has one meaning is read, everything else is refused, however the bytes are cut.
 * A row's want is what was read ("METHOD path?query body;" each), then the status of the refusal, if any.
 */

#include "driver/http/request_reader.h"
#include "tests/support/cmocka.h"

#include <string.h>

#define H "Host: a\r\n"
#define E "\r\n"

struct reader_case {
    const char *name, *bytes, *want;
};

static const struct reader_case reader_cases[] = {
    /* plain requests */
    { "get", "GET /a?b=c HTTP/1.1\r\n" H E, "GET /a?b=c ;" },
    { "two in a row", "GET /a HTTP/1.1\r\n" H E "GET /b HTTP/1.1\r\n" H E, "GET /a? ;GET /b? ;" },
    { "body", "PUT /a HTTP/1.1\r\n" H "Content-Length: 3\r\n" E "xyzGET /b HTTP/1.1\r\n" H E,
      "PUT /a? xyz;GET /b? ;" },
    { "empty body", "PUT /a HTTP/1.1\r\n" H "Content-Length: 0\r\n" E, "PUT /a? ;" },
    { "empty line in front", "\r\nGET /a HTTP/1.1\r\n" H E "\r\n\r\nGET /b HTTP/1.1\r\n" H E,
      "GET /a? ;GET /b? ;" },
    { "absolute form", "GET http://a:80/p?q HTTP/1.1\r\n" H E, "GET /p?q ;" },
    { "absolute form without path", "GET http://a HTTP/1.1\r\n" H E, "GET /? ;" },
    { "asterisk", "OPTIONS * HTTP/1.1\r\n" H E, "OPTIONS *? ;" },
    { "HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n" E, "GET /a? ;" },
    { "IPv6 host", "GET /a HTTP/1.1\r\nHost: [::1]:80\r\n" E, "GET /a? ;" },
    { "unfinished", "GET /a HTTP/1.1\r\n" H, "" },
    { "unfinished body", "PUT /a HTTP/1.1\r\n" H "Content-Length: 3\r\n" E "xy", "" },

    /* chunks */
    { "chunks",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E
      "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
      "PUT /a? abc0123456789;" },
    { "trailers",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n" E
      "1\r\na\r\n0\r\nX: y\r\n\r\nGET /b HTTP/1.1\r\n" H E,
      "PUT /a? a;GET /b? ;" },
    { "chunk with wrong end",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3\r\nabcXX0\r\n\r\n", "400" },
    { "chunk longer than said",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3\r\nabcd\r\n0\r\n\r\n", "400" },
    { "chunk size with bare LF",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3\nabc\r\n0\r\n\r\n", "400" },
    { "chunk size ends in CR X",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3\rXabc\r\n0\r\n\r\n", "400" },
    { "chunk size with 0x",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "0x3\r\nabc\r\n0\r\n\r\n", "400" },
    { "chunk size with sign",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "+3\r\nabc\r\n0\r\n\r\n", "400" },
    { "chunk size with space",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3 \r\nabc\r\n0\r\n\r\n", "400" },
    { "empty chunk size", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "\r\nabc\r\n0\r\n\r\n",
      "400" },
    { "chunk size overflows",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "10000000000000003\r\nabc\r\n", "400" },
    { "huge chunk",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "fffffffffff\r\n"
      "0123456789012345678901234567890123456789",
      "413" },
    { "control character in extension",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "3;\x01\r\nabc\r\n", "400" },
    { "folded trailer", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E "0\r\n X: y\r\n\r\n",
      "400" },

    /* where does the body end? */
    { "both length and chunks",
      "PUT /a HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" E "0\r\n\r\n", "400" },
    { "chunks, then length",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" E "0\r\n\r\n", "400" },
    { "two lengths", "PUT /a HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n" E "abcd", "400" },
    { "the same length twice", "PUT /a HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n" E "abc",
      "400" },
    { "a list of lengths", "PUT /a HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n" E "abc", "400" },
    { "negative length", "PUT /a HTTP/1.1\r\n" H "Content-Length: -1\r\n" E "abc", "400" },
    { "length with plus", "PUT /a HTTP/1.1\r\n" H "Content-Length: +3\r\n" E "abc", "400" },
    { "length in hex", "PUT /a HTTP/1.1\r\n" H "Content-Length: 0x3\r\n" E "abc", "400" },
    { "empty length", "PUT /a HTTP/1.1\r\n" H "Content-Length:\r\n" E "abc", "400" },
    { "length too large", "PUT /a HTTP/1.1\r\n" H "Content-Length: 33\r\n" E, "413" },
    { "length overflows", "PUT /a HTTP/1.1\r\n" H "Content-Length: 18446744073709551619\r\n" E "abc", "400" },
    { "length with a space in the name", "PUT /a HTTP/1.1\r\n" H "Content-Length : 3\r\n" E "abc", "400" },
    { "encoding twice",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" E, "400" },
    { "identity", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n" E, "501" },
    { "chunked, then identity", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n" E, "501" },
    { "gzip, then chunked", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n" E, "501" },
    { "chunked with VT",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
      "chunked\r\n" E,
      "400" },
    { "chunked in HTTP/1.0", "PUT /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" E "0\r\n\r\n", "400" },
    { "unknown coding like chunked", "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n" E, "501" },

    /* lines */
    { "bare LF", "GET /a HTTP/1.1\nHost: a\n\n", "400" },
    { "bare LF in a header", "GET /a HTTP/1.1\r\n" H "X: y\nTransfer-Encoding: chunked\r\n" E, "400" },
    { "bare CR", "GET /a HTTP/1.1\r\n" H "X: y\rTransfer-Encoding: chunked\r\n" E, "400" },
    { "folded header", "GET /a HTTP/1.1\r\n" H "X: y\r\n z\r\n" E, "400" },
    { "folded first header", "GET /a HTTP/1.1\r\n Host: a\r\n" E, "400" },
    { "space in a name", "GET /a HTTP/1.1\r\n" H "X y: z\r\n" E, "400" },
    { "tab before the colon", "GET /a HTTP/1.1\r\n" H "X\t: z\r\n" E, "400" },
    { "no name", "GET /a HTTP/1.1\r\n" H ": z\r\n" E, "400" },
    { "no colon", "GET /a HTTP/1.1\r\n" H "X\r\n" E, "400" },
    { "control character", "GET /a HTTP/1.1\r\n" H "X: \x01\r\n" E, "400" },
    { "UTF-8 in a name", "GET /a HTTP/1.1\r\n" H "\xc3\xa9: z\r\n" E, "400" },
    { "line ends in CR CR LF", "GET /a HTTP/1.1\r\r\n" H E, "400" },

    /* the request line */
    { "HTTP/0.9", "GET /a\r\n\r\n", "505" },
    { "HTTP/2.0", "GET /a HTTP/2.0\r\n" H E, "505" },
    { "HTTP/1.2", "GET /a HTTP/1.2\r\n" H E, "505" },
    { "lower-case protocol", "GET /a http/1.1\r\n" H E, "400" },
    { "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "501" },
    { "unknown method", "FETCH /a HTTP/1.1\r\n" H E, "501" },
    { "connect", "CONNECT a:80 HTTP/1.1\r\n" H E, "501" },
    { "no slash", "GET a HTTP/1.1\r\n" H E, "400" },
    { "space in the target", "GET /a b HTTP/1.1\r\n" H E, "400" },
    { "fragment", "GET /a#b HTTP/1.1\r\n" H E, "400" },
    { "UTF-8 in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" H E, "400" },
    { "TLS hello", "\x16\x03\x01\x02\xfc\x03\x03\n", "400" },

    /* for whom */
    { "no Host", "GET /a HTTP/1.1\r\n" E, "400" },
    { "two Hosts", "GET /a HTTP/1.1\r\n" H H E, "400" },
    { "slash in Host", "GET /a HTTP/1.1\r\nHost: a/b\r\n" E, "400" },
    { "user in Host", "GET /a HTTP/1.1\r\nHost: a@b\r\n" E, "400" },
    { "unknown expectation", "PUT /a HTTP/1.1\r\n" H "Expect: tea\r\nContent-Length: 1\r\n" E "x", "417" },

    /* limits */
    { "head too large",
      "GET /0123456789012345678901234567890123456789 HTTP/1.1\r\n" H
      "X: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n" H H H H H E,
      "431" },
    { "too many headers",
      "GET /a HTTP/1.1\r\n" H "a:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\n" E, "431" },
    { "as many as allowed", "GET /a HTTP/1.1\r\n" H "a:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\n" E,
      "GET /a? ;" },
    { "chunks too large",
      "PUT /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" E
      "10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n",
      "413" },
};

static const struct request_limits limits = { .max_head_bytes = 160, .max_headers = 8, .max_body_bytes = 32 };

static void note(struct buf *out, const struct request_reader *reader)
{
    buf_printf(out, "%s %s?" SPAN_FMT " " SPAN_FMT ";", reader->head.method, reader->head.path,
               SPAN_ARG(reader->head.query), SPAN_ARG(buf_span(&reader->body)));
}

/* Feeds BYTES in pieces of at most SIZE (0: random sizes), and writes down what comes out. */
static void read_all(const char *bytes, size_t size, unsigned *seed, struct buf *out)
{
    struct request_reader reader;
    request_reader_init(&reader, &limits);
    struct span rest = span_of(bytes);
    while (rest.length && reader.state != READER_REFUSED) {
        size_t most = size ? size : 1 + (size_t)rand_r(seed) % 20;
        struct span piece = { rest.data, rest.length < most ? rest.length : most };
        size_t used = request_reader_feed(&reader, piece);
        assert_true(used <= piece.length);
        rest = span_skip(rest, used);
        if (reader.state == READER_COMPLETE) {
            note(out, &reader);
            request_reader_next(&reader);
        } else if (reader.state != READER_REFUSED) {
            assert_int_equal(used, piece.length);
        }
    }
    if (reader.state == READER_REFUSED)
        buf_printf(out, "%d", reader.refusal.status);
    request_reader_done(&reader);
}

static void test_reader(void **state)
{
    const struct reader_case *row = *state;
    unsigned seed = 5;
    for (size_t round = 0; round < 30; round++) {
        cleanup_buf struct buf out = BUF_INIT(4096);
        read_all(row->bytes, round == 0 ? SIZE_MAX : round == 1 ? 1 : 0, &seed, &out);
        assert_string_equal(buf_text(&out), row->want);
    }
}

struct keep_alive_case {
    const char *name, *bytes;
    bool want;
};

static const struct keep_alive_case keep_alive_cases[] = {
    { "1.1", "GET /a HTTP/1.1\r\n" H E, true },
    { "1.1 close", "GET /a HTTP/1.1\r\n" H "Connection: close\r\n" E, false },
    { "1.1 close among others", "GET /a HTTP/1.1\r\n" H "Connection: TE, Close\r\n" E, false },
    { "1.0", "GET /a HTTP/1.0\r\n" E, false },
    { "1.0 keep-alive", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n" E, true },
};

static void test_keep_alive(void **state)
{
    const struct keep_alive_case *row = *state;
    struct request_head head;
    struct refusal refusal = request_head_parse(span_of(row->bytes), &limits, &head);
    assert_int_equal(refusal.status, 0);
    assert_int_equal(head.keep_alive, row->want);
    request_head_done(&head);
}

int main(void)
{
    int failed = RUN_TABLE(reader_cases, test_reader);
    failed += RUN_TABLE(keep_alive_cases, test_keep_alive);
    return failed;
}
