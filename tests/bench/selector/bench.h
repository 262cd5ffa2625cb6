/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of this benchmark share.
 */

#include "api/base/error.h"
#include "api/base/symbols.h"
#include "api/resource/device.h"

#define DRIVER "gpu.example.com"
#define TYPICAL_CLASS                                                                                        \
    "device.driver == \"gpu.example.com\" && device.attributes[\"gpu.example.com\"].model == \"a100\""

enum { FLEET_DEVICES = 100000, FLEET_MODELS = 20 };

void must_succeed(struct error *err);
uint64_t cpu_nanos(void);

/* How often this process has asked the heap for memory. */
size_t heap_allocations(void);

/* One line of output. */
void figure_print(const char *figure, const char *name, const char *expression, double number);

/* One class over a fleet of devices like DEVICE, of 20 models, each with a uuid of its own. */
void bench_fleet(const struct device *device);
/* What it takes to look at devices that were never seen before. */
void bench_views(const struct device *device, struct symbols *symbols);
