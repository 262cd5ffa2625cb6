/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that shorten the search, on what they were made for: tiny clusters on which claims for a little
 * too much fight over devices, values, counters and capacity. The short road must end where the plain one
 * ends, and both where the oracle does.
 *
 *     test_prune_allocate [cases] [seed]
 */

#include "tests/support/cmocka.h"
#include "tests/unit/allocate/oracle.h"

enum { PLAIN_STEPS = 20000, MAX_TIGHT_CLAIMS = 3, MAX_TIGHT_REQUESTS = 4, MAX_ASSIGNMENTS = 3000 };

static unsigned n_cases = 3000, first_seed = 20261121;

struct tight {
    struct arena *arena;
    struct inventory *inventory;
    const struct resource_slice *slices[8];
    size_t n_slices;
    const struct resource_claim *claims[MAX_TIGHT_CLAIMS];
    size_t n_claims;
    bool is_simple; /* enough for the oracle */
    unsigned admin; /* percent of requests */
};

/* Devices: all with attributes, some of them lists; mostly of few values. */

static const char *random_value(struct random *random)
{
    return cluster_values[random_below(random, ARRAY_LEN(cluster_values))];
}

static void model_vary(struct random *random, struct arena *arena, struct attribute *model)
{
    if (!random_chance(random, 25))
        return;
    model->type = ATTRIBUTE_STRINGS;
    model->n_items = 1 + random_below(random, 2);
    model->strings = arena_make_array(arena, const char *, 2);
    model->strings[0] = random_value(random);
    do
        model->strings[1] = random_value(random);
    while (model->strings[1] == model->strings[0]);
}

static void attributes_vary(struct random *random, struct arena *arena, struct device *device)
{
    struct attribute *attributes = arena_make_array(arena, struct attribute, 3);
    attributes[0] = (struct attribute){ .name = "model", .type = ATTRIBUTE_STRING };
    attributes[1] = (struct attribute){ .name = "resource.kubernetes.io/pcieRoot", .type = ATTRIBUTE_STRING };
    attributes[2] = (struct attribute){ .name = "resource.kubernetes.io/numaNode", .type = ATTRIBUTE_INT };
    attributes[0].string = random_value(random);
    attributes[1].string = random_value(random);
    attributes[2].integer = random_below(random, 2);
    model_vary(random, arena, &attributes[0]);
    device->attributes = attributes;
    device->n_attributes = 3;
}

/* Groups of devices that are alike, but for their model; with counters, each group has a set of its own. */
static void devices_repeat(struct random *random, struct arena *arena, struct resource_slice *slice)
{
    size_t size = 1 + random_below(random, 3);
    for (size_t i = 0; i < slice->n_devices; i++) {
        struct device *device = &slice->devices[i];
        struct attribute *attributes = arena_make_array(arena, struct attribute, 3);
        const char *name = device->name;
        size_t group = i / size % ARRAY_LEN(cluster_values);
        if (i >= size)
            *device = slice->devices[i % size];
        memcpy(attributes, device->attributes, 3 * sizeof(*attributes));
        attributes[0] =
            (struct attribute){ .name = "model", .type = ATTRIBUTE_STRING, .string = cluster_values[group] };
        device->name = name;
        device->attributes = attributes;
        if (!device->n_consumes)
            continue;
        device->consumes = arena_make(arena, struct counter_consumption);
        *device->consumes = *slice->devices[i % size].consumes;
        device->consumes->counter_set = arena_printf(arena, "set-%s", cluster_values[group]);
    }
}

static void counters_repeat(struct arena *arena, struct resource_slice *slice)
{
    struct counter_set *sets = arena_make_array(arena, struct counter_set, ARRAY_LEN(cluster_values));
    for (size_t i = 0; i < ARRAY_LEN(cluster_values); i++) {
        sets[i] = slice->shared_counters[0];
        sets[i].name = arena_printf(arena, "set-%s", cluster_values[i]);
    }
    slice->shared_counters = sets;
    slice->n_shared_counters = ARRAY_LEN(cluster_values);
}

static void tight_add_pool(struct tight *tight, struct random *random, const char *driver)
{
    bool has_counters = random_chance(random, 35), repeats = random_chance(random, 40);
    size_t count = 1 + has_counters;
    for (size_t i = 0; i < count; i++) {
        struct resource_slice *slice;
        do
            slice = slice_make(random, tight->arena, driver, "p", i, count, has_counters, 9);
        while (!slice->n_shared_counters && slice->n_devices < 4);
        slice->all_nodes = true;
        slice->node_name = NULL;
        for (size_t d = 0; d < slice->n_devices; d++)
            attributes_vary(random, tight->arena, &slice->devices[d]);
        if (repeats)
            devices_repeat(random, tight->arena, slice);
        if (repeats && slice->n_shared_counters)
            counters_repeat(tight->arena, slice);
        tight->is_simple = tight->is_simple && !(repeats && has_counters);
        tight->slices[tight->n_slices++] = slice;
        inventory_put_slice(tight->inventory, slice);
    }
}

/* GPUs in partitions: of 1, 2 or 4 of the four slices of a GPU, which stand at several places that overlap.
 * The class is the size, the model is the GPU. */

enum { N_SLICES = 4 };

static struct counter_consumption *partition_consumes(struct random *random, struct arena *arena, size_t gpu,
                                                      size_t start, size_t size)
{
    struct counter_consumption *consumes = arena_make(arena, struct counter_consumption);
    *consumes = (struct counter_consumption){ .counter_set = arena_printf(arena, "gpu-%zu", gpu) };
    consumes->counters = arena_make_array(arena, struct named_quantity, N_SLICES + 1);
    for (size_t i = start; i < start + size; i++)
        consumes->counters[consumes->n_counters++] =
            (struct named_quantity){ arena_printf(arena, "slice-%zu", i), whole(1) };
    if (random_chance(random, 80))
        consumes->counters[consumes->n_counters++] =
            (struct named_quantity){ "engines", whole((int64_t)size) };
    return consumes;
}

static void partition_add(struct random *random, struct arena *arena, struct resource_slice *slice,
                          size_t gpu, size_t start, size_t size)
{
    struct device *device = &slice->devices[slice->n_devices];
    if (random_chance(random, 15))
        return;
    *device = (struct device){ .name = arena_printf(arena, "d%zu", slice->n_devices++) };
    device->consumes = partition_consumes(random, arena, gpu, start, size);
    device->n_consumes = 1;
    device->attributes = arena_make_array(arena, struct attribute, 2);
    device->n_attributes = 2;
    device->attributes[0] =
        (struct attribute){ .name = "model", .type = ATTRIBUTE_STRING, .string = cluster_values[gpu] };
    device->attributes[1] = (struct attribute){ .name = "resource.kubernetes.io/pcieRoot",
                                                .type = ATTRIBUTE_STRING,
                                                .string = cluster_values[size / 2] };
}

static void tight_add_partitions(struct tight *tight, struct random *random)
{
    struct resource_slice *slices = arena_make_array(tight->arena, struct resource_slice, 2);
    size_t n_gpus = 1 + random_below(random, ARRAY_LEN(cluster_values));
    slices[0].shared_counters = arena_make_array(tight->arena, struct counter_set, n_gpus);
    slices[1].devices = arena_make_array(tight->arena, struct device, n_gpus * N_SLICES * 3);
    for (size_t gpu = 0; gpu < n_gpus; gpu++) {
        struct counter_set *set = &slices[0].shared_counters[slices[0].n_shared_counters++];
        set->name = arena_printf(tight->arena, "gpu-%zu", gpu);
        set->counters = arena_make_array(tight->arena, struct named_quantity, N_SLICES + 1);
        for (size_t i = 0; i < N_SLICES; i++)
            set->counters[set->n_counters++] =
                (struct named_quantity){ arena_printf(tight->arena, "slice-%zu", i), whole(1) };
        set->counters[set->n_counters++] =
            (struct named_quantity){ "engines", whole(3 + random_below(random, 3)) };
        for (size_t size = N_SLICES; size; size /= 2) {
            for (size_t start = 0; start + size <= N_SLICES; start += size == 2 ? 1 + gpu % 2 : size)
                partition_add(random, tight->arena, &slices[1], gpu, start, size);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        slices[i].meta.name = arena_printf(tight->arena, "partitions-%zu", i);
        slices[i].driver = "a.example";
        slices[i].pool = "p";
        slices[i].generation = 1;
        slices[i].slice_count = 2;
        slices[i].all_nodes = true;
        tight->slices[tight->n_slices++] = &slices[i];
        inventory_put_slice(tight->inventory, &slices[i]);
    }
    tight->is_simple = false;
}

/* Claims */

static void exact_vary(struct tight *tight, struct random *random, struct exact_request *exact)
{
    if (random_chance(random, 50))
        exact->class_name = random_value(random);
    if (exact->mode == MODE_EXACT_COUNT && random_chance(random, 30))
        exact->count += random_below(random, 3);
    tight->is_simple = tight->is_simple && exact->mode == MODE_EXACT_COUNT;
}

static void constraint_vary(struct random *random, struct arena *arena, const struct claim_spec *spec,
                            struct device_constraint *constraint)
{
    const char *attribute = random_chance(random, 85) ? "a.example/model" : "b.example/model";
    if (random_chance(random, 50))
        constraint->match_attribute = attribute;
    else
        constraint->distinct_attribute = attribute;
    if (random_chance(random, 50))
        return;
    constraint->requests = arena_make_array(arena, const char *, spec->n_requests);
    for (size_t i = 0; i < spec->n_requests; i++) {
        if (random_chance(random, 60))
            constraint->requests[constraint->n_requests++] = spec->requests[i].name;
    }
}

static void request_vary(struct tight *tight, struct random *random, struct device_request *request)
{
    static const char *const alternatives[] = { "s0", "s1" };
    if (random_chance(random, 25)) {
        request->n_first_available = 2;
        request->first_available = arena_make_array(tight->arena, struct exact_request, 2);
        for (size_t i = 0; i < 2; i++) {
            request->first_available[i] = exact_make(random, tight->arena, alternatives[i]);
            exact_vary(tight, random, &request->first_available[i]);
        }
        return;
    }
    request->exactly = arena_make(tight->arena, struct exact_request);
    *request->exactly = exact_make(random, tight->arena, NULL);
    exact_vary(tight, random, request->exactly);
    if (random_chance(random, tight->admin)) {
        request->exactly->admin_access = request->exactly->has_admin_access = true;
        tight->is_simple = false;
    }
}

static struct resource_claim *tight_claim(struct tight *tight, struct random *random, size_t index)
{
    static const char *const names[MAX_TIGHT_REQUESTS] = { "r0", "r1", "r2", "r3" };
    struct resource_claim *claim = arena_make(tight->arena, struct resource_claim);
    struct claim_spec *spec = &claim->spec;
    claim->meta.name = arena_printf(tight->arena, "c%zu", index);
    claim->meta.namespace = "ns";
    spec->n_requests = 1 + random_below(random, MAX_TIGHT_REQUESTS);
    spec->requests = arena_make_array(tight->arena, struct device_request, spec->n_requests);
    for (size_t i = 0; i < spec->n_requests; i++) {
        spec->requests[i].name = names[i];
        request_vary(tight, random, &spec->requests[i]);
    }
    spec->n_constraints = random_below(random, 3);
    spec->constraints = arena_make_array(tight->arena, struct device_constraint, spec->n_constraints);
    for (size_t i = 0; i < spec->n_constraints; i++)
        constraint_vary(random, tight->arena, spec, &spec->constraints[i]);
    return claim;
}

static void tight_start(struct tight *tight, struct random *random)
{
    *tight = (struct tight){ .arena = arena_new(), .inventory = inventory_new(), .is_simple = true };
    inventory_put_class(tight->inventory, NULL, class_make(tight->arena, "any", NULL));
    inventory_put_class(tight->inventory, NULL, class_make(tight->arena, "a", CLASS_A_EXPRESSION));
    for (size_t i = 0; i < ARRAY_LEN(cluster_values); i++)
        inventory_put_class(
            tight->inventory, NULL,
            class_make(tight->arena, cluster_values[i],
                       arena_printf(tight->arena,
                                    "device.attributes[\"resource.kubernetes.io\"].pcieRoot == \"%s\"",
                                    cluster_values[i])));
    if (random_chance(random, 25))
        tight_add_partitions(tight, random);
    else
        tight_add_pool(tight, random, "a.example");
    if (random_chance(random, 30))
        tight_add_pool(tight, random, "b.example");
    tight->admin = random_chance(random, 15) ? 40 : 3;
    tight->n_claims = 1 + (random_chance(random, 30) ? 1 + random_below(random, MAX_TIGHT_CLAIMS - 1) : 0);
    for (size_t i = 0; i < tight->n_claims; i++)
        tight->claims[i] = tight_claim(tight, random, i);
}

static void tight_done(struct tight *tight)
{
    inventory_free(tight->inventory);
    arena_free(tight->arena);
}

/* Answers */

static bool nobody_holds(const void *context, const struct resource_slice *slice, const struct device *device)
{
    (void)context, (void)slice, (void)device;
    return false;
}

static void oracle_prepare(const struct tight *tight, struct oracle *oracle)
{
    *oracle = (struct oracle){ .slices = tight->slices,
                               .n_slices = tight->n_slices,
                               .claims = tight->claims,
                               .n_claims = tight->n_claims,
                               .is_held = nobody_holds };
    for (size_t s = 0; s < tight->n_slices; s++) {
        for (size_t d = 0; d < tight->slices[s]->n_devices; d++)
            oracle->devices[oracle->n_devices++] =
                (struct oracle_device){ tight->slices[s], &tight->slices[s]->devices[d], false, -1 };
    }
}

/* How many assignments the oracle would write down, at most. */
static double oracle_cost(const struct oracle *oracle)
{
    double cost = 1;
    for (size_t c = 0; c < oracle->n_claims; c++) {
        for (size_t r = 0; r < oracle->claims[c]->spec.n_requests; r++) {
            const struct device_request *request = &oracle->claims[c]->spec.requests[r];
            double choices = 0;
            for (size_t i = 0; i < (request->exactly ? 1 : request->n_first_available); i++) {
                const struct exact_request *exact =
                    request->exactly ? request->exactly : &request->first_available[i];
                double ways = 1;
                for (int64_t k = 0; k < exact->count; k++)
                    ways *= (double)((int64_t)oracle->n_devices - k) / (double)(k + 1);
                choices += ways > 0 ? ways : 0;
            }
            cost *= choices;
        }
    }
    return cost;
}

static enum outcome_kind tight_allocate(struct tight *tight, enum road road, uint64_t max_steps,
                                        struct buf *out, uint64_t *steps)
{
    struct outcome outcome;
    struct allocate_request how = { .road = road, .max_steps = max_steps, .without_explanation = true };
    allocate_on_n1(tight->inventory, tight->claims, tight->n_claims, how, tight->arena, &outcome);
    outcome_print(&outcome, tight->n_claims, out);
    *steps = outcome.steps;
    return outcome.kind;
}

struct tally {
    size_t allocated, refused, aborted, too_long, by_oracle;
    uint64_t plain_steps, short_steps;
};

static void check_agree(unsigned seed, const char *who, const struct buf *answer, const struct buf *wanted)
{
    if (strcmp(buf_text(answer), buf_text(wanted)) != 0)
        fail_msg("seed %u: %s \"%s\", plain \"%s\"", seed, who, buf_text(answer), buf_text(wanted));
}

static void tight_check(struct tight *tight, unsigned seed, struct tally *tally)
{
    cleanup_buf struct buf plain = BUF_INIT(1 << 16), shorter = BUF_INIT(1 << 16);
    cleanup_buf struct buf any = BUF_INIT(1 << 16), wanted = BUF_INIT(1 << 16);
    struct oracle oracle;
    uint64_t plain_steps, short_steps, any_steps;
    enum outcome_kind kind = tight_allocate(tight, ROAD_PLAIN, PLAIN_STEPS, &plain, &plain_steps);
    tight_allocate(tight, ROAD_SHORT, 0, &shorter, &short_steps);
    tight_allocate(tight, ROAD_ANY, 0, &any, &any_steps);
    check_agree(seed, "any", &any, &shorter);
    tally->too_long += kind == OUTCOME_EXHAUSTED;
    if (kind == OUTCOME_EXHAUSTED)
        return;
    check_agree(seed, "short", &shorter, &plain);
    tally->allocated += kind == OUTCOME_ALLOCATED;
    tally->refused += kind == OUTCOME_NO_FIT;
    tally->aborted += kind == OUTCOME_ABORTED;
    tally->plain_steps += plain_steps;
    tally->short_steps += short_steps;
    oracle_prepare(tight, &oracle);
    if (!tight->is_simple || oracle_cost(&oracle) > MAX_ASSIGNMENTS)
        return;
    oracle_print(&oracle, oracle_search(&oracle, 0, 0), &wanted);
    check_agree(seed, "oracle", &wanted, &plain);
    tally->by_oracle++;
}

static void test_tight(void **state)
{
    (void)state;
    struct random random = { .seed = first_seed };
    struct tally tally = { 0 };
    for (unsigned i = 0; i < n_cases; i++) {
        struct tight tight;
        unsigned seed = random.seed;
        tight_start(&tight, &random);
        tight_check(&tight, seed, &tally);
        tight_done(&tight);
    }
    print_message(
        "%u cases: %zu allocated, %zu refused, %zu aborted, %zu too long for the plain road; %zu seen by "
        "the oracle; %llu steps, %llu by the short road\n",
        n_cases, tally.allocated, tally.refused, tally.aborted, tally.too_long, tally.by_oracle,
        (unsigned long long)tally.plain_steps, (unsigned long long)tally.short_steps);
    assert_in_range(tally.allocated, n_cases / 8, n_cases);
    assert_in_range(tally.refused, n_cases / 8, n_cases);
    assert_in_range(tally.by_oracle, n_cases / 8, n_cases);
    assert_in_range(tally.aborted, n_cases / 100, n_cases);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_tight) };
    n_cases = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : n_cases;
    first_seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : first_seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
