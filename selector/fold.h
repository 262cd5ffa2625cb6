/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Values that are known without a device: literals, literals made of them, and conversions of them.
 */

#include "api/base/error.h"
#include "selector/machine.h"

struct folder {
    struct selector *program;
    struct machine machine; /* for conversions */
    struct error *error;    /* the first conversion that failed */
};

void folder_init(struct folder *folder, struct selector *program);
void folder_done(struct folder *folder);

/* NULL if NODE's value is not known. Lives as long as the program. */
const struct datum *constant_of(struct folder *folder, struct node *node);

/* The pattern of s.matches("..."), s.find("...") and s.findAll("..."); NULL if NODE is no such call. */
const struct datum *constant_pattern(struct folder *folder, struct node *node);

/*
 * What a call gives that is not folded, but can be computed now since its arguments are known; *COST is what
 * it is charged each time. False if there is no such value.
 */
bool precompute(struct folder *folder, struct node *node, enum cost_rule rule, struct datum *out,
                uint64_t *cost);
