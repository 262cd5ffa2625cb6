/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Member names that a JSON text gives twice, for strict field validation. A tree cannot hold them, so they
 * are looked for in the text.
 */

#include "api/base/span.h"
#include "api/base/vec.h"

#include <stdint.h>

struct json_duplicate {
    char *path;            /* "spec.devices[0].name", on the heap */
    uint32_t line, column; /* of the second one */
};

struct json_duplicates {
    struct json_duplicate *items;
    size_t length;
    size_t room;
};

/* TEXT must be JSON that json_parse accepts. At most 100 are listed, in the order of the text. */
void json_duplicates_find(struct span text, struct json_duplicates *out);
void json_duplicates_done(struct json_duplicates *duplicates);
