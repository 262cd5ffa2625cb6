/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a selector costs: to compile, to evaluate, and for 100,000 devices of 20 models when equal
 * combinations are evaluated once. `go run ./cmd/selector -bench` in tests/peers measures upstream on the
 * same expressions.
 *
 *     bench_selector [seconds for each figure]
 */

#include "api/base/map.h"
#include "api/resource/device.h"
#include "selector/selector.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct {
    const char *name, *text;
} expressions[] = {
    { "driver only", "device.driver == \"gpu.example.com\"" },
    { "typical class", "device.driver == \"gpu.example.com\" && "
                       "device.attributes[\"gpu.example.com\"].model == \"a100\"" },
    { "four terms", "device.driver == \"gpu.example.com\" && "
                    "device.attributes[\"gpu.example.com\"].model == \"a100\" && "
                    "device.attributes[\"gpu.example.com\"].index >= 0 && "
                    "device.attributes[\"gpu.example.com\"].ecc" },
    { "semver and quantity",
      "device.attributes[\"gpu.example.com\"].fw.compareTo(semver(\"1.0.0\")) >= 0 && "
      "device.capacity[\"gpu.example.com\"].memory.compareTo(quantity(\"40Gi\")) >= 0" },
    { "list exists", "device.attributes[\"gpu.example.com\"].modes.exists(m, m == \"infer\")" },
};

static const char *modes[] = { "train", "infer", "debug" };
static double seconds = 0.3;

/* The processor's time, so that others on the machine do not count. */
static uint64_t cpu_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void must_succeed(struct error *err)
{
    if (!err)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

/* A device of MODEL with eight attributes and two capacities. */
static const struct device_view *make_view(struct arena *arena, struct symbols *symbols, const char *model,
                                           int64_t index)
{
    struct attribute attributes[] = {
        { .name = "model", .type = ATTRIBUTE_STRING, .string = model },
        { .name = "index", .type = ATTRIBUTE_INT, .integer = 3 },
        { .name = "ecc", .type = ATTRIBUTE_BOOL, .boolean = true },
        { .name = "fw", .type = ATTRIBUTE_VERSION, .string = "1.10.1" },
        { .name = "modes", .type = ATTRIBUTE_STRINGS, .strings = modes, .n_items = 3 },
        { .name = "numa", .type = ATTRIBUTE_INT, .integer = 1 },
        { .name = "uuid", .type = ATTRIBUTE_INT, .integer = index },
        { .name = "arch", .type = ATTRIBUTE_STRING, .string = "ampere" },
    };
    struct capacity capacities[2] = { { .name = "memory" }, { .name = "cores" } };
    must_succeed(quantity_parse(SPAN("80Gi"), &capacities[0].value));
    must_succeed(quantity_parse(SPAN("108"), &capacities[1].value));
    struct device device = { .name = "d", .attributes = attributes, .n_attributes = 8 };
    device.capacities = capacities;
    device.n_capacities = 2;
    return device_view_new(arena, symbols, &device, "gpu.example.com");
}

static double measure_compile(const char *text, const struct environment *env)
{
    uint64_t begin = cpu_nanos(), end = begin, limit = (uint64_t)(seconds * 1e9);
    size_t n = 0;
    for (; end - begin < limit; n++, end = cpu_nanos()) {
        cleanup_selector struct selector *sel = NULL;
        must_succeed(selector_compile(text, env, &sel));
    }
    return (double)(end - begin) / (double)n;
}

static double measure_eval(const struct selector *sel, const struct device_view *view,
                           struct scratch *scratch, bool *accepted)
{
    enum { BATCH = 1000 };
    uint64_t begin = cpu_nanos(), end = begin, limit = (uint64_t)(seconds * 1e9);
    size_t n = 0;
    for (; end - begin < limit; n += BATCH, end = cpu_nanos())
        for (int i = 0; i < BATCH; i++)
            must_succeed(selector_eval(sel, view, scratch, accepted, NULL));
    return (double)(end - begin) / (double)n;
}

static void bench_expressions(const struct environment *env, const struct device_view *view)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++) {
        cleanup_selector struct selector *sel = NULL;
        must_succeed(selector_compile(expressions[i].text, env, &sel));
        bool accepted = false;
        must_succeed(
            selector_eval(sel, view, scratch, &accepted, NULL)); /* the scratch area has its size now */
        size_t heap = mallinfo2().uordblks;
        double eval = measure_eval(sel, view, scratch, &accepted);
        long taken = (long)(mallinfo2().uordblks - heap);
        printf("ours      %-22s compile %9.0f ns   evaluate      %7.1f ns  %4ld bytes of heap%s\n",
               expressions[i].name, measure_compile(expressions[i].text, env), eval, taken,
               accepted ? "" : "  (not accepted?)");
    }
}

/* Each distinct combination is evaluated once. */
static size_t match_all(const struct selector *sel, const struct device_view *const *views, size_t n_views,
                        struct scratch *scratch, size_t *n_evaluated)
{
    struct map verdicts = { 0 };
    uint32_t length = selector_combination_length(sel);
    symbol combination[64];
    size_t n_accepted = 0;
    for (size_t i = 0; i < n_views; i++) {
        selector_combination(sel, views[i], combination);
        struct span key = { (const char *)combination, length * sizeof(symbol) };
        uintptr_t verdict = (uintptr_t)map_find(&verdicts, key);
        if (!verdict) {
            bool accepted = false;
            must_succeed(selector_eval(sel, views[i], scratch, &accepted, NULL));
            verdict = accepted ? 2 : 1;
            map_set(&verdicts, key, (void *)verdict);
            ++*n_evaluated;
        }
        n_accepted += verdict == 2;
    }
    map_done(&verdicts);
    return n_accepted;
}

enum { DEVICES = 100000, MODELS = 20 };

static void report_fleet(const char *what, double nanos, size_t n_evaluated, size_t n_accepted)
{
    printf("ours      %d devices, %d models, %-22s %2zu evaluations, %zu accepted, %8.3f ms\n", DEVICES,
           MODELS, what, n_evaluated, n_accepted, nanos / 1e6);
}

/* Every device has something of its own, so each has its view. */
static void bench_distinct(struct symbols *symbols, const struct selector *sel)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_scratch struct scratch *scratch = scratch_new();
    const struct device_view **views = arena_make_array(arena, const struct device_view *, DEVICES);
    size_t before = arena_size(arena);
    uint64_t making = cpu_nanos();
    for (int i = 0; i < DEVICES; i++) {
        char model[16];
        snprintf(model, sizeof(model), i % MODELS ? "model-%d" : "a100", i % MODELS);
        views[i] = make_view(arena, symbols, model, i);
    }
    making = cpu_nanos() - making;
    size_t bytes = (arena_size(arena) - before) / DEVICES, n_evaluated = 0;
    uint64_t begin = cpu_nanos();
    size_t n_accepted = match_all(sel, views, DEVICES, scratch, &n_evaluated);
    report_fleet("all distinct:", (double)(cpu_nanos() - begin), n_evaluated, n_accepted);
    printf("ours      %zu bytes and %.0f ns a view\n", bytes, (double)making / DEVICES);
}

/* Devices that agree on everything share a view, as in the allocator's inventory: one verdict for each. */
static void bench_alike(struct symbols *symbols, const struct selector *sel)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_scratch struct scratch *scratch = scratch_new();
    const struct device_view *views[MODELS];
    for (int i = 0; i < MODELS; i++) {
        char model[16];
        snprintf(model, sizeof(model), i ? "model-%d" : "a100", i);
        views[i] = make_view(arena, symbols, model, 0);
    }
    uint8_t *shapes = arena_make_array(arena, uint8_t, DEVICES);
    for (int i = 0; i < DEVICES; i++)
        shapes[i] = (uint8_t)(i % MODELS);
    bool verdicts[MODELS];
    uint64_t begin = cpu_nanos();
    for (int i = 0; i < MODELS; i++)
        must_succeed(selector_eval(sel, views[i], scratch, &verdicts[i], NULL));
    size_t n_accepted = 0;
    for (int i = 0; i < DEVICES; i++)
        n_accepted += verdicts[shapes[i]];
    report_fleet("alike within a model:", (double)(cpu_nanos() - begin), MODELS, n_accepted);
}

static void bench_fleet(const struct environment *env, struct symbols *symbols)
{
    cleanup_selector struct selector *sel = NULL;
    must_succeed(selector_compile(expressions[1].text, env, &sel));
    bench_distinct(symbols, sel);
    bench_alike(symbols, sel);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seconds = strtod(argv[1], NULL);
    struct symbols symbols = { 0 };
    cleanup_environment struct environment *env =
        environment_new_device(&(struct environment_options){ .symbols = &symbols });
    cleanup_arena struct arena *arena = arena_new();
    bench_expressions(env, make_view(arena, &symbols, "a100", 0));
    bench_fleet(env, &symbols);
    symbols_done(&symbols);
    return 0;
}
