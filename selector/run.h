/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The machine's loop.
 */

#include "selector/machine.h"

/* Runs MACHINE's program; false once the cost or memory limit is passed. */
bool machine_run(struct machine *machine, struct datum *out);
