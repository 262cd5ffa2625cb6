/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch answers, and what it leaves on disk.
 */

#include "kubelet-plugin/cdi/names.h"
#include "tests/unit/prepare/fake_backend.h"

static const char *const one[] = { "gpu-0" };
static const char *const two[] = { "gpu-0", "gpu-1" };
static const char *const admin[] = { "!gpu-0" };

static int setup(void **state)
{
    struct fixture *f = NEW(struct fixture);
    fixture_init(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_done(*state);
    free(*state);
    return 0;
}

static char *spec_path(struct arena *arena, const struct fixture *f, const char *uid)
{
    return arena_printf(arena, "%s/%s", f->cdi, cdi_file_name(arena, "gpu.example.com", uid));
}

static void test_answer(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task task = task_prepare(claim_of(arena, "1-uid", two, 2));
    assert_null(run_one(f, &task));
    assert_int_equal(task.prepared->n_devices, 2);
    assert_string_equal(task.prepared->devices[1].request, "gpu");
    assert_string_equal(task.prepared->devices[1].cdi_id, "k8s.gpu.example.com/claim=1-uid-gpu-1");
    cleanup_buf struct buf spec = BUF_INIT(10000);
    assert_null(file_read(spec_path(arena, f, "1-uid"), &spec));
    assert_non_null(
        strstr(buf_text(&spec), "\"cdiVersion\": \"0.5.0\"")); /* a name that begins with a digit */
    assert_non_null(strstr(buf_text(&spec), "DEVICE=gpu-1"));
}

static void test_repeated(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim = claim_of(arena, "uid", two, 2);
    struct prepare_task first = task_prepare(claim), again = task_prepare(claim);
    assert_null(run_one(f, &first));
    again.claim = NULL; /* the record is enough */
    assert_null(run_one(f, &again));
    assert_int_equal(f->backend.n_prepares, 2);
    assert_string_equal(again.prepared->devices[0].cdi_id, "k8s.gpu.example.com/claim=uid-gpu-0");
}

static void test_lost_spec(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task first = task_prepare(claim_of(arena, "uid", one, 1)), again = first;
    assert_null(run_one(f, &first));
    assert_null(file_remove(spec_path(arena, f, "uid"), 0));
    assert_null(run_one(f, &again));
    assert_int_equal(count_files(f->cdi), 1);
    assert_int_equal(f->backend.n_prepares, 1);
}

static void test_held_by_another(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task a = task_prepare(claim_of(arena, "a", one, 1)),
                        b = task_prepare(claim_of(arena, "b", two, 2));
    assert_null(run_one(f, &a));
    cleanup_error struct error *err = run_one(f, &b);
    assert_string_equal(err->text, "device gpu-0 is still held by claim ml/a");
    struct prepare_task free_a = task_unprepare("a"), again = task_prepare(b.claim);
    assert_null(run_one(f, &free_a));
    assert_null(run_one(f, &again));
}

static void test_rivals_in_one_batch(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task a = task_prepare(claim_of(arena, "a", one, 1)),
                        b = task_prepare(claim_of(arena, "b", two, 2));
    struct prepare_task *both[] = { &a, &b };
    batch_run(&f->ground, both, 2);
    assert_null(a.err);
    cleanup_error struct error *err = b.err;
    assert_string_equal(err->text, "device gpu-0 is still held by claim ml/a");
    assert_int_equal(count_files(f->claims), 1);
}

static void test_admin_access(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task a = task_prepare(claim_of(arena, "a", one, 1)),
                        b = task_prepare(claim_of(arena, "b", admin, 1));
    assert_null(run_one(f, &a));
    assert_null(run_one(f, &b));
    struct prepare_task leave = task_unprepare("b");
    assert_null(run_one(f, &leave));
    assert_int_equal(count_files(f->effects), 1); /* the other claim's device was left alone */
    assert_int_equal(f->backend.n_releases, 0);
}

static void test_failed_prepare_is_undone(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    f->backend.fail_device = "gpu-1";
    struct prepare_task task = task_prepare(claim_of(arena, "uid", two, 2));
    cleanup_error struct error *err = run_one(f, &task);
    assert_string_equal(err->text, "device gpu-1: it is on fire");
    assert_int_equal(count_files(f->effects) + count_files(f->cdi) + count_files(f->claims), 0);
}

static void test_one_bad_claim_of_three(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    static const char *const bad[] = { "gpu-7" }, *const good[] = { "gpu-1" };
    f->backend.fail_device = "gpu-7";
    struct prepare_task a = task_prepare(claim_of(arena, "a", one, 1)),
                        b = task_prepare(claim_of(arena, "b", bad, 1)),
                        c = task_prepare(claim_of(arena, "c", good, 1));
    struct prepare_task *all[] = { &a, &b, &c };
    batch_run(&f->ground, all, 3);
    assert_non_null(a.prepared);
    assert_non_null(b.err);
    assert_non_null(c.prepared);
    error_free(b.err);
}

static void test_stuck_release_keeps_the_record(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct prepare_task task = task_prepare(claim_of(arena, "uid", one, 1)), leave = task_unprepare("uid");
    assert_null(run_one(f, &task));
    f->backend.fail_release = true;
    cleanup_error struct error *err = run_one(f, &leave);
    assert_string_equal(err->text, "release device gpu-0: it is stuck");
    assert_int_equal(count_files(f->claims), 1);
    f->backend.fail_release = false;
    struct prepare_task again = task_unprepare("uid");
    assert_null(run_one(f, &again));
    assert_int_equal(count_files(f->claims) + count_files(f->cdi), 0);
}

static void test_unknown_claim(void **state)
{
    struct fixture *f = *state;
    struct prepare_task leave = task_unprepare("never-seen");
    assert_null(run_one(f, &leave));
}

static void test_unallocated_claim(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim = claim_of(arena, "uid", one, 1);
    claim->allocation = NULL;
    struct prepare_task task = task_prepare(claim);
    cleanup_error struct error *err = run_one(f, &task);
    assert_string_equal(err->text, "the claim is not allocated");
}

static void test_reboot(void **state)
{
    struct fixture *f = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct resource_claim *claim = claim_of(arena, "uid", one, 1);
    struct prepare_task task = task_prepare(claim), again = task_prepare(claim);
    assert_null(run_one(f, &task));
    record_store_close(&f->store);
    fixture_open(f, "boot-2");
    assert_int_equal(count_files(f->cdi), 0); /* nothing of the boot before is trusted */
    assert_null(run_one(f, &again));
    assert_int_equal(f->backend.n_prepares, 2);
    assert_string_equal(again.prepared->boot_id, "boot-2");
}

/* Whatever a record file says, the plugin starts, and the file is set aside. */
static void test_broken_records(void **state)
{
    struct fixture *f = *state;
    static const char *const contents[] = { "", "garbage\n", "tranche-record 1 crc32=00000000\n{}",
                                            "tranche-record 2 crc32=a505df1b\n{}" };
    for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
        cleanup_arena struct arena *arena = arena_new();
        record_store_close(&f->store);
        assert_null(file_replace(arena_printf(arena, "%s/uid-%zu.json", f->claims, i), span_of(contents[i]),
                                 0600, 0));
        size_t n_quarantined;
        assert_null(record_store_open(&f->store, f->claims, &n_quarantined));
        assert_int_equal(n_quarantined, 1);
        assert_int_equal(count_files(f->claims), 0);
    }
    cleanup_arena struct arena *arena = arena_new();
    assert_int_equal(count_files(arena_printf(arena, "%s/quarantine", f->claims)), ARRAY_LEN(contents));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer),
        TEST(test_repeated),
        TEST(test_lost_spec),
        TEST(test_held_by_another),
        TEST(test_rivals_in_one_batch),
        TEST(test_admin_access),
        TEST(test_failed_prepare_is_undone),
        TEST(test_one_bad_claim_of_three),
        TEST(test_stuck_release_keeps_the_record),
        TEST(test_unknown_claim),
        TEST(test_unallocated_claim),
        TEST(test_reboot),
        TEST(test_broken_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
