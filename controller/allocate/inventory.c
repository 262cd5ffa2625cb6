/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of slices, classes and taint rules. Nodes are in node.c, claims in claims.c, changes in changes.c.
 *
 * A slice event touches the slice's own devices and, for a device whose taints rules decide, the rules. A
 * rule event touches the devices that its filters name: with driver and pool given, one pool's.
 */

#include "controller/allocate/index.h"

struct inventory *inventory_new(void)
{
    struct inventory *inventory = NEW(struct inventory);
    inventory->matcher = matcher_new();
    return inventory;
}

/* Taints by rule */

static void entry_taint(struct inventory *inventory, const struct slice_record *slice,
                        struct device_entry *entry)
{
    vec_clear(&entry->rule_taints);
    for (size_t i = 0; i < inventory->rules.length; i++) {
        const struct rule_record *record = inventory->rules.entries[i].value;
        if (taint_rule_matches(record->rule, slice->slice->driver, slice->slice->pool, entry->device->name))
            vec_push(&entry->rule_taints, &record->rule->taint);
    }
}

/* Looks at the rules again for every device that RULE names. */
static void rule_apply_to_pool(struct inventory *inventory, const struct device_taint_rule *rule,
                               const struct pool_record *pool)
{
    for (size_t i = 0; i < pool->slices.length; i++) {
        struct slice_record *slice = pool->slices.items[i];
        for (size_t j = 0; j < slice->slice->n_devices; j++) {
            struct device_entry *entry = &slice->entries[j];
            if (!taint_rule_matches(rule, pool->driver, pool->name, entry->device->name))
                continue;
            entry_taint(inventory, slice, entry);
            use_mark_changed(inventory, entry->use);
        }
    }
}

static void rule_apply(struct inventory *inventory, const struct device_taint_rule *rule)
{
    if (!rule->has_selector)
        return;
    if (rule->driver && rule->pool) {
        const struct pool_record *pool = pool_find(inventory, rule->driver, rule->pool);
        if (pool)
            rule_apply_to_pool(inventory, rule, pool);
        return;
    }
    map_each (&inventory->pools, entry)
        rule_apply_to_pool(inventory, rule, entry->value);
}

static void rule_free(struct rule_record *record)
{
    arena_free(record->holder);
    free(record);
}

/* The rule leaves the devices before it leaves memory: they borrow its taint. */
void inventory_remove_rule(struct inventory *inventory, const char *name)
{
    struct rule_record *record = map_remove(&inventory->rules, span_of(name));
    if (!record)
        return;
    rule_apply(inventory, record->rule);
    rule_free(record);
}

void inventory_put_rule(struct inventory *inventory, struct arena *holder,
                        const struct device_taint_rule *rule)
{
    inventory_remove_rule(inventory, rule->meta.name);
    struct rule_record *record = NEW(struct rule_record);
    *record = (struct rule_record){ .rule = rule, .holder = holder };
    map_put(&inventory->rules, rule->meta.name, record);
    rule_apply(inventory, rule);
}

/* Classes */

static void class_free(struct class_record *record)
{
    if (!record)
        return;
    arena_free(record->holder);
    free(record);
}

void inventory_put_class(struct inventory *inventory, struct arena *holder, const struct device_class *class)
{
    struct class_record *record = NEW(struct class_record);
    *record = (struct class_record){ .class = class, .holder = holder, .changed = true };
    inventory->classes_changed = true;
    class_free(map_put(&inventory->classes, class->meta.name, record));
}

void inventory_remove_class(struct inventory *inventory, const char *name)
{
    class_free(map_remove(&inventory->classes, span_of(name)));
}

const struct device_class *inventory_find_class(const struct inventory *inventory, const char *name)
{
    const struct class_record *record = map_get(&inventory->classes, name);
    return record ? record->class : NULL;
}

/* Slices */

static bool slice_has_node(const struct resource_slice *slice)
{
    return slice->node_name && *slice->node_name;
}

static bool selector_is_sound(const struct node_selector *selector)
{
    bool sound = true;
    for (size_t t = 0; selector && t < selector->n_terms; t++) {
        const struct node_term *term = &selector->terms[t];
        for (size_t i = 0; i < term->n_expressions; i++)
            sound = sound && term->expressions[i].key;
        for (size_t i = 0; i < term->n_fields; i++)
            sound = sound && term->fields[i].key;
    }
    return sound;
}

/* Whether everything that must have a name has one. Servers see to it; we do not trust them with our memory.
 */
static bool slice_is_sound(const struct resource_slice *slice)
{
    bool sound = slice->meta.name && slice->driver && slice->pool && selector_is_sound(slice->node_selector);
    for (size_t i = 0; i < slice->n_devices; i++) {
        const struct device *device = &slice->devices[i];
        sound = sound && device->name && selector_is_sound(device->node_selector);
        for (size_t j = 0; j < device->n_consumes; j++)
            sound = sound && device->consumes[j].counter_set;
    }
    for (size_t i = 0; i < slice->n_shared_counters; i++)
        sound = sound && slice->shared_counters[i].name;
    return sound;
}

static void entry_start(struct inventory *inventory, struct slice_record *record, size_t index)
{
    struct device_entry *entry = &record->entries[index];
    entry->device = &record->slice->devices[index];
    entry->use = use_make(record->pool, entry->device->name);
    entry->use->n_entries++;
    entry->topology = device_topology(entry->device);
    if (record->node)
        use_settle(inventory, entry->use, record->node, entry);
    entry->shape = shape_ref(inventory->matcher, record->slice->driver, entry->device);
    if (inventory->rules.length)
        entry_taint(inventory, record, entry);
    use_mark_changed(inventory, entry->use);
}

/* The device goes where another slice of the pool lists it: while a driver replaces its slices. */
static void use_move(struct inventory *inventory, struct device_use *use)
{
    const slice_list *slices = &use->pool->slices;
    for (size_t i = 0; use->n_entries && i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        for (size_t j = 0; slice->node && j < slice->slice->n_devices; j++) {
            if (slice->entries[j].use != use)
                continue;
            use_settle(inventory, use, slice->node, &slice->entries[j]);
            return;
        }
    }
    use_settle(inventory, use, NULL, NULL);
}

/* The slice is off its pool's list by now. */
static void entry_stop(struct inventory *inventory, const struct slice_record *slice,
                       struct device_entry *entry)
{
    entry->use->n_entries--;
    if (slice->node)
        use_move(inventory, entry->use);
    use_mark_changed(inventory, entry->use);
    shape_unref(inventory->matcher, entry->shape);
    vec_done(&entry->rule_taints);
}

static void slice_free(struct slice_record *record)
{
    arena_free(record->holder);
    free(record->entries);
    free(record);
}

static void slice_detach(struct inventory *inventory, struct slice_record *record)
{
    const struct resource_slice *slice = record->slice;
    struct pool_record *pool = record->pool;
    slice_list_remove(&pool->slices, record);
    for (size_t i = 0; i < slice->n_devices; i++)
        entry_stop(inventory, record, &record->entries[i]);
    inventory->n_devices -= slice->n_devices;
    pool->n_counter_slices -= slice->n_shared_counters > 0;
    if (record->node)
        node_remove_slice(inventory, record);
    else
        slice_list_remove(&inventory->slices_shared, record);
    slice_free(record);
    pool_release(inventory, pool);
}

/* A slice that comes or goes, or changes more than its devices, may make a pool complete, valid, or neither.
 */
static void slice_mark_pool(struct inventory *inventory, const struct resource_slice *slice)
{
    struct pool_record *pool = pool_find(inventory, slice->driver, slice->pool);
    if (pool)
        pool_mark_changed(inventory, pool);
}

static bool slice_keeps_pool(const struct resource_slice *old, const struct resource_slice *new)
{
    return old->generation == new->generation && old->slice_count == new->slice_count &&
           !old->n_shared_counters && !new->n_shared_counters &&strcmp(old->driver, new->driver) == 0 &&
           strcmp(old->pool, new->pool) == 0;
}

void inventory_remove_slice(struct inventory *inventory, const char *name)
{
    struct slice_record *record = map_remove(&inventory->slices, span_of(name));
    if (!record)
        return;
    slice_mark_pool(inventory, record->slice);
    slice_detach(inventory, record);
}

void inventory_put_slice(struct inventory *inventory, struct arena *holder,
                         const struct resource_slice *slice)
{
    if (!slice_is_sound(slice)) {
        if (slice->meta.name)
            inventory_remove_slice(inventory, slice->meta.name);
        arena_free(holder);
        return;
    }
    struct slice_record *old = map_remove(&inventory->slices, span_of(slice->meta.name));
    bool keeps_pool = old && slice_keeps_pool(old->slice, slice);
    if (old && !keeps_pool)
        slice_mark_pool(inventory, old->slice);
    if (old)
        slice_detach(inventory, old);
    struct slice_record *record = NEW(struct slice_record);
    record->slice = slice;
    record->holder = holder;
    record->pool = pool_make(inventory, slice->driver, slice->pool);
    record->entries = mem_new(slice->n_devices, sizeof(*record->entries));
    slice_list_insert(&record->pool->slices, record);
    if (slice_has_node(slice))
        record->node = node_add_slice(inventory, record);
    else
        slice_list_insert(&inventory->slices_shared, record);
    for (size_t i = 0; i < slice->n_devices; i++)
        entry_start(inventory, record, i);
    inventory->n_devices += slice->n_devices;
    record->pool->n_counter_slices += slice->n_shared_counters > 0;
    map_put(&inventory->slices, slice->meta.name, record);
    if (!keeps_pool)
        pool_mark_changed(inventory, record->pool);
}

const struct device *inventory_find_device(const struct inventory *inventory, const char *driver,
                                           const char *pool, const char *device)
{
    const struct pool_record *record = pool_find(inventory, driver, pool);
    const struct device *found = NULL;
    int64_t generation = -1;
    for (size_t i = 0; record && i < record->slices.length; i++) {
        const struct resource_slice *slice = record->slices.items[i]->slice;
        for (size_t j = 0; slice->generation > generation && j < slice->n_devices; j++) {
            if (strcmp(slice->devices[j].name, device) != 0)
                continue;
            found = &slice->devices[j];
            generation = slice->generation;
        }
    }
    return found;
}

size_t inventory_count_devices(const struct inventory *inventory)
{
    return inventory->n_devices;
}

void inventory_free(struct inventory *inventory)
{
    if (!inventory)
        return;
    crowds_free(inventory); /* while there are nodes */
    map_each (&inventory->claims, entry)
        claim_record_free(entry->value);
    map_each (&inventory->slices, entry) {
        struct slice_record *record = entry->value;
        for (size_t i = 0; i < record->slice->n_devices; i++) {
            shape_unref(inventory->matcher, record->entries[i].shape);
            vec_done(&record->entries[i].rule_taints);
        }
        slice_free(record);
    }
    map_each (&inventory->pools, entry)
        pool_free(entry->value);
    map_each (&inventory->rules, entry)
        rule_free(entry->value);
    map_each (&inventory->classes, entry)
        class_free(entry->value);
    map_each (&inventory->nodes, entry)
        node_free(entry->value);
    map_done(&inventory->claims);
    map_done(&inventory->slices);
    map_done(&inventory->pools);
    map_done(&inventory->rules);
    map_done(&inventory->classes);
    map_done(&inventory->nodes);
    vec_done(&inventory->slices_shared);
    vec_done(&inventory->changed);
    matcher_free(inventory->matcher);
    free(inventory);
}
