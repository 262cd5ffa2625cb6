/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is taken, as far as what is yet to be taken can see it: of each device its color, how much of it is
 * gone if it is shared, and by which constraints of the claim at hand it was seen that cover a demand yet to
 * come. Which device it was does not matter, and neither does the order in which they were taken: constraints
 * remember sets of values, unless the values are odd (value_sets.h).
 *
 * With admin access a claim may take what others hold, but nothing twice, and draws on the counters once
 * more. So it matters then what the claim at hand has, and how often a device was taken.
 */

#include "controller/allocate/prune/pruning.h"

#include <stdlib.h>

void traces_make(struct search *search, struct pruning *pruning)
{
    pruning->last_covered = arena_make_array(search->arena, size_t *, search->n_claims);
    for (size_t c = 0; c < search->n_claims; c++)
        pruning->last_covered[c] = arena_make_array(search->arena, size_t, search->claims[c].n_constraints);
    for (size_t row = 0; row < pruning->n_rows; row++) {
        const struct row *at = &pruning->rows[row];
        for (size_t i = 0; i < search->claims[at->claim].n_constraints; i++) {
            if (at->demand->covered[i])
                pruning->last_covered[at->claim][i] = at->request;
        }
    }
    for (size_t c = 0; c < search->n_claims; c++)
        pruning->is_ordered |= search->claims[c].n_constraints > 64;
    pruning->traces = arena_make_array(search->arena, struct trace, search->n_claims * CLAIM_MAX_RESULTS);
}

static uint64_t seen_by(const struct search *search, const struct standing *at, const struct demand *demand)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < search->claims[at->claim].n_constraints; i++) {
        if (demand->covered[i] && search->pruning->last_covered[at->claim][i] >= at->request)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

uint32_t candidate_gone(const struct search *search, const struct candidate *candidate)
{
    struct pruning *pruning = search->pruning;
    if (!candidate->n_shares)
        return 0;
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < candidate->common->n_capacities; i++)
        key_add_quantity(&key, &candidate->consuming[i]);
    uintptr_t number = (uintptr_t)map_find(&pruning->amounts, buf_span(&key));
    if (!number) {
        number = pruning->amounts.length + 1;
        map_set(&pruning->amounts, buf_span(&key), (void *)number);
    }
    return (uint32_t)number;
}

static int compare_traces(const void *left, const void *right)
{
    const struct trace *a = left, *b = right;
    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    return memcmp(a, b, sizeof(*a));
}

/* How often the search took the candidate before: with admin access, claims may take what others hold. */
static uint16_t count_before(const struct search *search, const struct placed *until)
{
    uint16_t count = 0;
    for (size_t c = 0; c < search->n_claims; c++) {
        for (uint32_t i = 0; i < search->claims[c].n_placed; i++) {
            const struct placed *placed = &search->claims[c].placed[i];
            if (placed == until)
                return count;
            count += placed->candidate == until->candidate;
        }
    }
    return count;
}

static bool is_barred(const struct search *search, const struct standing *at, const struct placed *placed)
{
    const struct candidate *candidate = placed->candidate;
    return candidate->is_shared ? placed->demand == at->demand
                                : search->pruning->has_admin && candidate->taken_by == at->claim + 1;
}

size_t traces_collect(const struct search *search, const struct standing *at, uint32_t block,
                      struct trace *traces)
{
    const struct pruning *pruning = search->pruning;
    size_t count = 0;
    for (size_t c = 0; c <= at->claim && c < search->n_claims; c++) {
        for (uint32_t i = 0; i < search->claims[c].n_placed; i++) {
            const struct placed *placed = &search->claims[c].placed[i];
            uint32_t place = placed->candidate->place;
            if (block != ANY_BLOCK && pruning->blocks[place] != block)
                continue;
            traces[count++] = (struct trace){
                .seen_by = c == at->claim ? seen_by(search, at, placed->demand) : 0,
                .block = pruning->blocks[place],
                .color = pruning->colors[place],
                .gone = candidate_gone(search, placed->candidate),
                .is_barred = is_barred(search, at, placed),
                .nth = pruning->has_admin ? count_before(search, placed) : 0,
            };
        }
    }
    if (count)
        qsort(traces, count, sizeof(*traces), compare_traces);
    return count;
}
