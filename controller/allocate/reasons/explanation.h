/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Why claims did not get their devices: part of every refusal. For each request, how many devices were
 * considered, and for each reason how many devices it kept away, with an example. Plain data in the arena
 * that allocate() was given; controller/explain turns it into a sentence, a table or JSON.
 *
 * Each device counts once for a request, under the first reason that applies, in the order of
 * enum reason: devices that are of no interest anyway come first.
 */

#include "api/base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REASONS(X)                                                                                           \
    X(CLASS_SELECTOR, "classSelector", "not matching the class")                                             \
    X(REQUEST_SELECTOR, "requestSelector", "not matching the request's selectors")                           \
    X(SELECTOR_FAILED, "selectorFailed", "failing a selector")                                               \
    X(OTHER_NODE, "otherNode", "not reachable from the node")                                                \
    X(POOL_OBSOLETE, "poolObsolete", "in an outdated pool")                                                  \
    X(POOL_INCOMPLETE, "poolIncomplete", "in a pool that is being updated")                                  \
    X(POOL_INVALID, "poolInvalid", "in an invalid pool")                                                     \
    X(FEATURE_OFF, "featureOff", "needing a feature that is off")                                            \
    X(IN_USE, "inUse", "in use")                                                                             \
    X(CAPACITY_SHORT, "capacityShort", "short of capacity")                                                  \
    X(GROUPS_APART, "groupsApart", "not compatible with devices in use")                                     \
    X(COUNTER_SHORT, "counterShort", "short of shared counters")                                             \
    X(TAINTED, "tainted", "tainted")                                                                         \
    X(DERIVED_FAILED, "derivedFailed", "failing a derived attribute")                                        \
    X(ATTRIBUTE_MISSING, "attributeMissing", "without the attribute of a constraint")                        \
    X(AVAILABLE, "available", "available")

enum reason {
#define REASON_NAME(symbol, name, words) REASON_##symbol,
    REASONS(REASON_NAME)
#undef REASON_NAME
        N_REASONS
};

const char *reason_name(enum reason reason);  /* "inUse": JSON */
const char *reason_words(enum reason reason); /* "in use": people */

struct reason_count {
    enum reason reason;
    size_t n_devices;
    const char *example; /* "driver/pool/device" */
    const char
        *detail; /* of the example: `held by ml/train-0`, `selector 0 is false: model is "A100"`; or NULL */
};

struct request_explanation {
    size_t claim_index;  /* among those that were asked for */
    const char *claim;   /* "namespace/name" */
    const char *request; /* "gpu" or "gpu/older" */
    const char *class_name;
    bool all;        /* allocationMode All: every device wanted */
    size_t n_wanted; /* of ExactCount */
    size_t n_considered;
    size_t n_available;
    size_t n_best;                /* available on the best single node */
    bool is_short;                /* it cannot be served even when it is alone */
    struct reason_count *reasons; /* of REASON_AVAILABLE too; most devices first */
    size_t n_reasons;
};

/* Constraint INDEX of a claim. */
struct constraint_place {
    size_t claim_index, index;
};

struct explanation {
    const char *message; /* the failure in words where the search ended with an error; or NULL */
    const char *node;    /* the one node that was tried, or NULL */
    size_t n_nodes;      /* how many were tried */
    struct request_explanation *requests;
    size_t n_requests;
    const char **constraints;        /* "claim ml/a: matchAttribute x/y": without it, the claims would fit */
    struct constraint_place *blamed; /* where they stand */
    size_t n_constraints;
    size_t n_placed; /* devices of the best partial result, where the step budget ran out */
};
