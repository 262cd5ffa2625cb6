/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of slices, classes and taint rules. Nodes are in node.c, claims in claims.c, changes in changes.c.
 *
 * A slice event touches the slice's own devices and, for a device whose taints rules decide, the rules. A
 * rule event touches the devices that its filters name: with driver and pool given, one pool's.
 */

#include "controller/allocate/inventory/answers.h"

struct inventory *inventory_new(void)
{
    struct inventory *inventory = NEW(struct inventory);
    inventory->key = NEW(struct buf);
    *inventory->key = BUF_INIT(SIZE_MAX / 2);
    inventory->asked = NEW(struct buf);
    *inventory->asked = BUF_INIT(SIZE_MAX / 2);
    inventory->scratch = arena_new();
    inventory->claims.borrows = true;
    inventory->matcher = matcher_new(&inventory->catalog);
    return inventory;
}

/* Taints by rule */

static void entry_taint(struct inventory *inventory, const struct slice_record *slice,
                        struct device_entry *entry)
{
    VEC(const struct taint *) taints = { 0 };
    for (size_t i = 0; i < inventory->rules.length; i++) {
        const struct rule_record *record = inventory->rules.entries[i].value;
        if (taint_rule_matches(record->rule, slice->pool->driver, slice->pool->name, entry->use->name))
            vec_push(&taints, &record->rule->taint);
    }
    if (taints.length)
        vec_push(&taints, NULL);
    free(entry->rule_taints);
    entry->rule_taints = taints.items;
}

/* Looks at the rules again for every device that RULE names. */
static void rule_apply_to_pool(struct inventory *inventory, const struct device_taint_rule *rule,
                               const struct pool_record *pool)
{
    for (size_t i = 0; i < pool->slices.length; i++) {
        struct slice_record *slice = pool->slices.items[i];
        for (size_t j = 0; j < slice->n_devices; j++) {
            struct device_entry *entry = &slice->entries[j];
            if (!taint_rule_matches(rule, pool->driver, pool->name, entry->use->name))
                continue;
            entry_taint(inventory, slice, entry);
            use_mark_changed(inventory, entry->use);
        }
    }
}

static void rule_apply(struct inventory *inventory, const struct device_taint_rule *rule)
{
    inventory->version++;
    refusals_clear(inventory);
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
    inventory->version++;
    refusals_clear(inventory);
    class_free(map_put(&inventory->classes, class->meta.name, record));
}

void inventory_remove_class(struct inventory *inventory, const char *name)
{
    inventory->version++;
    refusals_clear(inventory);
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

/* A device is at home where the first slice lists it that names a node. It is in several only while a driver
 * replaces its slices, or gives a name twice. */
static void use_move(struct inventory *inventory, struct device_use *use)
{
    const slice_list *slices = &use->pool->slices;
    for (size_t i = 0; use->n_entries && i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        for (size_t j = 0; slice->node && j < slice->n_devices; j++) {
            if (slice->entries[j].use != use)
                continue;
            use_settle(inventory, use, slice->node, &slice->entries[j]);
            return;
        }
    }
    use_settle(inventory, use, NULL, NULL);
}

static void entry_start(struct inventory *inventory, struct slice_record *record, struct device_entry *entry,
                        const struct device *device)
{
    catalog_add(&inventory->catalog, record->pool->driver, device, &entry->card);
    entry->use = use_make(record->pool, device->name);
    entry->use->n_entries++;
    entry->topology = device_topology(device);
    if (entry->use->n_entries == 1)
        use_settle(inventory, entry->use, record->node, entry);
    else
        use_move(inventory, entry->use);
    if (inventory->rules.length)
        entry_taint(inventory, record, entry);
    use_mark_changed(inventory, entry->use);
}

/* The slice is off its pool's list by now. */
static void entry_stop(struct inventory *inventory, struct device_entry *entry)
{
    entry->use->n_entries--;
    use_move(inventory, entry->use);
    use_mark_changed(inventory, entry->use);
    catalog_drop(&inventory->catalog, &entry->card);
}

static void slice_attach(struct inventory *inventory, struct slice_record *record,
                         const struct resource_slice *slice)
{
    record->pool = pool_make(inventory, slice->driver, slice->pool);
    inventory->version++;
    record->pool->version++;
    slice_list_insert(&record->pool->slices, record);
    if (slice_has_node(slice)) {
        record->node = node_add_slice(inventory, record, slice->node_name);
    } else {
        slice_list_insert(&inventory->slices_shared, record);
        inventory->shared_version++;
    }
    for (size_t i = 0; i < slice->n_devices; i++)
        entry_start(inventory, record, &record->entries[i], &slice->devices[i]);
    inventory->n_devices += slice->n_devices;
    record->pool->n_counter_slices += slice->n_shared_counters > 0;
    pool_spoil_sets(inventory, record->pool);
}

static void slice_detach(struct inventory *inventory, struct slice_record *record)
{
    struct pool_record *pool = record->pool;
    inventory->version++;
    pool->version++;
    pool_spoil_sets(inventory, pool);
    slice_list_remove(&pool->slices, record);
    for (size_t i = 0; i < record->n_devices; i++)
        entry_stop(inventory, &record->entries[i]);
    inventory->n_devices -= record->n_devices;
    pool->n_counter_slices -= record->n_shared_counters > 0;
    if (record->node) {
        node_remove_slice(inventory, record);
    } else {
        slice_list_remove(&inventory->slices_shared, record);
        inventory->shared_version++;
    }
    slice_record_free(record);
    pool_release(inventory, pool);
}

/* A slice that comes or goes, or changes more than its devices, may make a pool complete, valid, or neither.
 */
static bool slice_keeps_pool(const struct slice_record *old, const struct resource_slice *new)
{
    return old->generation == new->generation && old->slice_count == new->slice_count &&
           !old->n_shared_counters && !new->n_shared_counters &&strcmp(old->pool->driver, new->driver) == 0 &&
           strcmp(old->pool->name, new->pool) == 0;
}

void inventory_remove_slice(struct inventory *inventory, const char *name)
{
    struct slice_record *record = map_get(&inventory->slices, name);
    if (!record)
        return;
    pool_mark_changed(inventory, record->pool);
    slice_detach(inventory, record);
    map_remove(&inventory->slices, span_of(name));
}

void inventory_put_slice(struct inventory *inventory, const struct resource_slice *slice)
{
    if (!slice_is_sound(slice)) {
        if (slice->meta.name)
            inventory_remove_slice(inventory, slice->meta.name);
        return;
    }
    struct slice_record *old = map_get(&inventory->slices, slice->meta.name);
    bool keeps_pool = old && slice_keeps_pool(old, slice);
    if (old && !keeps_pool)
        pool_mark_changed(inventory, old->pool);
    if (old)
        slice_detach(inventory, old);
    struct slice_record *record = slice_record_new(slice);
    map_put(&inventory->slices, slice->meta.name, record);
    record->name = map_find_entry(&inventory->slices, span_of(slice->meta.name))->key;
    slice_attach(inventory, record, slice);
    if (!keeps_pool)
        pool_mark_changed(inventory, record->pool);
}

/* Reading */

static const struct device_entry *entry_find(const struct inventory *inventory, const char *driver,
                                             const char *pool, const char *device)
{
    const struct device_use *use = use_find(inventory, driver, pool, device);
    return use ? use_find_entry(use) : NULL;
}

const struct device *inventory_find_device(const struct inventory *inventory, const char *driver,
                                           const char *pool, const char *device, struct arena *arena)
{
    const struct device_entry *entry = entry_find(inventory, driver, pool, device);
    return entry ? catalog_restore(&inventory->catalog, &entry->card, entry->use->name, arena) : NULL;
}

size_t inventory_count_devices(const struct inventory *inventory)
{
    return inventory->n_devices;
}

void inventory_free(struct inventory *inventory)
{
    if (!inventory)
        return;
    answers_clear(inventory);
    crowds_free(inventory); /* while there are nodes */
    map_each (&inventory->claims, entry)
        claim_record_free(entry->value);
    map_each (&inventory->slices, entry)
        slice_record_free(entry->value);
    map_each (&inventory->pools, entry)
        pool_free(inventory, entry->value);
    map_each (&inventory->rules, entry)
        rule_free(entry->value);
    map_each (&inventory->classes, entry)
        class_free(entry->value);
    map_each (&inventory->nodes, entry)
        node_free(inventory, entry->value);
    map_done(&inventory->claims);
    map_done(&inventory->slices);
    map_done(&inventory->pools);
    map_done(&inventory->rules);
    map_done(&inventory->classes);
    map_done(&inventory->nodes);
    vec_done(&inventory->slices_shared);
    vec_done(&inventory->stale_pools);
    vec_done(&inventory->changed);
    matcher_free(inventory->matcher);
    catalog_done(&inventory->catalog);
    arena_free(inventory->scratch);
    buf_done(inventory->key);
    buf_done(inventory->asked);
    free(inventory->key);
    free(inventory->asked);
    free(inventory);
}
