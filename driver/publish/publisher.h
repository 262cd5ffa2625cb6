/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keeps the ResourceSlices of one driver on one node (or of its cluster-wide pools) as they should be: after
 * a change of what is wanted, after somebody else changed or deleted a slice, and after failures, which are
 * retried with backoff. Slices are left in place when it stops, so that a restart changes nothing.
 */

#include "driver/kube/cache.h"
#include "driver/publish/slices.h"

struct publisher;

struct publisher_options {
    const char *driver;
    const char *node_name; /* NULL: the driver's pools that are on no single node */
    /*
     * Before each write of a pool: who owns new slices, a tree of one ownerReference, or NULL for nobody. The
     * Node object is looked up by the publisher itself if node_name is set and this is NULL.
     */
    const struct value *owner;
    /* A pool was brought up to date, or could not be. ERR is borrowed. Optional. */
    void (*on_synced)(void *ctx, const char *pool, const struct error *err);
    /* The server keeps less than it was sent (a feature gate is off there). FIELD is an example. Optional. */
    void (*on_dropped)(void *ctx, const char *pool, const char *field);
    void *ctx;
};

nodiscard struct error *publisher_start(struct kube_client *client, const struct publisher_options *options,
                                        struct publisher **out);
/* STOPPED is called from the loop once nothing is in flight; then it is gone. */
void publisher_stop(struct publisher *publisher, void (*stopped)(void *ctx), void *ctx);

/*
 * What is wanted from now on: all pools of this publisher. Copied. Pools that were wanted before and are not
 * among them are deleted, and so are pools found on the server that nobody wants. On an error nothing
 * changes.
 */
nodiscard struct error *publisher_set(struct publisher *publisher, const struct pool *pools, size_t n_pools);

struct publisher_stats {
    uint64_t n_syncs, n_writes, n_failures;
    size_t n_pools, n_slices;
    bool up_to_date;
};
struct publisher_stats publisher_stats(const struct publisher *publisher);
