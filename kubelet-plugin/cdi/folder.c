/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Specs are not fsynced. What survives a power cut is worthless anyway: after a reboot every sandbox is made
 * anew, so kubelet asks for each claim again, and the boot id in the record has us write the spec again.
 */

#include "kubelet-plugin/cdi/folder.h"

#include "api/base/file.h"
#include "api/value/json.h"
#include "kubelet-plugin/cdi/names.h"

#include <dirent.h>
#include <errno.h>

enum { MAX_SPEC_BYTES = 1024 * 1024 };

struct error *cdi_folder_check(const struct cdi_folder *folder)
{
    TRY(cdi_check_driver(folder->driver));
    TRY(error_wrap(file_make_folder(folder->path, 0755), "CDI folder"));
    if (access(folder->path, W_OK) < 0)
        return error_hint(error_errno(errno, "CDI folder %s", folder->path),
                          "mount the host's CDI folder read-write into the plugin");
    return NULL;
}

static char *path_of(struct arena *arena, const struct cdi_folder *folder, const char *uid)
{
    return arena_printf(arena, "%s/%s", folder->path, cdi_file_name(arena, folder->driver, uid));
}

struct error *cdi_folder_write(const struct cdi_folder *folder, const char *uid, const struct value *spec)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(MAX_SPEC_BYTES);
    json_write_pretty(&text, spec);
    buf_add_char(&text, '\n');
    TRY(error_wrap(buf_check(&text), "CDI spec of claim %s", uid));
    return error_hint(file_replace(path_of(arena, folder, uid), buf_span(&text), 0644, 0),
                      "see that the CDI folder is mounted read-write into the plugin and has space left");
}

bool cdi_folder_has(const struct cdi_folder *folder, const char *uid, const struct value *spec)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(MAX_SPEC_BYTES);
    struct value *there = NULL;
    struct error *err = file_read(path_of(arena, folder, uid), &text);
    if (!err)
        err = json_parse(arena, buf_span(&text), JSON_STRICT, &there);
    bool same = !err && value_equal(there, spec);
    error_free(err); /* whatever is wrong with the file, writing it anew mends it */
    return same;
}

struct error *cdi_folder_remove(const struct cdi_folder *folder, const char *uid)
{
    cleanup_arena struct arena *arena = arena_new();
    return file_remove(path_of(arena, folder, uid), 0);
}

/* file_replace's temporary files for specs of ours: ".k8s.<driver>-claim_<uid>.json.XXXXXX.tmp" */
static bool is_leftover(struct arena *arena, const struct cdi_folder *folder, const char *name)
{
    const char *prefix = arena_printf(arena, ".%s-" CDI_CLASS "_", cdi_vendor(arena, folder->driver));
    return span_starts_with(span_of(name), span_of(prefix)) && span_ends_with(span_of(name), SPAN(".tmp"));
}

struct error *cdi_folder_sweep(const struct cdi_folder *folder, bool (*keep)(void *ctx, struct span uid),
                               void *ctx, size_t *n_removed)
{
    *n_removed = 0;
    DIR *listing = opendir(folder->path);
    if (!listing)
        return errno == ENOENT ? NULL : error_errno(errno, "CDI folder %s", folder->path);
    cleanup_arena struct arena *arena = arena_new();
    struct error *err = NULL;
    for (struct dirent *entry; !err && (entry = readdir(listing));) {
        struct span uid = cdi_uid_of_file(folder->driver, entry->d_name);
        if (!is_leftover(arena, folder, entry->d_name) && (!uid.data || keep(ctx, uid)))
            continue;
        err = file_remove(arena_printf(arena, "%s/%s", folder->path, entry->d_name), 0);
        *n_removed += !err;
    }
    closedir(listing);
    return error_wrap(err, "sweep CDI folder");
}
