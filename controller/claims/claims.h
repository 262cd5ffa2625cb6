/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Serves claims: sees pods and claims come and go, has their devices searched, writes what was decided,
 * confirms it on the watch, opens gates, tells why something waits, and takes back what nobody uses.
 *
 *     caches ─► desk ─► plan ─► one small write ─► caches ...
 *        │       ▲
 *        ▼       │ replies
 *     orders ─► clerk, on a worker
 *
 * Runs only while we lead.
 */

#include "api/config/policy.h"
#include "controller/allocate/allocate.h"
#include "driver/kube/client.h"
#include "driver/kube/recorder.h"

struct claims;

struct claims_options {
    struct recorder *recorder;
    const char *driver;   /* whose devices are ours */
    uint64_t step_budget; /* of a search on one node */
    struct features features;
    bool fenced; /* nothing is allocated while devices lack our taint (fence.h) */
    /* What is in force; NULL: nothing is known yet, so nothing is decided. */
    const struct policy_set *(*find_policies)(void *ctx);
    void (*observe_search)(void *ctx, double seconds);
    void *ctx;
};

struct claims_stats {
    uint64_t n_allocated, n_no_fit, n_aborted, n_exhausted; /* searches by outcome */
    uint64_t n_written, n_opened, n_taken_back, n_reaped;
    uint64_t n_conflicts, n_idle_wakes, n_wakes;
    size_t n_parked, n_queued;
    bool fence_is_down;
};

nodiscard struct error *claims_start(struct kube_client *client, const struct claims_options *options,
                                     struct claims **out);
/* STOPPED is called from the loop when nothing is in flight any more; then it is gone. */
void claims_stop(struct claims *claims, void (*stopped)(void *ctx), void *ctx);

/* Other policies are in force. */
void claims_policies_changed(struct claims *claims);

/* Why claims cannot be served now, as a static string; NULL: they are. */
const char *claims_not_ready(const struct claims *claims);
void claims_collect(const struct claims *claims, struct claims_stats *out);
