/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Leader election over a coordination.k8s.io Lease, by client-go's rules: a holder renews every RETRY, gives
 * up what it could not renew within RENEW, and others may take over what they have not seen change for
 * DURATION (on their own clock; the times in the object are only for people).
 */

#include "driver/kube/client.h"

struct lease_options {
    const char *namespace;
    const char *name;
    const char *identity; /* unique among the candidates */
    uint64_t duration_ms; /* 0: 15,000 */
    uint64_t renew_ms;    /* 0: 10,000 */
    uint64_t retry_ms;    /* 0: 2,000 */
    bool release_on_stop; /* hand over at once */
    void (*on_leading)(void *ctx);
    void (*on_lost)(void *ctx); /* we may not act any more; the caller usually exits */
    void *ctx;
};

struct lease;

nodiscard struct error *lease_start(struct kube_client *client, const struct lease_options *options,
                                    struct lease **out);
/* STOPPED is called from the loop when the lease is released (or could not be); then it is gone. */
void lease_stop(struct lease *lease, void (*stopped)(void *ctx), void *ctx);
bool lease_is_held(const struct lease *lease);
const char *lease_holder(const struct lease *lease); /* as last seen, or NULL */
