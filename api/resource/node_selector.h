/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * core/v1 NodeSelector, and whether it matches a node (component-helpers' nodeaffinity: terms are ORed, the
 * requirements of a term ANDed; a term without any requirement matches nothing; matchFields knows
 * metadata.name).
 */

#include "api/resource/meta.h"

enum node_operator {
    NODE_IN,
    NODE_NOT_IN,
    NODE_EXISTS,
    NODE_DOES_NOT_EXIST,
    NODE_GT,
    NODE_LT,
    NODE_OPERATOR_UNKNOWN, /* such a selector cannot be parsed: allocation aborts */
};

struct node_requirement {
    const char *key;
    enum node_operator op;
    const char **values;
    size_t n_values;
};

struct node_term {
    struct node_requirement *expressions;
    size_t n_expressions;
    struct node_requirement *fields;
    size_t n_fields;
};

struct node_selector {
    struct node_term *terms;
    size_t n_terms;
};
