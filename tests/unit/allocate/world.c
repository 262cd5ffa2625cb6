/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events: objects come, change and go, in every order that an API server may show them, sound or not.
 */

#include "tests/unit/allocate/world.h"

#include <stdio.h>

const char *const world_nodes[WORLD_NODES] = { "n1", "n2", "n3" };
const char *const world_claims[WORLD_CLAIMS] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" };
static const char *const rule_names[WORLD_RULES] = { "rule-0", "rule-1" };
static const char *const class_names[WORLD_CLASSES] = { "any", "a", "other" };

static unsigned below(struct world *world, unsigned bound)
{
    return random_below(&world->random, bound);
}

static bool chance(struct world *world, unsigned percent)
{
    return random_chance(&world->random, percent);
}

void thing_done(struct thing *thing)
{
    arena_free(thing->arena);
    *thing = (struct thing){ 0 };
}

/* Puts OBJECT in the place of the old thing, which the inventory has let go by now. */
static void thing_replace(struct thing *thing, struct arena *arena, const void *object)
{
    thing_done(thing);
    *thing = (struct thing){ arena, object };
}

/* Nodes */

static void change_node(struct world *world)
{
    unsigned slot = below(world, WORLD_NODES);
    struct arena *arena = arena_new();
    struct inventory_node *node = arena_make(arena, struct inventory_node);
    struct string_pair *zone = arena_make(arena, struct string_pair);
    if (world->nodes[slot].object && chance(world, 40)) {
        inventory_remove_node(world->inventory, world_nodes[slot]);
        thing_replace(&world->nodes[slot], arena, NULL);
        return;
    }
    *zone = (struct string_pair){ "zone", chance(world, 50) ? "z1" : "z2" };
    *node = (struct inventory_node){ .name = world_nodes[slot], .labels = zone };
    node->n_labels = chance(world, 80);
    inventory_put_node(world->inventory, node);
    thing_replace(&world->nodes[slot], arena, node);
}

/* Slices */

static struct node_selector *zone_selector(struct world *world, struct arena *arena)
{
    struct node_selector *selector = arena_make(arena, struct node_selector);
    selector->terms = arena_make(arena, struct node_term);
    selector->n_terms = 1;
    selector->terms->expressions = arena_make(arena, struct node_requirement);
    selector->terms->n_expressions = 1;
    *selector->terms->expressions =
        (struct node_requirement){ .key = "zone", .op = chance(world, 80) ? NODE_IN : NODE_EXISTS };
    if (selector->terms->expressions->op == NODE_IN) {
        selector->terms->expressions->values = arena_make_array(arena, const char *, 1);
        selector->terms->expressions->values[0] = chance(world, 50) ? "z1" : "z2";
        selector->terms->expressions->n_values = 1;
    }
    return selector;
}

static void device_target(struct world *world, struct arena *arena, struct device *device)
{
    device->all_nodes = chance(world, 30);
    if (!device->all_nodes && chance(world, 30))
        device->node_selector = zone_selector(world, arena);
    else if (!device->all_nodes)
        device->node_name = world_nodes[below(world, WORLD_NODES)];
}

static void slice_target(struct world *world, struct arena *arena, struct resource_slice *slice)
{
    slice->all_nodes = chance(world, 20);
    slice->node_name = NULL;
    if (slice->all_nodes)
        return;
    if (chance(world, 15)) {
        slice->node_selector = zone_selector(world, arena);
    } else if (!slice->n_shared_counters && chance(world, 15)) {
        slice->per_device_node_selection = true;
        for (size_t i = 0; i < slice->n_devices; i++)
            device_target(world, arena, &slice->devices[i]);
    } else {
        slice->node_name = world_nodes[below(world, WORLD_NODES)];
    }
}

/* Where the device stands, beside what it has. */
static void device_place(struct world *world, struct arena *arena, struct device *device)
{
    static const char *const roots[] = { "pci0", "pci1" };
    struct attribute *attributes = arena_make_array(arena, struct attribute, device->n_attributes + 2);
    if (device->n_attributes)
        memcpy(attributes, device->attributes, device->n_attributes * sizeof(*attributes));
    device->attributes = attributes;
    if (chance(world, 80))
        device->attributes[device->n_attributes++] =
            (struct attribute){ .name = "resource.kubernetes.io/pcieRoot",
                                .type = ATTRIBUTE_STRING,
                                .string = roots[below(world, 2)] };
    if (chance(world, 80))
        device->attributes[device->n_attributes++] = (struct attribute){
            .name = "resource.kubernetes.io/numaNode", .type = ATTRIBUTE_INT, .integer = below(world, 2)
        };
}

static void device_bind(struct world *world, struct arena *arena, struct device *device)
{
    device->binding_conditions = arena_make_array(arena, const char *, 1);
    device->binding_conditions[0] = "ready";
    device->n_binding_conditions = 1;
    device->has_binding_conditions = true;
    device->binds_to_node = chance(world, 50);
}

/* Names given twice, and devices without any. */
static void slice_spoil(struct world *world, struct resource_slice *slice)
{
    if (!slice->n_devices)
        return;
    if (chance(world, 6))
        slice->devices[0].name = "d1";
    if (chance(world, 2))
        slice->devices[slice->n_devices - 1].name = NULL;
}

static struct resource_slice *world_slice(struct world *world, struct arena *arena, unsigned slot)
{
    unsigned home = chance(world, 8) ? below(world, WORLD_SLICES) : slot; /* a slice may change its pool */
    bool has_counters = home / 3 % 2;
    struct resource_slice *slice =
        slice_make(&world->random, arena, cluster_drivers[home / 6], cluster_pools[home / 3 % 2], slot % 3,
                   1 + below(world, 3), has_counters, 4);
    slice->meta.name = arena_printf(arena, "slice-%u", slot);
    slice->generation = 1 + chance(world, 20);
    slice_target(world, arena, slice);
    for (size_t i = 0; i < slice->n_devices; i++) {
        device_place(world, arena, &slice->devices[i]);
        if (chance(world, 8))
            device_bind(world, arena, &slice->devices[i]);
    }
    slice_spoil(world, slice);
    return slice;
}

/* The inventory gets a twin that is gone afterwards: it must have copied what it needs. */
static const struct resource_slice *put_slice(struct world *world, struct arena *arena, unsigned slot)
{
    cleanup_arena struct arena *gone = arena_new();
    struct random before = world->random;
    inventory_put_slice(world->inventory, world_slice(world, gone, slot));
    world->random = before;
    return world_slice(world, arena, slot);
}

static void change_slice(struct world *world)
{
    unsigned slot = below(world, WORLD_SLICES);
    struct arena *arena = arena_new();
    const struct resource_slice *old = world->slices[slot].object, *slice = NULL;
    if (old && chance(world, 40))
        inventory_remove_slice(world->inventory, old->meta.name);
    else
        slice = put_slice(world, arena, slot);
    thing_replace(&world->slices[slot], arena, slice);
}

const struct device *world_device(struct world *world, const struct resource_slice **slice)
{
    *slice = world->slices[below(world, WORLD_SLICES)].object;
    if (!*slice || !(*slice)->n_devices)
        return NULL;
    const struct device *device = &(*slice)->devices[below(world, (unsigned)(*slice)->n_devices)];
    return device->name ? device : NULL;
}

/* Classes and rules */

static const char *const expressions[] = {
    CLASS_A_EXPRESSION,
    "device.attributes[\"a.example\"].?model.orValue(\"none\") == \"x\"",
    "!device.allowMultipleAllocations",
    "device.attributes[\"resource.kubernetes.io\"].numaNode == 0",
    "nonsense",
};

/* The last two fail: seldom. */
static const char *world_expression(struct world *world)
{
    return expressions[chance(world, 95) ? below(world, 3) : 3 + below(world, 2)];
}

static void change_class(struct world *world)
{
    unsigned slot = below(world, WORLD_CLASSES);
    struct arena *arena = arena_new();
    struct device_class *class = NULL;
    if (world->classes[slot].object && chance(world, 20)) {
        inventory_remove_class(world->inventory, class_names[slot]);
    } else {
        const char *expression = slot == 1 ? CLASS_A_EXPRESSION : slot ? world_expression(world) : NULL;
        class = class_make(arena, class_names[slot], expression);
        inventory_put_class(world->inventory, NULL, class);
    }
    thing_replace(&world->classes[slot], arena, class);
}

static void change_rule(struct world *world)
{
    unsigned slot = below(world, WORLD_RULES);
    struct arena *arena = arena_new();
    struct device_taint_rule *rule = NULL;
    if (world->rules[slot].object && chance(world, 60)) {
        inventory_remove_rule(world->inventory, rule_names[slot]);
    } else {
        rule = arena_make(arena, struct device_taint_rule);
        rule->meta.name = rule_names[slot];
        rule->has_selector = chance(world, 90);
        rule->driver = chance(world, 70) ? cluster_drivers[below(world, 2)] : NULL;
        rule->pool = chance(world, 70) ? cluster_pools[below(world, 2)] : NULL;
        rule->device = chance(world, 30) ? "d1" : NULL;
        rule->taint =
            (struct taint){ .key = "rule", .effect = chance(world, 80) ? EFFECT_NO_EXECUTE : EFFECT_NONE };
        inventory_put_rule(world->inventory, NULL, rule);
    }
    thing_replace(&world->rules[slot], arena, rule);
}

/* Claims */

struct resource_claim *world_claim(struct world *world, struct arena *arena, const char *name)
{
    struct resource_claim *claim = claim_make(&world->random, arena, name);
    for (size_t i = 0; i < claim->spec.n_requests; i++) {
        struct exact_request *exact = claim->spec.requests[i].exactly;
        if (!exact)
            continue;
        if (chance(world, 20))
            exact->class_name = "other";
        if (chance(world, 6))
            exact->admin_access = exact->has_admin_access = true;
        if (!chance(world, 25))
            continue;
        exact->selectors = arena_make(arena, struct device_selector);
        exact->selectors[0].expression = world_expression(world);
        exact->n_selectors = 1;
    }
    return claim;
}

static struct resource_claim *world_holder(struct world *world, struct arena *arena, const char *name)
{
    const struct resource_slice *slice;
    const struct device *device = world_device(world, &slice);
    if (!device)
        return NULL;
    struct resource_claim *holder = holder_make(arena, name, slice, device);
    struct allocation_result *result = holder->allocation->results;
    result->driver = arena_strdup(arena, result->driver);
    result->pool = arena_strdup(arena, result->pool);
    result->device = arena_strdup(arena, result->device);
    if (chance(world, 8))
        result->admin_access = result->has_admin_access = true;
    if (result->share_id)
        result->share_id = arena_printf(arena, "11111111-1111-4111-8111-%012u", below(world, 200));
    return holder;
}

/* The API shows a claim: what was assumed for it, something else, or nothing. */
static void change_claim(struct world *world)
{
    unsigned slot = below(world, WORLD_CLAIMS);
    struct arena *arena = arena_new();
    struct resource_claim *claim = NULL;
    if (world->claims[slot].object && chance(world, 50)) {
        inventory_remove_claim(world->inventory, "ns", world_claims[slot]);
        thing_replace(&world->claims[slot], arena, NULL);
        return;
    }
    claim = world_holder(world, arena, world_claims[slot]);
    if (!claim) {
        arena_free(arena);
        return;
    }
    if (chance(world, 10))
        claim->allocation = NULL;
    inventory_put_claim(world->inventory, claim);
    thing_replace(&world->claims[slot], arena, claim);
}

/* What the allocator decides is assumed, as the controller does. */
static void decide(struct world *world)
{
    unsigned slot = below(world, WORLD_CLAIMS);
    struct arena *arena = arena_new();
    struct outcome outcome;
    struct inventory_conflict conflict;
    const struct resource_claim *claim = world_claim(world, arena, world_claims[slot]);
    allocate(world->inventory,
             &(struct allocate_request){ .claims = &claim,
                                         .n_claims = 1,
                                         .placement = (enum placement)below(world, N_PLACEMENTS),
                                         .without_explanation = true },
             arena, &outcome);
    if (outcome.kind != OUTCOME_ALLOCATED) {
        arena_free(arena);
        return;
    }
    inventory_remove_claim(world->inventory, "ns", world_claims[slot]);
    thing_done(&world->claims[slot]);
    inventory_assume(world->inventory, "ns", world_claims[slot], &outcome.allocations[0]);
    if (inventory_find_conflict(world->inventory, "ns", world_claims[slot], &conflict))
        snprintf(world->clash, sizeof(world->clash), "%s/%s/%s, which %s holds, %s", conflict.driver,
                 conflict.pool, conflict.device, conflict.name,
                 conflict.capacity ? conflict.capacity : "exclusively");
    thing_replace(&world->assumed[slot], arena, &outcome.allocations[0]);
}

static void settle(struct world *world)
{
    unsigned slot = below(world, WORLD_CLAIMS);
    if (chance(world, 50))
        inventory_confirm(world->inventory, "ns", world_claims[slot]);
    else
        inventory_forget(world->inventory, "ns", world_claims[slot]);
    thing_done(&world->assumed[slot]);
}

/* The watch shows what was assumed; most of the time the assumption ends with it. */
static void observe(struct world *world)
{
    unsigned slot = below(world, WORLD_CLAIMS);
    if (!world->assumed[slot].object)
        return;
    struct arena *arena = world->assumed[slot].arena;
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta.namespace = "ns";
    claim->meta.name = world_claims[slot];
    claim->allocation = arena_make(arena, struct allocation);
    *claim->allocation = *(const struct allocation *)world->assumed[slot].object;
    inventory_put_claim(world->inventory, claim);
    inventory_confirm(world->inventory, "ns", world_claims[slot]);
    world->assumed[slot] = (struct thing){ 0 };
    thing_replace(&world->claims[slot], arena, claim);
}

/* The whole */

void world_step(struct world *world)
{
    static void (*const changes[])(struct world *) = {
        change_slice, change_slice, change_slice, change_slice, change_claim, change_claim, decide,
        decide,       settle,       observe,      change_rule,  change_class, change_node,
    };
    changes[below(world, ARRAY_LEN(changes))](world);
}

struct inventory *world_build_anew(const struct world *world)
{
    struct inventory *inventory = inventory_new();
    for (size_t i = 0; i < WORLD_RULES; i++) {
        if (world->rules[i].object)
            inventory_put_rule(inventory, NULL, world->rules[i].object);
    }
    for (size_t i = 0; i < WORLD_CLAIMS; i++) {
        if (world->assumed[i].object)
            inventory_assume(inventory, "ns", world_claims[i], world->assumed[i].object);
        if (world->claims[i].object)
            inventory_put_claim(inventory, world->claims[i].object);
    }
    for (size_t i = 0; i < WORLD_CLASSES; i++) {
        if (world->classes[i].object)
            inventory_put_class(inventory, NULL, world->classes[i].object);
    }
    for (size_t i = WORLD_SLICES; i-- > 0;) {
        if (world->slices[i].object)
            inventory_put_slice(inventory, world->slices[i].object);
    }
    for (size_t i = WORLD_NODES; i-- > 0;) {
        if (world->nodes[i].object)
            inventory_put_node(inventory, world->nodes[i].object);
    }
    inventory_clear_changes(inventory);
    return inventory;
}

struct world *world_new(struct random random)
{
    struct world *world = NEW(struct world);
    world->random = random;
    world->inventory = inventory_new();
    for (size_t i = 0; i < WORLD_CLASSES; i++) {
        struct arena *arena = arena_new();
        struct device_class *class = class_make(arena, class_names[i], i ? CLASS_A_EXPRESSION : NULL);
        inventory_put_class(world->inventory, NULL, class);
        thing_replace(&world->classes[i], arena, class);
    }
    for (size_t i = 0; i < WORLD_REGULARS; i++) {
        struct arena *arena = arena_new();
        thing_replace(&world->regulars[i], arena, world_claim(world, arena, "regular"));
    }
    return world;
}

static void things_done(struct thing *things, size_t n)
{
    for (size_t i = 0; i < n; i++)
        thing_done(&things[i]);
}

void world_free(struct world *world)
{
    inventory_free(world->inventory);
    things_done(world->nodes, WORLD_NODES);
    things_done(world->slices, WORLD_SLICES);
    things_done(world->classes, WORLD_CLASSES);
    things_done(world->rules, WORLD_RULES);
    things_done(world->claims, WORLD_CLAIMS);
    things_done(world->assumed, WORLD_CLAIMS);
    things_done(world->regulars, WORLD_REGULARS);
    thing_done(&world->waiting);
    free(world);
}
