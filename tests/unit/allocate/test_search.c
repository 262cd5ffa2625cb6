/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search against the oracle that tries everything: tiny clusters, thousands of them, the same devices in
 * the same order or the same refusal.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/allocate/oracle.h"

enum {
    CASES = 4000,
    ROAD_CASES = 1500,
    PLACEMENT_CASES = 500,
    MAX_SLICES = 8,
    MAX_HOLDERS = 8,
    PLAIN_STEPS = 100000
};

struct tiny {
    struct arena *arena;
    struct inventory *inventory;
    const struct resource_slice *slices[MAX_SLICES];
    size_t n_slices, most_devices;
    const struct resource_claim *holders[MAX_HOLDERS];
    size_t n_holders;
    const struct resource_claim *claims[3];
    size_t n_claims;
};

static const struct resource_claim *find_holder(const struct tiny *tiny, const struct resource_slice *slice,
                                                const struct device *device)
{
    for (size_t i = 0; i < tiny->n_holders; i++) {
        const struct allocation_result *result = tiny->holders[i]->allocation->results;
        if (strcmp(result->device, device->name) == 0 && strcmp(result->pool, slice->pool) == 0 &&
            strcmp(result->driver, slice->driver) == 0)
            return tiny->holders[i];
    }
    return NULL;
}

static bool is_held(const void *context, const struct resource_slice *slice, const struct device *device)
{
    return find_holder(context, slice, device);
}

static void tiny_add_pool(struct tiny *tiny, struct random *random, const char *driver, const char *pool)
{
    bool has_counters = random_chance(random, 40);
    size_t count = 1 + has_counters;
    for (size_t i = 0; i < count; i++) {
        struct resource_slice *slice =
            slice_make(random, tiny->arena, driver, pool, i, count, has_counters, tiny->most_devices);
        tiny->slices[tiny->n_slices++] = slice;
        inventory_put_slice(tiny->inventory, slice);
        for (size_t d = 0; d < slice->n_devices && tiny->n_holders < MAX_HOLDERS; d++) {
            if (!random_chance(random, 15))
                continue;
            struct resource_claim *holder =
                holder_make(tiny->arena, arena_printf(tiny->arena, "held-%zu", tiny->n_holders), slice,
                            &slice->devices[d]);
            tiny->holders[tiny->n_holders++] = holder;
            inventory_put_claim(tiny->inventory, holder);
        }
    }
}

/* What the oracle leaves out: a constraint that breaks All aborts. */
static bool has_all(const struct resource_claim *claim)
{
    bool found = false;
    for (size_t i = 0; i < claim->spec.n_requests; i++) {
        const struct device_request *request = &claim->spec.requests[i];
        found = found || (request->exactly && request->exactly->mode == MODE_ALL);
        for (size_t j = 0; j < request->n_first_available; j++)
            found = found || request->first_available[j].mode == MODE_ALL;
    }
    return found;
}

static void tiny_start(struct tiny *tiny, struct random *random, size_t most_devices)
{
    *tiny = (struct tiny){ .arena = arena_new(), .inventory = inventory_new(), .most_devices = most_devices };
    inventory_put_class(tiny->inventory, NULL, class_make(tiny->arena, "any", NULL));
    inventory_put_class(tiny->inventory, NULL, class_make(tiny->arena, "a", CLASS_A_EXPRESSION));
    for (size_t d = 0; d < 2; d++) {
        for (size_t p = 0; p < 2; p++) {
            if (random_chance(random, 50))
                tiny_add_pool(tiny, random, cluster_drivers[d], cluster_pools[p]);
        }
    }
    tiny->n_claims = 1 + random_chance(random, 40);
    for (size_t i = 0; i < tiny->n_claims; i++) {
        struct resource_claim *claim = claim_make(random, tiny->arena, i ? "c1" : "c0");
        if (has_all(claim))
            claim->spec.n_constraints = 0;
        tiny->claims[i] = claim;
    }
}

static void tiny_done(struct tiny *tiny)
{
    inventory_free(tiny->inventory);
    arena_free(tiny->arena);
}

static int compare_slices(const void *left, const void *right)
{
    const struct resource_slice *a = *(const struct resource_slice *const *)left;
    const struct resource_slice *b = *(const struct resource_slice *const *)right;
    int order = strcmp(a->driver, b->driver);
    order = order ? order : strcmp(a->pool, b->pool);
    return order ? order : strcmp(a->meta.name, b->meta.name);
}

static void oracle_answer(struct tiny *tiny, struct buf *out)
{
    struct oracle oracle = { .slices = tiny->slices,
                             .n_slices = tiny->n_slices,
                             .claims = tiny->claims,
                             .n_claims = tiny->n_claims,
                             .is_held = is_held,
                             .context = tiny };
    qsort(tiny->slices, tiny->n_slices, sizeof(tiny->slices[0]), compare_slices);
    for (size_t s = 0; s < tiny->n_slices; s++) {
        const struct resource_slice *slice = tiny->slices[s];
        for (size_t d = 0; d < slice->n_devices; d++) {
            const struct resource_claim *holder = find_holder(tiny, slice, &slice->devices[d]);
            if (!slice->all_nodes && strcmp(slice->node_name, "n1") != 0)
                continue;
            oracle.devices[oracle.n_devices++] =
                (struct oracle_device){ slice, &slice->devices[d],
                                        holder && !holder->allocation->results->share_id,
                                        holder && holder->allocation->results->share_id ? 1 : -1 };
        }
    }
    oracle_print(&oracle, oracle_search(&oracle, 0, 0), out);
}

static void tiny_allocate(struct tiny *tiny, struct allocate_request how, struct outcome *out)
{
    allocate_on_n1(tiny->inventory, tiny->claims, tiny->n_claims, how, tiny->arena, out);
}

static void allocate_on_road(struct tiny *tiny, enum road road, struct buf *out)
{
    struct outcome outcome;
    tiny_allocate(tiny, (struct allocate_request){ .road = road }, &outcome);
    outcome_print(&outcome, tiny->n_claims, out);
}

static void test_against_oracle(void **state)
{
    (void)state;
    struct random random = { .seed = 20261121 };
    size_t n_allocated = 0;
    for (int i = 0; i < CASES; i++) {
        cleanup_buf struct buf plain = BUF_INIT(1 << 16), shorter = BUF_INIT(1 << 16);
        cleanup_buf struct buf wanted = BUF_INIT(1 << 16);
        struct tiny tiny;
        unsigned seed = random.seed;
        tiny_start(&tiny, &random, 3);
        allocate_on_road(&tiny, ROAD_PLAIN, &plain);
        allocate_on_road(&tiny, ROAD_SHORT, &shorter);
        oracle_answer(&tiny, &wanted);
        if (strcmp(buf_text(&plain), buf_text(&wanted)) != 0 ||
            strcmp(buf_text(&shorter), buf_text(&wanted)) != 0)
            fail_msg("case %d, seed %u: plain \"%s\", short \"%s\", wanted \"%s\"", i, seed, buf_text(&plain),
                     buf_text(&shorter), buf_text(&wanted));
        n_allocated += plain.data[0] == 'A';
        tiny_done(&tiny);
    }
    assert_in_range(n_allocated, CASES / 5, CASES);
}

/* Larger ones, with admin access: too much for the oracle, so the roads are compared with each other. */

static void claims_harden(struct tiny *tiny, struct random *random)
{
    tiny->claims[tiny->n_claims++] = claim_make(random, tiny->arena, "c2");
    for (size_t i = 0; i < tiny->n_claims; i++) {
        const struct claim_spec *spec = &tiny->claims[i]->spec;
        for (size_t r = 0; r < spec->n_requests; r++) {
            struct exact_request *exact = spec->requests[r].exactly;
            if (exact && exact->mode == MODE_EXACT_COUNT && random_chance(random, 60))
                exact->count += random_below(random, 4);
            if (exact && random_chance(random, 6))
                exact->admin_access = exact->has_admin_access = true;
        }
    }
}

static void test_roads_agree(void **state)
{
    (void)state;
    struct random random = { .seed = 4711 };
    size_t n_long = 0, n_saved = 0;
    for (int i = 0; i < ROAD_CASES; i++) {
        cleanup_buf struct buf plain = BUF_INIT(1 << 16), shorter = BUF_INIT(1 << 16);
        struct tiny tiny;
        struct outcome by_plain, by_short;
        unsigned seed = random.seed;
        tiny_start(&tiny, &random, 6);
        claims_harden(&tiny, &random);
        struct allocate_request how = { .road = ROAD_SHORT, .without_explanation = true };
        tiny_allocate(&tiny, how, &by_short);
        how.road = ROAD_PLAIN;
        how.max_steps = PLAIN_STEPS;
        tiny_allocate(&tiny, how, &by_plain);
        outcome_print(&by_plain, tiny.n_claims, &plain);
        outcome_print(&by_short, tiny.n_claims, &shorter);
        if (by_plain.kind != OUTCOME_EXHAUSTED && strcmp(buf_text(&plain), buf_text(&shorter)) != 0)
            fail_msg("case %d, seed %u: plain \"%s\", short \"%s\"", i, seed, buf_text(&plain),
                     buf_text(&shorter));
        n_long += by_plain.kind != OUTCOME_EXHAUSTED && by_plain.steps > 256;
        n_saved += by_plain.kind == OUTCOME_EXHAUSTED;
        tiny_done(&tiny);
    }
    assert_in_range(n_long, ROAD_CASES / 50, ROAD_CASES);
    assert_in_range(n_saved, 1, ROAD_CASES);
}

/* A placement changes which devices claims get, never whether; nobody gets what somebody holds. */

static void check_allocations(struct tiny *tiny, const struct outcome *outcome)
{
    struct inventory_conflict conflict;
    for (size_t i = 0; i < tiny->n_claims; i++)
        inventory_assume(tiny->inventory, "ns", tiny->claims[i]->meta.name, &outcome->allocations[i]);
    for (size_t i = 0; i < tiny->n_claims; i++)
        assert_false(inventory_find_conflict(tiny->inventory, "ns", tiny->claims[i]->meta.name, &conflict));
    for (size_t i = 0; i < tiny->n_claims; i++)
        inventory_forget(tiny->inventory, "ns", tiny->claims[i]->meta.name);
}

static void test_placements_agree(void **state)
{
    (void)state;
    struct random random = { .seed = 815 };
    size_t n_moved = 0;
    for (int i = 0; i < PLACEMENT_CASES; i++) {
        cleanup_buf struct buf first = BUF_INIT(1 << 16);
        struct outcome by_first, other;
        struct tiny tiny;
        tiny_start(&tiny, &random, 5);
        tiny_allocate(&tiny, (struct allocate_request){ .road = ROAD_SHORT }, &by_first);
        outcome_print(&by_first, tiny.n_claims, &first);
        for (unsigned placement = 0; placement < N_PLACEMENTS; placement++) {
            cleanup_buf struct buf plain = BUF_INIT(1 << 16), shorter = BUF_INIT(1 << 16);
            struct allocate_request how = { .road = ROAD_ANY, .placement = (enum placement)placement };
            tiny_allocate(&tiny, how, &other);
            outcome_print(&other, tiny.n_claims, &plain);
            how.road = ROAD_SHORT;
            tiny_allocate(&tiny, how, &other);
            outcome_print(&other, tiny.n_claims, &shorter);
            assert_string_equal(buf_text(&plain), buf_text(&shorter));
            assert_int_equal(other.kind, by_first.kind);
            n_moved += strcmp(buf_text(&shorter), buf_text(&first)) != 0;
            if (other.kind == OUTCOME_ALLOCATED)
                check_allocations(&tiny, &other);
        }
        tiny_done(&tiny);
    }
    assert_in_range(n_moved, PLACEMENT_CASES / 10, 3 * PLACEMENT_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_oracle),
                                        cmocka_unit_test(test_roads_agree),
                                        cmocka_unit_test(test_placements_agree) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
