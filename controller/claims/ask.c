/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question to the worker: which devices, on which of these nodes?
 */

#include "controller/claims/attempt.h"
#include "driver/kube/facts.h"
#include "driver/kube/fit.h"

#include <stdlib.h>

typedef VEC(const char *) name_list;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The nodes that could take the pod, by name. OUT counts those that could not, by reason. */
static void find_candidates(struct attempt *attempt, name_list *names, size_t counts[FIT_REASONS],
                            uint64_t *again_ms)
{
    const struct kube_cache *nodes = attempt->claims->caches.of[CACHE_NODES];
    uint64_t now = loop_now(attempt->claims->loop), until = UINT64_MAX;
    const char *bound_to = pod_node(attempt->tree);
    VEC(struct allocation *) allocations = { 0 };
    for (size_t i = 0; i < attempt->plan.n_claims; i++) {
        if (attempt->plan.claims[i].claim->allocation)
            vec_push(&allocations, attempt->plan.claims[i].claim->allocation);
    }
    for (size_t i = 0; i < kube_cache_count(nodes); i++) {
        const struct kube_object *node = kube_cache_at(nodes, i);
        enum fit fit = FIT;
        if (!bound_to)
            fit = fit_check(attempt->tree, node->tree, allocations.items, allocations.length);
        else if (strcmp(bound_to, node->name) != 0)
            continue;
        if (fit == FIT && desk_avoids(attempt->claims->desk, &attempt->plan, node->name, now, &until))
            continue;
        counts[fit]++;
        if (fit == FIT)
            vec_push(names, node->name);
    }
    vec_done(&allocations);
    if (names->length)
        qsort(names->items, names->length, sizeof(names->items[0]), compare_names);
    *again_ms = until == UINT64_MAX ? 0 : until - now;
}

static const char *no_candidate_sentence(struct attempt *attempt, const size_t counts[FIT_REASONS],
                                         uint64_t again_ms)
{
    cleanup_buf struct buf text = BUF_INIT(1024);
    buf_printf(&text, "no node can take the pod");
    const char *separator = ": ";
    for (int fit = FIT + 1; fit < FIT_REASONS; fit++) {
        if (counts[fit])
            buf_printf(&text, "%s%zu %s", separator, counts[fit], fit_reason((enum fit)fit));
        if (counts[fit])
            separator = ", ";
    }
    if (again_ms)
        buf_printf(&text, "%sthe allocation on a node vanished, which is tried again after a while",
                   separator);
    return arena_strdup(attempt->arena, buf_text(&text));
}

/* Claims as the worker will see them, in the pod's order. */
static bool copy_claims(struct attempt *attempt, struct arena *arena, struct search *search)
{
    search->claims = arena_make_array(arena, const struct resource_claim *, attempt->plan.n_claims);
    for (size_t i = 0; i < attempt->plan.n_claims; i++) {
        const struct plan_claim *wanted = &attempt->plan.claims[i];
        if (!plan_wants(wanted))
            continue;
        struct order *copy =
            order_of(ORDER_PUT_CLAIM, caches_find(&attempt->claims->caches, CACHE_CLAIMS,
                                                  attempt->pod->meta.namespace, wanted->name));
        if (!copy)
            return false;
        search->claims[search->n_claims++] = copy->object;
        arena_adopt(arena, take(copy->arena));
        order_free(copy);
    }
    return true;
}

/* The policy of the first request decides for all claims of the pod: they go to one node together. */
static enum placement find_placement(const struct attempt *attempt)
{
    const struct claims_options *options = &attempt->claims->options;
    const struct policy_set *set = options->find_policies(options->ctx);
    for (size_t i = 0; set && i < attempt->plan.n_claims; i++) {
        const struct plan_claim *wanted = &attempt->plan.claims[i];
        if (!plan_wants(wanted) || !wanted->claim->spec.n_requests)
            continue;
        const struct device_request *request = &wanted->claim->spec.requests[0];
        const struct exact_request *first = request->exactly ? request->exactly : request->first_available;
        const struct allocation_policy *policy =
            first ? policy_find(set, options->driver, first->class_name) : NULL;
        if (policy && policy->has_placement)
            return policy->placement;
    }
    return PLACEMENT_FIRST;
}

static void send_search(struct attempt *attempt, const name_list *names, uint64_t again_ms)
{
    struct order *order = order_new(ORDER_SEARCH, NULL, NULL);
    struct arena *arena = order->arena;
    struct search *search = arena_make(arena, struct search);
    if (!copy_claims(attempt, arena, search)) {
        order_free(order);
        return;
    }
    search->pod_key = arena_strdup(arena, attempt->task->key);
    search->pod_uid = arena_strdup(arena, attempt->pod->meta.uid);
    search->nodes = arena_make_array(arena, const char *, names->length);
    for (size_t i = 0; i < names->length; i++)
        search->nodes[search->n_nodes++] = arena_strdup(arena, names->items[i]);
    search->placement = find_placement(attempt);
    search->max_steps = attempt->claims->options.step_budget;
    search->ticket = desk_search_begin(attempt->claims->desk, &attempt->plan,
                                       again_ms ? loop_now(attempt->claims->loop) + again_ms : 0);
    order->object = search;
    searcher_send(attempt->claims->searcher, order);
}

struct error *attempt_ask(struct attempt *attempt)
{
    name_list names = { 0 };
    size_t counts[FIT_REASONS] = { 0 };
    uint64_t again_ms;
    find_candidates(attempt, &names, counts, &again_ms);
    if (again_ms)
        reconciler_add_later(&attempt->claims->pods, attempt->task->key, again_ms);
    struct error *err = NULL;
    if (names.length)
        send_search(attempt, &names, again_ms);
    else
        err = attempt_tell(attempt, false, "NoNode", no_candidate_sentence(attempt, counts, again_ms));
    vec_done(&names);
    return err;
}
