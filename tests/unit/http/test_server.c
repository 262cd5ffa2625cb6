/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server against peers that send raw bytes: order, framing, limits, timeouts, and the end.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/http/raw_peer.h"
#include "tests/unit/http/support.h"

#include <string.h>

#define H "Host: a\r\n"
#define E "\r\n"

struct talk {
    struct site site;
    struct raw_peer peer;
    struct timer give_up;
    struct timer step;
};

static void on_end(struct raw_peer *peer)
{
    struct talk *talk = container_of(peer, struct talk, peer);
    timer_stop(&talk->give_up);
    timer_stop(&talk->step);
    site_stop(&talk->site, 1000);
}

static void on_give_up(struct timer *timer)
{
    fail_msg("the server did not close within %d s", 10);
    raw_peer_close(&container_of(timer, struct talk, give_up)->peer);
}

static void talk_start(struct talk *talk, const struct http_server_options *options, const char *text)
{
    site_start(&talk->site, options, NULL, false, NULL);
    talk->peer.on_end = on_end;
    raw_peer_start(&talk->peer, talk->site.loop, http_server_port(talk->site.server), text, strlen(text));
    timer_start(&talk->give_up, talk->site.loop, 10 * 1000, on_give_up);
}

/* All text without the Date lines. */
static char *without_dates(struct buf *heard)
{
    char *text = buf_take(heard), *date;
    while ((date = strstr(text, "Date: "))) {
        char *end = strstr(date, "\r\n");
        memmove(date, end + 2, strlen(end + 2) + 1);
    }
    return text;
}

/* Runs to the end; what the peer heard. The caller frees. */
static char *talk_finish(struct talk *talk)
{
    site_finish(&talk->site);
    char *text = without_dates(&talk->peer.heard);
    raw_peer_done(&talk->peer);
    return text;
}

/* --- one peer, closed by the server --- */

struct talk_case {
    const char *name, *send, *want;
    bool half_close;
    struct http_server_options options;
};

#define OK         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define REFUSED(s) "HTTP/1.1 " s "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
#define CLOSE      "Connection: close\r\n"

static const struct talk_case talk_cases[] = {
    { "close", .send = "GET /a HTTP/1.1\r\n" H CLOSE E,
      .want = OK CLOSE "Content-Length: 10\r\n\r\nGET /a? -\n" },
    { "pipelined",
      .send = "GET /a HTTP/1.1\r\n" H E "GET /later HTTP/1.1\r\n" H E "PUT /c HTTP/1.1\r\n" H CLOSE
              "Content-Length: 2\r\n" E "xy",
      .want = OK "Content-Length: 10\r\n\r\nGET /a? -\n" OK "Content-Length: 5\r\n\r\nlater" OK CLOSE
                 "Content-Length: 12\r\n\r\nPUT /c? -\nxy" },
    { "stream", .send = "GET /stream?n=1 HTTP/1.1\r\n" H E "GET /a HTTP/1.1\r\n" H CLOSE E,
      .want = OK "Transfer-Encoding: chunked\r\n\r\n64\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n" OK CLOSE
                 "Content-Length: 10\r\n\r\nGET /a? -\n" },
    { "stream to HTTP/1.0", .send = "GET /stream?n=1 HTTP/1.0\r\nConnection: keep-alive\r\n" E,
      .want = OK CLOSE "\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
    { "HTTP/1.0 keep-alive",
      .send = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n" E "GET /b HTTP/1.0\r\n" E,
      .want = OK "Connection: keep-alive\r\nContent-Length: 10\r\n\r\nGET /a? -\n" OK CLOSE
                 "Content-Length: 10\r\n\r\nGET /b? -\n" },
    { "head", .send = "HEAD /a HTTP/1.1\r\n" H E "HEAD /stream?n=5 HTTP/1.1\r\n" H CLOSE E,
      .want = OK "Content-Length: 11\r\n\r\n" OK CLOSE "\r\n" },
    { "header of the handler", .send = "GET /a HTTP/1.1\r\n" H "x-echo: 1  2 \r\n" CLOSE E,
      .want = OK "X-Echo: 1  2\r\n" CLOSE "Content-Length: 10\r\n\r\nGET /a? -\n" },
    { "half-closed peer", .send = "GET /a HTTP/1.1\r\n" H E,
      .want = OK "Content-Length: 10\r\n\r\nGET /a? -\n", .half_close = true },
    { "half-closed peer, unfinished", .send = "GET /a HTTP/1.1\r\n", .want = "", .half_close = true },
    { "leaves while it waits", .send = "GET /forever?ms=5000 HTTP/1.1\r\n" H E,
      .want = OK "Transfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n0\r\n\r\n", .half_close = true },
    { "cut", .send = "GET /abort HTTP/1.1\r\n" H E, .want = "" },
    { "expects 100", .send = "PUT /a HTTP/1.1\r\n" H CLOSE "Expect: 100-continue\r\nContent-Length: 2\r\n" E,
      .want = "HTTP/1.1 100 Continue\r\n\r\n" REFUSED(
          "408 Request Timeout") "Content-Length: 27\r\n\r\nthe request takes too long\n",
      .options = { .body_timeout_ms = 30 } },
    { "refused", .send = "GET /a HTTP/1.1\r\n" H E "GET /b HTTP/1.1\r\n" E "GET /c HTTP/1.1\r\n" H E,
      .want = OK "Content-Length: 10\r\n\r\nGET /a? -\n" REFUSED(
          "400 Bad Request") "Content-Length: 21\r\n\r\nwant one Host header\n" },
    { "body too large", .send = "PUT /a HTTP/1.1\r\n" H "Content-Length: 11\r\n" E "01234567890",
      .want = REFUSED("413 Payload Too Large") "Content-Length: 15\r\n\r\nbody too large\n",
      .options = { .max_body_bytes = 10 } },
    { "slow head", .send = "GET /a HTTP/1.1\r\n",
      .want = REFUSED("408 Request Timeout") "Content-Length: 27\r\n\r\nthe request takes too long\n",
      .options = { .head_timeout_ms = 30 } },
    { "says nothing", .send = "", .want = "", .options = { .head_timeout_ms = 30 } },
    { "idle", .send = "GET /a HTTP/1.1\r\n" H E, .want = OK "Content-Length: 10\r\n\r\nGET /a? -\n",
      .options = { .idle_timeout_ms = 30 } },
};

static void test_talk(void **state)
{
    const struct talk_case *row = *state;
    struct talk talk = { .peer.half_close = row->half_close };
    talk_start(&talk, &row->options, row->send);
    if (!*row->send && row->half_close)
        raw_peer_close(&talk.peer);
    char *text = talk_finish(&talk);
    assert_string_equal(text, row->want);
    free(text);
}

/* --- a refusal arrives although the peer goes on sending --- */

static char much[4 * 1024 * 1024];

static void test_refusal_reaches_a_busy_sender(void **state)
{
    (void)state;
    static const char head[] = "PUT /a HTTP/1.1\r\n" H "Content-Length: 4000000\r\n" E;
    memset(much, 'm', sizeof(much));
    memcpy(much, head, sizeof(head) - 1);
    much[sizeof(much) - 1] = '\0';
    struct talk talk = { 0 };
    talk_start(&talk, &(struct http_server_options){ .max_body_bytes = 1000 }, much);
    char *text = talk_finish(&talk);
    assert_non_null(strstr(text, "413 Payload Too Large"));
    free(text);
}

/* --- a peer that does not read --- */

static void on_check_unsent(struct timer *timer)
{
    struct talk *talk = container_of(timer, struct talk, step);
    if (http_server_connections(talk->site.server) || !talk->site.n_handled)
        return;
    raw_peer_close(&talk->peer);
    on_end(&talk->peer);
}

static void test_deaf_peer(void **state)
{
    const char *request = *state;
    struct talk talk = { .peer.deaf = true };
    talk_start(&talk, &(struct http_server_options){ .stalled_timeout_ms = 50, .max_unsent_bytes = 100000 },
               request);
    timer_start_periodic(&talk.step, talk.site.loop, 5, on_check_unsent);
    free(talk_finish(&talk));
    assert_true(talk.site.n_handled < 1000); /* of the pipelined ones */
}

/* --- room for newcomers --- */

static void close_when_heard(struct raw_peer *peer)
{
    raw_peer_close(peer);
    on_end(peer);
}

static void test_full_server(void **state)
{
    (void)state;
    struct talk talk = { 0 };
    struct raw_peer idle[3] = { 0 };
    site_start(&talk.site, &(struct http_server_options){ .max_connections = 3 }, NULL, false, NULL);
    uint16_t port = http_server_port(talk.site.server);
    for (size_t i = 0; i < ARRAY_LEN(idle); i++)
        raw_peer_start(&idle[i], talk.site.loop, port, "", 0);
    talk.peer.on_heard = close_when_heard;
    static const char request[] = "GET /a HTTP/1.1\r\n" H E;
    raw_peer_start(&talk.peer, talk.site.loop, port, request, sizeof(request) - 1);
    timer_start(&talk.give_up, talk.site.loop, 5000, on_give_up);
    site_finish(&talk.site);
    assert_non_null(strstr(buf_text(&talk.peer.heard), "200 OK"));
    for (size_t i = 0; i < ARRAY_LEN(idle); i++)
        raw_peer_done(&idle[i]);
    raw_peer_done(&talk.peer);
}

/* --- graceful stop --- */

static void stop_in_between(struct timer *timer)
{
    struct talk *talk = container_of(timer, struct talk, step);
    site_stop(&talk->site, 1000);
}

static void test_stop_lets_finish(void **state)
{
    (void)state;
    struct talk talk = { 0 };
    talk_start(&talk, NULL, "GET /later?ms=60 HTTP/1.1\r\n" H E "GET /not-this HTTP/1.1\r\n" H E);
    timer_start(&talk.step, talk.site.loop, 20, stop_in_between);
    char *text = talk_finish(&talk);
    assert_string_equal(text, OK CLOSE "Content-Length: 5\r\n\r\nlater");
    free(text);
    assert_int_equal(talk.site.n_handled, 1);
}

static void stop_soon(struct timer *timer)
{
    struct talk *talk = container_of(timer, struct talk, step);
    site_stop(&talk->site, 20);
}

static void test_stop_cuts_streams(void **state)
{
    (void)state;
    struct talk talk = { 0 };
    talk_start(&talk, NULL, "GET /forever HTTP/1.1\r\n" H E);
    timer_start(&talk.step, talk.site.loop, 20, stop_soon);
    free(talk_finish(&talk));
    assert_int_equal(talk.site.n_closed, 1);
}

static void test_cannot_listen(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, NULL, false, NULL);
    struct http_server_options options = { .handle = (void *)test_cannot_listen };
    struct http_server *other;
    options.port = http_server_port(site.server);
    cleanup_error struct error *taken = http_server_start(site.loop, &options, &other);
    assert_non_null(strstr(taken->text, "address already in use")
                        ?: strstr(taken->text, "Address already in use"));
    options.address = "localhost";
    cleanup_error struct error *name = http_server_start(site.loop, &options, &other);
    assert_string_equal(name->text, "listen on localhost: want an IP address");
    site_stop(&site, 0);
    site_finish(&site);
}

int main(void)
{
    static char pipelined[100000];
    static const char one[] = "GET /bytes?n=100000 HTTP/1.1\r\n" H E;
    while (strlen(pipelined) + sizeof(one) < sizeof(pipelined))
        strcat(pipelined, one);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal_reaches_a_busy_sender),
        cmocka_unit_test_prestate(test_deaf_peer, (void *)"GET /stream?n=1000000 HTTP/1.1\r\n" H E),
        cmocka_unit_test_prestate(test_deaf_peer, (void *)"GET /bytes?n=50000000 HTTP/1.1\r\n" H E),
        cmocka_unit_test_prestate(test_deaf_peer, pipelined),
        cmocka_unit_test(test_full_server),
        cmocka_unit_test(test_stop_lets_finish),
        cmocka_unit_test(test_stop_cuts_streams),
        cmocka_unit_test(test_cannot_listen),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += RUN_TABLE(talk_cases, test_talk);
    return failed;
}
