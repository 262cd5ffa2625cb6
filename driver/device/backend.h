/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where devices come from. A backend has four verbs: discover tells which devices there are, watch tells when
 * that changes, prepare makes one allocated device ready and says what the container gets, release undoes it.
 * The plugin holds one backend for each driver that it serves and knows nothing else about devices.
 *
 *     declared, simulated    an Inventory of the policy files (api/config)
 *
 * Discover, prepare and release block and are called from jobs, prepare and release from several at once;
 * watch and its callback belong to the loop. Preparing the same thing twice gives the same answer, and
 * releasing what is not prepared is fine: the plugin repeats itself after a crash (contract 7).
 */

#include "api/resource/claim.h"
#include "api/resource/slice.h"
#include "driver/device/edits.h"

struct backend;
struct loop;

/* A health check's result for a device that is still published. */
enum device_health { HEALTH_UNKNOWN, HEALTH_GOOD, HEALTH_BAD };

struct discovered_device {
    struct device device;
    enum device_health health;
    const char *health_message; /* or NULL */
};

/* One pool of one driver, as this node sees it. */
struct discovered_pool {
    const char *name; /* NULL: the node's own name */
    struct counter_set *counter_sets;
    size_t n_counter_sets;
    struct discovered_device *devices; /* in the order of publication */
    size_t n_devices;
};

struct discovery {
    struct discovered_pool *pools;
    size_t n_pools;
};

/* One result of one claim. */
struct prepare_request {
    const char *node_name;
    const struct resource_claim *claim; /* with its allocation */
    const struct allocation_result *result;
};

struct backend_verbs {
    const char *kind; /* "inventory" */

    /* Everything is in ARENA. */
    struct error *(*discover)(struct backend *backend, struct arena *arena, const char *node_name,
                              struct discovery *out);

    /* CHANGED is called on the loop, until backend_free, when discover would answer differently. */
    struct error *(*watch)(struct backend *backend, struct loop *loop, void (*changed)(void *context),
                           void *context);

    /*
     * ERROR_INVALID: the claim's config cannot work (wrong kind, unknown field, contradiction); trying again
     * is of no use until somebody changes it. ERROR_NOT_FOUND: no such device here.
     */
    struct error *(*prepare)(struct backend *backend, struct arena *arena,
                             const struct prepare_request *request, struct device_edits *out);

    /* The claim may be gone already: what is left is the device (and share) that had been prepared. */
    struct error *(*release)(struct backend *backend, const char *pool, const char *device,
                             const char *share_id);

    void (*free)(struct backend *backend);
};

/* Embedded as the first member of every backend's own struct. */
struct backend {
    const struct backend_verbs *verbs;
    const char *driver; /* "gpu.example.com" */
};

static inline struct error *backend_discover(struct backend *backend, struct arena *arena,
                                             const char *node_name, struct discovery *out)
{
    return backend->verbs->discover(backend, arena, node_name, out);
}

static inline struct error *backend_watch(struct backend *backend, struct loop *loop,
                                          void (*changed)(void *context), void *context)
{
    return backend->verbs->watch(backend, loop, changed, context);
}

static inline struct error *backend_prepare(struct backend *backend, struct arena *arena,
                                            const struct prepare_request *request, struct device_edits *out)
{
    return backend->verbs->prepare(backend, arena, request, out);
}

static inline struct error *backend_release(struct backend *backend, const char *pool, const char *device,
                                            const char *share_id)
{
    return backend->verbs->release(backend, pool, device, share_id);
}

static inline void backend_free(struct backend *backend)
{
    if (backend)
        backend->verbs->free(backend);
}

/*
 * The opaque parameters that DRIVER is to use for RESULT: those of the last entry of the allocation's config
 * that is for this driver and covers the result's request; entries of the class stand before those of the
 * claim. NULL: no entry applies.
 */
const struct value *allocation_config_find(const struct allocation *allocation, const char *driver,
                                           const char *request);

/* Whether any result of the claim has admin access. */
bool allocation_has_admin_access(const struct allocation *allocation);
