/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A changed inventory is read again; a broken one leaves the last good one in force; a removed one takes the
 * devices with it.
 */

#include "api/base/file.h"
#include "driver/device/inventory_backend.h"
#include "driver/loop/timer.h"
#include "tests/support/cmocka.h"

#include <sys/stat.h>

enum { STEP_MS = 20, PATIENCE_MS = 20000, UNDISTURBED_MS = 700 };

#define INVENTORY(count)                                                                                     \
    "{apiVersion: policy.tranche.dev/v1, kind: Inventory, spec: {driver: gpu.example.com, devices: "         \
    "[{count: " count ", name: 'gpu-${index}'}]}}"

struct story {
    char folder[64], file[96];
    struct loop *loop;
    struct backend *backend;
    struct timer end;
    size_t n_changes;
    size_t n_devices[4]; /* after the change of that number */
};

static void write_inventory(struct story *story, const char *text)
{
    assert_null(file_replace(story->file, span_of(text), 0644, 0));
}

static size_t count_devices(struct story *story)
{
    cleanup_arena struct arena *arena = arena_new();
    struct discovery discovery;
    assert_null(backend_discover(story->backend, arena, "worker", &discovery));
    return discovery.n_pools ? discovery.pools[0].n_devices : 0;
}

static void on_too_late(struct timer *timer)
{
    struct story *story = container_of(timer, struct story, end);
    loop_stop(story->loop, 1000);
}

static void on_undisturbed(struct timer *timer)
{
    struct story *story = container_of(timer, struct story, end);
    story->n_devices[3] = count_devices(story);
    assert_null(file_remove(story->file, 0));
    timer_start(&story->end, story->loop, PATIENCE_MS, on_too_late);
}

static void on_changed(void *context)
{
    struct story *story = context;
    story->n_devices[story->n_changes++] = count_devices(story);
    if (story->n_changes == 1) {
        write_inventory(story, INVENTORY("'${nothing}'"));
        timer_start(&story->end, story->loop, UNDISTURBED_MS, on_undisturbed);
    } else {
        timer_stop(&story->end);
        backend_free(story->backend);
        story->backend = NULL;
        loop_stop(story->loop, 1000);
    }
}

static void on_start(struct timer *timer)
{
    struct story *story = container_of(timer, struct story, end);
    write_inventory(story, INVENTORY("3"));
    timer_start(&story->end, story->loop, PATIENCE_MS, on_too_late);
}

static void test_reload(void **state)
{
    struct story story = { .folder = "/tmp/tranche-inventory-XXXXXX" };
    struct backend **backends;
    size_t n_backends;
    (void)state;
    assert_non_null(mkdtemp(story.folder));
    snprintf(story.file, sizeof(story.file), "%s/inventory.yaml", story.folder);
    write_inventory(&story, INVENTORY("2"));

    assert_null(loop_new(&story.loop));
    assert_null(inventory_backends_load(story.folder, &backends, &n_backends));
    assert_int_equal(n_backends, 1);
    story.backend = backends[0];
    free(backends);
    assert_int_equal(count_devices(&story), 2);
    assert_null(backend_watch(story.backend, story.loop, on_changed, &story));
    timer_start(&story.end, story.loop, STEP_MS, on_start);
    assert_true(loop_run(story.loop));
    loop_free(story.loop);
    rmdir(story.folder);

    assert_int_equal(story.n_changes, 2);
    assert_int_equal(story.n_devices[0], 3);
    assert_int_equal(story.n_devices[3], 3); /* the broken one changed nothing */
    assert_int_equal(story.n_devices[1], 0);
}

static void test_nothing_there(void **state)
{
    struct backend **backends;
    size_t n_backends;
    (void)state;
    cleanup_error struct error *err = inventory_backends_load("/nonexistent/x.yaml", &backends, &n_backends);
    assert_string_equal(err->text, "open /nonexistent/x.yaml: No such file or directory");
    cleanup_error struct error *other = inventory_backends_open(
        &(struct inventory_options){ .path = INVENTORIES, .driver = "fpga.example.com" }, &backends,
        &n_backends);
    assert_string_equal(strstr(other->text, ": "), ": no inventory for driver fpga.example.com");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
