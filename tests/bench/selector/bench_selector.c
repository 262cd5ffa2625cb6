/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a selector costs: to compile, to evaluate, and for a fleet of devices (fleet.c). Prints one JSON
 * object a line: first the device, then the figures, each with its expression, so that `go run ./cmd/selector
 * -bench` in tests/peers can measure the same on upstream's side and put both into a table.
 *
 *     bench_selector [seconds for each figure]
 */

#include "tests/bench/selector/bench.h"

#include "api/resource/objects.h"
#include "api/value/json.h"
#include "selector/selector.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct {
    const char *name, *text;
} expressions[] = {
    { "driver only", "device.driver == \"gpu.example.com\"" },
    { "typical class", TYPICAL_CLASS },
    { "four terms", "device.driver == \"gpu.example.com\" && "
                    "device.attributes[\"gpu.example.com\"].model == \"a100\" && "
                    "device.attributes[\"gpu.example.com\"].index >= 0 && "
                    "device.attributes[\"gpu.example.com\"].ecc" },
    { "semver and quantity",
      "device.attributes[\"gpu.example.com\"].fw.compareTo(semver(\"1.0.0\")) >= 0 && "
      "device.capacity[\"gpu.example.com\"].memory.compareTo(quantity(\"40Gi\")) >= 0" },
    { "list exists", "device.attributes[\"gpu.example.com\"].modes.exists(m, m == \"infer\")" },
};

static const char device_text[] =
    "{\"driver\": \"gpu.example.com\","
    " \"attributes\": {\"arch\": {\"string\": \"ampere\"}, \"ecc\": {\"bool\": true}, \"fw\": {\"version\": "
    "\"1.10.1\"},"
    "   \"index\": {\"int\": 3}, \"model\": {\"string\": \"a100\"}, \"numa\": {\"int\": 1},"
    "   \"modes\": {\"strings\": [\"train\", \"infer\", \"debug\"]}, \"uuid\": {\"string\": \"GPU-0\"}},"
    " \"capacity\": {\"cores\": {\"value\": \"108\"}, \"memory\": {\"value\": \"80Gi\"}}}";

static double seconds = 0.3;

void must_succeed(struct error *err)
{
    if (!err)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

/* The processor's time, so that others on the machine do not count. */
uint64_t cpu_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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

enum { BATCH = 1000 };

static void evaluate_batch(const struct selector *sel, const struct device_view *view,
                           struct scratch *scratch)
{
    bool accepted = false;
    for (int i = 0; i < BATCH; i++)
        must_succeed(selector_eval(sel, view, scratch, &accepted, NULL));
    if (!accepted)
        must_succeed(error_invalid("the device should have been accepted"));
}

static double measure_evaluation(const struct selector *sel, const struct device_view *view,
                                 struct scratch *scratch)
{
    uint64_t begin = cpu_nanos(), end = begin, limit = (uint64_t)(seconds * 1e9);
    size_t n = 0;
    for (; end - begin < limit; n += BATCH, end = cpu_nanos())
        evaluate_batch(sel, view, scratch);
    return (double)(end - begin) / (double)n;
}

void figure_print(const char *figure, const char *name, const char *expression, double number)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf line = BUF_INIT(64 * 1024);
    struct value *object = value_object(arena);
    value_set_text(arena, object, "figure", figure);
    value_set_text(arena, object, "name", name);
    value_set_text(arena, object, "expr", expression);
    value_set(arena, object, "number", value_double(arena, number));
    json_write(&line, object);
    must_succeed(buf_check(&line));
    printf("%s\n", buf_text(&line));
}

static void bench_expressions(const struct environment *env, const struct device_view *view)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++) {
        const char *name = expressions[i].name, *text = expressions[i].text;
        cleanup_selector struct selector *sel = NULL;
        must_succeed(selector_compile(text, env, &sel));
        figure_print("compile", name, text, measure_compile(text, env));
        evaluate_batch(sel, view, scratch); /* the scratch area has its size now */
        size_t before = heap_allocations();
        evaluate_batch(sel, view, scratch);
        figure_print("allocations", name, text, (double)(heap_allocations() - before) / BATCH);
        figure_print("evaluate", name, text, measure_evaluation(sel, view, scratch));
    }
}

/* The device, as text for the other side and decoded for this one. */
static struct device device_make(struct arena *arena)
{
    struct value *tree;
    struct device device = { 0 };
    cleanup_buf struct buf line = BUF_INIT(64 * 1024);
    must_succeed(json_parse(arena, span_of(device_text), 0, &tree));
    must_succeed(device_decode(arena, tree, &device));
    json_write(&line, tree);
    printf("{\"figure\":\"device\",\"device\":%s}\n", buf_text(&line));
    return device;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seconds = strtod(argv[1], NULL);
    struct symbols symbols = { 0 };
    cleanup_environment struct environment *env =
        environment_new_device(&(struct environment_options){ .symbols = &symbols });
    cleanup_arena struct arena *arena = arena_new();
    struct device device = device_make(arena);
    bench_expressions(env, device_view_new(arena, &symbols, &device, DRIVER));
    bench_fleet(&device);
    bench_views(&device, &symbols);
    symbols_done(&symbols);
    return 0;
}
