/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Functions, as tables. A library is an array of rows, one for each overload: how it is called, what it
 * costs, what it does. The environment parses the signatures once and puts overloads of a name together.
 */

#include "selector/cost.h"
#include "selector/datum.h"
#include "selector/type.h"

struct machine;

/* ARGS are no errors, and of the declared kinds where the function is not `total`. Errors are results. */
typedef struct datum function_body(struct machine *machine, const struct datum *args, unsigned n_args);

enum function_flags {
    /* All overloads of the name share one body, which looks at its arguments itself. */
    FUNCTION_TOTAL = 1,
    /* The cost rule holds whatever the checker knows; otherwise only if just one overload fits. */
    FUNCTION_COST_BY_NAME = 2,
    /* Applied to a constant it is computed when the program is built. */
    FUNCTION_FOLDED = 4,
    /* Likewise, but charged for whenever it is reached, and an error only then. */
    FUNCTION_PRECOMPUTED = 8,
    /* New expressions know it if the gate DRAListTypeAttributes is on, whatever the version. */
    FUNCTION_OF_LIST_ATTRIBUTES = 16,
};

/* Rows tell editions apart: a minor version of Kubernetes each, and the published 1.37 behind its snapshot.
 */
enum { SNAPSHOT_1_37 = 37, RELEASE_1_37 };

struct function_row {
    const char *name;
    const char *signature; /* "(int, A) -> bool"; "string.(int) -> string" for methods */
    function_body *body;
    enum cost_rule cost;
    unsigned flags;      /* enum function_flags */
    uint8_t from, until; /* editions, both included; 0: no bound */
};

struct library {
    const struct function_row *rows;
    size_t n_rows;
};

#define LIBRARY(table)                                                                                       \
    {                                                                                                        \
        (table), ARRAY_LEN(table)                                                                            \
    }

extern const struct library library_operators, library_standard, library_time, library_optional,
    library_strings, library_lists, library_sets, library_regex, library_quantity, library_semver,
    library_network, library_url, library_format;

enum { MAX_PARAMETERS = 4 };

struct overload {
    const struct function_row *row;
    bool method;
    uint8_t n_parameters; /* the receiver counts */
    uint8_t n_variables;
    const struct type *parameters[MAX_PARAMETERS];
    const struct type *result;
    uint8_t kinds[MAX_PARAMETERS];      /* what the arguments must be at run time, or ANY_KIND */
    uint8_t item_kinds[MAX_PARAMETERS]; /* and the first item of a list */
};

struct function {
    const char *name;
    struct overload *overloads;
    size_t n_overloads;
    uint32_t index; /* in the environment */
};
