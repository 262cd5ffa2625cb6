/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs that a plain search drowns in: every family asks for a little more than there is, so that all
 * combinations must be refuted, and their number grows exponentially with SIZE. The answer is NoFit, but
 * where they fit in one way, the last that is tried. A family ends early once a size takes a hundred times
 * what it may. tests/peers/cmd/allocate/hard.go builds the same for Kubernetes' allocator.
 */

#include "tests/bench/allocate/bench.h"

enum { TOO_LONG = 1000000 }; /* microseconds */

struct family {
    const char *name;
    size_t most; /* size; a claim gets at most 32 devices */
    struct cluster (*cluster)(size_t size);
    size_t (*claims)(size_t size, struct arena *arena, const struct resource_claim **out);
};

static const char nothing[] = "device.attributes[\"" BENCH_DRIVER "\"].model == \"none\"";

/* One node of N devices. */
static struct cluster devices(size_t n)
{
    return (struct cluster){ .n_nodes = 1, .n_devices = n };
}

static size_t one(struct resource_claim *claim, const struct resource_claim **out)
{
    out[0] = claim;
    return 1;
}

static struct exact_request *request_of(struct resource_claim *claim, size_t index)
{
    return claim->spec.requests[index].exactly;
}

/* SIZE devices in one request, and one less that are all alike. */
static struct cluster count_cluster(size_t size)
{
    return devices(size - 1);
}

static size_t count_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    return one(bench_claim(arena, "c", 1, (int64_t)size), out);
}

/* SIZE requests; devices for all but the last, which accepts none. */
static struct cluster enough_cluster(size_t size)
{
    return devices(size);
}

static size_t tail_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size, 1);
    request_select(arena, request_of(claim, size - 1), nothing);
    return one(claim, out);
}

/* SIZE requests for one device each, one device too few. */
static size_t pigeon_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    return one(bench_claim(arena, "c", size, 1), out);
}

/* Four groups of SIZE devices, of which SIZE + 1 must be equal. */
static struct cluster groups_cluster(size_t size)
{
    return devices(4 * size);
}

static size_t groups_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", 1, (int64_t)size + 1);
    claim_constrain(arena, claim)->match_attribute = BENCH_DRIVER "/numa";
    return one(claim, out);
}

/* 2 * SIZE devices with SIZE - 1 values, of which SIZE must be distinct. */
static struct cluster distinct_cluster(size_t size)
{
    return (struct cluster){ .n_nodes = 1, .n_devices = 2 * size, .n_groups = size - 1 };
}

static size_t distinct_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", 1, (int64_t)size);
    claim_constrain(arena, claim)->distinct_attribute = BENCH_DRIVER "/numa";
    return one(claim, out);
}

/* Partitions enough, but the counter suffices for one less. */
static struct cluster counters_cluster(size_t size)
{
    return (struct cluster){ .n_nodes = 1, .n_devices = 2 * size, .counter = (int64_t)size - 1 };
}

/* SIZE lists of four alternatives and one request more than there are devices. */
static size_t lists_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size + 1, 1);
    for (size_t i = 0; i < size; i++) {
        struct device_request *request = &claim->spec.requests[i];
        request->first_available = arena_make_array(arena, struct exact_request, 4);
        request->n_first_available = 4;
        for (size_t j = 0; j < 4; j++) {
            request->first_available[j] = *request->exactly;
            request->first_available[j].name = arena_printf(arena, "a%zu", j);
        }
        request->exactly = NULL;
    }
    return one(claim, out);
}

/* SIZE claims, of which the last accepts nothing. */
static size_t several_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    for (size_t i = 0; i < size; i++) {
        struct resource_claim *claim = bench_claim(arena, arena_printf(arena, "c%zu", i), 1, 1);
        if (i == size - 1)
            request_select(arena, request_of(claim, 0), nothing);
        out[i] = claim;
    }
    return size;
}

/* SIZE lists, each of all devices of a kind of its own or one of them, then a request that accepts nothing.
 */
static size_t all_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size + 1, 1);
    for (size_t i = 0; i < size; i++) {
        struct device_request *request = &claim->spec.requests[i];
        request_select(arena, request->exactly,
                       arena_printf(arena, "device.attributes[\"" BENCH_DRIVER "\"].minor == %zu", i));
        request->first_available = arena_make_array(arena, struct exact_request, 2);
        request->n_first_available = 2;
        request->first_available[0] = request->first_available[1] = *request->exactly;
        request->first_available[0].name = "all";
        request->first_available[0].mode = MODE_ALL;
        request->first_available[0].count = 0;
        request->first_available[1].name = "one";
        request->exactly = NULL;
    }
    request_select(arena, request_of(claim, size), nothing);
    return one(claim, out);
}

/* SIZE requests, each accepting a half of its own of the devices, one device too few: no two are alike. */
static size_t overlap_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size, 1);
    for (size_t i = 0; i < size; i++)
        request_select(arena, request_of(claim, i),
                       arena_printf(arena,
                                    "(device.attributes[\"" BENCH_DRIVER "\"].minor + %zu) %% %zu < %zu", i,
                                    size - 1, size / 2));
    return one(claim, out);
}

/* Shared devices, each good for one of the SIZE requests: 60 of 80Gi. One device too few. */
static struct cluster capacity_cluster(size_t size)
{
    return (struct cluster){ .n_nodes = 1, .n_devices = size - 1, .is_shared = true };
}

static size_t capacity_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size, 1);
    for (size_t i = 0; i < size; i++) {
        struct exact_request *request = request_of(claim, i);
        request->has_capacity = true;
        request->capacity_requests = arena_make(arena, struct named_quantity);
        request->capacity_requests[0] =
            (struct named_quantity){ "memory", quantity_of_int(60ll << 30, QUANTITY_BINARY_SI) };
        request->n_capacity_requests = 1;
    }
    return one(claim, out);
}

/* Sets that are good for one partition each: 6 of 10; three to choose from in each. One set too few. */
static struct cluster partitions_cluster(size_t size)
{
    return (struct cluster){
        .n_nodes = 1, .n_devices = 3 * (size - 1), .counter = 10, .draw = 6, .n_sets = size - 1
    };
}

/* SIZE claims for two of a group each; groups of three, one too few. */
static struct cluster pairs_cluster(size_t size)
{
    return (struct cluster){ .n_nodes = 1, .n_devices = 3 * (size - 1), .n_groups = size - 1 };
}

static size_t pairs_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    for (size_t i = 0; i < size; i++) {
        struct resource_claim *claim = bench_claim(arena, arena_printf(arena, "c%zu", i), 1, 2);
        claim_constrain(arena, claim)->match_attribute = BENCH_DRIVER "/numa";
        out[i] = claim;
    }
    return size;
}

/* SIZE requests for one each that must be of one group; four groups, each one short. */
static struct cluster short_groups_cluster(size_t size)
{
    return devices(4 * (size - 1));
}

static size_t match_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", size, 1);
    claim_constrain(arena, claim)->match_attribute = BENCH_DRIVER "/numa";
    return one(claim, out);
}

/* SIZE GPUs, full of two partitions of four slices each; then one more of two. */
static struct cluster gpus_cluster(size_t size)
{
    return (struct cluster){ .n_nodes = 1, .n_gpus = size };
}

static void request_type(struct arena *arena, struct exact_request *request, const char *type)
{
    request_select(arena, request,
                   arena_printf(arena, "device.attributes[\"" BENCH_DRIVER "\"].type == \"%s\"", type));
}

static size_t gpus_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *halves = bench_claim(arena, "halves", 2, (int64_t)size);
    struct resource_claim *last = bench_claim(arena, "last", 1, 1);
    request_type(arena, request_of(halves, 0), "3g");
    request_type(arena, request_of(halves, 1), "3g");
    request_type(arena, request_of(last, 0), "2g");
    out[0] = halves;
    out[1] = last;
    return 2;
}

/* Two requests fill SIZE GPUs to the last slice, if the first one leaves the right one of each to the other.
 */
static size_t tiles_claims(size_t size, struct arena *arena, const struct resource_claim **out)
{
    struct resource_claim *claim = bench_claim(arena, "c", 2, (int64_t)size);
    request_of(claim, 0)->count *= 6;
    request_type(arena, request_of(claim, 0), "1g");
    request_type(arena, request_of(claim, 1), "1g+me");
    return one(claim, out);
}

static const struct family families[] = {
    { "one request, one device short", 32, count_cluster, count_claims },
    { "requests, one device short", 32, count_cluster, pigeon_claims },
    { "requests, the last accepts nothing", 32, enough_cluster, tail_claims },
    { "lists of four, one device short", 31, enough_cluster, lists_claims },
    { "lists with All, then nothing", 31, enough_cluster, all_claims },
    { "claims, the last accepts nothing", 32, enough_cluster, several_claims },
    { "match, every group one short", 31, groups_cluster, groups_claims },
    { "match over requests, one short", 32, short_groups_cluster, match_claims },
    { "claims of pairs, one group short", 32, pairs_cluster, pairs_claims },
    { "distinct, one value short", 32, distinct_cluster, distinct_claims },
    { "counter one short", 32, counters_cluster, count_claims },
    { "partitions, one set short", 32, partitions_cluster, count_claims },
    { "partitions that overlap, one too many", 16, gpus_cluster, gpus_claims },
    { "partitions that fit in one way", 4, gpus_cluster, tiles_claims },
    { "capacity, one device short", 32, capacity_cluster, capacity_claims },
    { "overlapping requests, one short", 32, count_cluster, overlap_claims },
};

/* In an inventory of its own, the compilation of selectors included. */
static double family_ask(const struct family *family, size_t size, struct outcome *outcome)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct resource_claim *claims[CLAIM_MAX_RESULTS];
    struct cluster cluster = family->cluster(size);
    struct inventory *inventory = cluster_build(&cluster);
    size_t n_claims = family->claims(size, arena, claims);
    uint64_t start = time_monotonic_nanos();
    *outcome = bench_allocate(inventory, claims, n_claims, "node-00000", PLACEMENT_FIRST, arena);
    double micros = micros_since(start);
    inventory_free(inventory);
    return micros;
}

/* The shortest of three times: what is measured once is soon somebody else's fault. */
static double family_measure(const struct family *family, size_t size)
{
    struct outcome outcome;
    double micros = family_ask(family, size, &outcome);
    for (int i = 1; i < 3 && micros < TOO_LONG; i++) {
        double again = family_ask(family, size, &outcome);
        micros = again < micros ? again : micros;
    }
    printf("{\"figure\":\"hard\",\"family\":\"%s\",\"size\":%zu,\"micros\":%.1f,\"answer\":\"%s\","
           "\"steps\":%llu}\n",
           family->name, size, micros, outcome_kind_name(outcome.kind), (unsigned long long)outcome.steps);
    fflush(stdout);
    return micros;
}

void bench_hard(void)
{
    static const size_t sizes[] = { 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 31, 32 };
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        double micros = 0;
        for (size_t i = 0; i < ARRAY_LEN(sizes) && sizes[i] <= families[f].most && micros < TOO_LONG; i++)
            micros = family_measure(&families[f], sizes[i]);
    }
}
