/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes by name: the Node object, where there is one, the slices that name the node, and how many of their
 * devices are held. The counts follow every change of a device, so that choosing a node never has to look
 * at devices.
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

static void use_uncount(struct device_use *use)
{
    if (!use->home)
        return;
    use->home->n_devices--;
    use->home->n_used -= use->counted_used;
    use->home->n_blocked -= use->counted_blocked;
}

void use_count(struct device_use *use, struct node_record *home)
{
    use_uncount(use);
    use->home = home;
    use->counted_used = use->holdings.length;
    use->counted_blocked = use->n_dedicated;
    if (!home)
        return;
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

/* Where the node stands, or would stand, among those that have an object. */
static size_t known_place(const struct inventory *inventory, const char *name)
{
    size_t low = 0, high = inventory->known.length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(inventory->known.items[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void known_insert(struct inventory *inventory, struct node_record *record)
{
    size_t at = known_place(inventory, record->name);
    vec_push(&inventory->known, record);
    memmove(&inventory->known.items[at + 1], &inventory->known.items[at],
            (inventory->known.length - 1 - at) * sizeof(record));
    inventory->known.items[at] = record;
}

void inventory_put_node(struct inventory *inventory, const struct inventory_node *node)
{
    struct node_record *record = node_make(inventory, node->name);
    struct arena *arena = arena_new();
    record->node = node_copy(arena, node);
    if (!record->arena)
        known_insert(inventory, record);
    inventory->nodes_changed = true;
    arena_free(record->arena);
    record->arena = arena;
}

void inventory_remove_node(struct inventory *inventory, const char *name)
{
    struct node_record *record = node_find(inventory, name);
    if (!record || !record->arena)
        return;
    arena_free(record->arena);
    record->arena = NULL;
    record->node = &record->bare;
    vec_remove(&inventory->known, known_place(inventory, name));
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
    return inventory->known.length;
}
