/* SPDX-License-Identifier: Apache-2.0 */
#include "kubelet-plugin/state/store.h"

#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "kubelet-plugin/state/codec.h"
#include "kubelet-plugin/state/intents.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define RECORD_SUFFIX    ".json"
#define TEMPORARY_SUFFIX ".tmp"
#define INTENTS_FILE     "intents"

static char *path_of(struct arena *arena, const struct record_store *store, const char *uid,
                     const char *suffix)
{
    return arena_printf(arena, "%s/%s" RECORD_SUFFIX "%s", store->folder, uid, suffix);
}

static char *intents_path(struct arena *arena, const struct record_store *store)
{
    return arena_printf(arena, "%s/" INTENTS_FILE, store->folder);
}

/* --- load --- */

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
        if (span_ends_with(name, SPAN(TEMPORARY_SUFFIX)))
            TRY(file_remove(arena_printf(arena, "%s/%s", store->folder, entry->d_name), 0));
        else if (span_ends_with(name, SPAN(RECORD_SUFFIX)))
            TRY(load(store, entry->d_name, n_quarantined));
    }
    return NULL;
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

static struct error *with_hint(struct error *err)
{
    return error_hint(err, "see that the plugin's state folder is writable and has space left");
}

static void remember(struct record_store *store, struct record *record)
{
    record_free(map_put(&store->records, record->uid, record));
}

struct error *record_store_begin(struct record_store *store, struct record **records, size_t n_records)
{
    cleanup_arena struct arena *arena = arena_new();
    struct error *err = n_records ? intents_write(intents_path(arena, store), records, n_records) : NULL;
    for (size_t i = 0; i < n_records; i++) {
        if (err)
            record_free(records[i]);
        else
            remember(store, records[i]);
    }
    return with_hint(err);
}

struct error *record_store_end(struct record_store *store)
{
    cleanup_arena struct arena *arena = arena_new();
    return intents_clear(intents_path(arena, store));
}

static struct error *write_record(const struct record_store *store, const struct record *record)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf bytes = BUF_INIT(MAX_RECORD_BYTES + 64);
    TRY(record_encode(record, &bytes));
    return file_replace(path_of(arena, store, record->uid, ""), buf_span(&bytes), 0600, 0);
}

struct error *record_store_put(struct record_store *store, struct record *record)
{
    struct error *err = write_record(store, record);
    if (err) {
        err = with_hint(error_wrap(err, "record of claim %s/%s", record->namespace, record->name));
        record_free(record);
        return err;
    }
    remember(store, record);
    return NULL;
}

struct error *record_store_remove(struct record_store *store, const char *uid)
{
    cleanup_arena struct arena *arena = arena_new();
    TRY(file_remove(path_of(arena, store, uid, ""), 0));
    record_free(map_remove(&store->records, span_of(uid)));
    return NULL;
}

/* --- open --- */

/* The batch that was cut off: each claim gets a record of its own again, unless it had come further. */
static struct error *load_intents(struct record_store *store)
{
    cleanup_arena struct arena *arena = arena_new();
    record_vec intents = { 0 };
    struct error *err = intents_read(intents_path(arena, store), &intents);
    vec_each (&intents, record) {
        if (err || record_store_find(store, (*record)->uid))
            record_free(*record);
        else
            err = record_store_put(store, *record);
    }
    vec_done(&intents);
    return err;
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
    if (!err)
        err = load_intents(store);
    if (listing)
        closedir(listing);
    if (err)
        record_store_close(store);
    return error_wrap(err, "records of prepared claims");
}
