/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The flags of tranche-standalone.
 */

#include "api/base/arena.h"
#include "driver/loop/daemon.h"

struct standalone_options {
    const char *listen, *data_folder, *kubeconfig;
    const char *kube_version, *node_names, *feature_gates, *roles, *root_folder, *kubelet_folder;
    bool insecure, gate;
    struct daemon_flags flags;
};

extern const struct option_table standalone_option_table;

/* "127.0.0.1:6443" and "[::1]:0"; only addresses of loopback. */
nodiscard struct error *listen_parse(struct arena *arena, const char *text, const char **address,
                                     uint16_t *port);

/* "a,b" as an array with NULL at the end. */
nodiscard struct error *names_parse(struct arena *arena, const char *text, const char *const **out);

/* "cluster,node", "none": which parts run beside the API server. */
struct standalone_parts {
    bool cluster, node;
};
nodiscard struct error *parts_parse(const char *text, struct standalone_parts *out);
