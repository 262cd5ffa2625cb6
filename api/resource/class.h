/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DeviceClass (allocation.md 2.8), and what it shares with claims: selectors and opaque config.
 */

#include "api/resource/meta.h"
#include "api/value/value.h"

struct device_selector {
    const char *expression; /* NULL: the entry is of a kind that we do not know */
};

struct opaque_config {
    const char *driver;             /* NULL: the entry is of a kind that we do not know */
    const struct value *parameters; /* the object as it was written */
};

struct device_class {
    struct object_meta meta;
    struct device_selector *selectors;
    size_t n_selectors;
    struct opaque_config *configs;
    size_t n_configs;
    const char *extended_resource_name; /* or NULL */
};
