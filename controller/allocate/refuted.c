/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 4. Remembering. Whether a solution lies behind the start of a request, and whether an error does,
 * depends on what is taken, not on how that came about: on how many candidates of each class are taken, by
 * this claim and by earlier ones, on which shared ones and how much of them, and on what the claim's
 * constraints have seen. A state that was refuted once is refuted always (request_refuted).
 *
 * With admin access several claims may take one device, and numbers do not tell which: no rule then.
 */

#include "controller/allocate/pruning.h"

static void classes_count(const struct search *search, size_t claim)
{
    struct pruning *pruning = search->pruning;
    for (size_t c = 0; c <= claim && c < search->n_claims; c++) {
        for (uint32_t i = 0; i < search->claims[c].n_placed; i++) {
            const struct candidate *candidate = search->claims[c].placed[i].candidate;
            struct class_count *count = &pruning->counts[pruning->classes[candidate->place]];
            if (candidate->is_shared)
                continue;
            if (c == claim)
                count->here++;
            else
                count->before++;
        }
    }
}

static void state_add_classes(const struct search *search, size_t claim, struct buf *state)
{
    struct pruning *pruning = search->pruning;
    classes_count(search, claim);
    for (size_t class = 0; class < pruning->n_classes; class ++) {
        struct class_count *count = &pruning->counts[class];
        if (!count->here && !count->before)
            continue;
        buf_append(state, &class, sizeof(class));
        buf_append(state, count, sizeof(*count));
        *count = (struct class_count){ 0 };
    }
}

static void state_add_shares(const struct search *search, struct buf *state)
{
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        const struct candidate *candidate = &search->view.candidates[i];
        if (!candidate->n_shares)
            continue;
        buf_append(state, &candidate->place, sizeof(candidate->place));
        for (size_t c = 0; c < candidate->common->n_capacities; c++)
            key_add_quantity(state, &candidate->consuming[c]);
    }
}

/* What constraints have seen: of each placed device its demand and its class. */
static void state_add_placed(const struct search *search, const struct claim_state *claim, struct buf *state)
{
    for (uint32_t i = 0; claim->n_constraints && i < claim->n_placed; i++) {
        buf_append(state, &claim->placed[i].demand, sizeof(claim->placed[i].demand));
        buf_append(state, &search->pruning->classes[claim->placed[i].candidate->place], sizeof(uint32_t));
    }
}

static void state_make(const struct search *search, size_t claim, size_t request, struct buf *state)
{
    buf_append(state, &claim, sizeof(claim));
    buf_append(state, &request, sizeof(request));
    buf_append(state, &search->claims[claim].n_placed, sizeof(search->claims[claim].n_placed));
    state_add_classes(search, claim, state);
    buf_add_char(state, '|');
    state_add_shares(search, state);
    buf_add_char(state, '|');
    state_add_placed(search, &search->claims[claim], state);
}

bool is_refuted(const struct search *search, size_t claim, size_t request)
{
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    if (search->pruning->has_admin)
        return false;
    state_make(search, claim, request, &state);
    return map_find(&search->pruning->refuted, buf_span(&state));
}

void request_refuted(struct search *search, size_t claim, size_t request)
{
    struct pruning *pruning = search->pruning;
    if (!pruning || pruning->has_admin || search->exhausted || pruning->refuted_bytes > PRUNE_MAX_BYTES)
        return;
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    state_make(search, claim, request, &state);
    pruning->refuted_bytes += state.length;
    map_set(&pruning->refuted, buf_span(&state), search);
}
