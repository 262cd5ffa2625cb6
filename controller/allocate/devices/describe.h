/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices in the words of explanations.
 */

#include "api/base/buf.h"
#include "controller/allocate/devices/catalog.h"
#include "selector/selector.h"

/* Appends everything that READS names, as the device has it: `model is "A100"`; names of the driver's own
 * domain are shortened. */
void card_describe(const struct catalog *catalog, const struct card *card, const struct selector_reads *reads,
                   const struct symbols *symbols, struct buf *out);
