/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy folder as people change it: each step writes or removes a file, or swaps the symlink behind
 * which the kubelet keeps a mounted ConfigMap, and says what must be in force afterwards.
 */

#include "tests/support/cmocka.h"

#include "api/base/buf.h"
#include "api/base/memory.h"
#include "controller/policy/policies.h"
#include "driver/loop/timer.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

#define POLICY(name)                                                                                         \
    "apiVersion: policy.tranche.dev/v1\nkind: AllocationPolicy\nmetadata: {name: " name "}\n"                \
    "spec: {driver: gpu.tranche.dev, placement: spread}\n"

struct folder_step {
    const char *file; /* NULL: the symlink is swapped */
    const char *text; /* NULL: removed */
    size_t want_policies;
    size_t want_failures; /* up to now */
};

static const struct folder_step steps[] = {
    { "a.yaml", POLICY("a"), 2, 0 }, { "b.yaml", POLICY("b"), 3, 0 },
    { "c.yaml", "kind: [", 3, 1 },   { "a.yaml", NULL, 3, 2 }, /* nothing changes while anything is wrong */
    { "c.yaml", NULL, 2, 2 },        { NULL, NULL, 4, 2 },
};

struct bench {
    struct loop *loop;
    struct policies *policies;
    struct timer patience, pause;
    char root[64];
    size_t step, n_problems, n_kept;
    bool stopped;
};

static void write_file(const char *folder, const char *name, const char *text)
{
    cleanup_buf struct buf path = BUF_INIT(512);
    buf_printf(&path, "%s/%s", folder, name);
    if (!text) {
        assert_int_equal(unlink(buf_text(&path)), 0);
        return;
    }
    FILE *file = fopen(buf_text(&path), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* "folder/..data" is a link to the folder's content of today, "folder/all.yaml" one to "..data/all.yaml". */
static void swap_content(struct bench *bench, const char *content, const char *text)
{
    cleanup_buf struct buf folder = BUF_INIT(512), link = BUF_INIT(512), data = BUF_INIT(512);
    buf_printf(&folder, "%s/%s", bench->root, content);
    buf_printf(&link, "%s/..data.new", bench->root);
    buf_printf(&data, "%s/..data", bench->root);
    assert_int_equal(mkdir(buf_text(&folder), 0700), 0);
    write_file(buf_text(&folder), "all.yaml", text);
    assert_int_equal(symlink(content, buf_text(&link)), 0);
    assert_int_equal(rename(buf_text(&link), buf_text(&data)), 0);
}

static void take_step(struct bench *bench)
{
    const struct folder_step *step = &steps[bench->step];
    if (step->file)
        write_file(bench->root, step->file, step->text);
    else
        swap_content(bench, "..2", POLICY("p") "---\n" POLICY("q") "---\n" POLICY("r"));
}

static void on_stopped(void *ctx)
{
    struct bench *bench = ctx;
    bench->stopped = true;
}

static void stop(struct bench *bench)
{
    timer_stop(&bench->patience);
    timer_stop(&bench->pause);
    if (bench->policies)
        policies_stop(take(bench->policies), on_stopped, bench);
}

static void on_out_of_patience(struct timer *timer)
{
    stop(container_of(timer, struct bench, patience));
}

/* Looks now and then whether the step has had its effect. */
static void on_pause(struct timer *timer)
{
    struct bench *bench = container_of(timer, struct bench, pause);
    struct policies_stats stats = policies_stats(bench->policies);
    const struct folder_step *step = &steps[bench->step];
    if (stats.n_policies != step->want_policies || stats.n_failures < step->want_failures)
        return;
    assert_int_equal(stats.n_failures, step->want_failures);
    assert_int_equal(policies_current(bench->policies)->policies.length, step->want_policies);
    if (++bench->step == ARRAY_LEN(steps))
        stop(bench);
    else
        take_step(bench);
}

static void on_loaded(void *ctx, const struct policy_set *set)
{
    (void)ctx;
    assert_int_equal(set->problems.length, 0);
}

static void on_problem(void *ctx, const char *file, const struct error *err, bool kept)
{
    struct bench *bench = ctx;
    assert_non_null(strstr(file, "c.yaml"));
    assert_non_null(err->text);
    bench->n_problems++;
    bench->n_kept += kept;
}

static void test_changes(void **state)
{
    (void)state;
    struct bench bench = { .root = "/tmp/test_policies_XXXXXX" };
    assert_non_null(mkdtemp(bench.root));
    cleanup_buf struct buf file = BUF_INIT(512), clean = BUF_INIT(512);
    buf_printf(&file, "%s/all.yaml", bench.root);
    swap_content(&bench, "..1", POLICY("old"));
    assert_int_equal(symlink("..data/all.yaml", buf_text(&file)), 0);

    assert_null(loop_new(&bench.loop));
    struct policies_options options = { bench.root, on_loaded, on_problem, &bench };
    assert_null(policies_start(bench.loop, &options, &bench.policies));
    take_step(&bench);
    timer_start(&bench.patience, bench.loop, PATIENCE_MS, on_out_of_patience);
    timer_start_periodic(&bench.pause, bench.loop, 20, on_pause);
    assert_true(loop_run(bench.loop));
    loop_free(bench.loop);
    assert_int_equal(bench.step, ARRAY_LEN(steps));
    assert_true(bench.stopped);
    assert_int_equal(bench.n_problems, 2);
    assert_int_equal(bench.n_kept, 2);
    buf_printf(&clean, "rm -rf %s", bench.root);
    assert_int_equal(system(buf_text(&clean)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_changes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
