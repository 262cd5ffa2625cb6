/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A table as kubectl prints one: headings in capitals, columns as wide as they need, three blanks between.
 */

#include "api/base/vec.h"

#include <stdio.h>

struct columns {
    const char *const *headings;
    size_t n_columns;
    VEC(const char *) cells; /* row by row; borrowed; NULL shows as <none> */
};

void columns_print(const struct columns *columns, FILE *to);
