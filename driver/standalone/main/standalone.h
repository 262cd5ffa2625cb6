/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster on one machine: the embedded API server first, then, as its clients over loopback, the roles that
 * a cluster has besides and the node that runs the pods. Everything stops with the loop, in reverse.
 */

#include "driver/standalone/main/options.h"

struct standalone;

/* *OUT is set in any case; what has been started stops with the loop. */
nodiscard struct error *standalone_start(struct loop *loop, struct standalone_options *options,
                                         struct standalone **out);
void standalone_free(struct standalone *standalone);
