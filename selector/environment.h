/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an expression may say: its variables, and the functions of one Kubernetes version. An environment is
 * made once, never changes, and outlives the selectors compiled in it; threads may share it, except that
 * compiling a device selector interns names in SYMBOLS, so compile where their owner lives.
 */

#include "api/base/error.h"
#include "api/base/symbols.h"

#include <stdint.h>

struct environment;

/* Minor versions of Kubernetes 1.x whose DRA environments we know. */
enum { KUBE_OLDEST = 34, KUBE_NEWEST = 37 };

/* "1.36" gives 36. ERROR_INVALID names the versions that we know. */
nodiscard struct error *kube_version_parse(const char *text, int *out_minor);

struct environment_options;
/*
 * Sets the fields that make up a version: "1.36", "1.36-lists" (with the gate DRAListTypeAttributes), "1.37",
 * "1.37.2" (as it was published). ERROR_INVALID names those that we know.
 */
nodiscard struct error *environment_version_parse(const char *text, struct environment_options *out);

struct environment_options {
    int kube_minor;       /* 0: the newest */
    bool published;       /* 1.37 as release 1.37.2 has it; false: as its snapshot had it (README.md) */
    bool new_expressions; /* what admission accepts; false: stored expressions, as kube-scheduler sees them */
    bool list_attributes; /* for 1.36, and for new expressions: is the gate DRAListTypeAttributes on? */
    bool no_shared_capacity; /* for new expressions: is the gate DRAConsumableCapacity off? */
    bool derived;            /* derived attributes: the result is a scalar or a list of them, not a verdict */
    uint64_t cost_limit;     /* of one evaluation; 0: 1,000,000 as in Kubernetes */
    bool unlimited_cost;     /* for measuring what an expression costs */
    bool plain;              /* CEL as its own tests have it: literals mix types, e.?f needs a map */
    bool unchecked;          /* types are not checked; what is wrong fails when it is reached */
    struct symbols *symbols; /* shared with the device views; borrowed, must outlive the environment */
};

/* The environment of device selectors: one variable, `device`. Never NULL. */
nodiscard struct environment *environment_new_device(const struct environment_options *options);

/* One variable of a JSON environment. */
struct environment_variable {
    const char *name; /* "claim", or qualified: "a.b.c" */
    const char *type; /* "dyn", "bool", "int", "uint", "double", "string", "bytes", "list(dyn)",
                         "map(string, dyn)", "timestamp", "duration", "null_type", ... */
};

/*
 * Any variables, whose values are JSON trees; the result may be of any type. A variable may be called by a
 * word that is otherwise reserved (`namespace`). CONTAINER is the namespace in which names are resolved, or
 * NULL. ERROR_INVALID if a type does not parse.
 */
nodiscard struct error *environment_new_values(const struct environment_options *options,
                                               const struct environment_variable *variables,
                                               size_t n_variables, const char *container,
                                               struct environment **out);

void environment_free(struct environment *env);

DEFINE_CLEANUP(cleanup_environment_, struct environment *, environment_free)
#define cleanup_environment __attribute__((cleanup(cleanup_environment_)))
