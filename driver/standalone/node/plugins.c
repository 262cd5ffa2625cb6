/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry folder. A change of the folder starts a scan (a job); its result is compared with the plugins
 * that we have: by name, and by the identity of the socket's inode, so that a socket made anew under its old
 * name is seen.
 */

#include "driver/standalone/node/plugins.h"
#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/vec.h"
#include "driver/loop/file_watch.h"
#include "driver/loop/job.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
    QUIET_MS = 50,
    LOOK_MS = 5000, /* should a change ever be missed */
    LOST_MS = 30000,
    MAX_SOCKETS = 256,
};

/* A socket file, as it was found. */
struct socket_file {
    char *path;
    uint64_t inode;
    int64_t modified_nanos;
};

struct entry {
    struct socket_file file;
    struct plugin *plugin;
};

struct lost_driver {
    struct plugins *plugins;
    char *driver;
    struct timer timer;
};

struct plugins {
    struct plugins_options options;
    char *registry;
    struct file_watch watch;
    struct timer look;
    struct job scan;
    VEC(struct socket_file) found; /* the job's */
    bool scan_again, stopping;
    VEC(struct entry) entries; /* oldest first */
    VEC(struct lost_driver *) lost;
    size_t n_closing;
    void (*stopped)(void *data);
    void *stopped_data;
};

static void scan_start(struct plugins *plugins);

/* --- the job --- */

static void look_at(struct plugins *plugins, int folder, const char *name)
{
    struct stat stat;
    if (name[0] == '.' || fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISSOCK(stat.st_mode) ||
        plugins->found.length >= MAX_SOCKETS)
        return;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", plugins->registry, name) < 0)
        out_of_memory(0);
    struct socket_file file = { .path = path,
                                .inode = stat.st_ino,
                                .modified_nanos =
                                    stat.st_mtim.tv_sec * INT64_C(1000000000) + stat.st_mtim.tv_nsec };
    vec_push(&plugins->found, file);
}

static void scan_work(struct job *job)
{
    struct plugins *plugins = container_of(job, struct plugins, scan);
    DIR *folder = opendir(plugins->registry);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        look_at(plugins, dirfd(folder), entry->d_name);
    closedir(folder);
}

/* --- which plugins there are --- */

static void plugins_free(struct plugins *plugins)
{
    void (*stopped)(void *) = plugins->stopped;
    void *data = plugins->stopped_data;
    vec_each (&plugins->found, file)
        free(file->path);
    vec_done(&plugins->found);
    vec_done(&plugins->entries);
    vec_done(&plugins->lost);
    free(plugins->registry);
    free(plugins);
    if (stopped)
        stopped(data);
}

static void free_if_stopped(struct plugins *plugins)
{
    if (plugins->stopping && plugins->n_closing == 0 && !job_is_running(&plugins->scan))
        plugins_free(plugins);
}

static void on_plugin_gone(void *data)
{
    struct plugins *plugins = data;
    plugins->n_closing--;
    free_if_stopped(plugins);
}

static bool is_connected(const struct plugins *plugins, const char *driver)
{
    const struct plugin *plugin = plugins_find(plugins, driver);
    return plugin && plugin_is_connected(plugin);
}

static void lost_forget(struct plugins *plugins, size_t index)
{
    struct lost_driver *lost = plugins->lost.items[index];
    vec_remove(&plugins->lost, index);
    timer_stop(&lost->timer);
    free(lost->driver);
    free(lost);
}

static void on_lost(struct timer *timer)
{
    struct lost_driver *lost = container_of(timer, struct lost_driver, timer);
    struct plugins *plugins = lost->plugins;
    cleanup_free char *driver = mem_strdup(lost->driver);
    for (size_t i = 0; i < plugins->lost.length; i++) {
        if (plugins->lost.items[i] == lost) {
            lost_forget(plugins, i);
            break;
        }
    }
    if (!is_connected(plugins, driver))
        plugins->options.lost(plugins->options.data, driver);
}

/* Starts the clock for a driver without a connection, or stops it. */
static void judge_driver(struct plugins *plugins, const char *driver)
{
    size_t at = 0;
    while (at < plugins->lost.length && strcmp(plugins->lost.items[at]->driver, driver) != 0)
        at++;
    bool counting = at < plugins->lost.length;
    if (is_connected(plugins, driver)) {
        if (counting)
            lost_forget(plugins, at);
        return;
    }
    if (counting)
        return;
    struct lost_driver *lost = NEW(struct lost_driver);
    lost->plugins = plugins;
    lost->driver = mem_strdup(driver);
    vec_push(&plugins->lost, lost);
    timer_start(&lost->timer, plugins->options.loop, LOST_MS, on_lost);
}

static void on_plugin_changed(struct plugin *plugin, void *data)
{
    struct plugins *plugins = data;
    if (plugin_driver(plugin))
        judge_driver(plugins, plugin_driver(plugin));
    plugins->options.changed(plugins->options.data);
}

static void entry_remove(struct plugins *plugins, size_t index)
{
    struct entry entry = plugins->entries.items[index];
    vec_remove(&plugins->entries, index);
    const char *driver = plugin_driver(entry.plugin);
    log_info("a plugin's socket has gone", kv_str("socket", entry.file.path),
             kv_str("driver", driver ? driver : ""));
    if (driver && !plugins->stopping)
        judge_driver(plugins, driver);
    free(entry.file.path);
    plugins->n_closing++;
    plugin_stop(entry.plugin, on_plugin_gone, plugins);
}

static bool is_same(const struct socket_file *a, const struct socket_file *b)
{
    return a->inode == b->inode && a->modified_nanos == b->modified_nanos && strcmp(a->path, b->path) == 0;
}

static bool is_found(const struct plugins *plugins, const struct socket_file *file)
{
    for (size_t i = 0; i < plugins->found.length; i++) {
        if (is_same(&plugins->found.items[i], file))
            return true;
    }
    return false;
}

static bool is_known(const struct plugins *plugins, const struct socket_file *file)
{
    for (size_t i = 0; i < plugins->entries.length; i++) {
        if (is_same(&plugins->entries.items[i].file, file))
            return true;
    }
    return false;
}

static void settle(struct plugins *plugins)
{
    for (size_t i = plugins->entries.length; i-- > 0;) {
        if (!is_found(plugins, &plugins->entries.items[i].file))
            entry_remove(plugins, i);
    }
    vec_each (&plugins->found, file) {
        if (is_known(plugins, file)) {
            free(file->path);
            continue;
        }
        struct plugin_listener listener = { on_plugin_changed, plugins };
        struct plugin *plugin = plugin_new(plugins->options.loop, file->path, listener);
        vec_push(&plugins->entries, (struct entry){ .file = *file, .plugin = plugin });
    }
    vec_clear(&plugins->found);
}

static void scan_done(struct job *job, bool cancelled)
{
    struct plugins *plugins = container_of(job, struct plugins, scan);
    if (plugins->stopping) {
        free_if_stopped(plugins);
        return;
    }
    if (!cancelled)
        settle(plugins);
    if (plugins->scan_again)
        scan_start(plugins);
    plugins->options.changed(plugins->options.data);
}

static void scan_start(struct plugins *plugins)
{
    plugins->scan_again = job_is_running(&plugins->scan);
    if (!plugins->scan_again)
        job_start(&plugins->scan, plugins->options.loop, scan_work, scan_done);
}

static void on_folder_change(struct file_watch *watch)
{
    scan_start(container_of(watch, struct plugins, watch));
}

static void on_look(struct timer *timer)
{
    scan_start(container_of(timer, struct plugins, look));
}

struct error *plugins_start(const struct plugins_options *options, struct plugins **out)
{
    struct plugins *plugins = NEW(struct plugins);
    plugins->options = *options;
    if (asprintf(&plugins->registry, "%s/plugins_registry", options->folder) < 0)
        out_of_memory(0);
    struct error *err = file_make_folder(plugins->registry, 0750);
    if (!err)
        err = file_watch_start(&plugins->watch, options->loop, plugins->registry, QUIET_MS, on_folder_change);
    if (err) {
        free(plugins->registry);
        free(plugins);
        return err;
    }
    timer_start_periodic(&plugins->look, options->loop, LOOK_MS, on_look);
    scan_start(plugins);
    *out = plugins;
    return NULL;
}

void plugins_stop(struct plugins *plugins, void (*stopped)(void *data), void *data)
{
    plugins->stopping = true;
    plugins->stopped = stopped;
    plugins->stopped_data = data;
    file_watch_stop(&plugins->watch);
    timer_stop(&plugins->look);
    while (plugins->lost.length)
        lost_forget(plugins, 0);
    plugins->n_closing++;
    while (plugins->entries.length)
        entry_remove(plugins, plugins->entries.length - 1);
    on_plugin_gone(plugins);
}

const struct plugin *plugins_find(const struct plugins *plugins, const char *driver)
{
    const struct plugin *newest = NULL;
    for (size_t i = plugins->entries.length; i-- > 0;) {
        const struct plugin *plugin = plugins->entries.items[i].plugin;
        const char *name = plugin_driver(plugin);
        if (!name || strcmp(name, driver) != 0)
            continue;
        if (plugin_is_connected(plugin))
            return plugin;
        newest = newest ? newest : plugin;
    }
    return newest;
}
