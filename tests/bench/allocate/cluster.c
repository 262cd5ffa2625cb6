/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clusters and claims to measure on. Devices look like those of a GPU driver: 14 attributes, of which one is
 * unique in the cluster, some tell the devices of a node apart, and most are the same everywhere.
 */

#include "tests/bench/allocate/bench.h"

enum { MAX_SLICE_DEVICES = 64, MAX_SLICE_SETS = 8, N_ATTRIBUTES = 14 };

/* Where a GPU can be cut: a partition's memory slices, from START on, and its multiprocessors. */
static const struct partition {
    const char *type;
    size_t start, slices;
    int64_t multiprocessors;
} partitions[] = {
    { "7g", 0, 8, 132 },   { "4g", 0, 4, 64 },    { "3g", 0, 4, 60 },    { "3g", 4, 4, 60 },
    { "2g", 0, 2, 32 },    { "2g", 2, 2, 32 },    { "2g", 4, 2, 32 },    { "1g+me", 0, 2, 16 },
    { "1g+me", 2, 2, 16 }, { "1g+me", 4, 2, 16 }, { "1g+me", 6, 2, 16 }, { "1g", 0, 1, 16 },
    { "1g", 1, 1, 16 },    { "1g", 2, 1, 16 },    { "1g", 3, 1, 16 },    { "1g", 4, 1, 16 },
    { "1g", 5, 1, 16 },    { "1g", 6, 1, 16 },
};

enum { N_SLICES = 8, MULTIPROCESSORS = 132 };

static struct quantity gibibytes(int64_t count)
{
    return quantity_of_int(count << 30, QUANTITY_BINARY_SI);
}

static struct attribute text(const char *name, enum attribute_type type, const char *value)
{
    return (struct attribute){ .name = name, .type = type, .string = value };
}

static struct attribute number(const char *name, size_t value)
{
    return (struct attribute){ .name = name, .type = ATTRIBUTE_INT, .integer = (int64_t)value };
}

static struct attribute *attributes_make(const struct cluster *cluster, struct arena *arena, size_t node,
                                         size_t index)
{
    size_t group = index % (cluster->n_groups ? cluster->n_groups : 4);
    const struct attribute attributes[N_ATTRIBUTES] = {
        text("uuid", ATTRIBUTE_STRING, arena_printf(arena, "GPU-%08zx-%08zx-4e5f", node, index)),
        text("pciBusID", ATTRIBUTE_STRING, arena_printf(arena, "0000:%04zx:00.0", index)),
        text("resource.kubernetes.io/pcieRoot", ATTRIBUTE_STRING,
             arena_printf(arena, "pci0000:%04zx", index / 2)),
        number("numa", group),
        number("minor", index),
        text("type", ATTRIBUTE_STRING,
             cluster->n_gpus ? partitions[index % ARRAY_LEN(partitions)].type : "gpu"),
        text("productName", ATTRIBUTE_STRING, "Example H100 80GB HBM3"),
        text("brand", ATTRIBUTE_STRING, "Example"),
        text("architecture", ATTRIBUTE_STRING, "Hopper"),
        text("model", ATTRIBUTE_STRING, "H100"),
        text("addressingMode", ATTRIBUTE_STRING, "HMM"),
        text("driverVersion", ATTRIBUTE_VERSION, "570.86.15"),
        text("cudaDriverVersion", ATTRIBUTE_VERSION, "12.8.0"),
        text("cudaComputeCapability", ATTRIBUTE_VERSION, "9.0.0"),
    };
    struct attribute *copy = arena_make_array(arena, struct attribute, N_ATTRIBUTES);
    memcpy(copy, attributes, sizeof(attributes));
    return copy;
}

static struct capacity *memory_make(struct arena *arena, bool is_shared)
{
    struct capacity *memory = arena_make(arena, struct capacity);
    *memory = (struct capacity){ .name = "memory", .value = gibibytes(80) };
    if (!is_shared)
        return memory;
    memory->policy = arena_make(arena, struct request_policy);
    memory->policy->has_fallback = true;
    memory->policy->fallback = gibibytes(10);
    memory->policy->valid_range = arena_make(arena, struct capacity_range);
    *memory->policy->valid_range = (struct capacity_range){
        .min = gibibytes(1), .step = gibibytes(1), .has_min = true, .has_step = true
    };
    return memory;
}

static size_t count_devices(const struct cluster *cluster)
{
    return cluster->n_gpus ? cluster->n_gpus * ARRAY_LEN(partitions) : cluster->n_devices;
}

static size_t count_sets(const struct cluster *cluster)
{
    if (cluster->n_gpus)
        return cluster->n_gpus;
    return !cluster->counter ? 0 : cluster->n_sets ? cluster->n_sets : 1;
}

static struct named_quantity counter_of(const char *name, int64_t count)
{
    return (struct named_quantity){ name, quantity_of_int(count, QUANTITY_DECIMAL_SI) };
}

/* A counter for each of the slices from START on, and one for multiprocessors. */
static struct named_quantity *slices_make(struct arena *arena, size_t start, size_t n_slices,
                                          int64_t multiprocessors)
{
    struct named_quantity *counters = arena_make_array(arena, struct named_quantity, n_slices + 1);
    for (size_t i = 0; i < n_slices; i++)
        counters[i] = counter_of(arena_printf(arena, "memory-slice-%zu", start + i), 1);
    counters[n_slices] = counter_of("multiprocessors", multiprocessors);
    return counters;
}

static struct counter_consumption *partition_make(struct arena *arena, size_t index)
{
    struct counter_consumption *consumption = arena_make(arena, struct counter_consumption);
    const struct partition *partition = &partitions[index % ARRAY_LEN(partitions)];
    *consumption = (struct counter_consumption){
        .counter_set = arena_printf(arena, "set-%zu", index / ARRAY_LEN(partitions)),
        .counters = slices_make(arena, partition->start, partition->slices, partition->multiprocessors),
        .n_counters = partition->slices + 1,
    };
    return consumption;
}

static struct counter_consumption *consumption_make(const struct cluster *cluster, struct arena *arena,
                                                    size_t index)
{
    struct counter_consumption *consumption = arena_make(arena, struct counter_consumption);
    struct named_quantity *drawn = arena_make(arena, struct named_quantity);
    *drawn = (struct named_quantity){ "c", quantity_of_int(cluster->draw ? cluster->draw : 1,
                                                           QUANTITY_DECIMAL_SI) };
    *consumption = (struct counter_consumption){
        .counter_set = arena_printf(arena, "set-%zu", index % count_sets(cluster)),
        .counters = drawn,
        .n_counters = 1,
    };
    return consumption;
}

static void device_fill(const struct cluster *cluster, struct arena *arena, size_t node, size_t index,
                        struct device *device)
{
    device->name = arena_printf(arena, "gpu-%zu", index);
    device->attributes = attributes_make(cluster, arena, node, index);
    device->n_attributes = N_ATTRIBUTES;
    device->capacities = memory_make(arena, cluster->is_shared);
    device->n_capacities = 1;
    device->allow_multiple_allocations = device->has_allow_multiple_allocations = cluster->is_shared;
    if (count_sets(cluster)) {
        device->consumes =
            cluster->n_gpus ? partition_make(arena, index) : consumption_make(cluster, arena, index);
        device->n_consumes = 1;
    }
}

static struct counter_set set_make(const struct cluster *cluster, struct arena *arena, size_t index)
{
    struct counter_set set = { .name = arena_printf(arena, "set-%zu", index) };
    set.n_counters = cluster->n_gpus ? N_SLICES + 1 : 1;
    if (cluster->n_gpus) {
        set.counters = slices_make(arena, 0, N_SLICES, MULTIPROCESSORS);
    } else {
        set.counters = arena_make(arena, struct named_quantity);
        set.counters[0] = counter_of("c", cluster->counter);
    }
    return set;
}

/* The sets from FIRST on, as many as a slice holds. */
static void counters_fill(const struct cluster *cluster, struct arena *arena, size_t first,
                          struct resource_slice *slice)
{
    size_t n_sets = count_sets(cluster);
    slice->shared_counters = arena_make_array(arena, struct counter_set, MAX_SLICE_SETS);
    slice->has_shared_counters = true;
    for (size_t i = first; i < n_sets && i < first + MAX_SLICE_SETS; i++)
        slice->shared_counters[slice->n_shared_counters++] = set_make(cluster, arena, i);
}

static size_t device_slices(const struct cluster *cluster)
{
    return (count_devices(cluster) + MAX_SLICE_DEVICES - 1) / MAX_SLICE_DEVICES;
}

/* Those of devices first, then those of counters. */
static size_t node_slices(const struct cluster *cluster)
{
    return device_slices(cluster) + (count_sets(cluster) + MAX_SLICE_SETS - 1) / MAX_SLICE_SETS;
}

struct resource_slice *cluster_slice(const struct cluster *cluster, struct arena *arena, size_t node,
                                     size_t number)
{
    struct resource_slice *slice = arena_make(arena, struct resource_slice);
    size_t first = number * MAX_SLICE_DEVICES;
    slice->meta.name = arena_printf(arena, "slice-%05zu-%03zu", node, number);
    slice->driver = BENCH_DRIVER;
    slice->pool = slice->node_name = arena_printf(arena, "node-%05zu", node);
    slice->generation = 1;
    slice->slice_count = (int64_t)node_slices(cluster);
    if (number >= device_slices(cluster)) {
        counters_fill(cluster, arena, (number - device_slices(cluster)) * MAX_SLICE_SETS, slice);
        return slice;
    }
    slice->n_devices = count_devices(cluster) - first;
    if (slice->n_devices > MAX_SLICE_DEVICES)
        slice->n_devices = MAX_SLICE_DEVICES;
    slice->devices = arena_make_array(arena, struct device, slice->n_devices);
    for (size_t i = 0; i < slice->n_devices; i++)
        device_fill(cluster, arena, node, first + i, &slice->devices[i]);
    return slice;
}

static void class_put(const struct cluster *cluster, struct inventory *inventory)
{
    struct arena *arena = arena_new();
    struct device_class *class = arena_make(arena, struct device_class);
    class->meta.name = "gpu";
    class->selectors = arena_make(arena, struct device_selector);
    class->selectors[0].expression = cluster->class_accepts;
    class->n_selectors = cluster->class_accepts ? 1 : 0;
    inventory_put_class(inventory, arena, class);
}

struct inventory *cluster_build(const struct cluster *cluster)
{
    struct inventory *inventory = inventory_new();
    class_put(cluster, inventory);
    for (size_t node = 0; node < cluster->n_nodes; node++) {
        char name[32];
        snprintf(name, sizeof(name), "node-%05zu", node);
        inventory_put_node(inventory, &(struct inventory_node){ .name = name });
        for (size_t i = 0; i < node_slices(cluster); i++) {
            cleanup_arena struct arena *arena = arena_new();
            inventory_put_slice(inventory, cluster_slice(cluster, arena, node, i));
        }
    }
    inventory_clear_changes(inventory);
    return inventory;
}

/* Claims */

struct resource_claim *bench_claim(struct arena *arena, const char *name, size_t n_requests, int64_t count)
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

void request_select(struct arena *arena, struct exact_request *request, const char *expression)
{
    request->selectors = arena_make(arena, struct device_selector);
    request->selectors[0].expression = expression;
    request->n_selectors = 1;
}

struct device_constraint *claim_constrain(struct arena *arena, struct resource_claim *claim)
{
    claim->spec.constraints = arena_make(arena, struct device_constraint);
    claim->spec.n_constraints = 1;
    return &claim->spec.constraints[0];
}

struct outcome bench_allocate(struct inventory *inventory, const struct resource_claim *const *claims,
                              size_t n_claims, const char *node, enum placement placement,
                              struct arena *arena)
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
