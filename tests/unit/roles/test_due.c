/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the roles that are pure: when a tainted device's pod has to leave, and whether devices are
 * ready.
 */

#include "api/base/time.h"
#include "driver/standalone/roles/conditions.h"
#include "driver/standalone/roles/eviction.h"
#include "tests/support/cmocka.h"

#include <string.h>

#define NOON "2026-07-01T12:00:00Z"

enum { NEVER = -1 };

struct due_case {
    const char *name;
    enum taint_effect effect;
    struct toleration tolerations[2]; /* those without a key and operator "Exists" tolerate everything */
    size_t n_tolerations;
    int64_t seconds; /* after noon, when the taint came, or NEVER */
};

static const struct due_case due_cases[] = {
    { "not tolerated", EFFECT_NO_EXECUTE, { { 0 } }, 0, 0 },
    { "another effect", EFFECT_NO_SCHEDULE, { { 0 } }, 0, NEVER },
    { "no effect", EFFECT_NONE, { { 0 } }, 0, NEVER },
    { "tolerated for ever",
      EFFECT_NO_EXECUTE,
      { { .op = TOLERATE_EXISTS, .effect = "NoExecute" } },
      1,
      NEVER },
    { "tolerated for a while",
      EFFECT_NO_EXECUTE,
      { { .op = TOLERATE_EXISTS, .effect = "NoExecute", .seconds = 300, .has_seconds = true } },
      1,
      300 },
    { "the shortest of two",
      EFFECT_NO_EXECUTE,
      { { .op = TOLERATE_EXISTS, .effect = "NoExecute", .seconds = 300, .has_seconds = true },
        { .op = TOLERATE_EXISTS, .effect = "NoExecute", .seconds = 20, .has_seconds = true } },
      2,
      20 },
    { "a limit counts beside none",
      EFFECT_NO_EXECUTE,
      { { .op = TOLERATE_EXISTS, .effect = "NoExecute" },
        { .op = TOLERATE_EXISTS, .effect = "NoExecute", .seconds = 20, .has_seconds = true } },
      2,
      20 },
    { "less than nothing is nothing",
      EFFECT_NO_EXECUTE,
      { { .op = TOLERATE_EXISTS, .effect = "NoExecute", .seconds = -5, .has_seconds = true } },
      1,
      0 },
    { "an empty effect does not count for eviction", EFFECT_NO_EXECUTE, { { .op = TOLERATE_EXISTS } }, 1, 0 },
    { "another key",
      EFFECT_NO_EXECUTE,
      { { .key = "other", .op = TOLERATE_EXISTS, .effect = "NoExecute" } },
      1,
      0 },
    { "another value",
      EFFECT_NO_EXECUTE,
      { { .key = "k", .op = TOLERATE_EQUAL, .value = "w", .effect = "NoExecute" } },
      1,
      0 },
    { "the value",
      EFFECT_NO_EXECUTE,
      { { .key = "k", .op = TOLERATE_EQUAL, .value = "v", .effect = "NoExecute" } },
      1,
      NEVER },
};

static void test_due(void **state)
{
    const struct due_case *row = *state;
    struct taint taint = { .key = "k", .value = "v", .effect = row->effect, .time_added = NOON };
    struct allocation_result result = { .driver = "d",
                                        .pool = "p",
                                        .device = "x",
                                        .tolerations = (struct toleration *)row->tolerations,
                                        .n_tolerations = row->n_tolerations };
    struct eviction eviction = { 0 };
    int64_t noon = 0;
    assert_null(time_parse(span_of(NOON), &noon));
    eviction_consider(&eviction, &result, &taint);
    assert_int_equal(eviction.due, row->seconds != NEVER);
    if (eviction.due)
        assert_int_equal(eviction.micros, noon + row->seconds * 1000000);
}

static void test_the_earliest_wins(void **state)
{
    (void)state;
    struct taint late = { .key = "k", .effect = EFFECT_NO_EXECUTE, .time_added = "2026-07-01T13:00:00Z" };
    struct taint early = { .key = "early", .effect = EFFECT_NO_EXECUTE, .time_added = NOON };
    struct allocation_result result = { .driver = "d", .pool = "p", .device = "x" };
    struct eviction eviction = { 0 };
    eviction_consider(&eviction, &result, &late);
    eviction_consider(&eviction, &result, &early);
    eviction_consider(&eviction, &result, &late);
    assert_string_equal(eviction.reason, "device d/p/x has taint early");
}

struct binding_case {
    const char *name;
    const char *wants, *fails_by; /* a condition each, or NULL */
    const char *has;              /* the condition that the device has, or NULL for no entry */
    const char *status;
    int64_t waited_seconds;
    enum binding_state state;
};

static const struct binding_case binding_cases[] = {
    { "nothing to wait for", NULL, NULL, NULL, NULL, 0, BINDING_READY },
    { "no entry", "Ready", NULL, NULL, NULL, 0, BINDING_PENDING },
    { "not yet", "Ready", NULL, "Ready", "False", 10, BINDING_PENDING },
    { "ready", "Ready", NULL, "Ready", "True", 10, BINDING_READY },
    { "another condition", "Ready", NULL, "Warm", "True", 10, BINDING_PENDING },
    { "failed", "Ready", "Broken", "Broken", "True", 10, BINDING_FAILED },
    { "not failed", "Ready", "Broken", "Broken", "False", 10, BINDING_PENDING },
    { "too late", "Ready", NULL, NULL, NULL, BINDING_TIMEOUT_SECONDS, BINDING_FAILED },
    { "late but ready", "Ready", NULL, "Ready", "True", BINDING_TIMEOUT_SECONDS, BINDING_READY },
};

static void test_binding(void **state)
{
    const struct binding_case *row = *state;
    const char *wants[] = { row->wants }, *fails_by[] = { row->fails_by };
    struct allocation_result result = { .driver = "d",
                                        .pool = "p",
                                        .device = "x",
                                        .binding_conditions = wants,
                                        .n_binding_conditions = row->wants != NULL,
                                        .binding_failure_conditions = fails_by,
                                        .n_binding_failure_conditions = row->fails_by != NULL };
    struct condition condition = { .type = row->has, .status = row->status };
    struct allocated_device_status device = {
        .driver = "d", .pool = "p", .device = "x", .conditions = &condition, .n_conditions = 1
    };
    struct allocation allocation = { .results = &result, .n_results = 1, .timestamp = NOON };
    struct resource_claim claim = { .allocation = &allocation,
                                    .devices = &device,
                                    .n_devices = row->has != NULL };
    int64_t noon = 0;
    uint64_t left_ms;
    assert_null(time_parse(span_of(NOON), &noon));
    assert_int_equal(binding_state_of(&claim, noon + row->waited_seconds * 1000000, &left_ms), row->state);
    if (row->state == BINDING_PENDING)
        assert_in_range(left_ms, 1, BINDING_TIMEOUT_SECONDS * 1000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_earliest_wins) };
    return RUN_TABLE(due_cases, test_due) + RUN_TABLE(binding_cases, test_binding) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
