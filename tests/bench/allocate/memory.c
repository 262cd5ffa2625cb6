/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What 40,000 devices weigh in the inventory, everything that it keeps included, and what it costs to replace
 * the slice of one node among them.
 */

#include "tests/bench/allocate/bench.h"

#include <malloc.h>

enum { NODES = 5000, DEVICES = 8, EVENTS = 2000 };

static const struct cluster cluster = { .n_nodes = NODES, .n_devices = DEVICES };

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void bench_memory(void)
{
    size_t before = heap_bytes();
    struct inventory *inventory = cluster_build(&cluster);
    size_t after = heap_bytes();
    figure_print("inventory with 14 attributes each", (double)(after - before) / (NODES * DEVICES),
                 "bytes a device", 600, false);
    inventory_free(inventory);
}

/* The slices are decoded beforehand; one device of each got another model and is no longer what it was. */
void bench_event(void)
{
    struct inventory *inventory = cluster_build(&cluster);
    cleanup_arena struct arena *arena = arena_new();
    struct resource_slice *slices[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        slices[i] = cluster_slice(&cluster, arena, i * 2 % NODES, 0);
        slices[i]->devices[0].attributes[9].string = arena_printf(arena, "H%zu", 200 + i % 7);
    }
    uint64_t start = time_monotonic_nanos();
    for (size_t i = 0; i < EVENTS; i++)
        inventory_put_slice(inventory, slices[i]);
    figure_print("slice event, 8 of 40,000 devices", micros_since(start) / EVENTS, "us", 50, false);
    inventory_free(inventory);
}
