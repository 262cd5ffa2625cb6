/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The CDI document of one claim (node.md 7; upstream: container-device-interface SPEC.md). Its version is the
 * lowest that its content needs: older runtimes drop newer files silently, newer ones refuse a version that
 * is too low.
 */

#include "api/value/value.h"
#include "driver/device/edits.h"

struct cdi_device {
    const char *name; /* cdi_device_name's */
    const struct device_edits *edits;
};

/* CDI refuses devices without edits; such a device gets no CDI name at all. */
bool cdi_edits_are_empty(const struct device_edits *edits);

/*
 * *OUT is NULL if no device has edits. ERROR_INVALID for what a runtime would refuse: a relative path, a
 * variable without a name, an unknown hook or device type.
 */
nodiscard struct error *cdi_spec_make(struct arena *arena, const char *driver,
                                      const struct cdi_device *devices, size_t n_devices, struct value **out);
