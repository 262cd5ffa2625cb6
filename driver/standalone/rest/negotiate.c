/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clauses of an Accept header are taken in their order, as clients write them; weights are not looked at.
 */
#include "driver/standalone/rest/negotiate.h"

#include "driver/http/headers.h"

/* The value of NAME among "; a=b; c=d"; no data if it is not there. */
static struct span parameter(struct span parameters, const char *name)
{
    while (parameters.data) {
        struct span pair = span_trim(span_split(parameters, ';', &parameters));
        struct span value, key = span_split(pair, '=', &value);
        if (span_is(key, name))
            return value.data ? value : SPAN("");
    }
    return (struct span){ 0 };
}

static bool is_readable(struct span type, bool *yaml)
{
    static const char *const json_types[] = { "application/json", "application/*", "*/*",
                                              "application/vnd.kubernetes.protobuf" };
    *yaml = span_is(type, "application/yaml");
    for (size_t i = 0; i < ARRAY_LEN(json_types); i++)
        if (span_is(type, json_types[i]))
            return true;
    return *yaml;
}

static bool clause_accept(struct span clause, struct answer_type *out)
{
    struct span parameters, type = span_trim(span_split(clause, ';', &parameters));
    struct answer_type answer = { .form = ANSWER_OBJECT };
    if (!is_readable(type, &answer.yaml))
        return false;
    struct span as = parameter(parameters, "as"), version = parameter(parameters, "v");
    if (as.length && !span_is(parameter(parameters, "g"), "meta.k8s.io"))
        return false;
    if (span_is(as, "Table"))
        answer.form = ANSWER_TABLE;
    else if (span_is(as, "PartialObjectMetadata") || span_is(as, "PartialObjectMetadataList"))
        answer.form = ANSWER_METADATA;
    else if (as.length)
        return false;
    answer.version = !as.length || span_is(version, "v1") ? "meta.k8s.io/v1" : "meta.k8s.io/v1beta1";
    *out = answer;
    return true;
}

bool negotiate_answer(const char *accept, struct answer_type *out)
{
    struct span rest = span_of(accept && *accept ? accept : "*/*");
    while (rest.data)
        if (clause_accept(span_trim(span_split(rest, ',', &rest)), out))
            return true;
    return false;
}

enum body_type negotiate_body(const char *content_type)
{
    static const struct {
        const char *name;
        enum body_type type;
    } rows[] = {
        { "", BODY_JSON },
        { "application/json", BODY_JSON },
        { "application/yaml", BODY_YAML },
        { "application/vnd.kubernetes.protobuf", BODY_PROTOBUF },
        { "application/json-patch+json", BODY_JSON_PATCH },
        { "application/merge-patch+json", BODY_MERGE_PATCH },
        { "application/strategic-merge-patch+json", BODY_STRATEGIC_PATCH },
        { "application/apply-patch+yaml", BODY_APPLY },
    };
    struct span parameters,
        type = span_trim(span_split(span_of(content_type ? content_type : ""), ';', &parameters));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (http_name_equal(type, span_of(rows[i].name)))
            return rows[i].type;
    return BODY_UNKNOWN;
}
