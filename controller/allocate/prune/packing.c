/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Item by item: what room may be left, and what is taken then, at best. States are in the order of their
 * rooms, so those with one more item, which are in order too, are merged with them. Items come by their
 * lowest fields: a field that is behind us is forgotten, and states that differ in nothing else are one.
 * Where there are too many even so, a field is forgotten before its time: then more fits than does, and the
 * answer is larger.
 */

#include "controller/allocate/prune/packing.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_STATES = 4096 };

void packing_done(struct packing *packing)
{
    vec_done(&packing->states);
    vec_done(&packing->next);
    vec_done(&packing->steps);
    vec_done(&packing->order);
}

/* The state with one more of the item; false: there is no room for it. */
static bool state_extend(const struct packing_state *state, const struct item *item, uint64_t guards,
                         struct packing_state *out)
{
    *out = (struct packing_state){ state->room - item->size, state->worth + item->price, state->latest };
    return (out->room & guards) == guards;
}

/* Of states with one room the best one stays; with a single size, also none that has less room and is no
 * better. */
static bool packing_keep(struct packing *packing, const struct packing_state *state, bool is_line)
{
    struct packing_state *last = packing->next.length ? vec_last(&packing->next) : NULL;
    if (last && (last->room == state->room || is_line) && last->worth >= state->worth)
        return false;
    if (last && last->room == state->room)
        packing->next.length--;
    packing->next.items[packing->next.length++] = *state;
    return true;
}

static void packing_swap(struct packing *packing)
{
    __typeof__(packing->states) states = packing->states;
    packing->states.items = packing->next.items;
    packing->states.length = packing->next.length;
    packing->states.room = packing->next.room;
    packing->next.items = states.items;
    packing->next.length = states.length;
    packing->next.room = states.room;
}

/* One more of the item for those who have room for it; returns whether that makes any better. */
static bool packing_add(struct packing *packing, const struct item *item, uint32_t index, uint64_t guards)
{
    const struct packing_state *states = packing->states.items;
    size_t n_states = packing->states.length, without = 0;
    bool is_line = !(guards & (guards - 1)), grew = false;
    packing->next.length = 0;
    vec_reserve(&packing->next, 2 * n_states);
    vec_reserve(&packing->steps, n_states);
    for (size_t with = 0; with < n_states; with++) {
        struct packing_state more;
        if (!state_extend(&states[with], item, guards, &more))
            continue;
        while (without < n_states && states[without].room >= more.room)
            packing_keep(packing, &states[without++], is_line);
        packing->steps.items[packing->steps.length] = (struct packing_step){ index, more.latest };
        more.latest = (uint32_t)packing->steps.length + 1;
        if (packing_keep(packing, &more, is_line)) {
            packing->steps.length++;
            grew = true;
        }
    }
    while (without < n_states)
        packing_keep(packing, &states[without++], is_line);
    packing_swap(packing);
    return grew;
}

/* All bits of the fields that no item from this one on has. */
static uint64_t dead_fields(uint64_t size, uint64_t guards)
{
    uint64_t below = size ? guards & ((size & -size) - 1) : guards;
    return below ? UINT64_MAX >> __builtin_clzll(below) : 0;
}

/* States that differ in nothing else become one. They stay in order, for these are the lowest fields. */
static void packing_forget(struct packing *packing, uint64_t fields, uint64_t guards)
{
    bool is_line = !(guards & (guards - 1));
    packing->next.length = 0;
    vec_reserve(&packing->next, packing->states.length);
    vec_each (&packing->states, state) {
        state->room &= ~fields;
        packing_keep(packing, state, is_line);
    }
    packing_swap(packing);
}

/* Those with the lowest fields come first; what is worth nothing is left out. */
static void packing_sort(struct packing *packing, const struct item *items, size_t n_items)
{
    vec_clear(&packing->order);
    for (uint32_t i = 0; i < n_items; i++) {
        uint64_t size = items[i].size, rank = size & -size;
        size_t place = packing->order.length;
        if (!items[i].price)
            continue;
        vec_push(&packing->order, (struct packing_turn){ .size = size });
        for (; place &&
               rank - 1 < (packing->order.items[place - 1].size & -packing->order.items[place - 1].size) - 1;
             place--)
            packing->order.items[place] = packing->order.items[place - 1];
        packing->order.items[place] = (struct packing_turn){ size, i };
    }
}

static bool packing_fill(struct packing *packing, const struct item *items, uint64_t room, uint64_t guards)
{
    uint64_t dead = 0;
    vec_clear(&packing->states);
    vec_clear(&packing->steps);
    vec_push(&packing->states, (struct packing_state){ .room = room });
    vec_each (&packing->order, turn) {
        struct item item = items[turn->item];
        item.size = turn->size;
        uint64_t now_dead = dead_fields(item.size, guards);
        if (now_dead != dead)
            packing_forget(packing, now_dead, guards & ~now_dead);
        dead = now_dead;
        for (uint32_t n = 0; n < item.count && packing_add(packing, &item, turn->item, guards & ~dead); n++) {
            if (packing->states.length > MAX_STATES)
                return false;
        }
    }
    return true;
}

int64_t packing_best(struct packing *packing, const struct item *items, size_t n_items, uint64_t room,
                     uint64_t guards, uint32_t *taken)
{
    const struct packing_state *best = NULL;
    packing_sort(packing, items, n_items);
    while (!packing_fill(packing, items, room, guards)) {
        uint64_t lowest = guards & -guards, fields = lowest | (lowest - 1);
        room &= ~fields;
        guards &= ~fields;
        vec_each (&packing->order, turn)
            turn->size &= ~fields;
    }
    vec_each (&packing->states, state)
        best = !best || state->worth > best->worth ? state : best;
    memset(taken, 0, n_items * sizeof(*taken));
    for (uint32_t step = best->latest; step; step = packing->steps.items[step - 1].before)
        taken[packing->steps.items[step - 1].item]++;
    return best->worth;
}
