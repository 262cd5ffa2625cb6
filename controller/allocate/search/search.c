/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain search in upstream's order (allocation.md 4.7): claims, requests and alternatives as written,
 * devices by pool, slice and place (or as the placement orders them); depth first; the first solution wins.
 * It leaves out nothing but permutations within a request, as upstream does. The questions that it asks of
 * prune.c are all answered no where that file is not at work (ROAD_PLAIN): then it is the oracle that shorter
 * roads are measured against.
 *
 *     search_claim ──► search_request ──► search_demand ──► (take a device, go on) ──► ... ──► search_claim
 *                        each alternative    each device
 *
 * TOO_MANY says that a claim outgrows its 32 results. It unwinds to the nearest list of alternatives, of
 * which a smaller one may fit, or to the claim's start, where it becomes an ordinary no.
 */

#include "controller/allocate/search/search.h"

#include "controller/allocate/prune/prune.h"
#include "controller/allocate/search/order.h"

enum answer { ANSWER_NO, ANSWER_DONE, ANSWER_TOO_MANY };

struct place {
    size_t claim, request;
};

static struct error *search_request(struct search *search, struct place at, enum answer *out);

static bool search_count_step(struct search *search)
{
    search->steps++;
    if (search->max_steps && search->steps > search->max_steps)
        search->exhausted = true;
    return !search->exhausted;
}

static struct error *search_demand(struct search *search, struct place at, struct demand *demand,
                                   int64_t n_taken, size_t start, enum answer *out);

/* Goes on behind CANDIDATE, which was taken; takes it back unless that leads to a solution. */
static struct error *search_behind(struct search *search, struct place at, struct demand *demand,
                                   int64_t n_taken, size_t start, size_t mark, enum answer *out)
{
    struct error *err = search_demand(search, at, demand, n_taken + 1, start, out);
    if (err || *out != ANSWER_DONE)
        undo_to(&search->undo, mark);
    return err;
}

static struct error *search_all(struct search *search, struct place at, struct demand *demand,
                                int64_t n_taken, enum answer *out)
{
    size_t mark = undo_mark(&search->undo);
    bool taken = false;
    TRY(candidate_take(search, at.claim, demand, demand->devices[n_taken], &taken));
    return taken ? search_behind(search, at, demand, n_taken, 0, mark, out) : NULL;
}

/* The place of the next candidate that is not taken, at START or behind: mostly many are. */
static size_t search_next_free(const struct search *search, struct place at, const struct demand *demand,
                               size_t start)
{
    size_t i = start;
    while (i < search->view.n_candidates &&
           candidate_is_taken(search, demand, at.claim, search_candidate(search, i)))
        i++;
    return i;
}

static void search_set_gone(struct search *search, size_t n_gone)
{
    undo_save(&search->undo, &search->n_gone, sizeof(search->n_gone));
    search->n_gone = n_gone;
}

static struct error *search_any(struct search *search, struct place at, struct demand *demand,
                                int64_t n_taken, size_t start, enum answer *out)
{
    struct tried tried;
    tried_init(&tried, at.claim, at.request, demand);
    if (demand_is_hopeless(search, at.claim, at.request, demand, n_taken, start))
        return NULL;
    /* Claims begin at the first device one after the other: where all are taken is known. */
    bool leads = !demand->admin && start <= search->n_gone;
    for (size_t i = leads ? search->n_gone : start; *out == ANSWER_NO && !search->exhausted; i++) {
        i = search_next_free(search, at, demand, i);
        if (i == search->view.n_candidates)
            break;
        struct candidate *candidate = search_candidate(search, i);
        size_t mark = undo_mark(&search->undo);
        bool usable = false;
        if (tried_has(search, &tried, candidate))
            continue;
        TRY(candidate_try_free(search, at.claim, demand, candidate, &usable));
        if (usable && leads && candidate->taken_by)
            search_set_gone(search, i + 1);
        if (usable)
            TRY(search_behind(search, at, demand, n_taken, i + 1, mark, out));
        if (*out == ANSWER_NO)
            tried_add(search, &tried, candidate);
        leads = false;
    }
    return NULL;
}

/* The devices of one demand, the first N_TAKEN of which are taken; the next stands at START or behind. */
static struct error *search_demand(struct search *search, struct place at, struct demand *demand,
                                   int64_t n_taken, size_t start, enum answer *out)
{
    *out = ANSWER_NO;
    if (!search_count_step(search) || (demand->all && !demand->n_devices))
        return NULL;
    if (n_taken >= demand->n_devices)
        return search_request(search, (struct place){ at.claim, at.request + 1 }, out);
    if (demand->n_devices - n_taken > CLAIM_MAX_RESULTS - (int64_t)search->claims[at.claim].n_placed) {
        *out = ANSWER_TOO_MANY;
        return NULL;
    }
    return demand->all ? search_all(search, at, demand, n_taken, out)
                       : search_any(search, at, demand, n_taken, start, out);
}

static struct error *search_alternatives(struct search *search, struct place at,
                                         struct request_state *request, enum answer *out)
{
    bool all_too_many = true;
    for (size_t i = 0; i < request->n_demands && !search->exhausted; i++) {
        TRY(search_demand(search, at, &request->demands[i], 0, 0, out));
        if (*out == ANSWER_DONE) {
            request->chosen = i;
            return NULL;
        }
        all_too_many = all_too_many && *out == ANSWER_TOO_MANY;
    }
    *out = all_too_many ? ANSWER_TOO_MANY : ANSWER_NO;
    return NULL;
}

static struct error *search_request(struct search *search, struct place at, enum answer *out)
{
    bool begins_claim = false;
    *out = ANSWER_NO;
    for (; at.claim < search->n_claims && at.request == search->claims[at.claim].n_requests;
         search->steps++) {
        at = (struct place){ at.claim + 1, 0 };
        begins_claim = true;
    }
    if (at.claim == search->n_claims) {
        search->steps++;
        *out = ANSWER_DONE;
        return NULL;
    }
    struct request_state *request = &search->claims[at.claim].requests[at.request];
    if (request_is_hopeless(search, at.claim, at.request))
        return NULL;
    if (!request->is_list) {
        TRY(search_demand(search, at, &request->demands[0], 0, 0, out));
    } else {
        search->steps++;
        TRY(search_alternatives(search, at, request, out));
    }
    if (*out != ANSWER_DONE)
        request_refuted(search, at.claim, at.request);
    if (begins_claim && *out == ANSWER_TOO_MANY)
        *out = ANSWER_NO;
    return NULL;
}

static struct error *search_walk(struct search *search, bool *found)
{
    enum answer answer = ANSWER_NO;
    struct error *err = search_request(search, (struct place){ 0, 0 }, &answer);
    *found = !err && answer == ANSWER_DONE;
    if (!*found)
        undo_to(&search->undo, 0);
    return err;
}

/* A search that takes long begins again, with the rules of prune.c: they cut most near the root. */
static struct error *search_walk_again(struct search *search, bool *found)
{
    search->exhausted = false;
    pruning_start(search);
    return search_walk(search, found);
}

struct error *search_run(struct search *search, bool *found)
{
    uint64_t max_steps = search->max_steps;
    bool may_switch = search->request->road == ROAD_ANY && (!max_steps || max_steps > PRUNE_AFTER_STEPS);
    search->order = order_make(search);
    if (search->request->road == ROAD_SHORT)
        pruning_start(search);
    search->max_steps = may_switch ? PRUNE_AFTER_STEPS : max_steps;
    TRY(search_walk(search, found));
    search->max_steps = max_steps;
    if (may_switch && search->exhausted)
        TRY(search_walk_again(search, found));
    if (*found)
        order_placed(search);
    return NULL;
}

struct error *search_start(struct search *search, struct inventory *inventory,
                           const struct allocate_request *request, const struct inventory_node *node,
                           struct arena *arena)
{
    *search = (struct search){
        .inventory = inventory,
        .request = request,
        .features = request->features ? *request->features : features_all(),
        .arena = arena,
        .undo = { .arena = arena },
        .n_claims = request->n_claims,
        .max_steps = request->max_steps,
    };
    matcher_tidy(inventory->matcher);
    search->claims = arena_make_array(arena, struct claim_state, request->n_claims);
    struct error *err = view_obtain(inventory, &search->features, node, arena, &search->view);
    if (err) {
        search->node_is_cause = true;
        return error_wrap(err, "gather pool information");
    }
    return search_prepare(search);
}

void search_done(struct search *search)
{
    undo_to(&search->undo, 0);
    pruning_free(search->pruning);
}
