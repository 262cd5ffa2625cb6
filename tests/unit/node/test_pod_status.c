/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the states of containers mean for their pod.
 */

#include "driver/standalone/node/pod_status.h"
#include "tests/support/cmocka.h"

enum { MAX_RUNS = 3 };

/* One container: its state, and how it ended. */
struct run_row {
    char kind; /* 'c', 'i' for init, 's' for a sidecar; 0: no more */
    enum container_state state;
    int exit_code;
};

struct outcome_case {
    const char *name;
    enum restart_policy policy;
    bool ending;
    struct run_row runs[MAX_RUNS];
    const char *outcome; /* or NULL */
    const char *phase;
    const char *ready; /* of the condition */
};

static const struct outcome_case outcome_cases[] = {
    { "nothing has started",
      RESTART_ALWAYS,
      false,
      { { 'c', CONTAINER_WAITING, 0 } },
      NULL,
      "Pending",
      "False" },
    { "running", RESTART_ALWAYS, false, { { 'c', CONTAINER_RUNNING, 0 } }, NULL, "Running", "True" },
    { "one of two",
      RESTART_ALWAYS,
      false,
      { { 'c', CONTAINER_RUNNING, 0 }, { 'c', CONTAINER_STARTING, 0 } },
      NULL,
      "Running",
      "False" },
    { "done", RESTART_NEVER, false, { { 'c', CONTAINER_ENDED, 0 } }, "Succeeded", "Running", "False" },
    { "failed", RESTART_NEVER, false, { { 'c', CONTAINER_ENDED, 3 } }, "Failed", "Running", "False" },
    { "one failed, one runs",
      RESTART_NEVER,
      false,
      { { 'c', CONTAINER_ENDED, 3 }, { 'c', CONTAINER_RUNNING, 0 } },
      NULL,
      "Running",
      "False" },
    { "done is not the end",
      RESTART_ALWAYS,
      false,
      { { 'c', CONTAINER_ENDED, 0 } },
      NULL,
      "Running",
      "False" },
    { "done is the end",
      RESTART_ON_FAILURE,
      false,
      { { 'c', CONTAINER_ENDED, 0 } },
      "Succeeded",
      "Running",
      "False" },
    { "failed is not the end",
      RESTART_ON_FAILURE,
      false,
      { { 'c', CONTAINER_ENDED, 1 } },
      NULL,
      "Running",
      "False" },
    { "an init container at work",
      RESTART_ALWAYS,
      false,
      { { 'i', CONTAINER_RUNNING, 0 }, { 'c', CONTAINER_WAITING, 0 } },
      NULL,
      "Pending",
      "False" },
    { "an init container failed for good",
      RESTART_NEVER,
      false,
      { { 'i', CONTAINER_ENDED, 1 }, { 'c', CONTAINER_WAITING, 0 } },
      "Failed",
      "Pending",
      "False" },
    { "an init container failed, and comes again",
      RESTART_ON_FAILURE,
      false,
      { { 'i', CONTAINER_ENDED, 1 }, { 'c', CONTAINER_WAITING, 0 } },
      NULL,
      "Pending",
      "False" },
    { "an init container is done",
      RESTART_ALWAYS,
      false,
      { { 'i', CONTAINER_ENDED, 0 }, { 'c', CONTAINER_RUNNING, 0 } },
      NULL,
      "Running",
      "True" },
    { "a sidecar does not keep a pod",
      RESTART_NEVER,
      false,
      { { 's', CONTAINER_RUNNING, 0 }, { 'c', CONTAINER_ENDED, 0 } },
      "Succeeded",
      "Running",
      "False" },
    { "could not be run, and is tried again",
      RESTART_NEVER,
      false,
      { { 'c', CONTAINER_FAILED, 0 } },
      NULL,
      "Pending",
      "False" },
    { "deleted before it started",
      RESTART_ALWAYS,
      true,
      { { 'c', CONTAINER_WAITING, 0 } },
      "Failed",
      "Pending",
      "False" },
    { "deleted, and ended well",
      RESTART_ALWAYS,
      true,
      { { 'c', CONTAINER_ENDED, 0 } },
      "Succeeded",
      "Running",
      "False" },
};

static struct pod_report report_of(const struct outcome_case *row, const struct pod *pod,
                                   const struct container *specs, struct container_run *runs)
{
    struct pod_report report = { .pod = pod, .runs = runs, .ending = row->ending, .initialized = true };
    for (const struct run_row *run = row->runs; report.n_runs < MAX_RUNS && run->kind; run++) {
        bool ended = run->state == CONTAINER_ENDED;
        runs[report.n_runs++] = (struct container_run){
            .spec = &specs[run->kind == 's'],
            .is_init = run->kind != 'c',
            .state = run->state,
            .end = { .ended = ended, .exit_code = run->exit_code },
        };
        if (run->kind == 'i' && !(ended && run->exit_code == 0))
            report.initialized = false;
    }
    return report;
}

static const char *ready_of(const struct value *patch)
{
    value_each (value_path(patch, "status.conditions"), condition) {
        if (strcmp(value_string(value_get(condition, "type")), "Ready") == 0)
            return value_string(value_get(condition, "status"));
    }
    return "";
}

static void test_outcome(void **state)
{
    const struct outcome_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    const struct container specs[] = { { .name = "c", .image = "i" },
                                       { .name = "s", .image = "i", .restart_policy = "Always" } };
    struct pod pod = { .meta = { .name = "p", .uid = "u" }, .restart_policy = row->policy };
    struct container_run runs[MAX_RUNS];
    struct pod_report report = report_of(row, &pod, specs, runs);
    const char *outcome = pod_report_outcome(&report);
    assert_string_equal(outcome ? outcome : "", row->outcome ? row->outcome : "");
    struct value *patch = pod_report_patch(arena, &report, NULL);
    assert_string_equal(value_path_string(patch, "status.phase"), row->phase);
    assert_string_equal(ready_of(patch), row->ready);
}

/* Without anything new there is nothing new to say, whatever the time. */
static void test_times_stay(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    const struct container spec = { .name = "c", .image = "i" };
    struct pod pod = { .meta = { .name = "p", .uid = "u" } };
    struct container_run run = { .spec = &spec, .state = CONTAINER_RUNNING };
    struct pod_report report = { .pod = &pod, .runs = &run, .n_runs = 1, .initialized = true };
    struct value *first = pod_report_patch(arena, &report, NULL);
    report.said = first;
    report.now += 3600 * INT64_C(1000000);
    assert_true(value_equal(pod_report_patch(arena, &report, NULL), first));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_times_stay) };
    return RUN_TABLE(outcome_cases, test_outcome) + cmocka_run_group_tests(tests, NULL, NULL);
}
