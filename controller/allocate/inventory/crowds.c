/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that look alike stand in one crowd: a set of bits, one for each place in the order of names. A
 * placement ranks crowds, of which there are few, and takes the nodes of a crowd by name, so that choosing a
 * node looks neither at devices nor at every node. A node whose look changes is only noted; it changes
 * crowds, which are two bits, when somebody asks next.
 *
 * Places shift when nodes come or go. That is rare, so all is made anew then.
 */

#include "controller/allocate/inventory/index.h"

struct crowd {
    struct node_look look;
    size_t n_nodes;
    size_t at;             /* its place among those that are peopled */
    size_t n_words, first; /* no bit is set in the words before the first */
    uint64_t words[];
};

enum { WORD_BITS = 64, SPARE_CROWDS = 64 };

/* One crowd */

const struct node_look *crowd_look(const struct crowd *crowd)
{
    return &crowd->look;
}

size_t crowd_find(struct crowd *crowd, size_t place, const uint64_t *refused)
{
    if (!crowd->n_nodes)
        return SIZE_MAX;
    while (!crowd->words[crowd->first])
        crowd->first++;
    size_t word = place / WORD_BITS > crowd->first ? place / WORD_BITS : crowd->first;
    for (; word < crowd->n_words; word++) {
        uint64_t bits = crowd->words[word] & ~(refused ? refused[word] : 0);
        if (word == place / WORD_BITS)
            bits &= UINT64_MAX << place % WORD_BITS;
        if (bits)
            return word * WORD_BITS + (size_t)__builtin_ctzll(bits);
    }
    return SIZE_MAX;
}

static struct span look_key(const struct node_look *look)
{
    return (struct span){ (const char *)look, sizeof(*look) };
}

static struct crowd *crowd_make(struct inventory *inventory, const struct node_look *look)
{
    struct crowd *crowd = map_find(&inventory->crowds, look_key(look));
    if (crowd)
        return crowd;
    size_t n_words = (inventory->by_name.length + WORD_BITS - 1) / WORD_BITS;
    crowd = mem_new(1, sizeof(*crowd) + n_words * sizeof(crowd->words[0]));
    crowd->look = *look;
    crowd->n_words = crowd->first = n_words;
    map_set(&inventory->crowds, look_key(look), crowd);
    return crowd;
}

static void node_join(struct inventory *inventory, struct node_record *record)
{
    node_look_settle(record);
    struct crowd *crowd = crowd_make(inventory, &record->look);
    size_t word = record->place / WORD_BITS;
    crowd->words[word] |= UINT64_C(1) << record->place % WORD_BITS;
    crowd->first = word < crowd->first ? word : crowd->first;
    if (!crowd->n_nodes++) {
        crowd->at = inventory->peopled.length;
        vec_push(&inventory->peopled, crowd);
    }
    record->crowd = crowd;
}

static void node_leave(struct inventory *inventory, struct node_record *record)
{
    struct crowd *crowd = record->crowd;
    crowd->words[record->place / WORD_BITS] &= ~(UINT64_C(1) << record->place % WORD_BITS);
    if (!--crowd->n_nodes) {
        struct crowd *last = vec_pop(&inventory->peopled);
        inventory->peopled.items[crowd->at] = last;
        last->at = crowd->at;
    }
    record->crowd = NULL;
}

/* All crowds */

static void crowds_clear(struct inventory *inventory)
{
    map_each (&inventory->crowds, entry)
        free(entry->value);
    map_done(&inventory->crowds);
    vec_clear(&inventory->peopled);
    vec_each (&inventory->moved, record)
        (*record)->moved = false;
    vec_clear(&inventory->moved);
}

static void crowds_build(struct inventory *inventory)
{
    crowds_clear(inventory);
    for (size_t i = 0; i < inventory->by_name.length; i++) {
        inventory->by_name.items[i]->place = (uint32_t)i;
        node_join(inventory, inventory->by_name.items[i]);
    }
    inventory->crowds_stale = false;
}

/* Crowds that everybody left are kept, since nodes come back to them; but not without end. */
void crowds_settle(struct inventory *inventory)
{
    if (inventory->crowds_stale || inventory->crowds.length > 2 * inventory->by_name.length + SPARE_CROWDS)
        crowds_build(inventory);
    vec_each (&inventory->moved, record) {
        (*record)->moved = false;
        node_leave(inventory, *record);
        node_join(inventory, *record);
    }
    vec_clear(&inventory->moved);
}

void crowds_note_node(struct inventory *inventory, struct node_record *record)
{
    if (record->moved || inventory->crowds_stale || !record->is_object)
        return;
    record->moved = true;
    vec_push(&inventory->moved, record);
}

void crowds_free(struct inventory *inventory)
{
    crowds_clear(inventory);
    refusals_clear(inventory);
    vec_done(&inventory->peopled);
    vec_done(&inventory->moved);
    vec_done(&inventory->by_name);
}

/* Nodes that come and go */

static size_t name_place(const node_list *by_name, const char *name)
{
    size_t low = 0, high = by_name->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(by_name->items[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void crowds_spoil(struct inventory *inventory)
{
    inventory->crowds_stale = true;
    crowds_clear(inventory);
    refusals_clear(inventory);
}

void crowds_add_node(struct inventory *inventory, struct node_record *record)
{
    node_list *by_name = &inventory->by_name;
    size_t at = name_place(by_name, record->name);
    vec_push(by_name, record);
    memmove(&by_name->items[at + 1], &by_name->items[at], (by_name->length - 1 - at) * sizeof(record));
    by_name->items[at] = record;
    crowds_spoil(inventory);
}

void crowds_remove_node(struct inventory *inventory, struct node_record *record)
{
    vec_remove(&inventory->by_name, name_place(&inventory->by_name, record->name));
    crowds_spoil(inventory);
}
