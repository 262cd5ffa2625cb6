/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How pods come to run: the scheduler, the kubelets and the plugin; and what must hold of those that do.
 */

#include "api/base/arena.h"
#include "controller/claims/names.h"
#include "tests/unit/claims/actors.h"

#include <string.h>

/* --- the scheduler: its picture of claims may be old --- */

static const char *entry_claim(const struct pod *pod, size_t entry)
{
    const char *name;
    (void)pod_claim_resolve(pod, &pod->claims[entry], &name);
    return name;
}

void scheduler_looks(struct world *world)
{
    if (world->scheduler_at < world->claim_log.length) {
        const struct world_event *event = &world->claim_log.items[world->scheduler_at++];
        world->scheduler_claims[event->index] = event->object;
    }
}

static void scheduler_catches_up(struct world *world)
{
    while (world->scheduler_at < world->claim_log.length)
        scheduler_looks(world);
}

static bool reserve(struct world *world, const struct pod *pod, const struct resource_claim *claim)
{
    struct resource_claim *now = claim_version(world, claim);
    now->reserved_for = arena_make_array(world->arena, struct claim_consumer, claim->n_reserved_for + 1);
    memcpy(now->reserved_for, claim->reserved_for, claim->n_reserved_for * sizeof(claim->reserved_for[0]));
    now->reserved_for[now->n_reserved_for++] =
        (struct claim_consumer){ .resource = "pods", .name = pod->meta.name, .uid = pod->meta.uid };
    return world_write_claim(world, world_claim_index(claim->meta.name), claim->meta.resource_version, now);
}

/* PostFilter: the pod does not fit where its claims are. */
static void wipe(struct world *world, const struct pod *pod, const struct resource_claim *claim)
{
    if (claim->n_reserved_for > 1 ||
        (claim->n_reserved_for == 1 && !claim_is_reserved_for(claim, pod->meta.uid)))
        return;
    struct resource_claim *now = claim_version(world, claim);
    now->allocation = NULL;
    now->n_reserved_for = 0;
    world->n_wiped +=
        world_write_claim(world, world_claim_index(claim->meta.name), claim->meta.resource_version, now);
    scheduler_catches_up(world);
}

void scheduler_step(struct world *world, size_t index, bool calm)
{
    const struct pod *pod = world->pods[index];
    if (!pod || pod->n_scheduling_gates || pod_is_bound(pod) || pod->meta.deletion_timestamp)
        return;
    for (size_t i = 0; i < pod->n_claims; i++) {
        const char *name = entry_claim(pod, i);
        const struct resource_claim *claim = name ? world->scheduler_claims[world_claim_index(name)] : NULL;
        if (!claim || !claim->allocation || claim->meta.deletion_timestamp)
            return;
        if (!calm && world_random(world, 6) == 0) {
            wipe(world, pod, claim);
            return;
        }
        if (!claim_is_reserved_for(claim, pod->meta.uid)) {
            (void)reserve(world, pod, claim);
            scheduler_catches_up(world);
            return;
        }
    }
    struct pod *now = pod_version(world, pod);
    now->node_name = "n0";
    world_store_pod(world, index, now);
}

/* --- kubelet and plugin: they ask the server --- */

static bool is_exclusive(const struct allocation_result *result)
{
    return !result->admin_access && !result->share_id;
}

static bool claims_overlap(const struct resource_claim *a, const struct resource_claim *b)
{
    for (size_t i = 0; i < a->allocation->n_results; i++) {
        for (size_t j = 0; j < b->allocation->n_results; j++) {
            const struct allocation_result *x = &a->allocation->results[i], *y = &b->allocation->results[j];
            if (is_exclusive(x) && is_exclusive(y) && text_is(x->device, y->device))
                return true;
        }
    }
    return false;
}

/* Whether another claim that runs holds a device of this one. */
static bool is_double_booked(const struct world *world, const struct resource_claim *claim)
{
    for (size_t p = 0; p < WORLD_PODS; p++) {
        for (size_t i = 0; world->running[p] && i < 2 && world->prepared[p][i]; i++) {
            const struct resource_claim *other = world->prepared[p][i];
            if (!text_is(other->meta.uid, claim->meta.uid) && claims_overlap(other, claim))
                return true;
        }
    }
    return false;
}

void kubelet_step(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod || !pod_is_bound(pod))
        return;
    if (pod->meta.deletion_timestamp) {
        world_remove_pod(world, index);
        return;
    }
    const struct resource_claim *claims[2] = { NULL, NULL };
    for (size_t i = 0; i < pod->n_claims && !world->running[index]; i++) {
        claims[i] = world_claim_named(world, entry_claim(pod, i));
        if (!claims[i] || !claims[i]->allocation || !claim_is_reserved_for(claims[i], pod->meta.uid))
            return;
        if (!world->options.no_third_fence && is_double_booked(world, claims[i])) {
            world->n_refused_by_plugin++;
            return;
        }
    }
    if (world->running[index])
        return;
    memcpy(world->prepared[index], claims, sizeof(claims));
    world->running[index] = true;
    world->n_started++;
}

/* --- checks --- */

static const char *check_claim(const struct resource_claim *claim)
{
    if (!claim || !claim->allocation)
        return claim && claim->n_reserved_for ? "a claim is reserved that is not allocated" : NULL;
    if (!meta_has_finalizer(&claim->meta, CLAIM_FINALIZER))
        return "a claim is allocated without the finalizer";
    if (claim->allocation->n_results != (size_t)claim->spec.requests[0].exactly->count)
        return "a claim has part of its devices";
    if (!claim->allocation->timestamp)
        return "an allocation has no timestamp";
    return NULL;
}

/* A running pod has what it was given, and nobody else has it. */
static const char *check_pod(const struct world *world, size_t index)
{
    for (size_t i = 0; world->running[index] && i < 2 && world->prepared[index][i]; i++) {
        const struct resource_claim *claim = world->prepared[index][i];
        if (is_double_booked(world, claim))
            return "two claims of running pods hold one device";
        const struct resource_claim *now = world_claim_named(world, claim->meta.name);
        if (!now || !text_is(now->meta.uid, claim->meta.uid) || !now->allocation ||
            !text_is(now->allocation->timestamp, claim->allocation->timestamp))
            return "a claim of a running pod lost its allocation";
    }
    return NULL;
}

const char *world_check(struct world *world)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < WORLD_CLAIMS && !wrong; i++)
        wrong = check_claim(world->claims[i]);
    for (size_t i = 0; i < WORLD_PODS && !wrong; i++)
        wrong = check_pod(world, i);
    return wrong;
}
