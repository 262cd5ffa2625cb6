/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a container gets together with a device: CDI's container edits (node.md 7.1). Strings and arrays are
 * in the arena of whoever made them.
 */

#include "api/base/arena.h"
#include "api/resource/meta.h"

/* What is absent is taken from the host's device when the container starts. */
struct device_node_edit {
    const char *path;      /* in the container */
    const char *host_path; /* NULL: the same */
    const char *type;      /* "b", "c", "u", "p", or NULL */
    int64_t major, minor;
    bool has_number;
    const char *permissions; /* of "rwm", or NULL */
    int64_t file_mode, uid, gid;
    bool has_file_mode, has_uid, has_gid;
};

struct mount_edit {
    const char *host_path;
    const char *container_path;
    const char *type; /* or NULL */
    const char **options;
    size_t n_options;
};

struct hook_edit {
    const char *name; /* "createContainer", ... */
    const char *path;
    const char **args;
    size_t n_args;
    const char **env; /* NAME=VALUE */
    size_t n_env;
    int64_t timeout_seconds; /* 0: none */
};

struct device_edits {
    struct string_pair *env;
    size_t n_env;
    struct device_node_edit *device_nodes;
    size_t n_device_nodes;
    struct mount_edit *mounts;
    size_t n_mounts;
    struct hook_edit *hooks;
    size_t n_hooks;
};

/* EDITS becomes EDITS and MORE; the arrays are new ones in ARENA. */
void edits_append(struct arena *arena, struct device_edits *edits, const struct device_edits *more);
