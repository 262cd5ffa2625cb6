/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of 5,000 nodes with 8 devices each, filled claim by claim until nothing is left, and what it
 * costs to say why the next one does not fit. Once more with as many NICs, which stay free: nodes that have
 * something left, but not what is wanted.
 */

#include "tests/bench/allocate/bench.h"

enum { NODES = 5000, DEVICES = 8, CLAIMS = NODES * DEVICES };

static void measure_refusal(struct inventory *inventory, const char *claim_name, const char *name)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct resource_claim *claim = bench_claim(arena, claim_name, 1, 1);
    struct allocate_request request = { .claims = &claim, .n_claims = 1 };
    struct outcome outcome;
    uint64_t start = time_monotonic_nanos();
    allocate(inventory, &request, arena, &outcome);
    double micros = micros_since(start);
    if (outcome.kind == OUTCOME_NO_FIT && outcome.explanation)
        figure_print(name, micros / 1e3, "ms", 0, false);
}

static void add_nics(const struct cluster *cluster, struct inventory *inventory)
{
    for (size_t node = 0; node < cluster->n_nodes; node++) {
        cleanup_arena struct arena *arena = arena_new();
        struct resource_slice *slice = cluster_slice(cluster, arena, node, 0);
        slice->meta.name = arena_printf(arena, "nics-%05zu", node);
        slice->driver = "nic.example.com";
        inventory_put_slice(inventory, slice);
    }
}

static void fill(const char *name, enum placement placement, bool beside_nics, const char *refusal)
{
    const struct cluster cluster = { .n_nodes = NODES,
                                     .n_devices = DEVICES,
                                     .class_accepts = "device.driver == \"" BENCH_DRIVER "\"" };
    struct inventory *inventory = cluster_build(&cluster);
    if (beside_nics)
        add_nics(&cluster, inventory);
    size_t n_allocated = 0;
    uint64_t start = time_monotonic_nanos();
    for (size_t i = 0; i < CLAIMS; i++) {
        cleanup_arena struct arena *arena = arena_new();
        const char *claim_name = arena_printf(arena, "claim-%zu", i);
        const struct resource_claim *claim = bench_claim(arena, claim_name, 1, 1);
        struct outcome outcome = bench_allocate(inventory, &claim, 1, NULL, placement, arena);
        if (outcome.kind != OUTCOME_ALLOCATED)
            break;
        n_allocated++;
        inventory_assume(inventory, "ns", claim_name, outcome.allocations);
    }
    double micros = micros_since(start);
    if (n_allocated == CLAIMS)
        figure_print(name, CLAIMS / micros * 1e6, "claims a second", 100000, true);
    else
        fprintf(stderr, "%s: only %zu of %d claims fit\n", name, n_allocated, CLAIMS);
    measure_refusal(inventory, "one-more", refusal);
    measure_refusal(inventory, "another", "the same for a claim like it");
    inventory_free(inventory);
}

void bench_fill(void)
{
    static const char refusal[] = "refusal in the full cluster, explained";
    fill("fill 5,000 nodes x 8 devices, binpack", PLACEMENT_BINPACK, false, refusal);
    fill("fill 5,000 nodes x 8 devices, spread", PLACEMENT_SPREAD, false, refusal);
    fill("fill 5,000 nodes x 8 devices, topology", PLACEMENT_TOPOLOGY, false, refusal);
    fill("fill 5,000 nodes beside NICs, binpack", PLACEMENT_BINPACK, true, refusal);
    fill("fill 5,000 nodes beside NICs, topology", PLACEMENT_TOPOLOGY, true, refusal);
}
