/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients send and ask for: content types, protobuf envelopes, and the shapes of other versions.
 */
#include "api/core/kinds.h"
#include "api/value/json.h"
#include "driver/standalone/rest/negotiate.h"
#include "driver/standalone/rest/protobuf.h"
#include "driver/standalone/rest/versions.h"
#include "tests/support/cmocka.h"

/* --- Accept --- */

struct accept_case {
    const char *name;
    const char *accept;
    int form; /* -1: nothing that we serve */
    bool yaml;
    const char *version;
};

static const struct accept_case accept_cases[] = {
    { "no header", NULL, ANSWER_OBJECT, false, "meta.k8s.io/v1" },
    { "anything", "*/*", ANSWER_OBJECT, false, "meta.k8s.io/v1" },
    { "yaml", "application/yaml", ANSWER_OBJECT, true, "meta.k8s.io/v1" },
    { "kubectl get", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", ANSWER_TABLE, false,
      "meta.k8s.io/v1" },
    { "an old table", "application/json;as=Table;v=v1beta1;g=meta.k8s.io", ANSWER_TABLE, false,
      "meta.k8s.io/v1beta1" },
    { "metadata", "application/json; as=PartialObjectMetadata; g=meta.k8s.io; v=v1", ANSWER_METADATA, false,
      "meta.k8s.io/v1" },
    { "protobuf first", "application/vnd.kubernetes.protobuf,application/json", ANSWER_OBJECT, false,
      "meta.k8s.io/v1" },
    { "something new, then json", "application/json;as=Hologram;v=v1;g=meta.k8s.io, application/json",
      ANSWER_OBJECT, false, "meta.k8s.io/v1" },
    { "html", "text/html", -1, false, NULL },
    { "nonsense", ";;,=,", -1, false, NULL },
};

static void test_accept(void **state)
{
    const struct accept_case *row = *state;
    struct answer_type answer = { 0 };
    bool served = negotiate_answer(row->accept, &answer);
    assert_int_equal(served ? (int)answer.form : -1, row->form);
    if (!served)
        return;
    assert_int_equal(answer.yaml, row->yaml);
    assert_string_equal(answer.version, row->version);
}

static void test_content_type(void **state)
{
    (void)state;
    assert_int_equal(negotiate_body(NULL), BODY_JSON);
    assert_int_equal(negotiate_body("application/json; charset=utf-8"), BODY_JSON);
    assert_int_equal(negotiate_body("Application/JSON-Patch+JSON"), BODY_JSON_PATCH);
    assert_int_equal(negotiate_body("application/apply-patch+yaml"), BODY_APPLY);
    assert_int_equal(negotiate_body("text/plain"), BODY_UNKNOWN);
}

/* --- protobuf --- */

struct protobuf_case {
    const char *name;
    struct span bytes;
    const char *json; /* NULL: refused */
};

static const struct protobuf_case protobuf_cases[] = {
    { "a namespace", SPAN("k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x06\x0a\x04\x0a\x02ns"),
      "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"ns\"}}" },
    { "labels", SPAN("k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x0a\x0a\x08\x5a\x06\x0a\x01k\x12\x01v"),
      "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"labels\":{\"k\":\"v\"}}}" },
    { "delete options",
      SPAN("k8s\0\x0a\x13\x0a\x02v1\x12\x0d"
           "DeleteOptions\x12\x05\x08\x1e\x22\x01z"),
      "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"gracePeriodSeconds\":30,\"propagationPolicy\":"
      "\"z\"}" },
    { "unknown fields are skipped",
      SPAN("k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x09\xf8\x07\x01\x0a\x04\x0a\x02ns"),
      "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"ns\"}}" },
    { "no envelope", SPAN("{}"), NULL },
    { "nothing", SPAN(""), NULL },
    { "a kind that we cannot read", SPAN("k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x00"), NULL },
    { "cut short", SPAN("k8s\0\x0a\x0f\x0a\x02v1"), NULL },
    { "a length beyond the end", SPAN("k8s\0\x12\xff\xff\xff\xff\x0f"), NULL },
    { "a wrong wire type", SPAN("k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x02\x08\x01"), NULL },
};

static void test_protobuf(void **state)
{
    const struct protobuf_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *object = NULL;
    struct error *err = protobuf_decode(arena, row->bytes, &object);
    assert_int_equal(err == NULL, row->json != NULL);
    error_free(err);
    if (!row->json)
        return;
    cleanup_buf struct buf text = BUF_INIT(4096);
    json_write(&text, object);
    assert_string_equal(buf_text(&text), row->json);
}

/* --- versions --- */

struct version_case {
    const char *name;
    const char *plural;
    const char *old; /* v1beta1 */
    const char *new; /* v1 */
};

static const struct version_case version_cases[] = {
    { "an exact request", "resourceclaims",
      "{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"deviceClassName\":\"c\",\"count\":2}]}}}",
      "{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"exactly\":{\"deviceClassName\":\"c\","
      "\"count\":2}}]}}}" },
    { "alternatives", "resourceclaims",
      "{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"firstAvailable\":[{\"name\":\"a\"}]}]}}}",
      "{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"firstAvailable\":[{\"name\":\"a\"}]}]}}}" },
    { "a template", "resourceclaimtemplates",
      "{\"spec\":{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"deviceClassName\":\"c\"}]}}}}",
      "{\"spec\":{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"exactly\":{\"deviceClassName\":"
      "\"c\"}}]}}}}" },
    { "devices", "resourceslices",
      "{\"spec\":{\"devices\":[{\"name\":\"d\",\"basic\":{\"attributes\":{\"a\":{\"int\":1}}}},{\"name\":"
      "\"e\",\"basic\":"
      "{}}]}}",
      "{\"spec\":{\"devices\":[{\"name\":\"d\",\"attributes\":{\"a\":{\"int\":1}}},{\"name\":\"e\"}]}}" },
};

static struct value *parse(struct arena *arena, const char *text)
{
    struct value *tree;
    assert_null(json_parse(arena, span_of(text), 0, &tree));
    return tree;
}

static void assert_same_spec(const struct value *a, const struct value *b)
{
    assert_true(value_equal(value_get(a, "spec"), value_get(b, "spec")));
}

static void test_versions(void **state)
{
    const struct version_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    const struct schema_kind *kind = schema_resource_find("resource.k8s.io", "v1beta1", row->plural);
    assert_non_null(kind);
    struct value *stored = version_to_stored(arena, kind, "v1beta1", parse(arena, row->old));
    assert_string_equal(value_string(value_get(stored, "apiVersion")), "resource.k8s.io/v1");
    assert_same_spec(stored, parse(arena, row->new));
    struct value *shown = version_from_stored(arena, kind, "v1beta1", stored);
    assert_string_equal(value_string(value_get(shown, "apiVersion")), "resource.k8s.io/v1beta1");
    assert_same_spec(shown, parse(arena, row->old));
    assert_same_spec(stored, parse(arena, row->new));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_content_type) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(accept_cases, test_accept) +
           RUN_TABLE(protobuf_cases, test_protobuf) + RUN_TABLE(version_cases, test_versions);
}
