/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling and evaluating on two devices that differ in what most selectors read. Evaluation ends within the
 * cost limit, gives the same answer again, and devices with equal combinations get equal answers.
 */

#include "api/resource/device.h"
#include "selector/selector.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static int64_t ranks[] = { 4, 1, 9 };
static const char *modes[] = { "train", "infer" };
static const char *versions[] = { "1.2.0", "2.0.0-rc.1+b" };

static struct device make_device(const char *model, struct attribute attributes[8],
                                 struct capacity capacities[1])
{
    attributes[0] = (struct attribute){ .name = "model", .type = ATTRIBUTE_STRING, .string = model };
    attributes[1] = (struct attribute){ .name = "d/index", .type = ATTRIBUTE_INT, .integer = 7 };
    attributes[2] = (struct attribute){ .name = "ecc", .type = ATTRIBUTE_BOOL, .boolean = true };
    attributes[3] = (struct attribute){ .name = "fw", .type = ATTRIBUTE_VERSION, .string = "1.2.0" };
    attributes[4] = (struct attribute){ .name = "other.example/ranks", .type = ATTRIBUTE_INTS };
    attributes[4].integers = ranks;
    attributes[4].n_items = 3;
    attributes[5] = (struct attribute){ .name = "modes", .type = ATTRIBUTE_STRINGS };
    attributes[5].strings = modes;
    attributes[5].n_items = 2;
    attributes[6] = (struct attribute){ .name = "apis", .type = ATTRIBUTE_VERSIONS };
    attributes[6].strings = versions;
    attributes[6].n_items = 2;
    capacities[0] = (struct capacity){ .name = "memory" };
    struct error *err = quantity_parse(SPAN("80Gi"), &capacities[0].value);
    assert(!err);
    return (struct device){
        .name = "d0", .attributes = attributes, .n_attributes = 7, .capacities = capacities, .n_capacities = 1
    };
}

struct answer {
    enum { ANSWER_FALSE, ANSWER_TRUE, ANSWER_FAILED } verdict;
    uint64_t cost;
};

static struct answer ask(const struct selector *sel, const struct device_view *view, struct scratch *scratch)
{
    struct answer answer;
    bool accepted = false;
    struct error *err = selector_eval(sel, view, scratch, &accepted, &answer.cost);
    answer.verdict = err ? ANSWER_FAILED : accepted ? ANSWER_TRUE : ANSWER_FALSE;
    assert(err || answer.cost <= SELECTOR_COST_LIMIT);
    error_free(err);
    return answer;
}

static bool same_combination(const struct selector *sel, const struct device_view *a,
                             const struct device_view *b)
{
    uint32_t length = selector_combination_length(sel);
    symbol *left = mem_new(length, sizeof(*left)), *right = mem_new(length, sizeof(*right));
    selector_combination(sel, a, left);
    selector_combination(sel, b, right);
    bool same = length && memcmp(left, right, length * sizeof(*left)) == 0;
    free(left);
    free(right);
    return same;
}

/* Made once, and anew when many names have come together. */
static struct symbols symbols;
static struct environment *env;

static void renew_environment(void)
{
    enum { MANY = 100000 };
    if (env && symbols.texts.length < MANY)
        return;
    environment_free(env);
    symbols_done(&symbols);
    env = environment_new_device(&(struct environment_options){ .symbols = &symbols });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    renew_environment();
    struct selector *sel = NULL;
    struct error *err = selector_compile_span((struct span){ (const char *)data, size }, env, &sel);
    if (sel) {
        struct arena *arena = arena_new();
        struct scratch *scratch = scratch_new();
        struct attribute first[8], second[8];
        struct capacity capacity[2];
        struct device a = make_device("a100", first, &capacity[0]),
                      b = make_device("h100", second, &capacity[1]);
        const struct device_view *view_a = device_view_new(arena, &symbols, &a, "d");
        const struct device_view *view_b = device_view_new(arena, &symbols, &b, "d");
        struct answer one = ask(sel, view_a, scratch), again = ask(sel, view_a, scratch);
        struct answer other = ask(sel, view_b, scratch);
        assert(one.verdict == again.verdict && one.cost == again.cost);
        if (same_combination(sel, view_a, view_b))
            assert(one.verdict == other.verdict && one.cost == other.cost);
        scratch_free(scratch);
        arena_free(arena);
    }
    error_free(err);
    selector_free(sel);
    return 0;
}
