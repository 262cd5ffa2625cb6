/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes by name: the Node object, where there is one, and the slices that name the node. What is free on a
 * node is counted in blocks.c, and which nodes look alike is known by crowds.c.
 */

#include "controller/allocate/inventory/index.h"

static struct node_record *node_make(struct inventory *inventory, const char *name)
{
    struct node_record *record = node_find(inventory, name);
    if (record)
        return record;
    record = NEW(struct node_record);
    record->name = mem_strdup(name);
    record->node = (struct inventory_node){ .name = record->name };
    map_put(&inventory->nodes, name, record);
    return record;
}

struct node_record *node_find(const struct inventory *inventory, const char *name)
{
    return map_get(&inventory->nodes, name);
}

void node_free(struct inventory *inventory, struct node_record *record)
{
    node_forget_kept(inventory, record);
    vec_done(&record->slices);
    vec_done(&record->blocks);
    arena_free(record->arena);
    free(record->name);
    free(record);
}

static void node_release(struct inventory *inventory, struct node_record *record)
{
    if (record->is_object || record->slices.length)
        return;
    map_remove(&inventory->nodes, span_of(record->name));
    node_free(inventory, record);
}

/* Slices */

struct node_record *node_add_slice(struct inventory *inventory, struct slice_record *slice, const char *name)
{
    struct node_record *record = node_make(inventory, name);
    slice_list_insert(&record->slices, slice);
    record->version++;
    record->look.n_devices += (uint32_t)slice->n_devices;
    crowds_note_node(inventory, record);
    refusals_touch(inventory, slice->pool, record);
    return record;
}

void node_remove_slice(struct inventory *inventory, struct slice_record *slice)
{
    slice_list_remove(&slice->node->slices, slice);
    slice->node->version++;
    slice->node->look.n_devices -= (uint32_t)slice->n_devices;
    crowds_note_node(inventory, slice->node);
    refusals_touch(inventory, slice->pool, slice->node);
    node_release(inventory, slice->node);
}

/* Objects */

/* What the object says from now on; NULL: there is none, only the name. */
static void node_say(struct node_record *record, const struct inventory_node *from)
{
    arena_free(record->arena);
    record->arena = NULL;
    record->node = (struct inventory_node){ .name = record->name };
    record->is_object = from;
    record->version++;
    if (!from || (!from->n_labels && !from->n_declared_features))
        return;
    record->arena = arena_new();
    struct string_pair *labels = arena_make_array(record->arena, struct string_pair, from->n_labels);
    for (size_t i = 0; i < from->n_labels; i++) {
        const char *value = from->labels[i].value;
        labels[i] = (struct string_pair){ arena_strdup(record->arena, from->labels[i].name),
                                          arena_strdup(record->arena, value ? value : "") };
    }
    record->node.labels = labels;
    record->node.n_labels = from->n_labels;
    record->node.declared_features =
        arena_texts(record->arena, from->declared_features, from->n_declared_features);
    record->node.n_declared_features = from->n_declared_features;
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
    if (record->is_object && node_is_same(node, &record->node))
        return;
    if (!record->is_object)
        crowds_add_node(inventory, record);
    node_say(record, node);
    inventory->nodes_changed = true;
    inventory->version++;
    refusals_clear(inventory);
}

void inventory_remove_node(struct inventory *inventory, const char *name)
{
    struct node_record *record = node_find(inventory, name);
    if (!record || !record->is_object)
        return;
    inventory->version++;
    crowds_remove_node(inventory, record);
    node_say(record, NULL);
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
    return inventory->by_name.length;
}
