/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims for a few devices in clusters of many: what Kubernetes' allocator is measured on, too. Three
 * questions, so that no answer depends on the one that suits us:
 *
 *     together  all claims at once on one named node, the same one in each round
 *     first     one after the other, each on the first node where it fits
 *     binpack   one after the other, each on the fullest node where it fits; kube-scheduler asks its
 * allocator about every node for that
 *
 * In the latter two an allocation counts as held (inventory_assume) before the next claim comes.
 */

#include "tests/bench/allocate/bench.h"

enum { MAX_CLAIMS = 20, LEAST_MICROS = 200000, LEAST_ROUNDS = 3 };

enum content { PLAIN, CEL, MATCH, COUNTERS, CAPACITY, N_CONTENTS };
enum question { TOGETHER, FIRST, BINPACK, N_QUESTIONS };

static const char *const content_names[N_CONTENTS] = { "plain", "cel", "match", "counters", "capacity" };
static const char *const question_names[N_QUESTIONS] = { "together", "first", "binpack" };

struct shape {
    enum content content;
    size_t n_devices, n_nodes;
};

struct answer {
    size_t n_allocated;
    uint32_t digest; /* of nodes and devices, in order */
};

/* How many claims fit on one node together: pairs of equal numa, where four groups share the devices. */
static size_t claims_together(const struct shape *shape)
{
    size_t fit = shape->n_devices;
    if (shape->content == CAPACITY)
        fit *= 8;
    if (shape->content == MATCH) {
        fit = 0;
        for (size_t group = 0; group < 4; group++)
            fit += (shape->n_devices + 3 - group) / 4 / 2;
    }
    return fit < MAX_CLAIMS ? fit : MAX_CLAIMS;
}

static struct inventory *shape_build(const struct shape *shape)
{
    struct cluster cluster = { .n_nodes = shape->n_nodes,
                               .n_devices = shape->n_devices,
                               .is_shared = shape->content == CAPACITY };
    if (shape->content == COUNTERS)
        cluster.counter = (int64_t)shape->n_devices;
    if (shape->content == CEL)
        cluster.class_accepts = "device.driver == \"" BENCH_DRIVER "\"";
    return cluster_build(&cluster);
}

static struct resource_claim *shape_claim(const struct shape *shape, struct arena *arena, size_t index)
{
    const char *name = arena_printf(arena, "c%zu", index);
    struct resource_claim *claim = bench_claim(arena, name, 1, shape->content == MATCH ? 2 : 1);
    struct exact_request *request = claim->spec.requests[0].exactly;
    if (shape->content == CEL)
        request_select(arena, request, "device.attributes[\"" BENCH_DRIVER "\"].model == \"H100\"");
    if (shape->content == MATCH)
        claim_constrain(arena, claim)->match_attribute = BENCH_DRIVER "/numa";
    if (shape->content == CAPACITY) {
        request->has_capacity = true;
        request->capacity_requests = arena_make(arena, struct named_quantity);
        request->capacity_requests[0] =
            (struct named_quantity){ "memory", quantity_of_int(10ll << 30, QUANTITY_BINARY_SI) };
        request->n_capacity_requests = 1;
    }
    return claim;
}

static void digest_add(struct answer *answer, const char *text)
{
    for (; *text; text++)
        answer->digest = (answer->digest ^ (unsigned char)*text) * 16777619u;
}

/* Nodes are their own pools; how a placement orders the devices of a node is no concern of the others. */
static void answer_add(struct answer *answer, enum question question, const struct outcome *outcome,
                       size_t n_claims)
{
    if (outcome->kind != OUTCOME_ALLOCATED)
        return;
    answer->n_allocated += n_claims;
    for (size_t c = 0; c < n_claims; c++) {
        const struct allocation *allocation = &outcome->allocations[c];
        for (size_t i = 0; i < allocation->n_results; i++) {
            digest_add(answer, allocation->results[i].pool);
            digest_add(answer, question == BINPACK ? "" : allocation->results[i].device);
        }
        digest_add(answer, ";");
    }
}

/* One round; the microseconds that it took. */
static double ask_together(struct inventory *inventory, const struct resource_claim *const *claims,
                           size_t n_claims, struct answer *answer)
{
    cleanup_arena struct arena *arena = arena_new();
    uint64_t start = time_monotonic_nanos();
    struct outcome outcome =
        bench_allocate(inventory, claims, n_claims, "node-00000", PLACEMENT_FIRST, arena);
    double micros = micros_since(start);
    answer_add(answer, TOGETHER, &outcome, n_claims);
    return micros;
}

static double ask_in_turn(struct inventory *inventory, const struct resource_claim *const *claims,
                          size_t n_claims, enum question question, struct answer *answer)
{
    enum placement placement = question == BINPACK ? PLACEMENT_BINPACK : PLACEMENT_FIRST;
    double micros = 0;
    for (size_t i = 0; i < n_claims; i++) {
        cleanup_arena struct arena *arena = arena_new();
        uint64_t start = time_monotonic_nanos();
        struct outcome outcome = bench_allocate(inventory, &claims[i], 1, NULL, placement, arena);
        if (outcome.kind == OUTCOME_ALLOCATED)
            inventory_assume(inventory, "ns", claims[i]->meta.name, outcome.allocations);
        micros += micros_since(start);
        answer_add(answer, question, &outcome, 1);
    }
    for (size_t i = 0; i < n_claims; i++)
        inventory_forget(inventory, "ns", claims[i]->meta.name);
    inventory_clear_changes(inventory);
    return micros;
}

static void shape_ask(const struct shape *shape, struct inventory *inventory, enum question question)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct resource_claim *claims[MAX_CLAIMS];
    size_t n_claims = question == TOGETHER ? claims_together(shape) : MAX_CLAIMS, n_rounds = 0;
    double micros = 0;
    struct answer answer;
    for (size_t i = 0; i < n_claims; i++)
        claims[i] = shape_claim(shape, arena, i);
    for (; micros < LEAST_MICROS || n_rounds < LEAST_ROUNDS; n_rounds++) {
        answer = (struct answer){ .digest = 2166136261u };
        micros += question == TOGETHER ? ask_together(inventory, claims, n_claims, &answer)
                                       : ask_in_turn(inventory, claims, n_claims, question, &answer);
    }
    printf("{\"figure\":\"shape\",\"content\":\"%s\",\"question\":\"%s\",\"nodes\":%zu,\"devices\":%zu,"
           "\"claims\":%zu,\"micros\":%.3f,\"answer\":\"%zu allocated, %08x\"}\n",
           content_names[shape->content], question_names[question], shape->n_nodes, shape->n_devices,
           n_claims, micros / (double)n_rounds, answer.n_allocated, answer.digest);
    fflush(stdout);
}

void bench_shapes(void)
{
    static const struct {
        size_t n_devices, n_nodes;
    } sizes[] = { { 10, 100 }, { 100, 100 }, { 1000, 100 }, { 10000, 10 } };
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        for (unsigned content = 0; content < N_CONTENTS; content++) {
            struct shape shape = { (enum content)content, sizes[s].n_devices, sizes[s].n_nodes };
            struct inventory *inventory = shape_build(&shape);
            for (unsigned question = 0; question < N_QUESTIONS; question++)
                shape_ask(&shape, inventory, (enum question)question);
            inventory_free(inventory);
        }
    }
}
