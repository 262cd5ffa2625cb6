/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which node a placement takes: tables of small clusters, and a larger one that claims come to and leave,
 * with every choice compared to one that looks at all nodes.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/allocate/cluster.h"

enum { MAX_NODES = 4, MAX_DEVICES = 16, N_NODES = 150, N_DEVICES = 4, STEPS = 4000 };

static void node_put(struct inventory *inventory, struct arena *arena, const char *name,
                     struct device *devices, size_t n_devices)
{
    struct resource_slice *slice = arena_make(arena, struct resource_slice);
    *slice = (struct resource_slice){ .meta = { .name = name },
                                      .driver = "a.example",
                                      .pool = name,
                                      .generation = 1,
                                      .slice_count = 1,
                                      .node_name = name,
                                      .devices = devices,
                                      .n_devices = n_devices };
    inventory_put_node(inventory, &(struct inventory_node){ .name = name });
    inventory_put_slice(inventory, slice);
}

static void device_hold(struct inventory *inventory, const char *claim, const char *node, const char *device)
{
    struct allocation_result result = { .driver = "a.example", .pool = node, .device = device };
    inventory_assume(inventory, "ns", claim, &(struct allocation){ .results = &result, .n_results = 1 });
}

/* NODES may be NULL: all there are. */
static const char *node_choose(struct inventory *inventory, const char *const *nodes, size_t n_nodes,
                               enum placement placement, int64_t count, struct arena *arena)
{
    struct exact_request exact = { .class_name = "any", .mode = MODE_EXACT_COUNT, .count = count };
    struct device_request request = { .name = "r", .exactly = &exact };
    struct resource_claim claim = { .meta = { .namespace = "ns", .name = "wanted" },
                                    .spec = { .requests = &request, .n_requests = 1 } };
    const struct resource_claim *claims[] = { &claim };
    struct outcome outcome;
    allocate(inventory,
             &(struct allocate_request){ .claims = claims,
                                         .n_claims = 1,
                                         .nodes = nodes,
                                         .n_nodes = n_nodes,
                                         .placement = placement,
                                         .without_explanation = true },
             arena, &outcome);
    return outcome.kind == OUTCOME_ALLOCATED ? outcome.node : "none";
}

/* Small clusters: a letter is a device, free, in the PCIe root of that name; capital: in use; | parts NUMA
 * nodes. */

struct placement_case {
    const char *name;
    enum placement placement;
    int64_t count;
    const char *nodes[MAX_NODES]; /* n0 and on */
    const char *want;
};

static const struct placement_case placement_cases[] = {
    { "first: by name", PLACEMENT_FIRST, 1, { "aA", "aa", "AA" }, "n0" },
    { "first: the next where it fits", PLACEMENT_FIRST, 2, { "aA", "aa" }, "n1" },
    { "binpack: the fewest free", PLACEMENT_BINPACK, 1, { "aaa", "Aaa", "AAa", "AAA" }, "n2" },
    { "binpack: enough of them", PLACEMENT_BINPACK, 2, { "aaa", "Aaa", "AAa", "AAA" }, "n1" },
    { "binpack: equals by name", PLACEMENT_BINPACK, 1, { "aa", "Aa", "aA" }, "n1" },
    { "spread: the fewest in use", PLACEMENT_SPREAD, 1, { "Aaaa", "AA", "a" }, "n2" },
    { "spread: where it fits", PLACEMENT_SPREAD, 2, { "Aaaa", "AAa", "a" }, "n0" },
    { "topology: a root that fits exactly", PLACEMENT_TOPOLOGY, 1, { "aabb", "aaBb", "aa" }, "n1" },
    { "topology: not the fuller node", PLACEMENT_TOPOLOGY, 2, { "aBcD", "aabbCC", "aaa" }, "n1" },
    { "topology: the next larger root", PLACEMENT_TOPOLOGY, 2, { "aaaab", "aaabb", "aaacc" }, "n1" },
    { "topology: of equal roots the smaller NUMA node",
      PLACEMENT_TOPOLOGY,
      2,
      { "aabb|ccd", "aa|bcdefg" },
      "n1" },
    { "topology: a NUMA node where no root will do",
      PLACEMENT_TOPOLOGY,
      3,
      { "aabbcc", "aab|ccd", "a|b|c" },
      "n1" },
    { "topology: no block at all but the node", PLACEMENT_TOPOLOGY, 3, { "a|b|c|d", "a|b|c", "ab" }, "n1" },
    { "topology: a whole node last", PLACEMENT_TOPOLOGY, 2, { "aabb", "Aabb", "aabb" }, "n1" },
    { "topology: more than a mask can say",
      PLACEMENT_TOPOLOGY,
      5,
      { "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaA" },
      "n1" },
};

static void layout_put(struct inventory *inventory, struct arena *arena, const char *node, const char *layout)
{
    struct device *devices = arena_make_array(arena, struct device, MAX_DEVICES);
    size_t n_devices = 0;
    int64_t numa = 0;
    for (const char *c = layout; *c; c++) {
        if (*c == '|') {
            numa++;
            continue;
        }
        struct device *device = &devices[n_devices];
        device->name = arena_printf(arena, "d%zu", n_devices++);
        device->attributes = arena_make_array(arena, struct attribute, 2);
        device->n_attributes = 2;
        device->attributes[0] = (struct attribute){ .name = "resource.kubernetes.io/pcieRoot",
                                                    .type = ATTRIBUTE_STRING,
                                                    .string = arena_printf(arena, "%c", *c | 0x20) };
        device->attributes[1] = (struct attribute){ .name = "resource.kubernetes.io/numaNode",
                                                    .type = ATTRIBUTE_INT,
                                                    .integer = numa };
        if (!(*c & 0x20))
            device_hold(inventory, arena_printf(arena, "%s-%s", node, device->name), node, device->name);
    }
    node_put(inventory, arena, node, devices, n_devices);
}

static void test_placement(void **state)
{
    const struct placement_case *row = *state;
    struct arena *arena = arena_new();
    struct inventory *inventory = inventory_new();
    inventory_put_class(inventory, NULL, class_make(arena, "any", NULL));
    for (size_t i = 0; i < MAX_NODES && row->nodes[i]; i++)
        layout_put(inventory, arena, arena_printf(arena, "n%zu", i), row->nodes[i]);
    assert_string_equal(node_choose(inventory, NULL, 0, row->placement, row->count, arena), row->want);
    inventory_free(inventory);
    arena_free(arena);
}

/* A larger cluster */

static size_t rank_naively(enum placement placement, size_t n_held)
{
    if (placement == PLACEMENT_SPREAD)
        return n_held;
    return placement == PLACEMENT_FIRST ? 0 : N_DEVICES - n_held;
}

/* Among the nodes from FIRST on. */
static const char *choose_naively(enum placement placement, const char *const names[N_NODES], size_t first,
                                  const bool held[N_NODES][N_DEVICES], size_t count)
{
    size_t best = SIZE_MAX, best_rank = SIZE_MAX;
    for (size_t i = first; i < N_NODES; i++) {
        size_t n_held = 0;
        for (size_t d = 0; d < N_DEVICES; d++)
            n_held += held[i][d];
        if (N_DEVICES - n_held < count || rank_naively(placement, n_held) >= best_rank)
            continue;
        best = i;
        best_rank = rank_naively(placement, n_held);
    }
    return best == SIZE_MAX ? "none" : names[best];
}

static void test_coming_and_leaving(void **state)
{
    (void)state;
    static const char *const device_names[N_DEVICES] = { "d0", "d1", "d2", "d3" };
    struct random random = { .seed = 99 };
    struct arena *arena = arena_new();
    struct inventory *inventory = inventory_new();
    const char *names[N_NODES];
    bool held[N_NODES][N_DEVICES] = { 0 };
    struct device devices[N_DEVICES] = { 0 };
    for (size_t d = 0; d < N_DEVICES; d++)
        devices[d].name = device_names[d];
    inventory_put_class(inventory, NULL, class_make(arena, "any", NULL));
    for (size_t i = 0; i < N_NODES; i++) {
        names[i] = arena_printf(arena, "node-%03zu", i);
        node_put(inventory, arena, names[i], devices, N_DEVICES);
    }
    for (int step = 0; step < STEPS; step++) {
        cleanup_arena struct arena *scratch = arena_new();
        size_t i = random_below(&random, N_NODES), d = random_below(&random, N_DEVICES);
        const char *claim = arena_printf(scratch, "%zu-%zu", i, d);
        if (held[i][d] && random_chance(&random, step < STEPS / 2 ? 20 : 80))
            inventory_forget(inventory, "ns", claim);
        else
            device_hold(inventory, claim, names[i], device_names[d]);
        held[i][d] = inventory_is_assumed(inventory, "ns", claim);
        for (unsigned placement = 0; placement < N_PLACEMENTS; placement++) {
            size_t count = 1 + random_below(&random, N_DEVICES), first = random_below(&random, N_NODES - 1);
            assert_string_equal(
                node_choose(inventory, NULL, 0, (enum placement)placement, (int64_t)count, scratch),
                choose_naively((enum placement)placement, names, 0, held, count));
            assert_string_equal(node_choose(inventory, names + first, N_NODES - first,
                                            (enum placement)placement, (int64_t)count, scratch),
                                choose_naively((enum placement)placement, names, first, held, count));
        }
    }
    inventory_free(inventory);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest larger[] = { cmocka_unit_test(test_coming_and_leaving) };
    int failed = RUN_TABLE(placement_cases, test_placement);
    return cmocka_run_group_tests(larger, NULL, NULL) + failed;
}
