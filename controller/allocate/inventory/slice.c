/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the inventory keeps of a slice besides its devices, and lists of slices.
 */

#include "api/resource/tables.h"
#include "api/resource/typed.h"
#include "controller/allocate/inventory/index.h"

/* Records */

static const struct node_selector *node_selector_copy(struct arena *arena, const struct node_selector *from)
{
    struct node_selector *to = arena_make(arena, struct node_selector);
    schema_copy(arena, &node_selector_schema, from, to);
    return to;
}

static const struct counter_set *counter_sets_copy(struct arena *arena, const struct counter_set *from,
                                                   size_t count)
{
    struct counter_set *to = arena_make_array(arena, struct counter_set, count);
    for (size_t i = 0; i < count; i++)
        schema_copy(arena, &counter_set_schema, &from[i], &to[i]);
    return to;
}

static size_t count_values(const struct resource_slice *slice)
{
    size_t count = 0;
    for (size_t i = 0; i < slice->n_devices; i++)
        count += slice->devices[i].n_attributes;
    return count;
}

static void entries_lay_out(struct slice_record *record, const struct resource_slice *slice)
{
    value_id *values = record->values;
    for (size_t i = 0; i < slice->n_devices; i++) {
        record->entries[i].card.values = values;
        values += slice->devices[i].n_attributes;
    }
}

struct slice_record *slice_record_new(const struct resource_slice *slice)
{
    struct slice_record *record = NEW(struct slice_record);
    *record = (struct slice_record){
        .generation = slice->generation,
        .slice_count = slice->slice_count,
        .all_nodes = slice->all_nodes,
        .per_device_node_selection = slice->per_device_node_selection,
        .n_shared_counters = slice->n_shared_counters,
        .n_skip_node_operations = slice->n_skip_node_operations,
        .entries = mem_new(slice->n_devices, sizeof(*record->entries)),
        .values = mem_new(count_values(slice), sizeof(*record->values)),
        .n_devices = slice->n_devices,
    };
    entries_lay_out(record, slice);
    if (!slice->node_selector && !slice->n_shared_counters && !slice->n_skip_node_operations)
        return record;
    record->arena = arena_new();
    if (slice->node_selector)
        record->node_selector = node_selector_copy(record->arena, slice->node_selector);
    record->shared_counters =
        counter_sets_copy(record->arena, slice->shared_counters, slice->n_shared_counters);
    record->skip_node_operations =
        arena_texts(record->arena, slice->skip_node_operations, slice->n_skip_node_operations);
    return record;
}

void slice_record_free(struct slice_record *record)
{
    for (size_t i = 0; i < record->n_devices; i++)
        free(record->entries[i].rule_taints);
    arena_free(record->arena);
    free(record->entries);
    free(record->values);
    free(record);
}

/* Lists, by name */

/* Where SLICE stands or would stand. */
static size_t slice_list_place(const slice_list *list, const struct slice_record *slice)
{
    size_t low = 0, high = list->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->items[middle]->name, slice->name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void slice_list_insert(slice_list *list, struct slice_record *slice)
{
    size_t at = slice_list_place(list, slice);
    vec_push(list, slice);
    memmove(&list->items[at + 1], &list->items[at], (list->length - 1 - at) * sizeof(list->items[0]));
    list->items[at] = slice;
}

void slice_list_remove(slice_list *list, const struct slice_record *slice)
{
    size_t at = slice_list_place(list, slice);
    if (at < list->length && list->items[at] == slice)
        vec_remove(list, at);
}
