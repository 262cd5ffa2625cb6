/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The command line of tranche-controller. */

#include "driver/loop/daemon.h"

struct controller_options {
    const char *driver;
    const char *allocator; /* "controller" or "scheduler" */
    const char *policy_folder;
    const char *kubeconfig, *context;
    bool leader_elect;
    const char *lease_namespace, *lease_name, *identity;
    const char *metrics_address;
    int64_t step_budget;
    const char *kube_version;
    struct daemon_flags flags;
};

extern const struct option_table controller_option_table;

/* What a row cannot check. */
nodiscard struct error *controller_options_check(const struct controller_options *options);
