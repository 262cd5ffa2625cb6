/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 4. Remembering. Whether a solution lies behind the start of a request, and whether an error does,
 * depends on what is taken, not on how that came about; and blocks of one type can change places
 * (symmetry.c). So the state is, of all blocks of which something is taken, the type and what is taken, in an
 * order of its own. If it was refuted once, it is refuted always (request_refuted).
 *
 * Not where more than that matters (is_ordered).
 */

#include "controller/allocate/prune/pruning.h"

#include <stdlib.h>

/* The traces of one block, from FIRST on. */
struct chunk {
    uint32_t type;
    const struct trace *first;
    size_t count;
};

static int compare_chunks(const void *left, const void *right)
{
    const struct chunk *a = left, *b = right;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return memcmp(a->first, b->first, a->count * sizeof(*a->first));
}

/* The blocks' numbers are forgotten in the traces. */
static size_t chunks_make(const struct pruning *pruning, struct trace *traces, size_t n_traces,
                          struct chunk *chunks)
{
    size_t count = 0;
    uint32_t latest = ANY_BLOCK;
    for (size_t i = 0; i < n_traces; i++) {
        if (traces[i].block != latest)
            chunks[count++] = (struct chunk){ .type = pruning->types[traces[i].block], .first = &traces[i] };
        latest = traces[i].block;
        traces[i].block = 0;
        chunks[count - 1].count++;
    }
    if (count)
        qsort(chunks, count, sizeof(*chunks), compare_chunks);
    return count;
}

static void state_make(const struct search *search, size_t claim, size_t request, struct buf *state)
{
    struct pruning *pruning = search->pruning;
    const struct standing at = { .claim = claim, .request = request };
    size_t n_traces = traces_collect(search, &at, ANY_BLOCK, pruning->traces);
    size_t n_chunks = chunks_make(pruning, pruning->traces, n_traces, pruning->chunks);
    buf_append(state, &claim, sizeof(claim));
    buf_append(state, &request, sizeof(request));
    buf_append(state, &search->claims[claim].n_placed, sizeof(search->claims[claim].n_placed));
    for (size_t i = 0; i < n_chunks; i++) {
        const struct chunk *chunk = &pruning->chunks[i];
        buf_append(state, &chunk->type, sizeof(chunk->type));
        key_add(state, chunk->first, chunk->count * sizeof(*chunk->first));
    }
}

void refuted_make(struct search *search, struct pruning *pruning)
{
    pruning->chunks = arena_make_array(search->arena, struct chunk, search->n_claims * CLAIM_MAX_RESULTS);
}

bool is_refuted(const struct search *search, size_t claim, size_t request)
{
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    if (search->pruning->is_ordered)
        return false;
    state_make(search, claim, request, &state);
    return map_find(&search->pruning->refuted, buf_span(&state));
}

void request_refuted(struct search *search, size_t claim, size_t request)
{
    struct pruning *pruning = search->pruning;
    if (!pruning || pruning->is_ordered || search->exhausted || pruning->refuted_bytes > PRUNE_MAX_BYTES)
        return;
    cleanup_buf struct buf state = BUF_INIT(SIZE_MAX / 2);
    state_make(search, claim, request, &state);
    pruning->refuted_bytes += state.length;
    map_set(&pruning->refuted, buf_span(&state), search);
}
