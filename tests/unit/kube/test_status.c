/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a refusal of the API server means to code and to people; the paths we ask.
 */

#include "driver/kube/client.h"
#include "tests/support/cmocka.h"

struct status_case {
    const char *name;
    int status;
    const char *body;
    enum error_kind kind;
    const char *text;
};

static const struct status_case status_cases[] = {
    { "not found", 404, "{\"kind\":\"Status\",\"message\":\"nodes \\\"a\\\" not found\",\"code\":404}",
      ERROR_NOT_FOUND, "nodes \"a\" not found" },
    { "conflict", 409, "{\"kind\":\"Status\",\"message\":\"changed\",\"reason\":\"Conflict\",\"code\":409}",
      ERROR_CONFLICT, "changed" },
    { "invalid", 422, "{\"kind\":\"Status\",\"message\":\"bad\",\"code\":422}", ERROR_INVALID, "bad" },
    { "overloaded", 429, "{\"kind\":\"Status\",\"message\":\"later\",\"code\":429}", ERROR_UNAVAILABLE,
      "later" },
    { "no JSON", 502, "Bad Gateway\n", ERROR_UNAVAILABLE, "HTTP status 502: Bad Gateway\n" },
    { "no body", 403, "", ERROR_DENIED, "HTTP status 403" },
    { "another kind of JSON", 400, "[1]", ERROR_INVALID, "HTTP status 400: [1]" },
};

static void test_status(void **state)
{
    const struct status_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    const struct value *status;
    cleanup_error struct error *err = kube_status_error(arena, row->status, span_of(row->body), &status);
    assert_non_null(err);
    assert_int_equal(err->kind, row->kind);
    assert_int_equal(err->number, row->status);
    assert_string_equal(err->text, row->text);
}

static void test_success(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    const struct value *status;
    assert_null(kube_status_error(arena, 201, SPAN("{}"), &status));
}

struct path_case {
    const char *name;
    const struct kube_resource *resource;
    const char *namespace, *object, *subresource, *want;
};

static const struct path_case path_cases[] = {
    { "core, cluster-scoped", &KUBE_NODES, NULL, "n1", NULL, "/api/v1/nodes/n1" },
    { "namespaced", &KUBE_RESOURCE_CLAIMS, "ml", "a", "status",
      "/apis/resource.k8s.io/v1/namespaces/ml/resourceclaims/a/status" },
    { "all namespaces", &KUBE_PODS, NULL, NULL, NULL, "/api/v1/pods" },
    { "hostile name", &KUBE_NODES, NULL, "../a?b", NULL, "/api/v1/nodes/..%2Fa%3Fb" },
};

static void test_path(void **state)
{
    const struct path_case *row = *state;
    cleanup_buf struct buf out = BUF_INIT(1000);
    kube_resource_path(row->resource, row->namespace, row->object, row->subresource, &out);
    assert_string_equal(buf_text(&out), row->want);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_success) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(status_cases, test_status) +
           RUN_TABLE(path_cases, test_path);
}
