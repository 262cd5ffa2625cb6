/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' text format.
 */

#include "driver/metrics/endpoint.h"
#include "tests/support/cmocka.h"

static void test_text(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric *claims = metric_new(metrics, METRIC_COUNTER, "tranche_claims_total", "Claims.");
    metric_add(metric_with(claims, "outcome", "a \"quoted\"\nline\\"), 2);
    metric_add(metric_with(claims, "outcome", "b"), 1);
    metric_set(metric_new(metrics, METRIC_GAUGE, "tranche_devices", "Devices."), 2.5);
    cleanup_buf struct buf out = BUF_INIT(10000);
    metrics_write(metrics, &out);
    assert_string_equal(buf_text(&out), "# HELP tranche_claims_total Claims.\n"
                                        "# TYPE tranche_claims_total counter\n"
                                        "tranche_claims_total{outcome=\"a \\\"quoted\\\"\\nline\\\\\"} 2\n"
                                        "tranche_claims_total{outcome=\"b\"} 1\n"
                                        "# HELP tranche_devices Devices.\n"
                                        "# TYPE tranche_devices gauge\n"
                                        "tranche_devices 2.5\n");
    metrics_free(metrics);
}

static void test_histogram(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric *seconds = metric_seconds(metrics, "tranche_prepare_seconds", "Time.");
    metric_observe(seconds, 0.002);
    metric_observe(seconds, 100);
    cleanup_buf struct buf out = BUF_INIT(10000);
    metrics_write(metrics, &out);
    assert_non_null(strstr(buf_text(&out), "tranche_prepare_seconds_bucket{le=\"0.001\"} 0\n"));
    assert_non_null(strstr(buf_text(&out), "tranche_prepare_seconds_bucket{le=\"0.0025\"} 1\n"));
    assert_non_null(strstr(buf_text(&out), "tranche_prepare_seconds_bucket{le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(buf_text(&out), "tranche_prepare_seconds_sum 100.002\n"));
    metrics_free(metrics);
}

struct listen_case {
    const char *name, *text, *host;
    int port;
};

static const struct listen_case listen_cases[] = {
    { "host and port", "127.0.0.1:80", "127.0.0.1", 80 },
    { "every address", ":9464", "0.0.0.0", 9464 },
    { "IPv6", "[::1]:1", "::1", 1 },
    { "no port", "localhost", NULL, 0 },
    { "no number", "a:b", NULL, 0 },
    { "too large", ":65536", NULL, 0 },
};

static void test_listen(void **state)
{
    const struct listen_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    const char *host;
    uint16_t port;
    cleanup_error struct error *err = listen_parse(arena, row->text, &host, &port);
    assert_true(!err == (row->host != NULL));
    if (!err) {
        assert_string_equal(host, row->host);
        assert_int_equal(port, row->port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_text), cmocka_unit_test(test_histogram) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(listen_cases, test_listen);
}
