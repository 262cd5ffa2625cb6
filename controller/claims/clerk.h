/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The worker's side of the desk: orders come in, in the order in which the loop saw things happen, and
 * replies go out. The clerk keeps the ledger, and a list of claims for which nothing fitted, so that a device
 * that is freed wakes those whom it concerns and nobody else.
 *
 * One thread at a time owns a clerk. No I/O; the clock only measures searches.
 */

#include "controller/claims/desk.h"
#include "controller/claims/ledger.h"

struct clerk;

enum order_kind {
    ORDER_PUT_CLAIM, /* object: struct resource_claim; the others by their kinds */
    ORDER_PUT_NODE,  /* struct inventory_node */
    ORDER_PUT_SLICE,
    ORDER_PUT_CLASS,
    ORDER_PUT_RULE,
    ORDER_REMOVE_CLAIM, /* by namespace and name */
    ORDER_REMOVE_NODE,
    ORDER_REMOVE_SLICE,
    ORDER_REMOVE_CLASS,
    ORDER_REMOVE_RULE,
    ORDER_FORGET, /* a decision about the claim */
    ORDER_SEARCH, /* object: struct search */
    ORDER_UNPARK, /* name: a pod key; it is gone */
};

/* What a pod wants, or, where POD_UID is the claim's own, a claim that no pod uses. */
struct search {
    const char *pod_key, *pod_uid;
    uint64_t ticket;
    const struct resource_claim **claims;
    size_t n_claims;
    const char **nodes; /* candidates; may be empty */
    size_t n_nodes;
    enum placement placement;
    uint64_t max_steps;
};

struct order {
    struct order *next;
    enum order_kind kind;
    struct arena *arena; /* of all that follows */
    const char *namespace, *name;
    const void *object;
};

enum reply_kind {
    REPLY_VERDICT,   /* on a claim as it was at `version` */
    REPLY_OVERTAKEN, /* key: a claim whose decision is void */
    REPLY_FOUND,     /* a search's answer */
    REPLY_WOKEN,     /* key: a pod that is worth another try */
};

struct reply {
    struct reply *next;
    struct arena *arena; /* of all that follows, and of the reply itself */
    enum reply_kind kind;
    const char *key, *namespace, *name, *version;
    struct verdict verdict;
    struct search search; /* of FOUND: its claims may have lost all but their names and uids */
    struct outcome outcome;
    const char *sentence; /* why nothing fitted */
    uint64_t nanos;       /* that the search took */
    bool idle;            /* it was woken, and again nothing fitted */
};

struct replies {
    struct reply *first, **last;
};

/* The tolerations, which must stay, are for every request. */
nodiscard struct clerk *clerk_new(const struct features *features, const struct toleration *tolerations,
                                  size_t n_tolerations);
void clerk_free(struct clerk *clerk);
struct ledger *clerk_ledger(struct clerk *clerk);

nodiscard struct order *order_new(enum order_kind kind, const char *namespace, const char *name);
void order_free(struct order *order);

/* Works ORDER off, which is the clerk's from then on. */
void clerk_work(struct clerk *clerk, struct order *order, struct replies *replies);
/* After a batch of orders: whom the changes concern. */
void clerk_wake(struct clerk *clerk, struct replies *replies);

void replies_init(struct replies *replies);
struct reply *replies_pop(struct replies *replies); /* NULL: none left */
void reply_free(struct reply *reply);

/* What the desk takes, of a REPLY_FOUND; the reply's arena, and so the reply itself, is the desk's then. */
struct desk_answer reply_answer(const struct reply *reply);
