/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The plugins of a node: watches FOLDER/plugins_registry for sockets, as kubelet's plugin manager does. A
 * socket that was made anew is another plugin; one that goes takes its plugin along.
 */

#include "driver/standalone/node/plugin.h"

struct plugins;

struct plugins_options {
    struct loop *loop;
    const char *folder; /* kubelet's root; plugins_registry is made in it */

    /* A plugin can be called, or cannot be any more. */
    void (*changed)(void *data);
    /* No plugin of DRIVER has been connected for 30 s. */
    void (*lost)(void *data, const char *driver);
    void *data;
};

nodiscard struct error *plugins_start(const struct plugins_options *options, struct plugins **out);
/* No callback comes any more but STOPPED. */
void plugins_stop(struct plugins *plugins, void (*stopped)(void *data), void *data);

/* The plugin to call for DRIVER: the newest that is connected, else the newest. NULL if none is registered.
 */
const struct plugin *plugins_find(const struct plugins *plugins, const char *driver);
