/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which form a client wants its answer in (Accept), and which form its body has (Content-Type). Protobuf may
 * be asked for, but the answer is JSON, which every such client takes.
 */

#include "api/base/compiler.h"
#include "api/base/span.h"

enum answer_form { ANSWER_OBJECT, ANSWER_TABLE, ANSWER_METADATA };

struct answer_type {
    enum answer_form form;
    bool yaml;
    const char *version; /* of the Table or the PartialObjectMetadata: "meta.k8s.io/v1" */
};

/* The first clause that we can serve; false if there is none. No header accepts everything. */
bool negotiate_answer(const char *accept, struct answer_type *out);

enum body_type {
    BODY_JSON,
    BODY_YAML,
    BODY_PROTOBUF,
    BODY_JSON_PATCH,
    BODY_MERGE_PATCH,
    BODY_STRATEGIC_PATCH,
    BODY_APPLY,
    BODY_UNKNOWN,
};

/* A missing header is JSON: old kubectl sends some bodies without one. */
enum body_type negotiate_body(const char *content_type);

static inline struct span span_trim(struct span text)
{
    while (text.length && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = span_skip(text, 1);
    while (text.length && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}
