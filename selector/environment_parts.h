/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of an environment, for the compiler.
 */

#include "api/base/map.h"
#include "selector/environment.h"
#include "selector/function.h"
#include "selector/parse.h"

struct variable {
    struct span name;
    const struct type *type;
};

/* Names that are values: the types. */
struct type_name {
    const char *name;
    const struct type *type; /* "type(int)" */
    struct datum value;
};

struct environment {
    struct environment_options options;
    struct arena *arena;
    struct map functions; /* name -> struct function */
    const struct variable *variables;
    size_t n_variables;
    const struct type_name *type_names;
    size_t n_type_names;
    struct span container;
    struct parse_options syntax;
    uint64_t cost_limit;
    bool is_device;                     /* selectors, whose result must be bool */
    bool allows_lists;                  /* as attributes; else a device that has one cannot be looked at */
    bool has_shared_capacity;           /* device.allowMultipleAllocations is known */
    const struct type *attribute_type;  /* dyn or any */
    const struct type *attributes_type; /* map(string, map(string, attribute_type)) */
    const struct type *capacity_type;
};

/* The candidates for NAME in the container, innermost first, ask EXISTS until it finds one. */
const struct function *environment_function(const struct environment *env, struct span name);
const struct variable *environment_variable(const struct environment *env, struct span name, bool rooted);
const struct type_name *environment_type_name(const struct environment *env, struct span name);
