/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random steps of a small cluster with two controllers that both believe they lead (contract 11). Everything
 * that can be late is late, requests and answers get lost, users delete what is in use, the scheduler wipes
 * allocations. After each step the world is checked; at the end it calms down, and nobody may be left waiting
 * for what is free.
 *
 * A failing run prints its seed; SIMULATION_SEED repeats it, SIMULATION_RUNS sets how many there are.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/claims/leader.h"

#include <string.h>

enum { RUNS = 25, STEPS = 1200 };

struct story {
    const char *name;
    struct world_options options;
    size_t n_leaders;
};

static const struct story stories[] = {
    { "one leader", { .all_gated = true, .no_third_fence = true }, 1 },
    { "one leader, some pods without the gate", { .all_gated = false }, 1 },
    { "two leaders, and the plugin takes anything", { .all_gated = true, .no_third_fence = true }, 2 },
    { "two leaders", { .all_gated = false }, 2 },
    { "two leaders that crash", { .all_gated = false, .restarts = true }, 2 },
    { "one leader that crashes", { .all_gated = true, .no_third_fence = true, .restarts = true }, 1 },
};

struct totals {
    size_t n_started, n_refused_by_plugin, n_wiped, n_taken_back, n_opened, n_searches, n_conflicts;
};

static size_t environment_size(const char *name, size_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : fallback;
}

static void settle(struct world *world, struct leader *leaders, size_t n_leaders)
{
    for (size_t quiet = 0, steps = 0; quiet < 1500; quiet++) {
        uint64_t before = world->version;
        world_step(world, true);
        bool idle = true;
        for (size_t i = 0; i < n_leaders; i++)
            idle &= leader_is_idle(&leaders[i]);
        if (!idle || world->version != before)
            quiet = 0;
        if (++steps > 400000)
            fail_msg("the world does not come to rest");
    }
}

/* Devices that a live claim holds. */
static size_t count_held(const struct world *world)
{
    size_t held = 0;
    for (size_t i = 0; i < WORLD_CLAIMS; i++) {
        if (world->claims[i] && world->claims[i]->allocation)
            held += world->claims[i]->allocation->n_results;
    }
    return held;
}

static size_t pod_demand(const struct world *world, const struct pod *pod, bool *complete)
{
    size_t demand = 0;
    *complete = true;
    for (size_t i = 0; i < pod->n_claims; i++) {
        const char *name;
        (void)pod_claim_resolve(pod, &pod->claims[i], &name);
        const struct resource_claim *claim = name ? world->claims[world_claim_index(name)] : NULL;
        if (!claim || claim->meta.deletion_timestamp)
            *complete = false;
        else if (!claim->allocation)
            demand += (size_t)claim->spec.requests[0].exactly->count;
    }
    return demand;
}

/* Three devices in all: a pod that waits must want more than is left, and one that runs must be let. */
static const char *check_end(const struct world *world)
{
    for (size_t i = 0; i < WORLD_PODS; i++) {
        const struct pod *pod = world->pods[i];
        bool complete;
        if (!pod || pod_is_bound(pod))
            continue;
        size_t demand = pod_demand(world, pod, &complete);
        if (complete && count_held(world) + demand <= 3) {
            print_error("%s has %zu gates and wants %zu devices\n", pod->meta.name, pod->n_scheduling_gates,
                        demand);
            return "a pod waits for what is free";
        }
    }
    return NULL;
}

static void run(const struct story *story, uint64_t seed, struct totals *totals)
{
    struct world world;
    struct leader leaders[2];
    struct world_options options = story->options;
    options.seed = seed;
    world_init(&world, &options);
    for (size_t i = 0; i < story->n_leaders; i++)
        leader_start(&leaders[i], &world);
    const char *wrong = NULL;
    for (size_t step = 0; step < STEPS && !wrong; step++) {
        size_t turn = world_random(&world, story->n_leaders + 1);
        if (turn == story->n_leaders)
            world_step(&world, false);
        else
            leader_step(&leaders[turn], false);
        if (options.restarts && world_random(&world, 150) == 0)
            leader_crash(&leaders[world_random(&world, story->n_leaders)]);
        wrong = world_check(&world);
    }
    if (!wrong) {
        settle(&world, leaders, story->n_leaders);
        wrong = world_check(&world);
    }
    if (!wrong)
        wrong = check_end(&world);
    if (wrong)
        fail_msg("seed %llu: %s", (unsigned long long)seed, wrong);
    for (size_t i = 0; i < story->n_leaders; i++) {
        totals->n_taken_back += leaders[i].n_taken_back;
        totals->n_opened += leaders[i].n_opened;
        totals->n_searches += leaders[i].n_searches;
        totals->n_conflicts += leaders[i].n_conflicts;
        leader_stop(&leaders[i]);
    }
    totals->n_started += world.n_started;
    totals->n_wiped += world.n_wiped;
    totals->n_refused_by_plugin += world.n_refused_by_plugin;
    world_done(&world);
}

static void test_story(void **state)
{
    const struct story *story = *state;
    struct totals totals = { 0 };
    const char *only = getenv("SIMULATION_SEED");
    size_t n_runs = only ? 1 : environment_size("SIMULATION_RUNS", RUNS);
    uint64_t seed = only ? strtoull(only, NULL, 10) : 1;
    for (size_t i = 0; i < n_runs; i++)
        run(story, seed + i, &totals);
    print_message(
        "%s: %zu pods started, %zu gates opened, %zu searches, %zu taken back, %zu wiped, %zu conflicts, "
        "%zu refused by the plugin\n",
        story->name, totals.n_started, totals.n_opened, totals.n_searches, totals.n_taken_back,
        totals.n_wiped, totals.n_conflicts, totals.n_refused_by_plugin);
    assert_true(totals.n_started > 0);
}

int main(void)
{
    return RUN_TABLE(stories, test_story);
}
