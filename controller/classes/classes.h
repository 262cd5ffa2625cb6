/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Publishes DeviceClasses by server-side apply, so that what others write on them stays. Ours carry the
 * annotation tranche.dev/published-by; those of them that are no longer wanted are deleted, and nobody
 * else's. Where the controller allocates they carry the label tranche.dev/allocator=controller, too.
 */

#include "api/value/value.h"
#include "driver/kube/client.h"

struct classes;

struct classes_options {
    const char *driver; /* the value of the annotation: two drivers' controllers do not quarrel */
    bool controller_allocates;
    /* The class could not be published; tried again later. ERR is borrowed. Optional. */
    void (*on_problem)(void *ctx, const char *name, const struct error *err);
    void *ctx;
};

nodiscard struct error *classes_start(struct kube_client *client, const struct classes_options *options,
                                      struct classes **out);
/* STOPPED is called from the loop when nothing is in flight any more; then it is gone. */
void classes_stop(struct classes *classes, void (*stopped)(void *ctx), void *ctx);

/* The classes wanted from now on: DeviceClass documents, copied. Nothing is deleted before the first call. */
void classes_set(struct classes *classes, const struct value *const *documents, size_t n_documents);
