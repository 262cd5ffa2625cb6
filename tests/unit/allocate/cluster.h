/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Random clusters in typed form over tiny domains: what the tests of this folder feed to the allocator.
 */

#include "api/base/vec.h"
#include "controller/allocate/allocate.h"

struct random {
    unsigned seed;
    const uint8_t *bytes; /* a fuzzer's choices instead, zeros behind them; or NULL */
    size_t n_bytes;
};

static inline unsigned random_below(struct random *random, unsigned bound)
{
    if (!random->bytes)
        return (unsigned)rand_r(&random->seed) % bound;
    if (!random->n_bytes)
        return 0;
    random->n_bytes--;
    return *random->bytes++ % bound;
}

static inline bool random_chance(struct random *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

static const char *const cluster_nodes[] = { "n1", "n2" };
static const char *const cluster_drivers[] = { "a.example", "b.example" };
static const char *const cluster_pools[] = { "p", "q" };
static const char *const cluster_values[] = { "x", "w", "v" };
static const char *const cluster_groups[] = { "g1", "g2", "g3" };

static inline struct quantity whole(int64_t value)
{
    return quantity_of_int(value, QUANTITY_DECIMAL_SI);
}

static inline void consumption_fill(struct random *random, struct arena *arena,
                                    struct counter_consumption *consumption)
{
    struct named_quantity *counter = arena_make(arena, struct named_quantity);
    *counter = (struct named_quantity){ "c", whole(1 + random_below(random, 2)) };
    *consumption = (struct counter_consumption){ .counter_set = "set", .counters = counter, .n_counters = 1 };
    consumption->compatibility_groups = arena_make_array(arena, const char *, 2);
    while (consumption->n_compatibility_groups < 2 && random_chance(random, 45))
        consumption->compatibility_groups[consumption->n_compatibility_groups++] =
            cluster_groups[random_below(random, 3)];
}

static inline void device_fill(struct random *random, struct arena *arena, struct device *device,
                               size_t index, bool has_counters)
{
    device->name = arena_printf(arena, "d%zu", index);
    if (random_chance(random, 80)) {
        device->attributes = arena_make_array(arena, struct attribute, 3);
        device->n_attributes = 3;
        device->attributes[1] = (struct attribute){ .name = "resource.kubernetes.io/pcieRoot",
                                                    .type = ATTRIBUTE_STRING,
                                                    .string = cluster_values[random_below(random, 3)] };
        device->attributes[2] = (struct attribute){ .name = "resource.kubernetes.io/numaNode",
                                                    .type = ATTRIBUTE_INT,
                                                    .integer = random_below(random, 2) };
        device->attributes[0] = (struct attribute){ .name = "model",
                                                    .type = ATTRIBUTE_STRING,
                                                    .string = cluster_values[random_below(random, 3)] };
    }
    if (random_chance(random, 30)) {
        device->allow_multiple_allocations = random_chance(random, 70);
        device->capacities = arena_make(arena, struct capacity);
        device->n_capacities = 1;
        device->capacities[0] =
            (struct capacity){ .name = "mem", .value = whole(1 + random_below(random, 4)) };
    }
    if (has_counters && random_chance(random, 70)) {
        device->consumes = arena_make(arena, struct counter_consumption);
        device->n_consumes = 1;
        consumption_fill(random, arena, device->consumes);
    }
    if (random_chance(random, 12)) {
        device->taints = arena_make(arena, struct taint);
        device->n_taints = 1;
        device->taints[0] = (struct taint){ .key = "t", .effect = EFFECT_NO_SCHEDULE };
    }
}

/* Slice NUMBER of POOL; number 0 of a pool with counters defines them. */
static inline struct resource_slice *slice_make(struct random *random, struct arena *arena,
                                                const char *driver, const char *pool, size_t number,
                                                size_t count, bool has_counters, size_t most_devices)
{
    struct resource_slice *slice = arena_make(arena, struct resource_slice);
    slice->meta.name = arena_printf(arena, "%s-%s-%zu", driver, pool, number);
    slice->driver = driver;
    slice->pool = pool;
    slice->generation = 1;
    slice->slice_count = (int64_t)count;
    if (random_chance(random, 30))
        slice->all_nodes = true;
    else
        slice->node_name = cluster_nodes[random_chance(random, 20)];
    if (has_counters && number == 0) {
        struct named_quantity *counter = arena_make(arena, struct named_quantity);
        *counter = (struct named_quantity){ "c", whole(1 + random_below(random, 4)) };
        slice->shared_counters = arena_make(arena, struct counter_set);
        slice->n_shared_counters = 1;
        slice->shared_counters[0] = (struct counter_set){ "set", counter, 1 };
        return slice;
    }
    slice->n_devices = random_below(random, (unsigned)most_devices + 1);
    slice->devices = arena_make_array(arena, struct device, slice->n_devices);
    for (size_t i = 0; i < slice->n_devices; i++)
        device_fill(random, arena, &slice->devices[i], number * 10 + i, has_counters);
    return slice;
}

static inline struct device_class *class_make(struct arena *arena, const char *name, const char *expression)
{
    struct device_class *class = arena_make(arena, struct device_class);
    class->meta.name = name;
    if (expression) {
        class->selectors = arena_make(arena, struct device_selector);
        class->selectors[0].expression = expression;
        class->n_selectors = 1;
    }
    return class;
}

/* Its own model, by the name of either driver's. */
#define DERIVED_EXPRESSION "device.attributes[device.driver].?model.orValue(\"none\")"

static inline void derived_fill(struct random *random, struct arena *arena, struct exact_request *exact)
{
    exact->derived_attributes = arena_make(arena, struct derived_attribute);
    exact->derived_attributes[0] =
        (struct derived_attribute){ random_chance(random, 50) ? "a.example/model" : "b.example/model",
                                    DERIVED_EXPRESSION };
    exact->n_derived_attributes = 1;
}

/* Classes "any" and "a": every device, and those of a.example. */
#define CLASS_A_EXPRESSION "device.driver == \"a.example\""

static inline struct exact_request exact_make(struct random *random, struct arena *arena, const char *name)
{
    struct exact_request exact = { .name = name,
                                   .class_name = random_chance(random, 70) ? "any" : "a",
                                   .mode = MODE_EXACT_COUNT,
                                   .count = 1 + random_chance(random, 30) };
    if (random_chance(random, 8)) {
        exact.mode = MODE_ALL;
        exact.count = 0;
    }
    if (random_chance(random, 20)) {
        exact.tolerations = arena_make(arena, struct toleration);
        exact.tolerations[0] = (struct toleration){ .op = TOLERATE_EXISTS };
        exact.n_tolerations = 1;
    }
    if (random_chance(random, 30)) {
        exact.has_capacity = true;
        exact.capacity_requests = arena_make(arena, struct named_quantity);
        exact.capacity_requests[0] = (struct named_quantity){ "mem", whole(1 + random_below(random, 3)) };
        exact.n_capacity_requests = 1;
    }
    if (random_chance(random, 25))
        derived_fill(random, arena, &exact);
    return exact;
}

static inline struct resource_claim *claim_make(struct random *random, struct arena *arena, const char *name)
{
    static const char *const names[] = { "r0", "r1" };
    static const char *const alternatives[] = { "s0", "s1" };
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta.name = name;
    claim->meta.namespace = "ns";
    claim->spec.n_requests = 1 + random_chance(random, 50);
    claim->spec.requests = arena_make_array(arena, struct device_request, claim->spec.n_requests);
    for (size_t i = 0; i < claim->spec.n_requests; i++) {
        struct device_request *request = &claim->spec.requests[i];
        request->name = names[i];
        request->n_first_available = random_chance(random, 30) ? 2 : 0;
        request->first_available = arena_make_array(arena, struct exact_request, 2);
        for (size_t j = 0; j < request->n_first_available; j++)
            request->first_available[j] = exact_make(random, arena, alternatives[j]);
        if (!request->n_first_available) {
            request->exactly = arena_make(arena, struct exact_request);
            *request->exactly = exact_make(random, arena, NULL);
        }
    }
    if (random_chance(random, 40)) {
        const char *attribute = random_chance(random, 60) ? "a.example/model" : "b.example/model";
        claim->spec.constraints = arena_make(arena, struct device_constraint);
        claim->spec.n_constraints = 1;
        if (random_chance(random, 60))
            claim->spec.constraints[0].match_attribute = attribute;
        else
            claim->spec.constraints[0].distinct_attribute = attribute;
    }
    return claim;
}

/* A claim that holds DEVICE, by a share if that can be. */
static inline struct resource_claim *holder_make(struct arena *arena, const char *name,
                                                 const struct resource_slice *slice,
                                                 const struct device *device)
{
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    struct allocation_result *result = arena_make(arena, struct allocation_result);
    *result =
        (struct allocation_result){ .driver = slice->driver, .pool = slice->pool, .device = device->name };
    if (device->allow_multiple_allocations) {
        result->share_id = "11111111-1111-4111-8111-111111111111";
        result->consumed = arena_make(arena, struct named_quantity);
        result->consumed[0] = (struct named_quantity){ "mem", whole(1) };
        result->n_consumed = 1;
    }
    claim->meta.name = name;
    claim->meta.namespace = "ns";
    claim->allocation = arena_make(arena, struct allocation);
    claim->allocation->results = result;
    claim->allocation->n_results = 1;
    return claim;
}

/* Allocates the claims on node n1, in the way that HOW says otherwise. */
static inline void allocate_on_n1(struct inventory *inventory, const struct resource_claim *const *claims,
                                  size_t n_claims, struct allocate_request how, struct arena *arena,
                                  struct outcome *out)
{
    const char *node = "n1";
    how.claims = claims;
    how.n_claims = n_claims;
    how.nodes = &node;
    how.n_nodes = 1;
    allocate(inventory, &how, arena, out);
}

/* The outcome as one text: what two inventories must agree on. */
static inline void outcome_print(const struct outcome *outcome, size_t n_claims, struct buf *out)
{
    buf_add(out, outcome_kind_name(outcome->kind));
    if (outcome->kind != OUTCOME_ALLOCATED) {
        buf_printf(out, " %s", outcome->message ? outcome->message : "");
        return;
    }
    for (size_t i = 0; i < n_claims; i++) {
        buf_add_char(out, '[');
        for (size_t j = 0; j < outcome->allocations[i].n_results; j++) {
            const struct allocation_result *result = &outcome->allocations[i].results[j];
            buf_printf(out, " %s=%s/%s/%s", result->request, result->driver, result->pool, result->device);
        }
        buf_add(out, " ]");
    }
}
