/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How large values may become, for the estimate.
 */

#include "selector/program.h"

struct range {
    uint64_t min, max;
};

/*
 * Where in the declared variable a value comes from; the API bounds its size. Devices and quantities are
 * declared without one, which counts as 0. PLACE(name, size, items, keys)
 */
#define PLACES(PLACE)                                                                                        \
    PLACE(NOWHERE, UINT64_MAX, NOWHERE, NOWHERE)                                                             \
    PLACE(DEVICE, 0, NOWHERE, NOWHERE)                                                                       \
    PLACE(DRIVER, 63, NOWHERE, NOWHERE)                                                                      \
    PLACE(DOMAINS, 32, NAMES, DOMAIN)                                                                        \
    PLACE(DOMAIN, 63, NOWHERE, NOWHERE)                                                                      \
    PLACE(NAMES, 32, ATTRIBUTE, NAME)                                                                        \
    PLACE(NAME, 32, NOWHERE, NOWHERE)                                                                        \
    PLACE(ATTRIBUTE, 64, NOWHERE, NOWHERE)                                                                   \
    PLACE(CAPACITY_DOMAINS, 32, CAPACITY_NAMES, DOMAIN)                                                      \
    PLACE(CAPACITY_NAMES, 32, QUANTITY, NAME)                                                                \
    PLACE(QUANTITY, 0, NOWHERE, NOWHERE)

enum place {
#define PLACE(name, size, items, keys) PLACE_##name,
    PLACES(PLACE)
#undef PLACE
};

/* What the estimate knows of a node. */
struct guess {
    uint64_t cost; /* of the whole tree below */
    struct range size;
    bool has_size;
    struct range items, keys; /* sizes of what is in it */
    bool has_items;
    bool is_list; /* where the sizes of items are known: of a list's items, whatever its static type */
    enum place place;
};

struct range range_of(uint64_t size);
struct range range_unknown(void);
struct range range_union(struct range a, struct range b);
struct range range_add(struct range a, struct range b);
struct range range_multiply(struct range a, struct range b);

uint64_t bounded_sum(uint64_t a, uint64_t b);
uint64_t bounded_product(uint64_t a, uint64_t b);
/* Rounded up. */
uint64_t bounded_scale(uint64_t size, double factor);

/* An operand of a call. */
struct operand_guess {
    const struct node *node;
    struct range size;  /* unknown ones are unbounded */
    struct range items; /* as declared */
};

/* What a call of OVERLOAD adds to its operands, and the size of its result. */
uint64_t guess_call(const struct overload *overload, const struct operand_guess *args, unsigned n_args,
                    struct range *size, bool *has_size);
