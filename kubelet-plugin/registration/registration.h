/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Registration with kubelet (node.md 1): a socket in plugins_registry on which kubelet asks who we are and
 * tells us whether it took us. Start it after the service's socket listens: kubelet connects there at once.
 */

#include "driver/grpc/server.h"

struct registration;

struct registration_options {
    const char *socket_path;
    const char *driver;
    const char *endpoint; /* absolute path of the service's socket */
    bool with_health;     /* advertise the health services */
    /* kubelet took us, or did not and says why; it tries again by itself. Optional. */
    void (*on_status)(void *ctx, bool registered, const char *error);
    void *ctx;
};

nodiscard struct error *registration_start(struct loop *loop, const struct registration_options *options,
                                           struct registration **out);
void registration_stop(struct registration *registration, void (*stopped)(void *ctx), void *ctx);

/* Kubelet's last word; false before the first. */
bool registration_is_registered(const struct registration *registration);
bool registration_is_bound(const struct registration *registration);
