/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocator in figures: a cluster filled claim by claim, the cost of an event and of a device, and the
 * inputs on which a plain search blows up.
 *
 *     bench_allocate [fill|event|memory|hard|shapes]
 *
 * `shapes` prints the time for 20 claims on one node of N devices, in microseconds: the same shapes that
 * tests/peers/cmd/allocate -bench gives to Kubernetes' allocator.
 */

#include "api/base/time.h"
#include "controller/allocate/allocate.h"

#include <malloc.h>
#include <string.h>

enum { N_ATTRIBUTES = 14 };

static double seconds_since(uint64_t start)
{
    return (double)(time_monotonic_nanos() - start) / 1e9;
}

/* Clusters */

static void device_fill(struct arena *arena, struct device *device, size_t index)
{
    static const char *const names[N_ATTRIBUTES] = { "uuid",          "model",    "brand",   "architecture",
                                                     "driverVersion", "pcieRoot", "numa",    "minor",
                                                     "mig",           "cuda",     "product", "family",
                                                     "serial",        "rack" };
    device->name = arena_printf(arena, "gpu-%zu", index);
    device->attributes = arena_make_array(arena, struct attribute, N_ATTRIBUTES);
    device->n_attributes = N_ATTRIBUTES;
    for (size_t i = 0; i < N_ATTRIBUTES; i++)
        device->attributes[i] = (struct attribute){ .name = arena_strdup(arena, names[i]),
                                                    .type = ATTRIBUTE_STRING,
                                                    .string = arena_printf(arena, "value-%zu", i) };
    device->attributes[0].string =
        arena_printf(arena, "GPU-%08zx-1111-2222", (size_t)arena ^ index * 2654435761u);
    device->attributes[6] =
        (struct attribute){ .name = "numa", .type = ATTRIBUTE_INT, .integer = (int64_t)index % 4 };
    device->capacities = arena_make(arena, struct capacity);
    device->capacities[0] =
        (struct capacity){ .name = "memory", .value = quantity_of_int(80ll << 30, QUANTITY_BINARY_SI) };
    device->n_capacities = 1;
}

static struct resource_slice *slice_make(struct arena *arena, const char *node, size_t n_devices)
{
    struct resource_slice *slice = arena_make(arena, struct resource_slice);
    slice->meta.name = arena_printf(arena, "slice-%s", node);
    slice->driver = "gpu.example.com";
    slice->pool = arena_strdup(arena, node);
    slice->node_name = slice->pool;
    slice->generation = slice->slice_count = 1;
    slice->devices = arena_make_array(arena, struct device, n_devices);
    slice->n_devices = n_devices;
    for (size_t i = 0; i < n_devices; i++)
        device_fill(arena, &slice->devices[i], i);
    return slice;
}

static struct device_class *class_make(struct arena *arena, const char *expression)
{
    struct device_class *class = arena_make(arena, struct device_class);
    class->meta.name = "gpu";
    class->selectors = arena_make(arena, struct device_selector);
    class->selectors[0].expression = expression;
    class->n_selectors = expression ? 1 : 0;
    return class;
}

static struct inventory *cluster_make(struct arena *arena, size_t n_nodes, size_t n_devices,
                                      const char *expression)
{
    struct inventory *inventory = inventory_new();
    inventory_put_class(inventory, NULL, class_make(arena, expression));
    for (size_t i = 0; i < n_nodes; i++) {
        const char *node = arena_printf(arena, "node-%05zu", i);
        struct arena *holder = arena_new();
        inventory_put_node(inventory, &(struct inventory_node){ .name = node });
        inventory_put_slice(inventory, holder, slice_make(holder, node, n_devices));
    }
    inventory_clear_changes(inventory);
    return inventory;
}

/* Claims */

static struct resource_claim *claim_make(struct arena *arena, const char *name, size_t n_requests,
                                         int64_t count)
{
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta.namespace = "ns";
    claim->meta.name = name;
    claim->spec.n_requests = n_requests;
    claim->spec.requests = arena_make_array(arena, struct device_request, n_requests);
    for (size_t i = 0; i < n_requests; i++) {
        struct exact_request *exact = arena_make(arena, struct exact_request);
        *exact = (struct exact_request){ .class_name = "gpu", .mode = MODE_EXACT_COUNT, .count = count };
        claim->spec.requests[i] =
            (struct device_request){ .name = arena_printf(arena, "r%zu", i), .exactly = exact };
    }
    return claim;
}

static void claim_select(struct arena *arena, struct resource_claim *claim, const char *expression)
{
    for (size_t i = 0; i < claim->spec.n_requests; i++) {
        struct exact_request *exact = claim->spec.requests[i].exactly;
        exact->selectors = arena_make(arena, struct device_selector);
        exact->selectors[0].expression = expression;
        exact->n_selectors = 1;
    }
}

static void claim_match(struct arena *arena, struct resource_claim *claim, const char *attribute)
{
    claim->spec.constraints = arena_make(arena, struct device_constraint);
    claim->spec.constraints[0].match_attribute = attribute;
    claim->spec.n_constraints = 1;
}

static struct outcome run(struct inventory *inventory, const struct resource_claim *const *claims,
                          size_t n_claims, const char *node, enum placement placement, struct arena *arena)
{
    struct outcome outcome;
    allocate(inventory,
             &(struct allocate_request){ .claims = claims,
                                         .n_claims = n_claims,
                                         .nodes = node ? &node : NULL,
                                         .n_nodes = node ? 1 : 0,
                                         .placement = placement,
                                         .without_explanation = true },
             arena, &outcome);
    return outcome;
}

/* Figures */

/* One claim more than there is room for, with its explanation. */
static void bench_refusal(struct inventory *inventory)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct resource_claim *claim = claim_make(arena, "one-more", 1, 1);
    struct allocate_request request = { .claims = &claim, .n_claims = 1 };
    struct outcome outcome;
    uint64_t start = time_monotonic_nanos();
    allocate(inventory, &request, arena, &outcome);
    printf("refusal: %s explained over %zu nodes in %.1f ms\n", outcome_kind_name(outcome.kind),
           outcome.explanation ? outcome.explanation->n_nodes : 0, seconds_since(start) * 1e3);
}

static void bench_fill(enum placement placement, const char *name)
{
    enum { NODES = 5000, DEVICES = 8, CLAIMS = NODES * DEVICES };
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, NODES, DEVICES, "device.driver == \"gpu.example.com\"");
    size_t n_allocated = 0;
    uint64_t start = time_monotonic_nanos();
    for (size_t i = 0; i < CLAIMS; i++) {
        cleanup_arena struct arena *scratch = arena_new();
        const char *claim_name = arena_printf(scratch, "claim-%zu", i);
        const struct resource_claim *claim = claim_make(scratch, claim_name, 1, 1);
        struct outcome outcome = run(inventory, &claim, 1, NULL, placement, scratch);
        if (outcome.kind != OUTCOME_ALLOCATED)
            continue;
        n_allocated++;
        inventory_assume(inventory, "ns", claim_name, &outcome.allocations[0]);
    }
    double seconds = seconds_since(start);
    printf("fill %s: %zu of %d claims on %d nodes x %d devices in %.2f s: %.0f a second\n", name, n_allocated,
           CLAIMS, NODES, DEVICES, seconds, (double)n_allocated / seconds);
    bench_refusal(inventory);
    inventory_free(inventory);
}

static void bench_event(void)
{
    enum { NODES = 5000, DEVICES = 8, EVENTS = 2000 };
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, NODES, DEVICES, NULL);
    struct arena *holders[EVENTS];
    struct resource_slice *slices[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        holders[i] = arena_new();
        slices[i] = slice_make(holders[i], arena_printf(holders[i], "node-%05zu", i * 2 % NODES), DEVICES);
        slices[i]->devices[0].attributes[1].string = "another-model";
    }
    uint64_t start = time_monotonic_nanos();
    for (size_t i = 0; i < EVENTS; i++)
        inventory_put_slice(inventory, holders[i], slices[i]);
    printf("event: a slice of %d devices replaced among %d devices in %.1f us\n", DEVICES, NODES * DEVICES,
           seconds_since(start) * 1e6 / EVENTS);
    inventory_free(inventory);
}

static void bench_memory(void)
{
    enum { NODES = 5000, DEVICES = 8 };
    cleanup_arena struct arena *arena = arena_new();
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    struct inventory *inventory = cluster_make(arena, NODES, DEVICES, NULL);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    printf("memory: %.0f bytes a device with %d attributes, decoded slices included\n",
           (double)(after - before) / (NODES * DEVICES), N_ATTRIBUTES);
    inventory_free(inventory);
}

static void bench_shape(const char *name, size_t n_devices, const char *expression, const char *attribute)
{
    enum { CLAIMS = 20, NODES = 100, LEAST_NANOS = 200000000 };
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory =
        cluster_make(arena, NODES, n_devices, expression ? "device.driver == \"gpu.example.com\"" : NULL);
    const struct resource_claim *claims[CLAIMS];
    size_t n_rounds = 0;
    struct outcome outcome = { 0 };
    for (size_t i = 0; i < CLAIMS; i++) {
        struct resource_claim *claim =
            claim_make(arena, arena_printf(arena, "c%zu", i), 1, attribute ? 2 : 1);
        if (expression)
            claim_select(arena, claim, expression);
        if (attribute)
            claim_match(arena, claim, attribute);
        claims[i] = claim;
    }
    uint64_t start = time_monotonic_nanos();
    for (; time_monotonic_nanos() - start < LEAST_NANOS; n_rounds++) {
        cleanup_arena struct arena *scratch = arena_new();
        cleanup_arena struct arena *names = arena_new();
        outcome = run(inventory, claims, CLAIMS, arena_printf(names, "node-%05zu", n_rounds % NODES),
                      PLACEMENT_FIRST, scratch);
    }
    printf("shape %s: %zu devices: %s, %.1f us\n", name, n_devices, outcome_kind_name(outcome.kind),
           seconds_since(start) * 1e6 / (double)n_rounds);
    inventory_free(inventory);
}

static void hard_print(const char *name, size_t size, uint64_t start, const struct outcome *outcome)
{
    printf("hard %s: size %zu: %s in %.2f ms, %llu steps\n", name, size, outcome_kind_name(outcome->kind),
           seconds_since(start) * 1e3, (unsigned long long)outcome->steps);
}

/* One more device than there is, all of them different to look at. */
static void hard_count(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, 1, size - 1, NULL);
    const struct resource_claim *claim = claim_make(arena, "c", 1, (int64_t)size);
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, &claim, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("count, one short", size, start, &outcome);
    inventory_free(inventory);
}

/* Requests for one device each, of which the last cannot be met. */
static void hard_tail(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, 1, size, NULL);
    struct resource_claim *claim = claim_make(arena, "c", size, 1);
    struct exact_request *last = claim->spec.requests[size - 1].exactly;
    last->selectors = arena_make(arena, struct device_selector);
    last->selectors[0].expression = "device.attributes[\"gpu.example.com\"].model == \"none\"";
    last->n_selectors = 1;
    const struct resource_claim *claims[] = { claim };
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, claims, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("requests, the last impossible", size, start, &outcome);
    inventory_free(inventory);
}

/* Single requests, one more than there are devices. */
static void hard_pigeons(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, 1, size - 1, NULL);
    const struct resource_claim *claim = claim_make(arena, "c", size, 1);
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, &claim, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("requests, one too many", size, start, &outcome);
    inventory_free(inventory);
}

/* Groups of equal NUMA nodes, each one device smaller than what must match. */
static void hard_groups(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, 1, 4 * size, NULL);
    struct resource_claim *claim = claim_make(arena, "c", 1, (int64_t)size + 1);
    claim_match(arena, claim, "gpu.example.com/numa");
    const struct resource_claim *claims[] = { claim };
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, claims, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("matching groups, each one short", size, start, &outcome);
    inventory_free(inventory);
}

/* Prioritized lists, with a last request that cannot be met once the others have taken theirs. */
static void hard_lists(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = cluster_make(arena, 1, size, NULL);
    struct resource_claim *claim = claim_make(arena, "c", size + 1, 1);
    for (size_t i = 0; i < size; i++) {
        struct device_request *request = &claim->spec.requests[i];
        request->first_available = arena_make_array(arena, struct exact_request, 4);
        request->n_first_available = 4;
        for (size_t j = 0; j < 4; j++) {
            request->first_available[j] = *request->exactly;
            request->first_available[j].name = arena_printf(arena, "a%zu", j);
        }
        request->exactly = NULL;
    }
    const struct resource_claim *claims[] = { claim };
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, claims, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("prioritized lists, one device short", size, start, &outcome);
    inventory_free(inventory);
}

/* Partitions of one counter, which suffices for one less than wanted. */
static void hard_counters(size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct inventory *inventory = inventory_new();
    struct resource_slice *devices = slice_make(arena, "node-00000", 2 * size);
    struct resource_slice *counters = arena_make(arena, struct resource_slice);
    struct named_quantity unit = { "c", quantity_of_int(1, QUANTITY_DECIMAL_SI) };
    struct named_quantity total = { "c", quantity_of_int((int64_t)size - 1, QUANTITY_DECIMAL_SI) };
    struct counter_consumption consumption = { .counter_set = "set", .counters = &unit, .n_counters = 1 };
    struct counter_set set = { .name = "set", .counters = &total, .n_counters = 1 };
    for (size_t i = 0; i < devices->n_devices; i++) {
        devices->devices[i].consumes = &consumption;
        devices->devices[i].n_consumes = 1;
    }
    *counters = *devices;
    counters->meta.name = "counters";
    counters->n_devices = 0;
    counters->shared_counters = &set;
    counters->n_shared_counters = 1;
    devices->slice_count = counters->slice_count = 2;
    inventory_put_class(inventory, NULL, class_make(arena, NULL));
    inventory_put_slice(inventory, NULL, devices);
    inventory_put_slice(inventory, NULL, counters);
    const struct resource_claim *claim = claim_make(arena, "c", 1, (int64_t)size);
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome = run(inventory, &claim, 1, "node-00000", PLACEMENT_FIRST, arena);
    hard_print("counters, one short", size, start, &outcome);
    inventory_free(inventory);
}

static void bench_hard(void)
{
    static void (*const families[])(size_t size) = { hard_count,  hard_tail,  hard_pigeons,
                                                     hard_groups, hard_lists, hard_counters };
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        for (size_t size = 4; size <= 28; size += 8)
            families[f](size);
    }
}

static void bench_shapes(void)
{
    static const size_t sizes[] = { 20, 100, 1000 };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        bench_shape("plain", sizes[i], NULL, NULL);
        bench_shape("cel", sizes[i], "device.attributes[\"gpu.example.com\"].model == \"value-1\"", NULL);
        if (sizes[i] >= 40)
            bench_shape("match", sizes[i], NULL, "gpu.example.com/numa");
    }
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    if (!only || strcmp(only, "fill") == 0) {
        bench_fill(PLACEMENT_BINPACK, "binpack");
        bench_fill(PLACEMENT_SPREAD, "spread");
    }
    if (!only || strcmp(only, "event") == 0)
        bench_event();
    if (!only || strcmp(only, "memory") == 0)
        bench_memory();
    if (!only || strcmp(only, "hard") == 0)
        bench_hard();
    if (!only || strcmp(only, "shapes") == 0)
        bench_shapes();
    return 0;
}
