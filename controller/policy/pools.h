/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pools that are on no single node: cluster-wide Inventory documents of the policy folder, published as
 * ResourceSlices.
 */

#include "api/config/policy.h"
#include "driver/publish/publisher.h"

struct pools;

struct pools_options {
    const char *driver;
    bool controller_allocates; /* devices get the taint that keeps kube-scheduler away */
    /* An inventory, or the publication of a pool, went wrong. ERR is borrowed. */
    void (*on_problem)(void *ctx, const char *name, const struct error *err);
    void *ctx;
};

nodiscard struct error *pools_start(struct kube_client *client, const struct pools_options *options,
                                    struct pools **out);
/* STOPPED is called from the loop once nothing is in flight; then it is gone. The slices stay. */
void pools_stop(struct pools *pools, void (*stopped)(void *ctx), void *ctx);

/* Publishes what SET says, from now on; with any mistake in it, what was published stays. */
void pools_set(struct pools *pools, const struct policy_set *set);
