/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A backend whose effects are files: a prepared device is a file in a folder, so that effects outlive a
 * process that is killed. And the ground for batches, in a folder of its own.
 */

#include "api/base/file.h"
#include "api/base/memory.h"
#include "kubelet-plugin/prepare/batch.h"
#include "kubelet-plugin/prepare/recover.h"
#include "tests/support/cmocka.h"

#include <dirent.h>
#include <sys/stat.h>

struct fake_backend {
    struct backend base;
    const char *folder;
    const char *fail_device; /* its prepare fails */
    bool fail_release;
    size_t n_prepares, n_releases;
};

struct fixture {
    char root[64], claims[96], cdi[96], effects[96];
    struct fake_backend backend;
    struct record_store store;
    struct prepare_ground ground;
};

static inline struct error *fake_prepare(struct backend *base, struct arena *arena,
                                         const struct prepare_request *request, struct device_edits *out)
{
    struct fake_backend *backend = container_of(base, struct fake_backend, base);
    const char *device = request->result->device;
    backend->n_prepares++;
    if (backend->fail_device && strcmp(device, backend->fail_device) == 0)
        return error_unavailable("it is on fire");
    const char *path = arena_printf(arena, "%s/%s", backend->folder, device);
    if (!request->result->admin_access)
        TRY(file_replace(path, SPAN("prepared"), 0600, 0));
    out->env = arena_make_array(arena, struct string_pair, 1);
    out->env[0] = (struct string_pair){ "DEVICE", arena_strdup(arena, device) };
    out->n_env = 1;
    return NULL;
}

static inline struct error *fake_release(struct backend *base, const char *pool, const char *device,
                                         const char *share_id)
{
    (void)pool, (void)share_id;
    struct fake_backend *backend = container_of(base, struct fake_backend, base);
    backend->n_releases++;
    if (backend->fail_release)
        return error_unavailable("it is stuck");
    cleanup_arena struct arena *arena = arena_new();
    return file_remove(arena_printf(arena, "%s/%s", backend->folder, device), 0);
}

static const struct backend_verbs fake_verbs = { .kind = "fake",
                                                 .prepare = fake_prepare,
                                                 .release = fake_release };

/* Opens what is on disk, as a start of the plugin does. */
static inline void fixture_open(struct fixture *f, const char *boot_id)
{
    size_t n_quarantined;
    assert_null(record_store_open(&f->store, f->claims, &n_quarantined));
    f->ground.boot_id = boot_id;
    assert_null(ground_recover(&f->ground));
}

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){ 0 };
    strcpy(f->root, "/tmp/test_prepare.XXXXXX");
    assert_non_null(mkdtemp(f->root));
    snprintf(f->claims, sizeof(f->claims), "%s/claims", f->root);
    snprintf(f->cdi, sizeof(f->cdi), "%s/cdi", f->root);
    snprintf(f->effects, sizeof(f->effects), "%s/effects", f->root);
    assert_int_equal(mkdir(f->effects, 0700), 0);
    f->backend = (struct fake_backend){ .base = { &fake_verbs, "gpu.example.com" }, .folder = f->effects };
    f->ground = (struct prepare_ground){
        .driver = "gpu.example.com",
        .node_name = "worker",
        .backend = &f->backend.base,
        .store = &f->store,
        .cdi = { f->cdi, "gpu.example.com" },
    };
    fixture_open(f, "boot-1");
}

/* Files that stand for claims or devices. */
static inline size_t count_files(const char *folder)
{
    size_t count = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        count += entry->d_type == DT_REG && strcmp(entry->d_name, "intents") != 0;
    closedir(listing);
    return count;
}

static inline void fixture_done(struct fixture *f)
{
    record_store_close(&f->store);
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", f->root);
    assert_int_equal(system(command), 0);
}

/* A claim with these devices, reserved for a pod. A device that begins with "!" is of admin access. */
static inline struct resource_claim *claim_of(struct arena *arena, const char *uid,
                                              const char *const *devices, size_t n_devices)
{
    struct resource_claim *claim = arena_make(arena, struct resource_claim);
    claim->meta = (struct object_meta){ .name = uid, .namespace = "ml", .uid = uid };
    claim->allocation = arena_make(arena, struct allocation);
    claim->allocation->n_results = n_devices;
    claim->allocation->results = arena_make_array(arena, struct allocation_result, n_devices);
    claim->n_reserved_for = 1;
    claim->reserved_for = arena_make(arena, struct claim_consumer);
    for (size_t i = 0; i < n_devices; i++) {
        bool admin = devices[i][0] == '!';
        claim->allocation->results[i] = (struct allocation_result){
            .request = "gpu/older",
            .driver = "gpu.example.com",
            .pool = "worker",
            .device = devices[i] + admin,
            .admin_access = admin,
        };
    }
    return claim;
}

static inline struct prepare_task task_prepare(const struct resource_claim *claim)
{
    return (struct prepare_task){ .kind = TASK_PREPARE,
                                  .uid = claim->meta.uid,
                                  .namespace = claim->meta.namespace,
                                  .name = claim->meta.name,
                                  .claim = claim };
}

static inline struct prepare_task task_unprepare(const char *uid)
{
    return (struct prepare_task){ .kind = TASK_UNPREPARE, .uid = uid, .namespace = "ml", .name = uid };
}

/* Runs one task; the error is the caller's. */
static inline struct error *run_one(struct fixture *f, struct prepare_task *task)
{
    batch_run(&f->ground, &task, 1);
    return task->err;
}
