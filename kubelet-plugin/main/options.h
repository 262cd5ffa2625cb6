/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The command line of tranche-kubelet-plugin. */

#include "driver/loop/daemon.h"

struct plugin_options {
    const char *driver;
    const char *node_name;
    const char *inventory;
    const char *parameters; /* "partitions=4,shared=true", or NULL */
    const char *allocator;  /* "controller" or "scheduler" */
    const char *kubelet_folder;
    const char *registry_folder; /* NULL: <kubelet>/plugins_registry */
    const char *plugin_folder;   /* NULL: <kubelet>/plugins/<driver> */
    const char *cdi_folder;
    const char *kubeconfig, *context;
    const char *pod_uid;
    const char *metrics_address;
    int64_t stale_grace_nanos;
    struct daemon_flags flags;
};

extern const struct option_table plugin_option_table;

/* What a row cannot check. */
nodiscard struct error *plugin_options_check(const struct plugin_options *options);
