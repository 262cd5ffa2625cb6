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

#define GUARDED                                                                                              \
    "{apiVersion: policy.tranche.dev/v1, kind: Inventory, spec: {driver: gpu.example.com, devices: [{name: " \
    "gpu, "                                                                                                  \
    "health: {exists: %s/needed, absent: '%s/broken-${name}'}}]}}"

struct illness {
    char folder[64], file[96], needed[96], broken[96];
    struct loop *loop;
    struct backend *backend;
    struct timer end;
    size_t n_changes;
    enum device_health seen[4];
    char messages[4][160];
};

static void look(struct illness *illness)
{
    cleanup_arena struct arena *arena = arena_new();
    struct discovery discovery;
    assert_null(backend_discover(illness->backend, arena, "worker", &discovery));
    const struct discovered_device *device = &discovery.pools[0].devices[0];
    illness->seen[illness->n_changes] = device->health;
    snprintf(illness->messages[illness->n_changes], sizeof(illness->messages[0]), "%s",
             device->health_message ? device->health_message : "");
}

static void on_health_too_late(struct timer *timer)
{
    struct illness *illness = container_of(timer, struct illness, end);
    loop_stop(illness->loop, 1000);
}

static void on_health_changed(void *context)
{
    struct illness *illness = context;
    illness->n_changes++;
    look(illness);
    if (illness->seen[illness->n_changes] != HEALTH_GOOD)
        return;
    timer_stop(&illness->end);
    backend_free(illness->backend);
    loop_stop(illness->loop, 1000);
}

static void test_health(void **state)
{
    struct illness illness = { .folder = "/tmp/tranche-health-XXXXXX" };
    struct backend **backends;
    size_t n_backends;
    char text[512];
    (void)state;
    assert_non_null(mkdtemp(illness.folder));
    snprintf(illness.file, sizeof(illness.file), "%s/i.yaml", illness.folder);
    snprintf(illness.needed, sizeof(illness.needed), "%s/needed", illness.folder);
    snprintf(illness.broken, sizeof(illness.broken), "%s/broken-gpu", illness.folder);
    snprintf(text, sizeof(text), GUARDED, illness.folder, illness.folder);
    assert_null(file_replace(illness.file, span_of(text), 0644, 0));
    assert_null(file_replace(illness.broken, SPAN(""), 0644, 0));

    assert_null(loop_new(&illness.loop));
    assert_null(inventory_backends_load(illness.file, &backends, &n_backends));
    illness.backend = backends[0];
    free(backends);
    look(&illness);
    assert_int_equal(illness.seen[0], HEALTH_BAD);
    assert_string_equal(strrchr(illness.messages[0], '/'), "/needed: No such file or directory");

    assert_null(file_replace(illness.needed, SPAN(""), 0644, 0));
    look(&illness);
    assert_string_equal(strrchr(illness.messages[0], '/'), "/broken-gpu is there");
    assert_null(backend_watch(illness.backend, illness.loop, on_health_changed, &illness));
    assert_null(file_remove(illness.broken, 0));
    timer_start(&illness.end, illness.loop, PATIENCE_MS, on_health_too_late);
    assert_true(loop_run(illness.loop));
    loop_free(illness.loop);
    assert_true(illness.n_changes >= 1);
    assert_int_equal(illness.seen[illness.n_changes], HEALTH_GOOD);
    assert_null(file_remove(illness.file, 0));
    assert_null(file_remove(illness.needed, 0));
    rmdir(illness.folder);
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
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
