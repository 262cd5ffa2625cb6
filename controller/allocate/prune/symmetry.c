/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of candidates that can change places with all that they have. Candidates that draw on one counter,
 * or have one value of an attribute that constraints compare, stand in one block; who is linked to nobody is
 * a block alone. Nothing that the search asks about a candidate in one block refers to another block, except
 * whether values of a linked attribute are equal, which they are nowhere else.
 *
 *     color of a candidate: all that the search looks at, but for which counters and which linked value; that
 *                           is the same in the whole block
 *     type of a block:      its counters, in order, with what is available; the colors of its candidates
 *
 * So if two blocks are of one type, and what is taken of them looks the same (traces_collect), then changing
 * their places in what is yet to be taken makes a solution of a solution.
 *
 * A linked attribute has one value in a block: where some block would have two, for it reaches across blocks
 * that are finer, the attribute's values are part of the colors instead. So they are where a value is a list,
 * and where requests derive it.
 */

#include "controller/allocate/prune/pruning.h"

#include <stdlib.h>

/* Links */

static uint32_t find_root(uint32_t *parents, uint32_t i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

/* All that were given this key stand together. */
static void link_by(struct map *firsts, uint32_t *parents, const void *key, size_t length, uint32_t i)
{
    struct span span = { key, length };
    uintptr_t first = (uintptr_t)map_find(firsts, span);
    if (first)
        parents[find_root(parents, i)] = find_root(parents, (uint32_t)(first - 1));
    else
        map_set(firsts, span, (void *)((uintptr_t)i + 1));
}

static void link_counters(const struct search *search, uint32_t *parents)
{
    cleanup_map struct map firsts = { 0 };
    for (uint32_t i = 0; i < search->view.n_candidates; i++) {
        const struct candidate *candidate = &search->view.candidates[i];
        for (size_t d = 0; d < candidate->n_draws; d++)
            link_by(&firsts, parents, &candidate->draws[d].counter, sizeof(struct counter *), i);
    }
}

value_id candidate_value(const struct candidate *candidate, const char *attribute)
{
    const struct card *card = &candidate->entry->card;
    return card_value(card, kind_find_attribute(card->kind, attribute));
}

/* Whether each block has but one value of the attribute, and how many there are. */
static bool is_flat(const struct search *search, uint32_t *parents, const char *attribute)
{
    cleanup_map struct map by_block = { 0 };
    for (uint32_t i = 0; i < search->view.n_candidates; i++) {
        uintptr_t value = candidate_value(&search->view.candidates[i], attribute);
        uint32_t root = find_root(parents, i);
        struct span key = { (const char *)&root, sizeof(root) };
        uintptr_t known = (uintptr_t)map_find(&by_block, key);
        if (value && known && known != value)
            return false;
        if (value)
            map_set(&by_block, key, (void *)value);
    }
    return true;
}

static bool is_compared_plainly(const struct search *search, const char *attribute)
{
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        value_id value = candidate_value(&search->view.candidates[i], attribute);
        enum attribute_type type =
            value ? value_entry(&search->inventory->catalog.values, value)->attribute.type : ATTRIBUTE_INT;
        if (type == ATTRIBUTE_NONE || type >= ATTRIBUTE_INTS)
            return false;
    }
    demands_each(search, claim, demand)
    {
        for (size_t i = 0; demand->derivations && i < claim->n_constraints; i++) {
            if (demand->derivations[i] && strcmp(claim->constraints[i].attribute, attribute) == 0)
                return false;
        }
    }
    return true;
}

bool is_linked(const struct pruning *pruning, const char *attribute)
{
    for (size_t i = 0; i < pruning->linked.length; i++) {
        if (strcmp(pruning->linked.items[i], attribute) == 0)
            return true;
    }
    return false;
}

/* A value that everybody has would make one block of all. */
static void link_attribute(const struct search *search, struct pruning *pruning, const char *attribute)
{
    cleanup_map struct map firsts = { 0 };
    size_t count = search->view.n_candidates;
    uint32_t *parents = arena_make_array(search->arena, uint32_t, count);
    memcpy(parents, pruning->blocks, count * sizeof(*parents));
    for (uint32_t i = 0; i < count; i++) {
        value_id value = candidate_value(&search->view.candidates[i], attribute);
        if (value)
            link_by(&firsts, parents, &value, sizeof(value), i);
    }
    bool flat = firsts.length > 1 && is_flat(search, parents, attribute);
    vec_each (&pruning->linked, name)
        flat = flat && is_flat(search, parents, *name);
    if (!flat)
        return;
    vec_push(&pruning->linked, attribute);
    memcpy(pruning->blocks, parents, count * sizeof(*parents));
}

static size_t count_values(const struct search *search, const char *attribute)
{
    cleanup_map struct map values = { 0 };
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        value_id value = candidate_value(&search->view.candidates[i], attribute);
        map_set(&values, (struct span){ (const char *)&value, sizeof(value) }, values.entries);
    }
    return values.length;
}

struct linkable {
    const char *attribute;
    size_t n_values;
};

static int compare_linkables(const void *left, const void *right)
{
    const struct linkable *a = left, *b = right;
    if (a->n_values != b->n_values)
        return a->n_values < b->n_values ? 1 : -1;
    return strcmp(a->attribute, b->attribute);
}

/* Those that tell the most apart come first: the finer the blocks the more of them are alike. */
static void link_attributes(const struct search *search, struct pruning *pruning)
{
    VEC(struct linkable) linkables = { 0 };
    for (size_t c = 0; c < search->n_claims; c++) {
        for (size_t i = 0; i < search->claims[c].n_constraints; i++) {
            const char *attribute = search->claims[c].constraints[i].attribute;
            if (is_compared_plainly(search, attribute))
                vec_push(&linkables, (struct linkable){ attribute, count_values(search, attribute) });
        }
    }
    if (linkables.length)
        qsort(linkables.items, linkables.length, sizeof(linkables.items[0]), compare_linkables);
    for (size_t i = 0; i < linkables.length; i++) {
        if (!i || strcmp(linkables.items[i].attribute, linkables.items[i - 1].attribute) != 0)
            link_attribute(search, pruning, linkables.items[i].attribute);
    }
    vec_done(&linkables);
}

/* Colors and types */

static uint32_t number_of(struct map *numbers, const struct buf *key)
{
    uintptr_t number = (uintptr_t)map_find(numbers, buf_span(key));
    if (!number) {
        number = numbers->length + 1;
        map_set(numbers, buf_span(key), (void *)number);
    }
    return (uint32_t)(number - 1);
}

/* Counters of a block are told by their places in it, in the pool's order. */
static void counters_number(const struct search *search, struct pruning *pruning, struct buf *keys)
{
    cleanup_map struct map drawn = { 0 };
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        const struct candidate *candidate = &search->view.candidates[i];
        for (size_t d = 0; d < candidate->n_draws; d++) {
            struct span key = { (const char *)&candidate->draws[d].counter, sizeof(struct counter *) };
            map_set(&drawn, key, (void *)((uintptr_t)pruning->blocks[i] + 1));
        }
    }
    uint32_t *counts = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t p = 0; p < search->view.n_pools; p++) {
        struct pool_view *pool = search->view.pools[p];
        for (size_t i = 0; i < pool->n_counters; i++) {
            const struct counter *counter = &pool->counters[i];
            struct span key = { (const char *)&counter, sizeof(counter) };
            uintptr_t block = (uintptr_t)map_find(&drawn, key);
            if (!block)
                continue;
            map_set(&pruning->counter_places, key, (void *)(uintptr_t)++counts[block - 1]);
            buf_append(&keys[block - 1], &pool, sizeof(pool));
            key_add(&keys[block - 1], counter->name, strlen(counter->name));
            key_add_quantity(&keys[block - 1], &counter->available);
        }
    }
}

/* Members of a class have one color. */
static void colors_make(struct search *search, struct pruning *pruning)
{
    cleanup_map struct map numbers = { 0 };
    uint32_t *of_class = arena_make_array(search->arena, uint32_t, pruning->n_classes); /* plus one */
    pruning->colors = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
        uint32_t *color = &of_class[pruning->classes[i]];
        if (!*color) {
            candidate_key(search, pruning, &search->view.candidates[i], false, &key);
            *color = number_of(&numbers, &key) + 1;
        }
        pruning->colors[i] = *color - 1;
    }
}

struct member {
    uint32_t block, color;
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    return (a->color > b->color) - (a->color < b->color);
}

/* Adds the colors of its members, sorted, to each block's key. */
static void blocks_add_members(const struct search *search, const struct pruning *pruning, struct buf *keys)
{
    size_t count = search->view.n_candidates;
    struct member *members = arena_make_array(search->arena, struct member, count);
    for (size_t i = 0; i < count; i++)
        members[i] = (struct member){ pruning->blocks[i], pruning->colors[i] };
    if (count)
        qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 0; i < count; i++)
        buf_append(&keys[members[i].block], &members[i].color, sizeof(members[i].color));
}

/* A block goes by the number of its first candidate. */
static void blocks_name(const struct search *search, struct pruning *pruning)
{
    uint32_t *first = arena_make_array(search->arena, uint32_t, search->view.n_candidates); /* plus one */
    uint32_t *parents = arena_make_array(search->arena, uint32_t, search->view.n_candidates);
    memcpy(parents, pruning->blocks, search->view.n_candidates * sizeof(*parents));
    for (uint32_t i = 0; i < search->view.n_candidates; i++) {
        uint32_t root = find_root(parents, i);
        if (!first[root])
            first[root] = i + 1;
        pruning->blocks[i] = first[root] - 1;
    }
}

void symmetry_make(struct search *search, struct pruning *pruning)
{
    cleanup_map struct map numbers = { 0 };
    size_t count = search->view.n_candidates;
    struct buf *keys = arena_make_array(search->arena, struct buf, count);
    pruning->blocks = arena_make_array(search->arena, uint32_t, count);
    pruning->types = arena_make_array(search->arena, uint32_t, count);
    pruning->links = arena_make_array(search->arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++) {
        pruning->blocks[i] = i;
        keys[i] = (struct buf)BUF_INIT(SIZE_MAX / 2);
    }
    link_counters(search, pruning->blocks);
    for (uint32_t i = 0; i < count; i++)
        pruning->links[i] = find_root(pruning->blocks, i);
    link_attributes(search, pruning);
    blocks_name(search, pruning);
    counters_number(search, pruning, keys);
    colors_make(search, pruning);
    blocks_add_members(search, pruning, keys);
    for (uint32_t i = 0; i < count; i++) {
        pruning->types[i] = number_of(&numbers, &keys[i]);
        buf_done(&keys[i]);
    }
}
