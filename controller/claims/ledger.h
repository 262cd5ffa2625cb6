/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who has what: the allocator's inventory, and a verdict on every allocation that the API shows.
 *
 * The second fence against double booking. Nothing in the API stops two claims from naming one device, but
 * everybody sees the writes to claims in one order. So an allocation is judged once, when it is first seen:
 * confirmed if no allocation seen before it holds the device (or has used up its capacity), refused
 * otherwise; and that verdict stays for as long as the allocation does. Any two who watch come to the same
 * verdicts. A list has no order, so whoever lists puts the claims in that are in use already first.
 *
 * One thread owns a ledger. No I/O, no clock.
 */

#include "controller/allocate/allocate.h"

struct ledger;

enum standing {
    STANDING_NONE,      /* not allocated, or not judged yet */
    STANDING_CONFIRMED, /* the allocation counts */
    STANDING_REFUSED,   /* an earlier one holds the device: to be taken back */
};

struct verdict {
    enum standing standing;
    const char *message; /* of REFUSED: "device d/p/x is held by claim ml/a"; in the arena given */
};

nodiscard struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* For nodes, slices, classes, rules and changes; claims go through the ledger. */
struct inventory *ledger_inventory(struct ledger *ledger);

/* Whether two pictures of one claim show the same act of allocating. Either may be NULL or unallocated. */
bool is_same_allocation(const struct resource_claim *a, const struct resource_claim *b);

/*
 * The API shows CLAIM. True if an allocation was judged; VERDICT's message lives in ARENA. What was assumed
 * for the claim is confirmed by any allocation. Assumptions about other claims that the allocation overtook
 * are forgotten, and OVERTAKEN is called for each.
 */
bool ledger_put_claim(struct ledger *ledger, const struct resource_claim *claim, struct arena *arena,
                      struct verdict *verdict, void (*overtaken)(void *ctx, const char *claim), void *ctx);
void ledger_remove_claim(struct ledger *ledger, const char *namespace, const char *name);

/* allocate(), and what it decides is assumed, in place of what was assumed for these claims before. */
void ledger_decide(struct ledger *ledger, const struct allocate_request *request, struct arena *arena,
                   struct outcome *out);

/* A decision was given up. */
void ledger_forget(struct ledger *ledger, const char *namespace, const char *name);
