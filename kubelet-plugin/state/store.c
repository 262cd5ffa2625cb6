/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit: all files are written and their writeback is begun; then each is synced, of which the first
 * makes the file system commit the others' metadata along with its own; then all are renamed, and the folder
 * is synced once.
 */

#include "kubelet-plugin/state/store.h"

#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "kubelet-plugin/state/codec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define RECORD_SUFFIX    ".json"
#define TEMPORARY_SUFFIX ".tmp"

static char *path_of(struct arena *arena, const struct record_store *store, const char *uid,
                     const char *suffix)
{
    return arena_printf(arena, "%s/%s" RECORD_SUFFIX "%s", store->folder, uid, suffix);
}

/* --- open --- */

static struct error *quarantine(const struct record_store *store, const char *file, struct error *why)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *aside = arena_printf(arena, "%s/quarantine", store->folder);
    log_error_free(LOG_ERROR, "a record of a prepared claim cannot be read and is set aside",
                   error_hint(error_wrap(why, "%s/%s", store->folder, file),
                              "kubelet will prepare the claim again; look into %s for the cause", aside));
    TRY(file_make_folder(aside, 0700));
    const char *from = arena_printf(arena, "%s/%s", store->folder, file);
    const char *to = arena_printf(arena, "%s/%s", aside, file);
    if (rename(from, to) < 0)
        return error_errno(errno, "rename %s to %s", from, to);
    return NULL;
}

static struct error *load(struct record_store *store, const char *file, size_t *n_quarantined)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf bytes = BUF_INIT(MAX_RECORD_BYTES + 64);
    struct error *err = file_read(arena_printf(arena, "%s/%s", store->folder, file), &bytes);
    if (err && err->kind != ERROR_EXHAUSTED)
        return err;
    struct record *record = NULL;
    if (!err)
        err = record_decode(buf_span(&bytes), &record);
    size_t length = strlen(file) - strlen(RECORD_SUFFIX);
    if (!err && !span_equal(span_of(record->uid), (struct span){ file, length })) {
        record_free(take(record));
        err = error_invalid("it is about another claim than its name says");
    }
    if (err) {
        ++*n_quarantined;
        return quarantine(store, file, err);
    }
    map_put(&store->records, record->uid, record);
    return NULL;
}

static struct error *load_all(struct record_store *store, DIR *listing, size_t *n_quarantined)
{
    cleanup_arena struct arena *arena = arena_new();
    for (struct dirent *entry; (entry = readdir(listing));) {
        struct span name = span_of(entry->d_name);
        if (span_ends_with(name, SPAN(RECORD_SUFFIX TEMPORARY_SUFFIX)))
            TRY(file_remove(arena_printf(arena, "%s/%s", store->folder, entry->d_name), 0));
        else if (span_ends_with(name, SPAN(RECORD_SUFFIX)))
            TRY(load(store, entry->d_name, n_quarantined));
    }
    return NULL;
}

struct error *record_store_open(struct record_store *store, const char *folder, size_t *n_quarantined)
{
    *store = (struct record_store){ .folder = mem_strdup(folder) };
    *n_quarantined = 0;
    struct error *err = file_make_folder(folder, 0700);
    DIR *listing = err ? NULL : opendir(folder);
    if (!err && !listing)
        err = error_errno(errno, "open %s", folder);
    if (!err)
        err = load_all(store, listing, n_quarantined);
    if (listing)
        closedir(listing);
    if (err)
        record_store_close(store);
    return error_wrap(err, "records of prepared claims");
}

void record_store_close(struct record_store *store)
{
    map_each (&store->records, entry)
        record_free(entry->value);
    map_done(&store->records);
    free(take(store->folder));
}

const struct record *record_store_find(const struct record_store *store, const char *uid)
{
    return map_get(&store->records, uid);
}

/* --- put --- */

static struct error *write_bytes(int fd, struct span bytes)
{
    while (bytes.length) {
        ssize_t wrote = write(fd, bytes.data, bytes.length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return error_errno(errno, "write");
        bytes = span_skip(bytes, (size_t)wrote);
    }
    return NULL;
}

static struct error *write_temporary(const struct record_store *store, const struct record *record, bool sync,
                                     int *out)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf bytes = BUF_INIT(MAX_RECORD_BYTES + 64);
    TRY(record_encode(record, &bytes));
    const char *path = path_of(arena, store, record->uid, TEMPORARY_SUFFIX);
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(errno, "create %s", path);
    TRY(error_wrap(write_bytes(fd, buf_span(&bytes)), "%s", path));
    if (sync)
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* only a head start for fsync */
    *out = take_fd(fd);
    return NULL;
}

static struct error *rename_into_place(const struct record_store *store, const char *uid)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *from = path_of(arena, store, uid, TEMPORARY_SUFFIX), *to = path_of(arena, store, uid, "");
    if (rename(from, to) < 0)
        return error_errno(errno, "rename %s to %s", from, to);
    return NULL;
}

static void accept_record(struct record_store *store, struct record *record)
{
    record_free(map_put(&store->records, record->uid, record));
}

static void reject_record(struct record_store *store, struct record *record, struct error **err)
{
    cleanup_arena struct arena *arena = arena_new();
    error_free(file_remove(path_of(arena, store, record->uid, TEMPORARY_SUFFIX), 0));
    *err = error_hint(error_wrap(*err, "record of claim %s/%s", record->namespace, record->name),
                      "see that the plugin's state folder is writable and has space left");
    record_free(record);
}

void record_store_put(struct record_store *store, struct record **records, size_t n_records, bool sync,
                      struct error **errors)
{
    cleanup_free int *fds = mem_new(n_records, sizeof(int));
    for (size_t i = 0; i < n_records; i++) {
        fds[i] = -1;
        errors[i] = write_temporary(store, records[i], sync, &fds[i]);
    }
    for (size_t i = 0; i < n_records; i++) {
        if (fds[i] < 0)
            continue;
        if (sync && fsync(fds[i]) < 0)
            errors[i] = error_errno(errno, "sync");
        close(fds[i]);
        if (!errors[i])
            errors[i] = rename_into_place(store, records[i]->uid);
    }
    struct error *folder_error = sync ? file_sync_folder(store->folder) : NULL;
    for (size_t i = 0; i < n_records; i++) {
        /* a rename that may not be on disk: the file is as good as written, but nothing may be built on it */
        if (!errors[i] && folder_error)
            errors[i] = error_copy(folder_error);
        if (errors[i])
            reject_record(store, records[i], &errors[i]);
        else
            accept_record(store, records[i]);
    }
    error_free(folder_error);
}

struct error *record_store_remove(struct record_store *store, const char *uid)
{
    cleanup_arena struct arena *arena = arena_new();
    TRY(file_remove(path_of(arena, store, uid, ""), 0));
    record_free(map_remove(&store->records, span_of(uid)));
    return NULL;
}
