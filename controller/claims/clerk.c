/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/clerk.h"
#include "api/base/buf.h"
#include "api/base/map.h"
#include "api/base/memory.h"
#include "api/base/time.h"
#include "controller/explain/explain.h"

/* A pod for which nothing fitted. */
struct parked {
    struct arena *arena;
    const struct resource_claim **claims;
    size_t n_claims;
    bool is_aborted; /* something was wrong: any change may have put it right */
};

struct clerk {
    struct ledger *ledger;
    struct features features;
    const struct toleration *tolerations;
    size_t n_tolerations;
    struct map parked; /* by pod key */
    struct map woken;  /* pod keys that were woken and have not searched again yet */
    struct replies *replies;
};

/* --- orders and replies --- */

struct order *order_new(enum order_kind kind, const char *namespace, const char *name)
{
    struct order *order = NEW(struct order);
    order->kind = kind;
    order->arena = arena_new();
    order->namespace = arena_strdup(order->arena, namespace);
    order->name = arena_strdup(order->arena, name);
    return order;
}

void order_free(struct order *order)
{
    arena_free(order->arena);
    free(order);
}

/* In ARENA, which becomes the reply's; NULL makes one. */
static struct reply *reply_add(struct replies *replies, enum reply_kind kind, struct arena *arena)
{
    if (!arena)
        arena = arena_new();
    struct reply *reply = arena_make(arena, struct reply);
    reply->kind = kind;
    reply->arena = arena;
    *replies->last = reply;
    replies->last = &reply->next;
    return reply;
}

void replies_init(struct replies *replies)
{
    *replies = (struct replies){ .last = &replies->first };
}

struct reply *replies_pop(struct replies *replies)
{
    struct reply *reply = replies->first;
    if (!reply)
        return NULL;
    replies->first = reply->next;
    if (!replies->first)
        replies->last = &replies->first;
    reply->next = NULL;
    return reply;
}

void reply_free(struct reply *reply)
{
    if (reply)
        arena_free(reply->arena);
}

struct desk_answer reply_answer(const struct reply *reply)
{
    bool fits = reply->outcome.kind == OUTCOME_ALLOCATED;
    return (struct desk_answer){ .pod_key = reply->search.pod_key,
                                 .pod_uid = reply->search.pod_uid,
                                 .ticket = reply->search.ticket,
                                 .claims = reply->search.claims,
                                 .n_claims = reply->search.n_claims,
                                 .allocations = fits ? reply->outcome.allocations : NULL,
                                 .node = reply->outcome.node,
                                 .arena = reply->arena,
                                 .reason = outcome_kind_name(reply->outcome.kind),
                                 .sentence = reply->sentence };
}

/* --- the clerk --- */

static void parked_free(struct parked *parked)
{
    if (!parked)
        return;
    arena_free(parked->arena);
    free(parked);
}

struct clerk *clerk_new(const struct features *features, const struct toleration *tolerations,
                        size_t n_tolerations)
{
    struct clerk *clerk = NEW(struct clerk);
    clerk->ledger = ledger_new();
    clerk->features = *features;
    clerk->tolerations = tolerations;
    clerk->n_tolerations = n_tolerations;
    return clerk;
}

void clerk_free(struct clerk *clerk)
{
    if (!clerk)
        return;
    map_each (&clerk->parked, entry)
        parked_free(entry->value);
    map_done(&clerk->parked);
    map_done(&clerk->woken);
    ledger_free(clerk->ledger);
    free(clerk);
}

struct ledger *clerk_ledger(struct clerk *clerk)
{
    return clerk->ledger;
}

static void on_overtaken(void *ctx, const char *claim)
{
    struct clerk *clerk = ctx;
    struct reply *reply = reply_add(clerk->replies, REPLY_OVERTAKEN, NULL);
    reply->key = arena_strdup(reply->arena, claim);
}

static void put_claim(struct clerk *clerk, const struct resource_claim *claim)
{
    cleanup_arena struct arena *arena = arena_new();
    struct verdict verdict;
    if (!ledger_put_claim(clerk->ledger, claim, arena, &verdict, on_overtaken, clerk))
        return;
    struct reply *reply = reply_add(clerk->replies, REPLY_VERDICT, take(arena));
    reply->namespace = arena_strdup(reply->arena, claim->meta.namespace ? claim->meta.namespace : "");
    reply->name = arena_strdup(reply->arena, claim->meta.name);
    reply->version = arena_strdup(reply->arena, claim->meta.resource_version);
    reply->verdict = verdict;
}

/* --- searching --- */

/* What the loop needs to know of claims that stay parked here: who they are. */
static const struct resource_claim **claims_name(struct arena *arena, const struct search *search)
{
    const struct resource_claim **names =
        arena_make_array(arena, const struct resource_claim *, search->n_claims);
    for (size_t i = 0; i < search->n_claims; i++) {
        const struct object_meta *meta = &search->claims[i]->meta;
        struct resource_claim *name = arena_make(arena, struct resource_claim);
        name->meta.namespace = arena_strdup(arena, meta->namespace);
        name->meta.name = arena_strdup(arena, meta->name);
        name->meta.uid = arena_strdup(arena, meta->uid);
        names[i] = name;
    }
    return names;
}

static void unpark(struct clerk *clerk, const char *pod_key)
{
    parked_free(map_remove(&clerk->parked, span_of(pod_key)));
}

static void park(struct clerk *clerk, const struct search *search, struct arena *arena, bool is_aborted)
{
    struct parked *parked = NEW(struct parked);
    *parked = (struct parked){ arena, search->claims, search->n_claims, is_aborted };
    map_put(&clerk->parked, search->pod_key, parked);
}

static void reply_no_fit(struct clerk *clerk, const struct search *search, const struct outcome *outcome,
                         uint64_t nanos, bool woken)
{
    cleanup_buf struct buf sentence = BUF_INIT(EXPLAIN_MAX_SENTENCE + 1);
    explain_sentence(outcome, &sentence);
    struct reply *reply = reply_add(clerk->replies, REPLY_FOUND, NULL);
    reply->search = (struct search){ .pod_key = arena_strdup(reply->arena, search->pod_key),
                                     .pod_uid = arena_strdup(reply->arena, search->pod_uid),
                                     .ticket = search->ticket,
                                     .claims = claims_name(reply->arena, search),
                                     .n_claims = search->n_claims };
    reply->outcome = (struct outcome){ .kind = outcome->kind, .steps = outcome->steps };
    reply->sentence = arena_strdup(reply->arena, buf_text(&sentence));
    reply->nanos = nanos;
    reply->idle = woken;
}

/* ARENA holds SEARCH and goes with it: to the reply, or to the list of the parked. */
static void run_search(struct clerk *clerk, const struct search *search, struct arena *arena)
{
    bool woken = map_remove(&clerk->woken, span_of(search->pod_key));
    unpark(clerk, search->pod_key);
    struct allocate_request request = { .claims = search->claims,
                                        .n_claims = search->n_claims,
                                        .nodes = search->nodes,
                                        .n_nodes = search->n_nodes,
                                        .placement = search->placement,
                                        .features = &clerk->features,
                                        .max_steps = search->max_steps,
                                        .tolerations = clerk->tolerations,
                                        .n_tolerations = clerk->n_tolerations };
    struct outcome outcome;
    uint64_t begun = time_monotonic_nanos();
    ledger_decide(clerk->ledger, &request, arena, &outcome);
    uint64_t nanos = time_monotonic_nanos() - begun;
    if (outcome.kind != OUTCOME_ALLOCATED) {
        reply_no_fit(clerk, search, &outcome, nanos, woken);
        park(clerk, search, arena, outcome.kind == OUTCOME_ABORTED);
        return;
    }
    struct reply *reply = reply_add(clerk->replies, REPLY_FOUND, arena);
    reply->search = *search;
    reply->outcome = outcome;
    reply->nanos = nanos;
}

void clerk_work(struct clerk *clerk, struct order *order, struct replies *replies)
{
    struct inventory *inventory = ledger_inventory(clerk->ledger);
    clerk->replies = replies;
    switch (order->kind) {
    case ORDER_PUT_CLAIM: put_claim(clerk, order->object); break;
    case ORDER_PUT_NODE: inventory_put_node(inventory, order->object); break;
    case ORDER_PUT_SLICE: inventory_put_slice(inventory, order->object); break;
    case ORDER_PUT_CLASS: inventory_put_class(inventory, take(order->arena), order->object); break;
    case ORDER_PUT_RULE: inventory_put_rule(inventory, take(order->arena), order->object); break;
    case ORDER_REMOVE_CLAIM: ledger_remove_claim(clerk->ledger, order->namespace, order->name); break;
    case ORDER_REMOVE_NODE: inventory_remove_node(inventory, order->name); break;
    case ORDER_REMOVE_SLICE: inventory_remove_slice(inventory, order->name); break;
    case ORDER_REMOVE_CLASS: inventory_remove_class(inventory, order->name); break;
    case ORDER_REMOVE_RULE: inventory_remove_rule(inventory, order->name); break;
    case ORDER_FORGET: ledger_forget(clerk->ledger, order->namespace, order->name); break;
    case ORDER_SEARCH: run_search(clerk, order->object, take(order->arena)); break;
    case ORDER_UNPARK: unpark(clerk, order->name); break;
    }
    clerk->replies = NULL;
    order_free(order);
}

static bool parked_is_concerned(struct clerk *clerk, const struct parked *parked)
{
    for (size_t i = 0; i < parked->n_claims; i++) {
        if (inventory_concerns(ledger_inventory(clerk->ledger), parked->claims[i]))
            return true;
    }
    return parked->is_aborted;
}

void clerk_wake(struct clerk *clerk, struct replies *replies)
{
    struct inventory *inventory = ledger_inventory(clerk->ledger);
    if (!inventory_has_changes(inventory))
        return;
    for (size_t i = 0; i < clerk->parked.length;) {
        struct map_entry *entry = &clerk->parked.entries[i];
        if (!parked_is_concerned(clerk, entry->value)) {
            i++;
            continue;
        }
        struct reply *reply = reply_add(replies, REPLY_WOKEN, NULL);
        reply->key = arena_strdup(reply->arena, entry->key);
        map_put(&clerk->woken, entry->key, clerk);
        unpark(clerk, reply->key);
    }
    inventory_clear_changes(inventory);
}
