/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Deletes the node's ResourceSlices, as kubelet does: all of them when it starts, a driver's when the driver
 * has gone. Tried again until it works.
 */

#include "api/base/vec.h"
#include "driver/kube/client.h"
#include "driver/loop/backoff.h"

struct slice_wiper {
    struct kube_client *client; /* NULL: stopped */
    const char *node_name;
    VEC(char *) drivers; /* to wipe; "" for all of them */
    struct kube_call call;
    struct timer retry;
    struct backoff backoff;
    void (*stopped)(struct slice_wiper *wiper);
};

/* NODE_NAME must stay. */
void slice_wiper_start(struct slice_wiper *wiper, struct kube_client *client, const char *node_name);
/* DRIVER NULL: those of every driver. */
void slice_wiper_add(struct slice_wiper *wiper, const char *driver);
/* STOPPED is called from the loop when no request is in flight; at once if there is none. */
void slice_wiper_stop(struct slice_wiper *wiper, void (*stopped)(struct slice_wiper *wiper));
