/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventory that took thousands of events one by one against one that is built anew from what is there:
 * the same answers, explanations included. And the small promises of its header, one by one.
 */

#include "controller/explain/explain.h"
#include "tests/support/cmocka.h"
#include "tests/unit/allocate/cluster.h"

enum { STEPS = 3000, N_SLOTS = 12, N_CLAIMS = 8 };

/* The objects that exist; NULL for a name that is free. Slices that were replaced stay in the arena. */
struct world {
    struct random random;
    struct arena *arena;
    struct inventory *inventory; /* the incremental one */
    const struct resource_slice *slices[N_SLOTS];
    const struct resource_claim *claims[N_CLAIMS];
    const struct allocation *assumed[N_CLAIMS];
    const struct device_taint_rule *rules[2];
    bool has_node[ARRAY_LEN(cluster_nodes)];
    bool has_class_a;
};

static const char *claim_names[N_CLAIMS] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" };
static const char *rule_names[2] = { "rule-0", "rule-1" };

/* Some device among the slices, or NULL. */
static const struct device *some_device(struct world *world, const struct resource_slice **slice)
{
    *slice = world->slices[random_below(&world->random, N_SLOTS)];
    if (!*slice || !(*slice)->n_devices)
        return NULL;
    return &(*slice)->devices[random_below(&world->random, (unsigned)(*slice)->n_devices)];
}

static void change_slice(struct world *world)
{
    unsigned slot = random_below(&world->random, N_SLOTS);
    const char *driver = cluster_drivers[slot / 6], *pool = cluster_pools[slot / 3 % 2];
    const struct resource_slice *old = world->slices[slot];
    if (old && random_chance(&world->random, 40)) {
        inventory_remove_slice(world->inventory, old->meta.name);
        world->slices[slot] = NULL;
        return;
    }
    struct resource_slice *slice = slice_make(&world->random, world->arena, driver, pool, slot % 3,
                                              1 + random_below(&world->random, 3), slot / 3 % 2, 4);
    slice->generation = 1 + random_chance(&world->random, 20);
    inventory_put_slice(world->inventory, slice);
    world->slices[slot] = slice;
}

static void change_claim(struct world *world)
{
    unsigned slot = random_below(&world->random, N_CLAIMS);
    const struct resource_slice *slice;
    const struct device *device = some_device(world, &slice);
    if (world->claims[slot] && random_chance(&world->random, 50)) {
        inventory_remove_claim(world->inventory, "ns", claim_names[slot]);
        world->claims[slot] = NULL;
    } else if (device) {
        world->claims[slot] = holder_make(world->arena, claim_names[slot], slice, device);
        inventory_put_claim(world->inventory, world->claims[slot]);
    }
}

static void change_assumed(struct world *world)
{
    unsigned slot = random_below(&world->random, N_CLAIMS);
    const struct resource_slice *slice;
    const struct device *device = some_device(world, &slice);
    if (world->assumed[slot]) {
        if (random_chance(&world->random, 50))
            inventory_confirm(world->inventory, "ns", claim_names[slot]);
        else
            inventory_forget(world->inventory, "ns", claim_names[slot]);
        world->assumed[slot] = NULL;
    } else if (device) {
        world->assumed[slot] = holder_make(world->arena, claim_names[slot], slice, device)->allocation;
        inventory_assume(world->inventory, "ns", claim_names[slot], world->assumed[slot]);
    }
    assert_int_equal(inventory_is_assumed(world->inventory, "ns", claim_names[slot]),
                     world->assumed[slot] != NULL);
}

static void change_rule(struct world *world)
{
    unsigned slot = random_below(&world->random, 2);
    if (world->rules[slot]) {
        inventory_remove_rule(world->inventory, rule_names[slot]);
        world->rules[slot] = NULL;
        return;
    }
    struct device_taint_rule *rule = arena_make(world->arena, struct device_taint_rule);
    rule->meta.name = rule_names[slot];
    rule->has_selector = true;
    rule->driver = random_chance(&world->random, 70) ? cluster_drivers[slot] : NULL;
    rule->pool = random_chance(&world->random, 70) ? cluster_pools[slot] : NULL;
    rule->taint = (struct taint){ .key = "rule", .effect = EFFECT_NO_EXECUTE };
    inventory_put_rule(world->inventory, NULL, rule);
    world->rules[slot] = rule;
}

static void put_classes(const struct world *world, struct inventory *inventory)
{
    inventory_put_class(inventory, NULL, class_make(world->arena, "any", NULL));
    if (world->has_class_a)
        inventory_put_class(inventory, NULL, class_make(world->arena, "a", CLASS_A_EXPRESSION));
    else
        inventory_remove_class(inventory, "a");
}

static void change_class(struct world *world)
{
    world->has_class_a = !world->has_class_a;
    put_classes(world, world->inventory);
}

static void change_node(struct world *world)
{
    unsigned slot = random_below(&world->random, ARRAY_LEN(cluster_nodes));
    world->has_node[slot] = !world->has_node[slot];
    if (world->has_node[slot])
        inventory_put_node(world->inventory, &(struct inventory_node){ .name = cluster_nodes[slot] });
    else
        inventory_remove_node(world->inventory, cluster_nodes[slot]);
}

static struct inventory *build_anew(const struct world *world)
{
    struct inventory *inventory = inventory_new();
    for (size_t i = 0; i < ARRAY_LEN(world->rules); i++) {
        if (world->rules[i])
            inventory_put_rule(inventory, NULL, world->rules[i]);
    }
    for (size_t i = 0; i < N_CLAIMS; i++) {
        if (world->claims[i])
            inventory_put_claim(inventory, world->claims[i]);
        if (world->assumed[i])
            inventory_assume(inventory, "ns", claim_names[i], world->assumed[i]);
    }
    put_classes(world, inventory);
    for (size_t i = ARRAY_LEN(world->has_node); i-- > 0;) {
        if (world->has_node[i])
            inventory_put_node(inventory, &(struct inventory_node){ .name = cluster_nodes[i] });
    }
    for (size_t i = N_SLOTS; i-- > 0;) {
        if (world->slices[i])
            inventory_put_slice(inventory, world->slices[i]);
    }
    return inventory;
}

/* NODES may be NULL: all that there are. */
static void answer(struct inventory *inventory, const struct resource_claim *claim, enum placement placement,
                   const char *const *nodes, size_t n_nodes, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct outcome outcome;
    allocate(
        inventory,
        &(struct allocate_request){
            .claims = &claim, .n_claims = 1, .nodes = nodes, .n_nodes = n_nodes, .placement = placement },
        arena, &outcome);
    outcome_print(&outcome, 1, out);
    if (outcome.kind == OUTCOME_ALLOCATED)
        buf_printf(out, " on %s", outcome.node);
    else
        buf_printf(out, " after %llu steps, %zu placed", (unsigned long long)outcome.steps,
                   outcome.explanation->n_placed);
    for (size_t i = 0; outcome.explanation && i < outcome.explanation->n_requests; i++) {
        const struct request_explanation *request = &outcome.explanation->requests[i];
        buf_printf(out, "\n%s %zu/%zu best %zu", request->request, request->n_available,
                   request->n_considered, request->n_best);
        size_t counts[N_REASONS] = { 0 };
        for (size_t r = 0; r < request->n_reasons; r++)
            counts[request->reasons[r].reason] = request->reasons[r].n_devices;
        for (size_t r = 0; r < N_REASONS; r++)
            buf_printf(out, " %zu", counts[r]);
    }
}

static void compare_answers(const struct world *world, struct inventory *anew,
                            const struct resource_claim *claim, enum placement placement)
{
    cleanup_buf struct buf ours = BUF_INIT(1 << 16), wanted = BUF_INIT(1 << 16);
    cleanup_buf struct buf named = BUF_INIT(1 << 16), all = BUF_INIT(1 << 16);
    const char *nodes[ARRAY_LEN(cluster_nodes)];
    size_t n_nodes = 0;
    answer(world->inventory, claim, placement, cluster_nodes, ARRAY_LEN(cluster_nodes), &ours);
    answer(anew, claim, placement, cluster_nodes, ARRAY_LEN(cluster_nodes), &wanted);
    assert_string_equal(buf_text(&ours), buf_text(&wanted));
    for (size_t i = 0; i < ARRAY_LEN(cluster_nodes); i++) {
        if (world->has_node[i])
            nodes[n_nodes++] = cluster_nodes[i];
    }
    if (n_nodes < 2)
        return; /* one that is named is tried even without devices */
    answer(world->inventory, claim, placement, nodes, n_nodes, &named);
    answer(world->inventory, claim, placement, NULL, 0, &all);
    assert_string_equal(buf_text(&all), buf_text(&named));
}

static void compare_with_anew(struct world *world)
{
    struct inventory *anew = build_anew(world);
    cleanup_arena struct arena *arena = arena_new();
    for (unsigned placement = 0; placement < N_PLACEMENTS; placement++)
        compare_answers(world, anew, claim_make(&world->random, arena, "wanted"), (enum placement)placement);
    assert_int_equal(inventory_count_nodes(world->inventory), inventory_count_nodes(anew));
    assert_int_equal(inventory_count_devices(world->inventory), inventory_count_devices(anew));
    inventory_free(anew);
}

static void test_random_events(void **state)
{
    (void)state;
    static void (*const changes[])(struct world *) = { change_slice, change_slice, change_slice,
                                                       change_claim, change_claim, change_assumed,
                                                       change_rule,  change_class, change_node };
    struct world world = { .random = { 7 }, .arena = arena_new(), .inventory = inventory_new() };
    put_classes(&world, world.inventory);
    for (int i = 0; i < STEPS; i++) {
        changes[random_below(&world.random, ARRAY_LEN(changes))](&world);
        if (random_chance(&world.random, 30))
            inventory_clear_changes(world.inventory);
        if (i % 3 == 0)
            compare_with_anew(&world);
    }
    inventory_free(world.inventory);
    arena_free(world.arena);
}

/* The header's promises */

struct fixture {
    struct arena *arena;
    struct inventory *inventory;
    struct resource_slice slice;
    struct device devices[2];
};

static int fixture_start(void **state)
{
    struct fixture *f = NEW(struct fixture);
    f->arena = arena_new();
    f->inventory = inventory_new();
    f->devices[0] = (struct device){ .name = "d0" };
    f->devices[1] = (struct device){ .name = "d1", .allow_multiple_allocations = true };
    f->devices[1].capacities = arena_make(f->arena, struct capacity);
    f->devices[1].capacities[0] = (struct capacity){ .name = "mem", .value = whole(4) };
    f->devices[1].n_capacities = 1;
    f->slice = (struct resource_slice){ .meta = { .name = "s" },
                                        .driver = "a.example",
                                        .pool = "p",
                                        .generation = 1,
                                        .slice_count = 1,
                                        .node_name = "n1",
                                        .devices = f->devices,
                                        .n_devices = 2 };
    inventory_put_class(f->inventory, NULL, class_make(f->arena, "any", NULL));
    inventory_put_slice(f->inventory, &f->slice);
    inventory_clear_changes(f->inventory);
    *state = f;
    return 0;
}

static int fixture_stop(void **state)
{
    struct fixture *f = *state;
    inventory_free(f->inventory);
    arena_free(f->arena);
    free(f);
    return 0;
}

static struct resource_claim *wanting_claim(struct arena *arena)
{
    struct random random = { 1 };
    struct resource_claim *claim = claim_make(&random, arena, "wanted");
    claim->spec.n_requests = 1;
    claim->spec.n_constraints = 0;
    claim->spec.requests[0] =
        (struct device_request){ .name = "r", .exactly = arena_make(arena, struct exact_request) };
    *claim->spec.requests[0].exactly =
        (struct exact_request){ .class_name = "any", .mode = MODE_EXACT_COUNT, .count = 1 };
    return claim;
}

static void count_holder(void *context, const char *claim)
{
    assert_string_equal(claim, "ns/one");
    ++*(size_t *)context;
}

/* Assumed and then seen: held once. Confirmed: still held. Taken away: free. */
static void test_assume_and_confirm(void **state)
{
    struct fixture *f = *state;
    size_t n_holders = 0;
    struct resource_claim *holder = holder_make(f->arena, "one", &f->slice, &f->devices[0]);
    inventory_assume(f->inventory, "ns", "one", holder->allocation);
    inventory_put_claim(f->inventory, holder);
    inventory_each_holder(f->inventory, "a.example", "p", "d0", count_holder, &n_holders);
    assert_int_equal(n_holders, 1);
    inventory_confirm(f->inventory, "ns", "one");
    inventory_each_holder(f->inventory, "a.example", "p", "d0", count_holder, &n_holders);
    assert_int_equal(n_holders, 2);
    inventory_remove_claim(f->inventory, "ns", "one");
    inventory_each_holder(f->inventory, "a.example", "p", "d0", count_holder, &n_holders);
    assert_int_equal(n_holders, 2);
}

static void test_conflict_over_a_device(void **state)
{
    struct fixture *f = *state;
    struct inventory_conflict conflict;
    inventory_put_claim(f->inventory, holder_make(f->arena, "one", &f->slice, &f->devices[0]));
    assert_false(inventory_find_conflict(f->inventory, "ns", "one", &conflict));
    inventory_put_claim(f->inventory, holder_make(f->arena, "two", &f->slice, &f->devices[0]));
    assert_true(inventory_find_conflict(f->inventory, "ns", "one", &conflict));
    assert_string_equal(conflict.name, "two");
    assert_string_equal(conflict.device, "d0");
    assert_null(conflict.capacity);
}

static void test_conflict_over_capacity(void **state)
{
    struct fixture *f = *state;
    struct inventory_conflict conflict;
    struct resource_claim *one = holder_make(f->arena, "one", &f->slice, &f->devices[1]);
    struct resource_claim *two = holder_make(f->arena, "two", &f->slice, &f->devices[1]);
    two->allocation->results->share_id = "22222222-2222-4222-8222-222222222222";
    two->allocation->results->consumed[0].value = whole(3);
    inventory_put_claim(f->inventory, one);
    inventory_put_claim(f->inventory, two);
    assert_false(inventory_find_conflict(f->inventory, "ns", "one", &conflict));
    two->allocation->results->consumed[0].value = whole(4);
    inventory_put_claim(f->inventory, two);
    assert_true(inventory_find_conflict(f->inventory, "ns", "one", &conflict));
    assert_string_equal(conflict.capacity, "mem");
}

/* What wakes a waiting claim: a device that is freed or changed, its class; not the same word said again. */
static void test_changes(void **state)
{
    struct fixture *f = *state;
    struct resource_claim *wanted = wanting_claim(f->arena);
    struct resource_claim *holder = holder_make(f->arena, "one", &f->slice, &f->devices[0]);
    assert_false(inventory_has_changes(f->inventory));
    inventory_put_claim(f->inventory, holder);
    assert_false(inventory_concerns(f->inventory, wanted));
    inventory_put_claim(f->inventory, holder);
    assert_false(inventory_has_changes(f->inventory));
    inventory_remove_claim(f->inventory, "ns", "one");
    assert_true(inventory_concerns(f->inventory, wanted));
    inventory_clear_changes(f->inventory);
    assert_false(inventory_concerns(f->inventory, wanted));
    wanted->spec.requests[0].exactly->class_name = "other";
    inventory_put_slice(f->inventory, &f->slice);
    assert_false(inventory_concerns(f->inventory, wanted));
    inventory_put_class(f->inventory, NULL, class_make(f->arena, "other", NULL));
    assert_true(inventory_concerns(f->inventory, wanted));
}

/* A heartbeat of a node is no news; a new label is. */
static void test_node_changes(void **state)
{
    struct fixture *f = *state;
    struct string_pair label = { "zone", "z1" };
    struct inventory_node node = { .name = "n1", .labels = &label, .n_labels = 1 };
    inventory_put_node(f->inventory, &node);
    assert_true(inventory_has_changes(f->inventory));
    inventory_clear_changes(f->inventory);
    inventory_put_node(f->inventory, &node);
    assert_false(inventory_has_changes(f->inventory));
    label.value = "z2";
    inventory_put_node(f->inventory, &node);
    assert_true(inventory_has_changes(f->inventory));
    assert_int_equal(inventory_count_nodes(f->inventory), 1);
}

/* Where no node has enough devices left, a claim that is wrong is still told so. */
static void test_wrong_claim_on_full_nodes(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome;
    struct resource_claim *wanted = wanting_claim(f->arena);
    const struct resource_claim *claims[] = { wanted };
    const char *nodes[] = { "n1", "n2" };
    wanted->spec.requests[0].exactly->class_name = "absent";
    wanted->spec.requests[0].exactly->count = 9;
    allocate(f->inventory,
             &(struct allocate_request){ .claims = claims, .n_claims = 1, .nodes = nodes, .n_nodes = 2 },
             f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_ABORTED);
    assert_string_equal(outcome.message,
                        "claim ns/wanted, request r: could not retrieve device class absent: "
                        "not found");
}

/* Binpack fills the fuller node, spread the emptier one; a full node is no candidate. */
static void test_placements(void **state)
{
    static const struct {
        enum placement placement;
        const char *want;
    } rows[] = { { PLACEMENT_FIRST, "n1" },
                 { PLACEMENT_BINPACK, "n2" },
                 { PLACEMENT_SPREAD, "n1" },
                 { PLACEMENT_TOPOLOGY, "n2" } };
    struct fixture *f = *state;
    const char *nodes[] = { "n1", "n2" };
    const struct resource_claim *claims[] = { wanting_claim(f->arena) };
    struct resource_slice *second = arena_make(f->arena, struct resource_slice);
    *second = f->slice;
    second->meta.name = "t";
    second->pool = "q";
    second->node_name = "n2";
    inventory_put_slice(f->inventory, second);
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
        inventory_put_node(f->inventory, &(struct inventory_node){ .name = nodes[i] });
    inventory_put_claim(f->inventory, holder_make(f->arena, "one", second, &f->devices[0]));
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        struct outcome outcome;
        bool all_nodes = i % 2;
        allocate(f->inventory,
                 &(struct allocate_request){ .claims = claims,
                                             .n_claims = 1,
                                             .nodes = all_nodes ? NULL : nodes,
                                             .n_nodes = all_nodes ? 0 : 2,
                                             .placement = rows[i / 2].placement },
                 f->arena, &outcome);
        assert_int_equal(outcome.kind, OUTCOME_ALLOCATED);
        assert_string_equal(outcome.node, rows[i / 2].want);
    }
}

/* Our own taint is tolerated for every request, and not copied to results. */
static void test_own_toleration(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome;
    const char *node = "n1";
    const struct resource_claim *claims[] = { wanting_claim(f->arena) };
    const struct toleration own = { .key = "tranche.dev/allocator", .op = TOLERATE_EXISTS };
    struct device_taint_rule rule = { .meta = { .name = "rule" },
                                      .has_selector = true,
                                      .taint = { .key = "tranche.dev/allocator",
                                                 .effect = EFFECT_NO_SCHEDULE } };
    struct allocate_request request = { .claims = claims, .n_claims = 1, .nodes = &node, .n_nodes = 1 };
    inventory_put_rule(f->inventory, NULL, &rule);
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_NO_FIT);
    request.tolerations = &own;
    request.n_tolerations = 1;
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_ALLOCATED);
    assert_int_equal(outcome.allocations[0].results[0].n_tolerations, 0);
    inventory_remove_rule(f->inventory, "rule");
}

/* A slice in which something is nameless counts as absent, and takes its predecessor away. */
static void test_unsound_slice(void **state)
{
    struct fixture *f = *state;
    struct device nameless = { 0 };
    struct resource_slice bad = f->slice;
    bad.devices = &nameless;
    bad.n_devices = 1;
    inventory_put_slice(f->inventory, &bad);
    assert_int_equal(inventory_count_devices(f->inventory), 0);
    assert_null(inventory_find_device(f->inventory, "a.example", "p", "d0", f->arena));
}

static void test_find_device(void **state)
{
    struct fixture *f = *state;
    struct resource_slice *newer = arena_make(f->arena, struct resource_slice);
    struct device *replaced = arena_make(f->arena, struct device);
    *replaced = (struct device){ .name = "d0", .binds_to_node = true };
    *newer = f->slice;
    newer->meta.name = "t";
    newer->generation = 2;
    newer->devices = replaced;
    newer->n_devices = 1;
    assert_false(inventory_find_device(f->inventory, "a.example", "p", "d0", f->arena)->binds_to_node);
    inventory_put_slice(f->inventory, newer);
    assert_true(inventory_find_device(f->inventory, "a.example", "p", "d0", f->arena)->binds_to_node);
    assert_null(inventory_find_device(f->inventory, "a.example", "p", "d9", f->arena));
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_events),
        FIXTURE_TEST(test_assume_and_confirm),
        FIXTURE_TEST(test_conflict_over_a_device),
        FIXTURE_TEST(test_conflict_over_capacity),
        FIXTURE_TEST(test_changes),
        FIXTURE_TEST(test_unsound_slice),
        FIXTURE_TEST(test_find_device),
        FIXTURE_TEST(test_node_changes),
        FIXTURE_TEST(test_wrong_claim_on_full_nodes),
        FIXTURE_TEST(test_placements),
        FIXTURE_TEST(test_own_toleration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
