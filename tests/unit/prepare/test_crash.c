/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process is killed at the n-th point of a prepare or an unprepare, for every n. Whatever it left, a
 * prepare after the next start ends as if nothing had happened, and an unprepare leaves nothing behind.
 */

#include "kubelet-plugin/prepare/steps.h"
#include "tests/unit/prepare/fake_backend.h"

#include <sys/wait.h>
#include <unistd.h>

enum { SURVIVED = 0, CRASHED = 9 };

static const char *const devices[] = { "gpu-0", "gpu-1" };

struct crash {
    int at; /* which point */
    int seen;
};

static void crash(void *ctx, const char *what)
{
    (void)what;
    struct crash *plan = ctx;
    if (plan->seen++ == plan->at)
        _exit(CRASHED);
}

/* Runs TASK in a child that crashes at point AT; whether it got that far. */
static bool crash_in(struct fixture *f, struct prepare_task *task, int at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct crash plan = { at, 0 };
        crash_points_set(crash, &plan);
        error_free(run_one(f, task));
        _exit(SURVIVED);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == CRASHED;
}

static void restart(struct fixture *f, const char *boot_id)
{
    record_store_close(&f->store);
    fixture_open(f, boot_id);
}

static void assert_prepared(const struct fixture *f)
{
    assert_int_equal(count_files(f->effects), 2);
    assert_int_equal(count_files(f->cdi), 1);
    assert_int_equal(count_files(f->claims), 1);
}

static void assert_clean(const struct fixture *f)
{
    assert_int_equal(count_files(f->effects), 0);
    assert_int_equal(count_files(f->cdi), 0);
    assert_int_equal(count_files(f->claims), 0);
}

/* A crash in UNPREPARE or prepare at point AT; then, after a restart in BOOT, prepare and unprepare. */
static bool crash_and_recover(bool unprepare, bool prepare_after, const char *boot_id, int at)
{
    struct fixture f;
    fixture_init(&f);
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim = claim_of(arena, "uid-1", devices, 2);
    struct prepare_task first = task_prepare(claim), second = task_unprepare("uid-1");
    if (unprepare)
        assert_null(run_one(&f, &first));
    bool crashed = crash_in(&f, unprepare ? &second : &first, at);
    restart(&f, boot_id);
    if (prepare_after) {
        struct prepare_task again = task_prepare(claim);
        assert_null(run_one(&f, &again));
        assert_non_null(again.prepared);
        assert_int_equal(again.prepared->n_devices, 2);
        assert_prepared(&f);
    }
    struct prepare_task last = task_unprepare("uid-1");
    assert_null(run_one(&f, &last));
    assert_clean(&f);
    fixture_done(&f);
    return crashed;
}

static void every_point(bool unprepare, bool prepare_after, const char *boot_id)
{
    int at = 0;
    while (crash_and_recover(unprepare, prepare_after, boot_id, at))
        at++;
    assert_true(at >= 3); /* there were points at all */
}

static void test_prepare_then_prepare(void **state)
{
    (void)state;
    every_point(false, true, "boot-1");
}

static void test_prepare_then_unprepare(void **state)
{
    (void)state;
    every_point(false, false, "boot-1");
}

static void test_unprepare_then_prepare(void **state)
{
    (void)state;
    every_point(true, true, "boot-1");
}

static void test_unprepare_then_unprepare(void **state)
{
    (void)state;
    every_point(true, false, "boot-1");
}

static void test_reboot_in_between(void **state)
{
    (void)state;
    every_point(false, true, "boot-2");
    every_point(true, true, "boot-2");
    every_point(true, false, "boot-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepare_then_prepare),   cmocka_unit_test(test_prepare_then_unprepare),
        cmocka_unit_test(test_unprepare_then_prepare), cmocka_unit_test(test_unprepare_then_unprepare),
        cmocka_unit_test(test_reboot_in_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
