/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching a folder through what editors, the kubelet and admins do to it.
 */

#include "api/base/buf.h"
#include "api/base/file.h"
#include "driver/loop/file_watch.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct watcher {
    struct loop *loop;
    struct file_watch watch;
    struct timer act, give_up;
    char folder[64], path[96];
    void (*steps[4])(struct watcher *watcher);
    size_t n_steps;
    int n_told;
};

static void on_act(struct timer *timer)
{
    struct watcher *watcher = container_of(timer, struct watcher, act);
    if (watcher->steps[watcher->n_steps])
        watcher->steps[watcher->n_steps++](watcher);
    else
        file_watch_stop(&watcher->watch), timer_stop(&watcher->give_up);
}

static void on_change(struct file_watch *watch)
{
    struct watcher *watcher = container_of(watch, struct watcher, watch);
    watcher->n_told++;
    timer_start(&watcher->act, watcher->loop, 30, on_act);
}

static void on_give_up(struct timer *timer)
{
    struct watcher *watcher = container_of(timer, struct watcher, give_up);
    file_watch_stop(&watcher->watch);
}

static const char *path_in(struct watcher *watcher, const char *name)
{
    snprintf(watcher->path, sizeof(watcher->path), "%s/%s", watcher->folder, name);
    return watcher->path;
}

static void step_write_many(struct watcher *watcher)
{
    for (int i = 0; i < 20; i++)
        assert_null(file_replace(path_in(watcher, "policy.yaml"), SPAN("x"), 0644, 0));
}

static void step_remove_file(struct watcher *watcher)
{
    assert_null(file_remove(path_in(watcher, "policy.yaml"), 0));
}

/* As the kubelet does: a new folder of data, and "..data" renamed over. */
static void step_swap(struct watcher *watcher)
{
    static int generation;
    char target[16];
    snprintf(target, sizeof(target), "..v%d", ++generation);
    assert_int_equal(mkdir(path_in(watcher, target), 0755), 0);
    assert_int_equal(symlink(target, path_in(watcher, "..data_tmp")), 0);
    char from[96];
    snprintf(from, sizeof(from), "%s", path_in(watcher, "..data_tmp"));
    assert_int_equal(rename(from, path_in(watcher, "..data")), 0);
}

static void remove_folder(struct watcher *watcher)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", watcher->folder);
    assert_int_equal(system(command), 0);
}

static void step_make_folder(struct watcher *watcher)
{
    assert_int_equal(mkdir(watcher->folder, 0755), 0);
}

static void step_replace_folder(struct watcher *watcher)
{
    remove_folder(watcher);
    step_make_folder(watcher);
}

struct watch_case {
    const char *name;
    bool absent;
    void (*steps[4])(struct watcher *watcher);
    int want_told;
};

static const struct watch_case watch_cases[] = {
    { "many writes are told once", false, { step_write_many }, 1 },
    { "write and remove", false, { step_write_many, step_remove_file }, 2 },
    { "ConfigMap swaps", false, { step_swap, step_swap }, 2 },
    { "the folder is made later", true, { step_make_folder, step_write_many }, 2 },
    { "the folder is replaced", false, { step_replace_folder, step_write_many, step_swap }, 3 },
    { "the folder goes and comes back", false, { remove_folder, step_make_folder, step_write_many }, 3 },
};

static void test_watch(void **state)
{
    const struct watch_case *row = *state;
    struct watcher watcher = { .folder = "/tmp/test_file_watch.XXXXXX" };
    memcpy(watcher.steps, row->steps, sizeof(row->steps));
    assert_non_null(mkdtemp(watcher.folder));
    assert_null(loop_new(&watcher.loop));
    if (row->absent)
        remove_folder(&watcher);
    assert_null(file_watch_start(&watcher.watch, watcher.loop, watcher.folder, 10, on_change));
    timer_start(&watcher.give_up, watcher.loop, 20 * 1000, on_give_up);
    watcher.steps[watcher.n_steps++](&watcher);
    /* The folder that goes is told by itself; what follows acts on that. */
    assert_true(loop_run(watcher.loop));
    assert_int_equal(watcher.n_told, row->want_told);
    file_watch_stop(&watcher.watch);
    timer_stop(&watcher.act);
    loop_free(watcher.loop);
    remove_folder(&watcher);
}

int main(void)
{
    return RUN_TABLE(watch_cases, test_watch);
}
