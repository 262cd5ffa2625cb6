/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an unquoted YAML scalar means: YAML 1.1 as go-yaml v2 reads it, which is what Kubernetes speaks. Both
 * the reader and the writer ask: a string that would mean something else has to be quoted.
 */

#include "api/value/value.h"

enum yaml_meaning {
    YAML_MEANS_STRING,
    YAML_MEANS_NULL,
    YAML_MEANS_BOOL,
    YAML_MEANS_INT,
    YAML_MEANS_DOUBLE,     /* may be too large for JSON, or no number */
    YAML_MEANS_BIG_NUMBER, /* an integer that not even 64 bits without sign hold; as a double */
};

struct yaml_scalar {
    enum yaml_meaning meaning;
    union {
        bool boolean;
        int64_t integer;
        double number;
    };
};

struct yaml_scalar yaml_scalar_resolve(struct span text);

/* Whether TEXT, written without quotes, would be read as something else by this or any other YAML reader. */
bool yaml_scalar_needs_quotes(struct span text);
