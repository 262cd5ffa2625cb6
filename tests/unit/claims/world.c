/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server, and who acts when.
 */

#include "tests/unit/claims/world.h"
#include "api/base/arena.h"
#include "tests/unit/claims/actors.h"

#include <string.h>

size_t world_random(struct world *world, size_t limit)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (size_t)(world->random % limit);
}

void world_init(struct world *world, const struct world_options *options)
{
    *world = (struct world){ .options = *options,
                             .arena = arena_new(),
                             .random = options->seed * 0x9e3779b97f4a7c15u + 1,
                             .now = 1700000000 };
    for (size_t i = 0; i < 20; i++)
        (void)world_random(world, 2);
}

void world_done(struct world *world)
{
    vec_done(&world->claim_log);
    vec_done(&world->pod_log);
    arena_free(world->arena);
}

/* --- the API server --- */

struct resource_claim *claim_version(struct world *world, const struct resource_claim *claim)
{
    struct resource_claim *copy = arena_make(world->arena, struct resource_claim);
    *copy = *claim;
    return copy;
}

struct pod *pod_version(struct world *world, const struct pod *pod)
{
    struct pod *copy = arena_make(world->arena, struct pod);
    *copy = *pod;
    return copy;
}

static const char *next_version(struct world *world)
{
    return arena_printf(world->arena, "%llu", (unsigned long long)++world->version);
}

void world_store_claim(struct world *world, size_t index, struct resource_claim *claim)
{
    if (claim)
        claim->meta.resource_version = next_version(world);
    world->claims[index] = claim;
    vec_push(&world->claim_log, (struct world_event){ index, claim });
}

void world_store_pod(struct world *world, size_t index, struct pod *pod)
{
    if (pod)
        pod->meta.resource_version = next_version(world);
    world->pods[index] = pod;
    vec_push(&world->pod_log, (struct world_event){ index, pod });
}

bool world_write_claim(struct world *world, size_t index, const char *version,
                       const struct resource_claim *now)
{
    const struct resource_claim *there = world->claims[index];
    if (!there || !text_is(there->meta.uid, now->meta.uid) ||
        (version && !text_is(there->meta.resource_version, version)))
        return false;
    world_store_claim(world, index, claim_version(world, now));
    return true;
}

bool world_write_pod(struct world *world, size_t index, const char *version, const struct pod *now)
{
    const struct pod *there = world->pods[index];
    if (!there || !text_is(there->meta.uid, now->meta.uid) ||
        (version && !text_is(there->meta.resource_version, version)))
        return false;
    world_store_pod(world, index, pod_version(world, now));
    return true;
}

void world_delete_claim(struct world *world, size_t index)
{
    const struct resource_claim *claim = world->claims[index];
    if (!claim || claim->meta.deletion_timestamp)
        return;
    if (!claim->meta.n_finalizers) {
        world_store_claim(world, index, NULL);
        return;
    }
    struct resource_claim *now = claim_version(world, claim);
    now->meta.deletion_timestamp = "2026-01-01T00:00:00Z";
    world_store_claim(world, index, now);
}

size_t world_claim_index(const char *name)
{
    return strtoul(name + strlen("claim-"), NULL, 10);
}

bool pod_is_bound(const struct pod *pod)
{
    return pod->node_name && *pod->node_name;
}

const struct resource_claim *world_claim_named(const struct world *world, const char *name)
{
    return name ? world->claims[world_claim_index(name)] : NULL;
}

void world_remove_pod(struct world *world, size_t index)
{
    world->running[index] = false;
    world_store_pod(world, index, NULL);
}

/* --- time --- */

void world_step(struct world *world, bool calm)
{
    world->now += world_random(world, 2) ? 0 : 1;
    switch (world_random(world, 10)) {
    case 0:
    case 1:
        if (!calm)
            user_step(world);
        break;
    case 2: claim_controller_makes(world, world_random(world, WORLD_PODS)); break;
    case 3:
    case 4: claim_controller_step(world, world_random(world, WORLD_CLAIMS)); break;
    case 5:
        for (size_t n = world_random(world, 8); n > 0; n--)
            scheduler_looks(world);
        break;
    case 6: scheduler_step(world, world_random(world, WORLD_PODS), calm); break;
    case 7:
    case 8: kubelet_step(world, world_random(world, WORLD_PODS)); break;
    case 9: kueue_step(world, world_random(world, WORLD_PODS)); break;
    }
}
