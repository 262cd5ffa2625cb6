/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client and server against each other, plain and over TLS.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/http/support.h"

#include <string.h>

static void stop_site(struct visit *visit)
{
    site_stop(visit->site, 1000);
}

struct visit_case {
    const char *name;
    bool tls;
    const char *client_name, *method, *path, *body;
    bool stream;
    int want_status;
    const char *want_text; /* the front of the body, or of the error if there is no status */
    size_t want_bytes;     /* if not 0 */
};

#define ECHO(method, path, peer, body) method " " path " " peer "\n" body

static const struct visit_case visit_cases[] = {
    { "get", false, NULL, NULL, "/a/b?c=d%20e", NULL, false, 200, ECHO("GET", "/a/b?c=d%20e", "-", ""), 0 },
    { "post", false, NULL, "POST", "/p", "text", false, 200, ECHO("POST", "/p?", "-", "text"), 0 },
    { "post nothing", false, NULL, "POST", "/p", NULL, false, 200, ECHO("POST", "/p?", "-", ""), 0 },
    { "patch", false, NULL, "PATCH", "/p", "{}", false, 200, ECHO("PATCH", "/p?", "-", "{}"), 0 },
    { "delete with body", false, NULL, "DELETE", "/p", "{}", false, 200, ECHO("DELETE", "/p?", "-", "{}"),
      0 },
    { "delete", false, NULL, "DELETE", "/p", NULL, false, 200, ECHO("DELETE", "/p?", "-", ""), 0 },
    { "head", false, NULL, "HEAD", "/p", NULL, false, 200, NULL, 0 },
    { "tls", true, NULL, NULL, "/a", NULL, false, 200, ECHO("GET", "/a?", "-", ""), 0 },
    { "client certificate", true, "alice", NULL, "/a", NULL, false, 200, ECHO("GET", "/a?", "alice", ""), 0 },
    { "big", false, NULL, NULL, "/bytes?n=5000000", NULL, false, 200, "bbbb", 5000000 },
    { "big over tls", true, NULL, NULL, "/bytes?n=5000000", NULL, false, 200, "bbbb", 5000000 },
    { "stream", false, NULL, NULL, "/stream?n=20000", NULL, true, 200, NULL, 2000000 },
    { "stream over tls", true, NULL, NULL, "/stream?n=20000", NULL, true, 200, NULL, 2000000 },
    { "stream, read as a whole", true, NULL, NULL, "/stream?n=20000", NULL, false, 200, "xxxx", 2000000 },
    { "later", false, NULL, NULL, "/later?ms=5", NULL, false, 200, "later", 5 },
};

static void test_visit(void **state)
{
    const struct visit_case *row = *state;
    struct site site;
    site_start(&site, NULL, NULL, row->tls, row->client_name);
    struct visit visit = { .then = stop_site };
    struct http_request_spec spec = { .method = row->method, .body = span_of(row->body) };
    assert_null(visit_start(&visit, &site, row->path, &spec, row->stream));
    assert_int_equal(visit.n_done, 0);
    site_finish(&site);
    if (visit.err)
        print_message("%s\n", visit.err->text);
    assert_null(visit.err);
    assert_int_equal(visit.n_done, 1);
    assert_int_equal(visit.n_headers, 1);
    assert_int_equal(visit.status, row->want_status);
    if (row->want_bytes)
        assert_int_equal(visit.n_bytes, row->want_bytes);
    if (row->want_text)
        assert_memory_equal(visit.text, row->want_text, strlen(row->want_text));
    visit_done(&visit);
}

/* --- errors --- */

struct failure_case {
    const char *name;
    bool tls;
    struct http_client_options client;
    struct http_request_spec spec;
    const char *path;
    enum error_kind want_kind;
    const char *want_in_text;
};

static const struct failure_case failure_cases[] = {
    { "too large", .spec = { .max_body_bytes = 1000 }, .path = "/bytes?n=1001", .want_kind = ERROR_EXHAUSTED,
      .want_in_text = "/bytes: response body: more than 1000 bytes" },
    { "takes too long", .spec = { .timeout_ms = 30 }, .path = "/later?ms=5000",
      .want_kind = ERROR_UNAVAILABLE, .want_in_text = "timed out" },
    { "silence", .spec = { .idle_timeout_ms = 30 }, .path = "/forever?ms=5000",
      .want_kind = ERROR_UNAVAILABLE, .want_in_text = "nothing from the server for 30 ms" },
    { "cut stream", .path = "/abort", .want_kind = ERROR_UNAVAILABLE, .want_in_text = "/abort: " },
    { "cut stream over tls", .tls = true, .path = "/abort", .want_kind = ERROR_UNAVAILABLE,
      .want_in_text = "/abort: " },
    { "unknown authority", .tls = true, .client = { .ca_file = "/dev/null" }, .path = "/",
      .want_kind = ERROR_INVALID, .want_in_text = "" },
    { "wrong name", .tls = true, .client = { .tls_server_name = "example.com" }, .path = "/",
      .want_kind = ERROR_DENIED, .want_in_text = "example.com" },
};

static void test_failure(void **state)
{
    const struct failure_case *row = *state;
    struct site site;
    site_start(&site, NULL, &row->client, row->tls, NULL);
    struct visit visit = { .then = stop_site };
    assert_null(visit_start(&visit, &site, row->path, &row->spec, false));
    site_finish(&site);
    assert_int_equal(visit.n_done, 1);
    assert_non_null(visit.err);
    if (visit.err->kind != row->want_kind || !strstr(visit.err->text, row->want_in_text))
        print_message("%s: %s\n", error_kind_name(visit.err->kind), visit.err->text);
    assert_int_equal(visit.err->kind, row->want_kind);
    assert_non_null(strstr(visit.err->text, row->want_in_text));
    visit_done(&visit);
}

/* --- the rest --- */

static struct error *give_token(void *ctx, struct buf *out)
{
    const char *token = ctx;
    buf_add(out, token);
    return *token ? NULL : error_unavailable("no token yet");
}

static void test_token(void **state)
{
    (void)state;
    struct site site;
    char token[16] = "good";
    site_start(&site, NULL, &(struct http_client_options){ .bearer_token = give_token, .token_ctx = token },
               false, NULL);
    struct visit visit = { .then = stop_site };
    assert_null(visit_start(&visit, &site, "/echo", NULL, false));
    struct visit other = { 0 };
    strcpy(token, "a\r\nb");
    cleanup_error struct error *bad = visit_start(&other, &site, "/", NULL, false);
    assert_non_null(strstr(bad->text, "control character"));
    strcpy(token, "");
    cleanup_error struct error *none = visit_start(&other, &site, "/", NULL, false);
    assert_string_equal(none->text, "bearer token: no token yet");
    site_finish(&site);
    assert_null(visit.err);
    visit_done(&visit);
}

/* A certificate for another name than the address, as in a kubeconfig with tls-server-name. */
static void test_server_name(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, &(struct http_client_options){ .tls_server_name = "localhost" }, true, NULL);
    struct visit visit = { .then = stop_site };
    assert_null(visit_start(&visit, &site, "/a", NULL, false));
    site_finish(&site);
    assert_null(visit.err);
    assert_int_equal(visit.status, 200);
    visit_done(&visit);
}

static void on_first_piece(struct visit *visit)
{
    if (visit->n_bytes > 20)
        http_request_cancel(&visit->request);
}

static void test_cancel_stream(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, NULL, true, NULL);
    struct visit visit = { .then = stop_site, .on_piece = on_first_piece };
    assert_null(visit_start(&visit, &site, "/forever", NULL, true));
    site_finish(&site);
    assert_int_equal(visit.n_done, 1);
    assert_int_equal(visit.err->kind, ERROR_CANCELLED);
    assert_int_equal(site.n_closed, 1);
    visit_done(&visit);
}

struct slow_visit {
    struct visit visit;
    struct timer timer;
    size_t n_pauses, bytes_at_pause;
};

static void on_resume(struct timer *timer)
{
    struct slow_visit *slow = container_of(timer, struct slow_visit, timer);
    assert_int_equal(slow->visit.n_bytes, slow->bytes_at_pause);
    http_request_resume(&slow->visit.request);
}

static void pause_often(struct visit *visit)
{
    struct slow_visit *slow = container_of(visit, struct slow_visit, visit);
    if (slow->n_pauses == 20 || timer_is_running(&slow->timer))
        return;
    slow->n_pauses++;
    slow->bytes_at_pause = visit->n_bytes;
    http_request_pause(&visit->request);
    timer_start(&slow->timer, visit->site->loop, 2, on_resume);
}

/* Back-pressure all the way: the reader pauses, and the handler has to wait. */
static void test_pause(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct site site;
        site_start(&site, NULL, NULL, tls, NULL);
        struct slow_visit slow = { .visit = { .then = stop_site, .on_piece = pause_often } };
        assert_null(visit_start(&slow.visit, &site, "/stream?n=200000", NULL, true));
        site_finish(&site);
        assert_null(slow.visit.err);
        assert_int_equal(slow.visit.n_bytes, 20000000);
        assert_int_equal(slow.n_pauses, 20);
        visit_done(&slow.visit);
    }
}

static void start_again(struct visit *visit)
{
    struct site *site = visit->site;
    int status = visit->status;
    assert_null(visit->err);
    visit_done(visit);
    if (status == 200 && site->n_handled < 20) {
        visit->then = start_again;
        if (site->n_handled == 10)
            http_client_drop_connections(site->client);
        assert_null(visit_start(visit, site, "/echo", NULL, false));
    } else {
        site_stop(site, 1000);
    }
}

static void test_restart_from_done(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, NULL, true, NULL);
    struct visit visit = { .then = start_again };
    assert_null(visit_start(&visit, &site, "/echo", NULL, false));
    site_finish(&site);
    assert_int_equal(site.n_handled, 20);
}

static void test_stop_before_run(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, NULL, false, NULL);
    struct visit visit = { 0 };
    assert_null(visit_start(&visit, &site, "/forever", NULL, true));
    site_stop(&site, 0);
    site_finish(&site);
    assert_int_equal(visit.err->kind, ERROR_CANCELLED);
    visit_done(&visit);
}

static void test_refused_urls(void **state)
{
    (void)state;
    struct site site;
    site_start(&site, NULL, NULL, false, NULL);
    static const char *const urls[] = { "ftp://x/", "http://user@x/", "http://", "http://x/#f", "" };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct http_request request = { 0 };
        struct http_request_spec spec = { .url = urls[i], .done = (void *)test_refused_urls };
        cleanup_error struct error *err = http_request_start(site.client, &spec, &request);
        assert_non_null(err);
        assert_int_equal(err->kind, ERROR_INVALID);
    }
    site_stop(&site, 0);
    site_finish(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),           cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_cancel_stream),   cmocka_unit_test(test_pause),
        cmocka_unit_test(test_stop_before_run), cmocka_unit_test(test_restart_from_done),
        cmocka_unit_test(test_refused_urls),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += RUN_TABLE(visit_cases, test_visit);
    failed += RUN_TABLE(failure_cases, test_failure);
    return failed;
}
