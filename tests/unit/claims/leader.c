/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/claims/leader.h"
#include "api/base/time.h"
#include "api/resource/objects.h"
#include "api/value/json.h"
#include "controller/claims/names.h"

#include <assert.h>
#include <string.h>

static const char class_text[] =
    "{\"metadata\":{\"name\":\"gpu\",\"labels\":{\"tranche.dev/allocator\":\"controller\"}},"
    "\"apiVersion\":\"resource.k8s.io/v1\",\"kind\":\"DeviceClass\",\"spec\":{}}";
static const char slice_text[] =
    "{\"apiVersion\":\"resource.k8s.io/"
    "v1\",\"kind\":\"ResourceSlice\",\"metadata\":{\"name\":\"s\"},\"spec\":{"
    "\"driver\":\"gpu.tranche.dev\",\"nodeName\":\"n0\",\"pool\":{\"name\":\"n0\",\"generation\":1,"
    "\"resourceSliceCount\":1},\"devices\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}}";

static void must_work(struct error *err)
{
    assert(!err);
    error_free(err);
}

/* --- what the desk asks --- */

static const struct resource_claim *find_claim(void *ctx, const char *namespace, const char *name)
{
    struct leader *leader = ctx;
    (void)namespace;
    return leader->claims[world_claim_index(name)];
}

static const struct device_class *find_class(void *ctx, const char *name)
{
    static const struct string_pair label = { ALLOCATOR_LABEL, "controller" };
    static const struct device_class class = {
        .meta = { .name = "gpu", .labels = (struct string_pair *)&label, .n_labels = 1 }
    };
    (void)ctx;
    return strcmp(name, "gpu") == 0 ? &class : NULL;
}

static void send_order(struct leader *leader, struct order *order)
{
    *leader->orders_end = order;
    leader->orders_end = &order->next;
}

static void forget(void *ctx, const char *namespace, const char *name)
{
    send_order(ctx, order_new(ORDER_FORGET, namespace, name));
}

/* --- life --- */

static struct value *parse(struct arena *arena, const char *text)
{
    struct value *tree;
    must_work(json_parse(arena, span_of(text), 0, &tree));
    return tree;
}

static void teach(struct leader *leader)
{
    struct order *class = order_new(ORDER_PUT_CLASS, NULL, "gpu"),
                 *slice = order_new(ORDER_PUT_SLICE, NULL, "s"),
                 *node = order_new(ORDER_PUT_NODE, NULL, "n0");
    struct device_class *class_object;
    struct resource_slice *slice_object;
    must_work(device_class_decode(class->arena, parse(class->arena, class_text), &class_object));
    must_work(resource_slice_decode(slice->arena, parse(slice->arena, slice_text), &slice_object));
    struct inventory_node *node_object = arena_make(node->arena, struct inventory_node);
    node_object->name = "n0";
    class->object = class_object;
    slice->object = slice_object;
    node->object = node_object;
    send_order(leader, class);
    send_order(leader, slice);
    send_order(leader, node);
}

static void see_claim(struct leader *leader, size_t index, const struct resource_claim *after)
{
    const struct resource_claim *before = leader->claims[index];
    leader->claims[index] = after;
    if (before || after)
        desk_claim_changed(leader->desk, before, after, (uint64_t)leader->world->now * 1000);
    struct order *order = order_new(after ? ORDER_PUT_CLAIM : ORDER_REMOVE_CLAIM, "ml",
                                    arena_printf(leader->world->arena, "claim-%zu", index));
    order->object = after;
    send_order(leader, order);
    bool turned = (before && before->allocation) != (after && after->allocation);
    for (size_t i = 0; turned && i < WORLD_PODS; i++)
        (void)desk_wake(leader->desk, arena_printf(leader->world->arena, "ml/pod-%zu", i));
}

static void see_pod(struct leader *leader, size_t index, const struct pod *after)
{
    const struct pod *before = leader->pods[index];
    leader->pods[index] = after;
    if (before && (!after || strcmp(before->meta.uid, after->meta.uid) != 0))
        desk_pod_gone(leader->desk, "ml", before->meta.name);
}

/* In use first, as whoever lists has to. */
static void list(struct leader *leader)
{
    struct world *world = leader->world;
    leader->claims_at = world->claim_log.length;
    leader->pods_at = world->pod_log.length;
    memcpy(leader->pods, world->pods, sizeof(leader->pods));
    for (int in_use = 1; in_use >= 0; in_use--) {
        for (size_t i = 0; i < WORLD_CLAIMS; i++) {
            bool used = false;
            for (size_t p = 0; world->claims[i] && p < WORLD_PODS; p++)
                used |= world->pods[p] && !pod_has_gate(world->pods[p], ALLOCATE_GATE) &&
                        claim_is_reserved_for(world->claims[i], world->pods[p]->meta.uid);
            if (world->claims[i] && used == in_use)
                see_claim(leader, i, world->claims[i]);
        }
    }
}

void leader_start(struct leader *leader, struct world *world)
{
    *leader = (struct leader){ .world = world };
    leader->orders_end = &leader->orders;
    replies_init(&leader->replies);
    struct desk_hooks hooks = {
        .ctx = leader, .find_claim = find_claim, .find_class = find_class, .forget = forget
    };
    leader->desk = desk_new(&hooks);
    struct features features = features_all();
    leader->clerk = clerk_new(&features, NULL, 0);
    teach(leader);
    list(leader);
}

static void lose_memory(struct leader *leader)
{
    for (struct order *order; (order = leader->orders);) {
        leader->orders = order->next;
        order_free(order);
    }
    for (struct reply *reply; (reply = replies_pop(&leader->replies));)
        reply_free(reply);
    desk_free(leader->desk);
    clerk_free(leader->clerk);
}

void leader_stop(struct leader *leader)
{
    lose_memory(leader);
    vec_done(&leader->flights);
}

void leader_crash(struct leader *leader)
{
    lose_memory(leader);
    struct leader old = *leader;
    leader_start(leader, old.world);
    leader->flights = old.flights;
    vec_each (&leader->flights, flight)
        flight->orphan = true;
    leader->n_taken_back = old.n_taken_back;
    leader->n_opened = old.n_opened;
    leader->n_searches = old.n_searches;
    leader->n_conflicts = old.n_conflicts;
}

/* --- the watch and the worker --- */

static bool watch(struct leader *leader)
{
    struct world *world = leader->world;
    bool claims = leader->claims_at < world->claim_log.length, pods = leader->pods_at < world->pod_log.length;
    if (claims && (!pods || world_random(world, 2))) {
        const struct world_event *event = &world->claim_log.items[leader->claims_at++];
        see_claim(leader, event->index, event->object);
    } else if (pods) {
        const struct world_event *event = &world->pod_log.items[leader->pods_at++];
        see_pod(leader, event->index, event->object);
    }
    return claims || pods;
}

static bool work_off(struct leader *leader)
{
    struct order *order = leader->orders;
    if (!order)
        return false;
    leader->orders = order->next;
    if (!leader->orders)
        leader->orders_end = &leader->orders;
    clerk_work(leader->clerk, order, &leader->replies);
    clerk_wake(leader->clerk, &leader->replies);
    return true;
}

static bool take_reply(struct leader *leader)
{
    struct reply *reply = replies_pop(&leader->replies);
    struct desk_answer answer;
    if (!reply)
        return false;
    switch (reply->kind) {
    case REPLY_VERDICT:
        desk_judged(leader->desk, reply->namespace, reply->name, reply->version, &reply->verdict);
        break;
    case REPLY_OVERTAKEN: desk_overtaken(leader->desk, reply->key); break;
    case REPLY_WOKEN: (void)desk_wake(leader->desk, reply->key); break;
    case REPLY_FOUND:
        answer = reply_answer(reply);
        (void)desk_search_end(leader->desk, &answer);
        return true;
    }
    reply_free(reply);
    return true;
}

/* --- writes --- */

static bool arrive(struct leader *leader, const struct flight *flight)
{
    if (flight->kind == STEP_OPEN)
        return world_write_pod(leader->world, flight->index, flight->version, flight->object);
    return world_write_claim(leader->world, flight->index, flight->version, flight->object);
}

static bool fly(struct leader *leader, bool calm)
{
    if (!leader->flights.length)
        return false;
    size_t index = world_random(leader->world, leader->flights.length);
    struct flight flight = leader->flights.items[index];
    vec_remove(&leader->flights, index);
    if (!calm && world_random(leader->world, 20) == 0)
        return true; /* lost on the way */
    bool taken = arrive(leader, &flight);
    leader->n_conflicts += !taken;
    leader->n_taken_back += taken && flight.kind == STEP_TAKE_BACK;
    leader->n_opened += taken && flight.kind == STEP_OPEN;
    /* The answer, too, may be lost: the next step is planned without it anyway. */
    return true;
}

static void send_claim(struct leader *leader, const struct pod *pod, const struct step *step)
{
    struct world *world = leader->world;
    const struct resource_claim *claim = step->claim->claim;
    struct resource_claim *now = claim_version(world, claim);
    if (step->kind == STEP_PROTECT) {
        now->meta.finalizers = arena_make(world->arena, const char *);
        now->meta.finalizers[0] = CLAIM_FINALIZER;
        now->meta.n_finalizers = 1;
    } else if (step->kind == STEP_ALLOCATE) {
        struct allocation *allocation = arena_make(world->arena, struct allocation);
        const struct allocation *decided = step->claim->decided;
        allocation->n_results = decided->n_results;
        allocation->results = arena_make_array(world->arena, struct allocation_result, decided->n_results);
        for (size_t i = 0; i < decided->n_results; i++)
            allocation->results[i] = (struct allocation_result){
                .request = "gpu",
                .driver = arena_strdup(world->arena, decided->results[i].driver),
                .pool = arena_strdup(world->arena, decided->results[i].pool),
                .device = arena_strdup(world->arena, decided->results[i].device),
            };
        allocation->timestamp = arena_printf(world->arena, "%lld", (long long)world->now);
        now->allocation = allocation;
        now->reserved_for = arena_make(world->arena, struct claim_consumer);
        now->reserved_for[0] =
            (struct claim_consumer){ .resource = "pods", .name = pod->meta.name, .uid = pod->meta.uid };
        now->n_reserved_for = 1;
    } else {
        now->allocation = NULL;
        now->n_reserved_for = 0;
    }
    struct flight flight = { .kind = step->kind,
                             .index = world_claim_index(claim->meta.name),
                             .version = claim->meta.resource_version,
                             .object = now };
    snprintf(flight.pod_key, sizeof(flight.pod_key), "%s", pod->meta.name);
    vec_push(&leader->flights, flight);
}

static void send_open(struct leader *leader, const struct pod *pod)
{
    struct pod *now = pod_version(leader->world, pod);
    now->scheduling_gates = arena_make_array(leader->world->arena, struct pod_gate, pod->n_scheduling_gates);
    now->n_scheduling_gates = 0;
    for (size_t i = 0; i < pod->n_scheduling_gates; i++) {
        if (strcmp(pod->scheduling_gates[i].name, ALLOCATE_GATE) != 0)
            now->scheduling_gates[now->n_scheduling_gates++] = pod->scheduling_gates[i];
    }
    struct flight flight = { .kind = STEP_OPEN,
                             .index = (size_t)(pod->meta.name[strlen("pod-")] - '0'),
                             .version = pod->meta.resource_version,
                             .object = now };
    snprintf(flight.pod_key, sizeof(flight.pod_key), "%s", pod->meta.name);
    vec_push(&leader->flights, flight);
}

static void send_search(struct leader *leader, const struct plan *plan)
{
    struct order *order = order_new(ORDER_SEARCH, NULL, NULL);
    struct search *search = arena_make(order->arena, struct search);
    search->pod_key = arena_printf(order->arena, "ml/%s", plan->pod->meta.name);
    search->pod_uid = arena_strdup(order->arena, plan->pod->meta.uid);
    search->ticket = desk_search_begin(leader->desk, plan, 0);
    search->claims = arena_make_array(order->arena, const struct resource_claim *, plan->n_claims);
    for (size_t i = 0; i < plan->n_claims; i++) {
        if (plan_wants(&plan->claims[i]))
            search->claims[search->n_claims++] = plan->claims[i].claim;
    }
    search->nodes = arena_make(order->arena, const char *);
    search->nodes[0] = "n0";
    search->n_nodes = 1;
    order->object = search;
    leader->n_searches++;
    send_order(leader, order);
}

static bool has_flight(struct leader *leader, const char *pod)
{
    vec_each (&leader->flights, flight) {
        if (!flight->orphan && strcmp(flight->pod_key, pod) == 0)
            return true;
    }
    return false;
}

/* One step for one pod. False if there was nothing to do. */
static bool reconcile(struct leader *leader, size_t index)
{
    const struct pod *pod = leader->pods[index];
    if (!pod || has_flight(leader, pod->meta.name))
        return false;
    cleanup_arena struct arena *arena = arena_new();
    struct plan plan;
    struct step step;
    desk_plan(leader->desk, pod, (uint64_t)leader->world->now * 1000, arena, &plan, &step);
    switch (step.kind) {
    case STEP_IGNORE:
    case STEP_WAIT:
    case STEP_DONE: return false;
    case STEP_SEARCH: send_search(leader, &plan); return true;
    case STEP_PROTECT:
    case STEP_ALLOCATE:
    case STEP_TAKE_BACK: send_claim(leader, pod, &step); return true;
    case STEP_OPEN: send_open(leader, pod); return true;
    }
    return false;
}

void leader_step(struct leader *leader, bool calm)
{
    if (world_random(leader->world, 40) == 0)
        leader->stalled = world_random(leader->world, 3) == 0;
    switch (world_random(leader->world, 6)) {
    case 0:
    case 1:
        for (size_t n = leader->stalled ? 0 : world_random(leader->world, 6); n > 0; n--)
            (void)watch(leader);
        break;
    case 2:
        for (size_t n = world_random(leader->world, 6); n > 0; n--)
            (void)work_off(leader);
        break;
    case 3: (void)take_reply(leader); break;
    case 4: (void)fly(leader, calm); break;
    case 5: (void)reconcile(leader, world_random(leader->world, WORLD_PODS)); break;
    }
}

bool leader_is_idle(struct leader *leader)
{
    bool busy = watch(leader) || work_off(leader) || take_reply(leader) || fly(leader, true);
    for (size_t i = 0; i < WORLD_PODS && !busy; i++)
        busy = reconcile(leader, i);
    return !busy;
}
