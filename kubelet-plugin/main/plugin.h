/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kubelet plugin put together. Sockets listen before anything asks the API server, so that kubelet has
 * its answer within milliseconds of our start, whatever state the cluster is in.
 */

#include "driver/loop/loop.h"
#include "kubelet-plugin/main/options.h"

struct plugin;

/* Starts everything on LOOP; it stops by itself when the loop does. */
nodiscard struct error *plugin_start(struct loop *loop, const struct plugin_options *options,
                                     struct plugin **out);

/* After loop_run. */
void plugin_free(struct plugin *plugin);
