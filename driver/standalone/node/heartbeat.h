/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The node's sign of life: the Node object, made if it is not there and kept Ready, and its Lease in
 * kube-node-lease, renewed every ten seconds.
 */

#include "driver/kube/client.h"

struct heartbeat {
    struct kube_client *client; /* NULL: stopped */
    const char *node_name, *kube_version;
    struct timer timer;
    struct kube_call call;
    bool status_is_said;
    void (*stopped)(struct heartbeat *heartbeat);
};

/* Strings must stay. */
void heartbeat_start(struct heartbeat *heartbeat, struct kube_client *client, const char *node_name,
                     const char *kube_version);
/* STOPPED is called from the loop when no request is in flight; at once if there is none. */
void heartbeat_stop(struct heartbeat *heartbeat, void (*stopped)(struct heartbeat *heartbeat));
