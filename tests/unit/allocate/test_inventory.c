/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small promises of the inventory's header, one by one. test_events.c has the large one: the order of
 * events never shows.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/allocate/cluster.h"

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
    struct random random = { .seed = 1 };
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

/* Shares of a device that is no longer shared: it is in use, or two claims would clash. */
static void test_share_of_a_dedicated_device(void **state)
{
    struct fixture *f = *state;
    const char *node = "n1";
    const struct resource_claim *claims[] = { wanting_claim(f->arena) };
    struct allocate_request request = { .claims = claims, .n_claims = 1, .nodes = &node, .n_nodes = 1 };
    struct outcome outcome;
    struct resource_claim *sharing = holder_make(f->arena, "two", &f->slice, &f->devices[1]);
    sharing->allocation->results[0].n_consumed = 0;
    inventory_put_claim(f->inventory, holder_make(f->arena, "one", &f->slice, &f->devices[0]));
    inventory_put_claim(f->inventory, sharing);
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_ALLOCATED);
    f->devices[1].allow_multiple_allocations = false;
    inventory_put_slice(f->inventory, &f->slice);
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_NO_FIT);
}

/* What a node hands out by the generation that it sees is no conflict by a newer one, which other nodes see.
 */
static void test_capacity_of_an_older_generation(void **state)
{
    struct fixture *f = *state;
    struct inventory_conflict conflict;
    struct capacity less = { .name = "mem", .value = whole(1) };
    struct resource_slice newer = f->slice;
    struct device smaller = f->devices[1];
    struct resource_claim *two = holder_make(f->arena, "two", &f->slice, &f->devices[1]);
    smaller.capacities = &less;
    newer.meta.name = "t";
    newer.node_name = "n2";
    newer.generation = 2;
    newer.devices = &smaller;
    newer.n_devices = 1;
    inventory_put_slice(f->inventory, &newer);
    inventory_put_claim(f->inventory, holder_make(f->arena, "one", &f->slice, &f->devices[1]));
    two->allocation->results->consumed[0].value = whole(3);
    inventory_put_claim(f->inventory, two);
    assert_false(inventory_find_conflict(f->inventory, "ns", "two", &conflict));
}

/* What a claim was refused, its like is refused without a search, by its own name, until something changes.
 */
static void test_repeated_refusal(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome;
    struct resource_claim *wanted = wanting_claim(f->arena);
    const struct resource_claim *claims[] = { wanted };
    const struct allocate_request request = { .claims = claims, .n_claims = 1 };
    struct resource_claim *one = holder_make(f->arena, "one", &f->slice, &f->devices[0]);
    struct resource_claim *two = holder_make(f->arena, "two", &f->slice, &f->devices[1]);
    inventory_put_node(f->inventory, &(struct inventory_node){ .name = "n1" });
    inventory_assume(f->inventory, "ns", "one", one->allocation);
    inventory_assume(f->inventory, "ns", "two", two->allocation);
    wanted->spec.requests[0].exactly->count = 2;
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_NO_FIT);
    assert_true(outcome.steps > 0);
    wanted->meta.name = "other";
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_NO_FIT);
    assert_int_equal(outcome.steps, 0);
    assert_string_equal(outcome.explanation->requests[0].claim, "ns/other");
    wanted->spec.requests[0].exactly->count = 1;
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_true(outcome.steps > 0);
    inventory_forget(f->inventory, "ns", "one");
    allocate(f->inventory, &request, f->arena, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_ALLOCATED);
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        FIXTURE_TEST(test_capacity_of_an_older_generation),
        FIXTURE_TEST(test_share_of_a_dedicated_device),
        FIXTURE_TEST(test_repeated_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
