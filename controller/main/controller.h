/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The controller put together. Only who holds the lease does anything; who loses it leaves at once, since
 * somebody else may already be at work.
 */

#include "controller/main/options.h"
#include "driver/loop/loop.h"

struct controller;

/* Starts everything on LOOP; it stops by itself when the loop does. */
nodiscard struct error *controller_start(struct loop *loop, const struct controller_options *options,
                                         struct controller **out);

/* After loop_run. */
void controller_free(struct controller *controller);
