/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of typed structs that outlive their arenas, and keys that tell apart whatever differs.
 */

#include "api/resource/decode.h"
#include "api/resource/device.h"
#include "api/resource/tables.h"
#include "api/resource/typed.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

static const char everything[] =
    "name: gpu-0\n"
    "capacity: {memory: {value: 80Gi, requestPolicy: {default: 10Gi, validRange: {min: 1Gi, step: 1Gi}}}}\n"
    "consumesCounters: [{counterSet: s, counters: {memory: {value: 40Gi}}, compatibilityGroups: [a]}]\n"
    "nodeSelector: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: In, values: [u, w]}]}]}\n"
    "taints: [{key: t, value: v, effect: NoSchedule, timeAdded: '2026-01-01T00:00:00Z'}]\n"
    "bindingConditions: [ready]\n"
    "allowMultipleAllocations: true\n"
    "nodeAllocatableResources: {cpu: {mapping: {deviceMultiplier: 2}}}\n";

static struct device *decode(struct arena *arena, const char *text)
{
    value_vec documents = { 0 };
    struct device *device = arena_make(arena, struct device);
    assert_null(yaml_parse(arena, "test", span_of(text), &documents));
    struct error *err = schema_decode(arena, &device_schema, documents.items[0], device);
    if (err)
        print_error("%s\n", err->text);
    assert_null(err);
    vec_done(&documents);
    return device;
}

static char *print(const struct device *device)
{
    cleanup_arena struct arena *arena = arena_new();
    struct buf text = BUF_INIT(1 << 16);
    json_write(&text, schema_encode(arena, &device_schema, device));
    return buf_take(&text);
}

static void test_copy_outlives_its_original(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct arena *shorter = arena_new();
    struct device copy, *device = decode(shorter, everything);
    char *before = print(device);
    schema_copy(arena, &device_schema, device, &copy);
    arena_free(shorter);
    char *after = print(&copy);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* EVERYTHING with one thing put differently. */
static const struct {
    const char *name, *what, *instead;
} differences[] = {
    { "a name", "gpu-0", "gpu-1" },
    { "a map's key", "{memory: {value: 80Gi", "{memorx: {value: 80Gi" },
    { "a quantity", "80Gi", "81Gi" },
    { "its format", "80Gi", "85899345920" },
    { "a policy's default", "default: 10Gi", "default: 11Gi" },
    { "a range's bound", "min: 1Gi", "min: 2Gi" },
    { "a bound that is absent", "min: 1Gi, ", "" },
    { "a counter", "40Gi", "41Gi" },
    { "a list's item", "[a]", "[b]" },
    { "a list's length", "[a]", "[a, b]" },
    { "where an item ends", "[u, w]", "[uw]" },
    { "an enum", "operator: In", "operator: NotIn" },
    { "an empty text for none", "value: v, ", "value: '', " },
    { "a text that is absent", "value: v, ", "" },
    { "a truth", "allowMultipleAllocations: true", "allowMultipleAllocations: false" },
    { "a list that is absent", "bindingConditions: [ready]\n", "" },
    { "what is flat", "deviceMultiplier: 2", "deviceMultiplier: 3" },
};

static void test_keys_tell_apart(void **state)
{
    const __typeof__(differences[0]) *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    const char *at = strstr(everything, row->what);
    assert_non_null(at);
    const char *other = arena_printf(arena, "%.*s%s%s", (int)(at - everything), everything, row->instead,
                                     at + strlen(row->what));
    cleanup_buf struct buf one = BUF_INIT(1 << 16), again = BUF_INIT(1 << 16), different = BUF_INIT(1 << 16);
    schema_key(&device_schema, decode(arena, everything), &one);
    schema_key(&device_schema, decode(arena, everything), &again);
    schema_key(&device_schema, decode(arena, other), &different);
    assert_true(span_equal(buf_span(&one), buf_span(&again)));
    assert_false(span_equal(buf_span(&one), buf_span(&different)));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_copy_outlives_its_original) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(differences, test_keys_tell_apart);
}
