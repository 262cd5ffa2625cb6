/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubelet's view of prepared claims. A pod is entered as a user of its claims before the first call, so that
 * unprepare is called for whatever prepare may have begun; the entry of a claim goes with its last driver's
 * answer.
 */

#include "driver/standalone/node/prepared.h"
#include "api/base/map.h"
#include "api/base/memory.h"
#include "api/kubelet/services.h"
#include "driver/standalone/node/dra_calls.h"

enum { CALL_MS = 45000 };

struct prepared_driver {
    char *name;
    bool called; /* at least once, so there may be something to undo */
    bool ready;
    struct dra_devices devices;
};

struct prepared_claim {
    char *namespace, *name, *uid;
    struct map pods; /* uids of the pods that use it */
    VEC(struct prepared_driver) drivers;
    bool busy; /* in a call */
};

struct prepared {
    struct plugins *plugins;
    struct map claims; /* uid to struct prepared_claim */
};

static void driver_done(struct prepared_driver *driver)
{
    free(driver->name);
    dra_devices_done(&driver->devices);
}

static void claim_free(struct prepared_claim *claim)
{
    vec_each (&claim->drivers, driver)
        driver_done(driver);
    vec_done(&claim->drivers);
    map_done(&claim->pods);
    free(claim->namespace);
    free(claim->name);
    free(claim->uid);
    free(claim);
}

struct prepared *prepared_new(struct plugins *plugins)
{
    struct prepared *prepared = NEW(struct prepared);
    prepared->plugins = plugins;
    return prepared;
}

void prepared_free(struct prepared *prepared)
{
    if (!prepared)
        return;
    map_each (&prepared->claims, entry)
        claim_free(entry->value);
    map_done(&prepared->claims);
    free(prepared);
}

static struct prepared_driver *driver_find(const struct prepared_claim *claim, const char *name)
{
    for (size_t i = 0; i < claim->drivers.length; i++) {
        if (strcmp(claim->drivers.items[i].name, name) == 0)
            return &claim->drivers.items[i];
    }
    return NULL;
}

/* The entry of a claim, with the pod as its user and the drivers of its results. */
static struct prepared_claim *claim_enter(struct prepared *prepared, const char *pod_uid,
                                          const struct prepare_claim *wanted)
{
    const struct resource_claim *claim = wanted->claim;
    struct prepared_claim *entry = map_get(&prepared->claims, claim->meta.uid);
    if (!entry) {
        entry = NEW(struct prepared_claim);
        entry->namespace = mem_strdup(wanted->namespace);
        entry->name = mem_strdup(claim->meta.name);
        entry->uid = mem_strdup(claim->meta.uid);
        map_put(&prepared->claims, entry->uid, entry);
    }
    map_put(&entry->pods, pod_uid, entry);
    for (size_t i = 0; i < claim->allocation->n_results; i++) {
        const char *driver = claim->allocation->results[i].driver;
        if (!driver_find(entry, driver))
            vec_push(&entry->drivers, (struct prepared_driver){ .name = mem_strdup(driver) });
    }
    return entry;
}

/* --- calls --- */

static void prepare_reset(struct prepare *prepare)
{
    vec_each (&prepare->uids, uid)
        free(*uid);
    vec_done(&prepare->uids);
    free(take(prepare->driver));
    free(take(prepare->pod_uid));
}

static void settle_prepared(struct prepared *prepared, struct prepare *prepare, struct span message,
                            struct error **err)
{
    vec_each (&prepare->uids, uid) {
        struct prepared_claim *claim = map_get(&prepared->claims, *uid);
        struct dra_devices devices = { 0 };
        struct error *failed = *err ? NULL : dra_prepare_answer(message, *uid, &devices);
        struct prepared_driver *driver = claim ? driver_find(claim, prepare->driver) : NULL;
        if (claim)
            claim->busy = false;
        if (driver && !*err && !failed) {
            dra_devices_done(&driver->devices);
            driver->devices = devices;
            driver->ready = true;
        } else {
            dra_devices_done(&devices);
        }
        if (failed)
            *err =
                error_wrap(failed, "claim %s/%s", claim ? claim->namespace : "", claim ? claim->name : *uid);
    }
}

static void claim_drop_driver(struct prepared *prepared, struct prepared_claim *claim, const char *name)
{
    struct prepared_driver *driver = driver_find(claim, name);
    if (driver) {
        driver_done(driver);
        vec_remove(&claim->drivers, (size_t)(driver - claim->drivers.items));
    }
    if (claim->drivers.length == 0) {
        map_remove(&prepared->claims, span_of(claim->uid));
        claim_free(claim);
    }
}

static void settle_unprepared(struct prepared *prepared, struct prepare *prepare, struct span message,
                              struct error **err)
{
    vec_each (&prepare->uids, uid) {
        struct prepared_claim *claim = map_get(&prepared->claims, *uid);
        struct error *failed = *err ? NULL : dra_unprepare_answer(message, *uid);
        if (claim)
            claim->busy = false;
        if (failed)
            *err = error_wrap(failed, "claim %s", *uid);
        else if (claim && !*err)
            claim_drop_driver(prepared, claim, prepare->driver);
    }
}

static void on_answer(struct grpc_request *request, const struct grpc_result *result)
{
    struct prepare *prepare = container_of(request, struct prepare, request);
    struct error *err = grpc_result_error(result);
    if (prepare->unprepares)
        settle_unprepared(prepare->prepared, prepare, result->message, &err);
    else
        settle_prepared(prepare->prepared, prepare, result->message, &err);
    err = error_wrap(err, "driver %s", prepare->driver);
    prepare_reset(prepare);
    prepare->done(prepare, err);
}

typedef VEC(struct prepared_claim *) claim_vec;

/* Calls DRIVER about CLAIMS. */
static struct error *call(struct prepared *prepared, struct prepare *prepare, const char *driver,
                          claim_vec *claims)
{
    const struct plugin *plugin = plugins_find(prepared->plugins, driver);
    if (!plugin)
        return error_unavailable("DRA driver %s is not registered", driver);
    VEC(struct dra_claim) asked = { 0 };
    vec_each (claims, claim) {
        vec_push(&prepare->uids, mem_strdup((*claim)->uid));
        vec_push(&asked, (struct dra_claim){ (*claim)->namespace, (*claim)->name, (*claim)->uid });
        driver_find(*claim, driver)->called = true;
        (*claim)->busy = true;
    }
    cleanup_buf struct buf message = BUF_INIT(GRPC_REQUEST_BYTES);
    dra_request_encode(&message, asked.items, asked.length);
    vec_done(&asked);
    bool v1 = plugin_version_of(plugin) == PLUGIN_V1;
    prepare->prepared = prepared;
    prepare->driver = mem_strdup(driver);
    prepare->request = (struct grpc_request){
        .path = prepare->unprepares ? v1 ? KUBELET_PATH_UNPREPARE_V1 : KUBELET_PATH_UNPREPARE_V1BETA1
                : v1                ? KUBELET_PATH_PREPARE_V1
                                    : KUBELET_PATH_PREPARE_V1BETA1,
        .message = buf_span(&message),
        .timeout_ms = CALL_MS,
        .done = on_answer,
    };
    grpc_request_start(plugin_service(plugin), &prepare->request);
    return NULL;
}

/* Starts the call for what was gathered. True if it was started. */
static bool call_for(struct prepared *prepared, struct prepare *prepare, const char *driver,
                     claim_vec *claims, struct error **err)
{
    *err = claims->length ? call(prepared, prepare, driver, claims) : NULL;
    bool started = claims->length && !*err;
    vec_done(claims);
    if (!started)
        prepare_reset(prepare);
    return started;
}

/* The claims of the pod that DRIVER has not prepared. *BUSY if one of them is in another call. */
static claim_vec unprepared_claims(const struct prepared *prepared, const struct prepare_claim *claims,
                                   size_t n_claims, const char *driver_name, bool *busy)
{
    claim_vec found = { 0 };
    for (size_t i = 0; i < n_claims; i++) {
        struct prepared_claim *claim = map_get(&prepared->claims, claims[i].claim->meta.uid);
        struct prepared_driver *driver = claim ? driver_find(claim, driver_name) : NULL;
        if (!driver || driver->ready)
            continue;
        *busy |= claim->busy;
        vec_push(&found, claim);
    }
    return found;
}

/* A driver of the pod's claims that has something left to prepare, or NULL. */
static const char *next_driver(const struct prepared *prepared, const struct prepare_claim *claims,
                               size_t n_claims)
{
    for (size_t i = 0; i < n_claims; i++) {
        struct prepared_claim *claim = map_get(&prepared->claims, claims[i].claim->meta.uid);
        vec_each (&claim->drivers, driver) {
            if (!driver->ready)
                return driver->name;
        }
    }
    return NULL;
}

bool prepare_step(struct prepared *prepared, struct prepare *prepare, const char *pod_uid,
                  const struct prepare_claim *claims, size_t n_claims,
                  void (*done)(struct prepare *prepare, struct error *err), struct error **err)
{
    prepare->done = done;
    prepare->unprepares = false;
    for (size_t i = 0; i < n_claims; i++)
        claim_enter(prepared, pod_uid, &claims[i]);
    *err = NULL;
    const char *driver = next_driver(prepared, claims, n_claims);
    if (!driver)
        return false;
    bool busy = false;
    claim_vec wanted = unprepared_claims(prepared, claims, n_claims, driver, &busy);
    if (!busy)
        return call_for(prepared, prepare, driver, &wanted, err);
    vec_done(&wanted);
    *err = error_conflict("a claim is being prepared or unprepared for another pod");
    return false;
}

/* Drivers that were never called have nothing to undo. */
static void drop_uncalled(struct prepared_claim *claim)
{
    for (size_t i = claim->drivers.length; i-- > 0;) {
        if (claim->drivers.items[i].called)
            continue;
        driver_done(&claim->drivers.items[i]);
        vec_remove(&claim->drivers, i);
    }
}

/* A claim that nobody but the pod uses, or NULL. Others lose the pod at once. */
static struct prepared_claim *next_unused(struct prepared *prepared, const char *pod_uid)
{
    for (size_t i = 0; i < prepared->claims.length;) {
        struct prepared_claim *claim = prepared->claims.entries[i].value;
        bool ours = map_get(&claim->pods, pod_uid);
        if (ours && claim->pods.length == 1)
            drop_uncalled(claim);
        if (ours && claim->pods.length == 1 && claim->drivers.length > 0)
            return claim;
        if (ours)
            map_remove(&claim->pods, span_of(pod_uid));
        if (claim->pods.length == 0 && claim->drivers.length == 0) {
            map_remove(&prepared->claims, span_of(claim->uid));
            claim_free(claim);
        } else {
            i++;
        }
    }
    return NULL;
}

bool unprepare_step(struct prepared *prepared, struct prepare *prepare, const char *pod_uid,
                    void (*done)(struct prepare *prepare, struct error *err), struct error **err)
{
    prepare->done = done;
    prepare->unprepares = true;
    *err = NULL;
    struct prepared_claim *first = next_unused(prepared, pod_uid);
    if (!first)
        return false;
    if (first->busy) {
        *err = error_conflict("claim %s/%s is in another call", first->namespace, first->name);
        return false;
    }
    const char *driver = first->drivers.items[0].name;
    claim_vec claims = { 0 };
    map_each (&prepared->claims, entry) {
        struct prepared_claim *claim = entry->value;
        if (map_get(&claim->pods, pod_uid) && claim->pods.length == 1 && !claim->busy &&
            driver_find(claim, driver))
            vec_push(&claims, claim);
    }
    return call_for(prepared, prepare, driver, &claims, err);
}

/* --- what containers get --- */

static void push_new(cdi_ids *out, const char *id)
{
    vec_each (out, there) {
        if (strcmp(*there, id) == 0)
            return;
    }
    vec_push(out, id);
}

/* REQUEST is NULL for all of them. */
static void push_claim(const struct prepared *prepared, const struct prepare_claim *claim,
                       const char *request, cdi_ids *out)
{
    struct prepared_claim *entry = map_get(&prepared->claims, claim->claim->meta.uid);
    if (!entry)
        return;
    vec_each (&entry->drivers, driver) {
        for (size_t i = 0; i < driver->devices.length; i++) {
            const struct dra_device *device = &driver->devices.items[i];
            if (!dra_device_serves(device, request))
                continue;
            for (size_t j = 0; j < device->n_cdi_ids; j++)
                push_new(out, device->cdi_ids[j]);
        }
    }
}

static void push_extended(const struct prepared *prepared, const struct pod *pod,
                          const struct container *container, const struct prepare_claim *claim, cdi_ids *out)
{
    for (size_t i = 0; pod->extended_claim && i < pod->extended_claim->n_mappings; i++) {
        const struct container_request_mapping *mapping = &pod->extended_claim->mappings[i];
        if (strcmp(mapping->container, container->name) == 0)
            push_claim(prepared, claim, mapping->request, out);
    }
}

void prepared_cdi_ids(const struct prepared *prepared, const struct pod *pod,
                      const struct container *container, const struct prepare_claim *claims, size_t n_claims,
                      cdi_ids *out)
{
    for (size_t i = 0; i < container->n_claims; i++) {
        for (size_t j = 0; j < n_claims; j++) {
            if (strcmp(claims[j].entry, container->claims[i].name) == 0)
                push_claim(prepared, &claims[j], container->claims[i].request, out);
        }
    }
    for (size_t j = 0; j < n_claims; j++) {
        if (!*claims[j].entry)
            push_extended(prepared, pod, container, &claims[j], out);
    }
}
