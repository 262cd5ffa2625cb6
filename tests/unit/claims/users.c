/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who makes and releases claims and pods: users, Kueue, and the resource claim controller. Each is a few
 * lines of what the real one does, read from the API that they share.
 */

#include "api/base/arena.h"
#include "controller/claims/names.h"
#include "tests/unit/claims/actors.h"

/* --- users --- */

static struct resource_claim *new_claim(struct world *world, size_t index)
{
    struct arena *arena = world->arena;
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta.name = arena_printf(arena, "claim-%zu", index);
    claim->meta.namespace = "ml";
    claim->meta.uid = arena_printf(arena, "c%llu", (unsigned long long)++world->n_made);
    struct exact_request *exact = arena_make(arena, struct exact_request);
    *exact = (struct exact_request){ .class_name = "gpu",
                                     .mode = MODE_EXACT_COUNT,
                                     .mode_text = "ExactCount",
                                     .count = 1 + (world_random(world, 6) == 0) };
    claim->spec.requests = arena_make(arena, struct device_request);
    claim->spec.n_requests = 1;
    claim->spec.requests[0] = (struct device_request){ .name = "gpu", .exactly = exact };
    return claim;
}

static void add_entry(struct pod *pod, const char *name, const char *claim)
{
    pod->claims[pod->n_claims++] =
        (struct pod_claim){ .name = name, .claim_name = claim, .template_name = claim ? NULL : "template" };
}

static void add_gate(struct pod *pod, const char *name)
{
    pod->scheduling_gates[pod->n_scheduling_gates++] = (struct pod_gate){ name };
}

static void user_makes_pod(struct world *world, size_t index)
{
    struct arena *arena = world->arena;
    struct pod *pod = arena_make(arena, struct pod);
    pod->meta.name = arena_printf(arena, "pod-%zu", index);
    pod->meta.namespace = "ml";
    pod->meta.uid = arena_printf(arena, "p%llu", (unsigned long long)++world->n_made);
    pod->claims = arena_make_array(arena, struct pod_claim, 2);
    pod->scheduling_gates = arena_make_array(arena, struct pod_gate, 2);
    size_t shape = world_random(world, 4);
    if (shape != 0)
        add_entry(pod, "own", NULL);
    if (shape != 1)
        add_entry(pod, "shared", arena_printf(arena, "claim-%zu", world_random(world, WORLD_SHARED)));
    if (world->options.all_gated || world_random(world, 5))
        add_gate(pod, ALLOCATE_GATE);
    if (world_random(world, 8) == 0)
        add_gate(pod, "kueue.x-k8s.io/admission");
    world_store_pod(world, index, pod);
}

static void user_deletes_pod(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod_is_bound(pod)) {
        world_remove_pod(world, index);
    } else if (!pod->meta.deletion_timestamp) {
        struct pod *now = pod_version(world, pod);
        now->meta.deletion_timestamp = "2026-01-01T00:00:00Z";
        world_store_pod(world, index, now);
    }
}

void user_step(struct world *world)
{
    size_t index = world_random(world, WORLD_PODS);
    if (!world->pods[index]) {
        user_makes_pod(world, index);
    } else if (world_random(world, 4) == 0) {
        user_deletes_pod(world, index);
    }
    index = world_random(world, WORLD_SHARED);
    if (!world->claims[index])
        world_store_claim(world, index, new_claim(world, index));
    else if (world_random(world, 40) == 0)
        world_delete_claim(world, index);
}

/* --- Kueue --- */

void kueue_step(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod || !pod->n_scheduling_gates ||
        text_is(pod->scheduling_gates[pod->n_scheduling_gates - 1].name, ALLOCATE_GATE))
        return;
    struct pod *now = pod_version(world, pod);
    now->n_scheduling_gates--;
    world_store_pod(world, index, now);
}

/* --- the resource claim controller --- */

void claim_controller_makes(struct world *world, size_t pod_index)
{
    const struct pod *pod = world->pods[pod_index];
    size_t index = WORLD_SHARED + pod_index;
    if (!pod || pod->meta.deletion_timestamp || pod->claims[0].claim_name)
        return;
    const struct resource_claim *there = world->claims[index];
    if (there && !text_is(there->meta.owners[0].uid, pod->meta.uid))
        return; /* of a pod of this name that came before */
    if (!there) {
        struct resource_claim *claim = new_claim(world, index);
        claim->meta.owners = arena_make(world->arena, struct owner_reference);
        claim->meta.n_owners = 1;
        claim->meta.owners[0] = (struct owner_reference){
            .kind = "Pod", .name = pod->meta.name, .uid = pod->meta.uid, .controller = true
        };
        world_store_claim(world, index, claim);
    } else if (!pod->n_claim_statuses) {
        struct pod *now = pod_version(world, pod);
        now->claim_statuses = arena_make(world->arena, struct pod_claim_status);
        now->n_claim_statuses = 1;
        now->claim_statuses[0] = (struct pod_claim_status){ .name = "own", .claim_name = there->meta.name };
        world_store_pod(world, pod_index, now);
    }
}

static bool consumer_is_there(const struct world *world, const struct claim_consumer *consumer)
{
    for (size_t i = 0; i < WORLD_PODS; i++) {
        if (world->pods[i] && text_is(world->pods[i]->meta.uid, consumer->uid))
            return true;
    }
    return false;
}

/* Drops the consumers that are gone; the last one takes the allocation with it. */
static bool drop_consumers(struct world *world, size_t index)
{
    struct resource_claim *now = claim_version(world, world->claims[index]);
    size_t n_before = now->n_reserved_for;
    now->reserved_for = arena_make_array(world->arena, struct claim_consumer, n_before);
    now->n_reserved_for = 0;
    for (size_t i = 0; i < n_before; i++) {
        if (consumer_is_there(world, &world->claims[index]->reserved_for[i]))
            now->reserved_for[now->n_reserved_for++] = world->claims[index]->reserved_for[i];
    }
    if (now->n_reserved_for == n_before)
        return false;
    if (!now->n_reserved_for && now->meta.n_finalizers) {
        now->allocation = NULL;
        world->released[index] = true;
    }
    world_store_claim(world, index, now);
    return true;
}

static void remove_finalizer(struct world *world, size_t index)
{
    struct resource_claim *now = claim_version(world, world->claims[index]);
    now->meta.n_finalizers = 0;
    world->released[index] = false;
    world_store_claim(world, index, now->meta.deletion_timestamp ? NULL : now);
}

void claim_controller_step(struct world *world, size_t index)
{
    const struct resource_claim *claim = world->claims[index];
    if (!claim || drop_consumers(world, index))
        return;
    bool deleting = claim->meta.deletion_timestamp;
    if (deleting && !claim->n_reserved_for && claim->allocation) {
        struct resource_claim *now = claim_version(world, claim);
        now->allocation = NULL;
        world_store_claim(world, index, now);
    } else if (!claim->allocation && claim->meta.n_finalizers && (deleting || world->released[index])) {
        remove_finalizer(world, index);
    } else if (claim->meta.n_owners && !deleting) {
        const struct pod *pod = world->pods[index - WORLD_SHARED];
        if (!pod || !text_is(pod->meta.uid, claim->meta.owners[0].uid))
            world_delete_claim(world, index);
    }
}
