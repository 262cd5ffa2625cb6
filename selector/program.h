/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A compiled expression. Nothing in it changes after emitting.
 */

#include "selector/environment_parts.h"
#include "selector/ops.h"
#include "selector/selector.h"
#include "selector/syntax.h"

struct instruction {
    uint8_t op;    /* enum op */
    uint8_t cost;  /* charged before it runs */
    uint16_t slot; /* or depth */
    uint32_t at;   /* address, or index of a constant, a read, a call, ... */
};

struct call_site {
    const struct function *function;
    const struct overload *only; /* the checker left just this one; or NULL */
    enum cost_rule cost;
    uint16_t n_args;
    bool method;
};

/* device.attributes["domain"].name, or device.capacity["domain"].name */
struct read {
    symbol key;
    struct datum name; /* for "no such key: name" */
    struct span domain;
    bool capacity;
};

/* A constant regular expression, compiled with the program. */
struct pattern {
    struct span text;
    struct regex *regex;
};

struct selector {
    const struct environment *env;
    struct arena *arena;    /* everything here, except */
    struct scratch *memory; /* what computed constants consist of */
    struct span source;
    const struct node *root;
    const struct instruction *code;
    const struct datum *constants;
    const struct call_site *calls;
    const struct read *reads;
    const struct pattern *patterns;
    uint32_t n_code, n_constants, n_calls, n_reads, n_patterns;
    uint32_t n_slots, stack_size;
    struct selector_reads visible;
    uint64_t estimate;
};
