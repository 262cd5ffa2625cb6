/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who acts when: each actor below is a few lines of what the real one does, read from the API that they
 * share.
 */

#include "tests/unit/claims/world.h"
#include "api/base/arena.h"
#include "api/base/time.h"
#include "controller/claims/names.h"

#include <assert.h>
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

static bool text_is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

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

static void store_claim(struct world *world, size_t index, struct resource_claim *claim)
{
    if (claim)
        claim->meta.resource_version = next_version(world);
    world->claims[index] = claim;
    vec_push(&world->claim_log, (struct world_event){ index, claim });
}

static void store_pod(struct world *world, size_t index, struct pod *pod)
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
    store_claim(world, index, claim_version(world, now));
    return true;
}

bool world_write_pod(struct world *world, size_t index, const char *version, const struct pod *now)
{
    const struct pod *there = world->pods[index];
    if (!there || !text_is(there->meta.uid, now->meta.uid) ||
        (version && !text_is(there->meta.resource_version, version)))
        return false;
    store_pod(world, index, pod_version(world, now));
    return true;
}

void world_delete_claim(struct world *world, size_t index)
{
    const struct resource_claim *claim = world->claims[index];
    if (!claim || claim->meta.deletion_timestamp)
        return;
    if (!claim->meta.n_finalizers) {
        store_claim(world, index, NULL);
        return;
    }
    struct resource_claim *now = claim_version(world, claim);
    now->meta.deletion_timestamp = "2026-01-01T00:00:00Z";
    store_claim(world, index, now);
}

size_t world_claim_index(const char *name)
{
    return strtoul(name + strlen("claim-"), NULL, 10);
}

bool pod_is_bound(const struct pod *pod)
{
    return pod->node_name && *pod->node_name;
}

static const struct resource_claim *claim_named(const struct world *world, const char *name)
{
    return name ? world->claims[world_claim_index(name)] : NULL;
}

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
    store_pod(world, index, pod);
}

static void remove_pod(struct world *world, size_t index)
{
    world->running[index] = false;
    store_pod(world, index, NULL);
}

static void user_deletes_pod(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod_is_bound(pod)) {
        remove_pod(world, index);
    } else if (!pod->meta.deletion_timestamp) {
        struct pod *now = pod_version(world, pod);
        now->meta.deletion_timestamp = "2026-01-01T00:00:00Z";
        store_pod(world, index, now);
    }
}

static void user_step(struct world *world)
{
    size_t index = world_random(world, WORLD_PODS);
    if (!world->pods[index]) {
        user_makes_pod(world, index);
    } else if (world_random(world, 4) == 0) {
        user_deletes_pod(world, index);
    }
    index = world_random(world, WORLD_SHARED);
    if (!world->claims[index])
        store_claim(world, index, new_claim(world, index));
    else if (world_random(world, 40) == 0)
        world_delete_claim(world, index);
}

/* --- Kueue --- */

static void kueue_step(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod || !pod->n_scheduling_gates ||
        text_is(pod->scheduling_gates[pod->n_scheduling_gates - 1].name, ALLOCATE_GATE))
        return;
    struct pod *now = pod_version(world, pod);
    now->n_scheduling_gates--;
    store_pod(world, index, now);
}

/* --- the resource claim controller --- */

static void make_generated(struct world *world, size_t pod_index)
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
        store_claim(world, index, claim);
    } else if (!pod->n_claim_statuses) {
        struct pod *now = pod_version(world, pod);
        now->claim_statuses = arena_make(world->arena, struct pod_claim_status);
        now->n_claim_statuses = 1;
        now->claim_statuses[0] = (struct pod_claim_status){ .name = "own", .claim_name = there->meta.name };
        store_pod(world, pod_index, now);
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
    store_claim(world, index, now);
    return true;
}

static void remove_finalizer(struct world *world, size_t index)
{
    struct resource_claim *now = claim_version(world, world->claims[index]);
    now->meta.n_finalizers = 0;
    world->released[index] = false;
    store_claim(world, index, now->meta.deletion_timestamp ? NULL : now);
}

static void controller_step(struct world *world, size_t index)
{
    const struct resource_claim *claim = world->claims[index];
    if (!claim || drop_consumers(world, index))
        return;
    bool deleting = claim->meta.deletion_timestamp;
    if (deleting && !claim->n_reserved_for && claim->allocation) {
        struct resource_claim *now = claim_version(world, claim);
        now->allocation = NULL;
        store_claim(world, index, now);
    } else if (!claim->allocation && claim->meta.n_finalizers && (deleting || world->released[index])) {
        remove_finalizer(world, index);
    } else if (claim->meta.n_owners && !deleting) {
        const struct pod *pod = world->pods[index - WORLD_SHARED];
        if (!pod || !text_is(pod->meta.uid, claim->meta.owners[0].uid))
            world_delete_claim(world, index);
    }
}

/* --- the scheduler: its picture of claims may be old --- */

static const char *entry_claim(const struct pod *pod, size_t entry)
{
    const char *name;
    (void)pod_claim_resolve(pod, &pod->claims[entry], &name);
    return name;
}

static void scheduler_looks(struct world *world)
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

static void schedule(struct world *world, size_t index, bool calm)
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
    store_pod(world, index, now);
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

static void kubelet_step(struct world *world, size_t index)
{
    const struct pod *pod = world->pods[index];
    if (!pod || !pod_is_bound(pod))
        return;
    if (pod->meta.deletion_timestamp) {
        remove_pod(world, index);
        return;
    }
    const struct resource_claim *claims[2] = { NULL, NULL };
    for (size_t i = 0; i < pod->n_claims && !world->running[index]; i++) {
        claims[i] = claim_named(world, entry_claim(pod, i));
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

void world_step(struct world *world, bool calm)
{
    world->now += world_random(world, 2) ? 0 : 1;
    switch (world_random(world, 10)) {
    case 0:
    case 1:
        if (!calm)
            user_step(world);
        break;
    case 2: make_generated(world, world_random(world, WORLD_PODS)); break;
    case 3:
    case 4: controller_step(world, world_random(world, WORLD_CLAIMS)); break;
    case 5:
        for (size_t n = world_random(world, 8); n > 0; n--)
            scheduler_looks(world);
        break;
    case 6: schedule(world, world_random(world, WORLD_PODS), calm); break;
    case 7:
    case 8: kubelet_step(world, world_random(world, WORLD_PODS)); break;
    case 9: kueue_step(world, world_random(world, WORLD_PODS)); break;
    }
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
        const struct resource_claim *now = claim_named(world, claim->meta.name);
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
