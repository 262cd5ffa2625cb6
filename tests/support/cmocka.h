/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cmocka with what it needs in front, and tables: each row of an array of structs whose first member is
 * `const char *name` becomes a test of its own, named like the row, with the row as its state.
 *
 *     return RUN_TABLE(quantity_cases, test_quantity);
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static inline int run_table_(const char *group, const void *rows, size_t n_rows, size_t row_size,
                             CMUnitTestFunction test)
{
    struct CMUnitTest *tests = calloc(n_rows ? n_rows : 1, sizeof(*tests));
    for (size_t i = 0; i < n_rows; i++) {
        const char *row = (const char *)rows + i * row_size;
        tests[i] = (struct CMUnitTest){ .name = *(const char *const *)row,
                                        .test_func = test,
                                        .initial_state = (void *)row };
    }
    int failed = _cmocka_run_group_tests(group, tests, n_rows, NULL, NULL);
    free(tests);
    return failed;
}

#define RUN_TABLE(rows, test)                                                                                \
    run_table_(#rows, (rows), sizeof(rows) / sizeof((rows)[0]), sizeof((rows)[0]), (test))
