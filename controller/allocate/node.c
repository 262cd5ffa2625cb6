/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes by name: the Node object, where there is one, the slices that name the node, and how many of their
 * devices are held. The counts follow every change of a device, and the orders of the placements follow the
 * counts, so that choosing a node looks neither at devices nor at other nodes. A node whose counts change
 * is only noted; it moves when somebody asks for the order.
 */

#include "controller/allocate/index.h"

static struct node_record *node_make(struct inventory *inventory, const char *name)
{
    struct node_record *record = node_find(inventory, name);
    if (record)
        return record;
    record = NEW(struct node_record);
    record->name = mem_strdup(name);
    record->bare = (struct inventory_node){ .name = record->name };
    record->node = &record->bare;
    map_put(&inventory->nodes, name, record);
    return record;
}

struct node_record *node_find(const struct inventory *inventory, const char *name)
{
    return map_get(&inventory->nodes, name);
}

void node_free(struct node_record *record)
{
    vec_done(&record->slices);
    arena_free(record->arena);
    free(record->name);
    free(record);
}

static void node_release(struct inventory *inventory, struct node_record *record)
{
    if (record->arena || record->slices.length)
        return;
    map_remove(&inventory->nodes, span_of(record->name));
    node_free(record);
}

/* Slices */

struct node_record *node_add_slice(struct inventory *inventory, struct slice_record *slice)
{
    struct node_record *record = node_make(inventory, slice->slice->node_name);
    slice_list_insert(&record->slices, slice);
    return record;
}

void node_remove_slice(struct inventory *inventory, struct slice_record *slice)
{
    slice_list_remove(&slice->node->slices, slice);
    node_release(inventory, slice->node);
}

/* Counts */

static void node_note(struct inventory *inventory, struct node_record *record)
{
    if (record->moved || !record->arena)
        return;
    record->moved = true;
    vec_push(&inventory->moved, record);
}

static void use_uncount(struct inventory *inventory, struct device_use *use)
{
    if (!use->home)
        return;
    node_note(inventory, use->home);
    use->home->n_devices--;
    use->home->n_used -= use->counted_used;
    use->home->n_blocked -= use->counted_blocked;
}

void use_count(struct inventory *inventory, struct device_use *use, struct node_record *home)
{
    use_uncount(inventory, use);
    use->home = home;
    use->counted_used = use->holdings.length;
    use->counted_blocked = use->n_dedicated;
    if (!home)
        return;
    node_note(inventory, home);
    home->n_devices++;
    home->n_used += use->counted_used;
    home->n_blocked += use->counted_blocked;
}

/* Objects */

static struct inventory_node *node_copy(struct arena *arena, const struct inventory_node *from)
{
    struct inventory_node *node = arena_make(arena, struct inventory_node);
    struct string_pair *labels = arena_make_array(arena, struct string_pair, from->n_labels);
    const char **declared = arena_make_array(arena, const char *, from->n_declared_features);
    for (size_t i = 0; i < from->n_labels; i++) {
        const char *value = from->labels[i].value;
        labels[i] = (struct string_pair){ arena_strdup(arena, from->labels[i].name),
                                          arena_strdup(arena, value ? value : "") };
    }
    for (size_t i = 0; i < from->n_declared_features; i++)
        declared[i] = arena_strdup(arena, from->declared_features[i]);
    *node = (struct inventory_node){ arena_strdup(arena, from->name), labels, from->n_labels, declared,
                                     from->n_declared_features };
    return node;
}

/* Orders */

/* Full nodes come last in a binpack: nothing more goes there. */
size_t node_rank(const struct node_record *record, enum placement placement)
{
    switch (placement) {
    case PLACEMENT_FIRST: return 0;
    case PLACEMENT_BINPACK:
        return record->n_blocked < record->n_devices ? record->n_devices - record->n_used : SIZE_MAX;
    case PLACEMENT_SPREAD: return record->n_used;
    }
    return 0;
}

/* Where a node of that rank and name stands, or would stand. */
static size_t order_place(const node_list *order, enum placement placement, size_t rank, const char *name)
{
    size_t low = 0, high = order->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct node_record *there = order->items[middle];
        size_t there_rank = there->ranks[placement];
        if (there_rank < rank || (there_rank == rank && strcmp(there->name, name) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_remove(node_list *order, enum placement placement, const struct node_record *record)
{
    vec_remove(order, order_place(order, placement, record->ranks[placement], record->name));
}

static void order_insert(node_list *order, enum placement placement, struct node_record *record)
{
    record->ranks[placement] = node_rank(record, placement);
    size_t at = order_place(order, placement, record->ranks[placement], record->name);
    vec_push(order, record);
    memmove(&order->items[at + 1], &order->items[at], (order->length - 1 - at) * sizeof(record));
    order->items[at] = record;
}

static void orders_settle(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->moved.length; i++) {
        struct node_record *record = inventory->moved.items[i];
        record->moved = false;
        for (unsigned p = PLACEMENT_BINPACK; p < N_PLACEMENTS; p++) {
            if (record->ranks[p] == node_rank(record, (enum placement)p))
                continue;
            order_remove(&inventory->orders[p], (enum placement)p, record);
            order_insert(&inventory->orders[p], (enum placement)p, record);
        }
    }
    vec_clear(&inventory->moved);
}

const node_list *node_order(struct inventory *inventory, enum placement placement)
{
    orders_settle(inventory);
    return &inventory->orders[placement];
}

static void orders_insert(struct inventory *inventory, struct node_record *record)
{
    for (unsigned p = PLACEMENT_FIRST; p < N_PLACEMENTS; p++)
        order_insert(&inventory->orders[p], (enum placement)p, record);
}

static void orders_remove(struct inventory *inventory, struct node_record *record)
{
    orders_settle(inventory);
    for (unsigned p = PLACEMENT_FIRST; p < N_PLACEMENTS; p++)
        order_remove(&inventory->orders[p], (enum placement)p, record);
}

/* Events */

static bool texts_equal(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Whether NODE says nothing new: most updates of a Node are heartbeats. */
static bool node_is_same(const struct inventory_node *node, const struct inventory_node *known)
{
    bool same = node->n_labels == known->n_labels && node->n_declared_features == known->n_declared_features;
    for (size_t i = 0; same && i < node->n_labels; i++)
        same = texts_equal(node->labels[i].name, known->labels[i].name) &&
               texts_equal(node->labels[i].value, known->labels[i].value);
    for (size_t i = 0; same && i < node->n_declared_features; i++)
        same = texts_equal(node->declared_features[i], known->declared_features[i]);
    return same;
}

void inventory_put_node(struct inventory *inventory, const struct inventory_node *node)
{
    struct node_record *record = node_make(inventory, node->name);
    if (record->arena && node_is_same(node, record->node))
        return;
    struct arena *arena = arena_new();
    record->node = node_copy(arena, node);
    if (!record->arena)
        orders_insert(inventory, record);
    inventory->nodes_changed = true;
    arena_free(record->arena);
    record->arena = arena;
}

void inventory_remove_node(struct inventory *inventory, const char *name)
{
    struct node_record *record = node_find(inventory, name);
    if (!record || !record->arena)
        return;
    orders_remove(inventory, record);
    arena_free(record->arena);
    record->arena = NULL;
    record->node = &record->bare;
    node_release(inventory, record);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void inventory_each_slice_node(const struct inventory *inventory,
                               void (*each)(void *context, const char *node), void *context)
{
    const char **names = mem_new(inventory->nodes.length, sizeof(*names));
    size_t count = 0;
    map_each (&inventory->nodes, entry) {
        const struct node_record *record = entry->value;
        if (record->slices.length)
            names[count++] = mem_strdup(record->name);
    }
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        each(context, names[i]);
        free((char *)names[i]);
    }
    free(names);
}

size_t inventory_count_nodes(const struct inventory *inventory)
{
    return inventory->orders[PLACEMENT_FIRST].length;
}
