/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices in the words of explanations.
 */

#include "api/base/buf.h"
#include "api/base/symbols.h"
#include "api/resource/device.h"
#include "selector/selector.h"

/* Appends `model is "A100"`; names of the driver's own domain are shortened. */
void attribute_describe(const struct device *device, const char *driver, const char *name, struct buf *out);

/* Appends everything that READS names, as DEVICE has it. */
void device_describe(const struct device *device, const char *driver, const struct selector_reads *reads,
                     const struct symbols *symbols, struct buf *out);
