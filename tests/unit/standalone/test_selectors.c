/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors against one object: which match, and what is wrong with those that cannot be read.
 */
#include "driver/standalone/rest/selectors.h"

#include "api/value/json.h"
#include "tests/support/cmocka.h"

static const char object_text[] =
    "{\"metadata\":{\"name\":\"p1\",\"namespace\":\"ml\",\"labels\":{\"app\":\"web\",\"n\":\"7\",\"empty\":"
    "\"\"}},"
    "\"spec\":{\"nodeName\":\"node,1\",\"unschedulable\":true},\"status\":{\"phase\":\"Running\"}}";

static const struct selectable_field fields[] = {
    { "spec.nodeName", NULL }, { "spec.unschedulable", "false" }, { "spec.paused", "false" },
    { "status.phase", NULL },  { "status.absent", NULL },         { 0 },
};

enum verdict { MATCHES, DIFFERS, REFUSED };

struct selector_case {
    const char *name;
    const char *text;
    enum verdict want;
    const char *message; /* the beginning of it */
};

static const struct selector_case label_cases[] = {
    { "nothing asked", "", MATCHES, NULL },
    { "equal", "app=web", MATCHES, NULL },
    { "equal, spelled twice", " app == web ", MATCHES, NULL },
    { "other value", "app=db", DIFFERS, NULL },
    { "unequal", "app!=db", MATCHES, NULL },
    { "unequal holds for what is absent", "zone!=a", MATCHES, NULL },
    { "in", "app in (db, web)", MATCHES, NULL },
    { "not in", "app notin (db,web)", DIFFERS, NULL },
    { "not in holds for what is absent", "zone notin (a)", MATCHES, NULL },
    { "exists", "app", MATCHES, NULL },
    { "does not exist", "!zone", MATCHES, NULL },
    { "does exist", "! app", DIFFERS, NULL },
    { "all must hold", "app=web,n=8", DIFFERS, NULL },
    { "all do hold", "app=web,!zone,n", MATCHES, NULL },
    { "empty value", "empty=", MATCHES, NULL },
    { "empty value asked of another", "app=", DIFFERS, NULL },
    { "greater", "n>6", MATCHES, NULL },
    { "not greater", "n>7", DIFFERS, NULL },
    { "less", "n<10", MATCHES, NULL },
    { "less than text", "app<10", DIFFERS, NULL },
    { "prefixed key", "example.com/app!=x", MATCHES, NULL },
    { "bad key", "-app=x", REFUSED, "unable to parse requirement: <nil>: Invalid value: \"-app\"" },
    { "bad value", "app=a/b", REFUSED,
      "unable to parse requirement: values[0][app]: Invalid value: \"a/b\"" },
    { "no operator", "app web", REFUSED, "unable to parse requirement: found 'web', expected: in, notin" },
    { "open list", "app in (a", REFUSED, "unable to parse requirement: found '', expected: ',' or ')'" },
    { "no list", "app in a", REFUSED, "unable to parse requirement: found 'a', expected: '('" },
    { "greater than text", "app>b", REFUSED, "unable to parse requirement: values[0]: Invalid value: \"b\"" },
    { "only a comma", ",", REFUSED, "unable to parse requirement: found ',', expected: !, identifier" },
};

static const struct selector_case field_cases[] = {
    { "nothing asked", "", MATCHES, NULL },
    { "name", "metadata.name=p1", MATCHES, NULL },
    { "another name", "metadata.name=p2", DIFFERS, NULL },
    { "name and namespace", "metadata.name=p1,metadata.namespace==ml", MATCHES, NULL },
    { "unequal", "status.phase!=Failed,status.phase!=Succeeded", MATCHES, NULL },
    { "escaped comma", "spec.nodeName=node\\,1", MATCHES, NULL },
    { "boolean", "spec.unschedulable=true", MATCHES, NULL },
    { "absent boolean", "spec.paused=false", MATCHES, NULL },
    { "absent text", "status.absent=", MATCHES, NULL },
    { "unknown field", "spec.image=x", REFUSED, "field label not supported: spec.image" },
    { "no operator", "metadata.name", REFUSED, "invalid selector: 'metadata.name'; can't understand" },
    { "bad escape", "metadata.name=a\\b", REFUSED, "invalid field selector: invalid escape sequence: \\b" },
    { "open escape", "metadata.name=a\\", REFUSED, "invalid field selector: " },
};

static struct value *object_new(struct arena *arena)
{
    struct value *object;
    assert_null(json_parse(arena, span_of(object_text), 0, &object));
    return object;
}

static void check_verdict(const struct selector_case *row, struct error *err, bool matches)
{
    assert_int_equal(err ? REFUSED : matches ? MATCHES : DIFFERS, row->want);
    if (err)
        assert_memory_equal(err->text, row->message, strlen(row->message));
    error_free(err);
}

static void test_labels(void **state)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct selector_case *row = *state;
    const struct label_selector *selector = NULL;
    struct error *err = label_selector_parse(arena, row->text, &selector);
    check_verdict(row, err, !err && label_selector_matches(selector, object_new(arena)));
}

static void test_fields(void **state)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct selector_case *row = *state;
    const struct field_selector *selector = NULL;
    struct error *err = field_selector_parse(arena, row->text, fields, &selector);
    check_verdict(row, err, !err && field_selector_matches(selector, object_new(arena)));
}

int main(void)
{
    return RUN_TABLE(label_cases, test_labels) + RUN_TABLE(field_cases, test_fields);
}
