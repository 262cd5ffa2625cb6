/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Command lines for podman: how a container of a pod is run, stopped and cleared away. Pure, but for
 * podman_init.
 */

#include "api/base/arena.h"
#include "api/core/pod.h"

struct podman {
    const char *storage;     /* --root */
    const char *run_folder;  /* --runroot */
    const char *volumes;     /* emptyDir volumes */
    const char *root_folder; /* see kubelet.h */
    const char *node_name;
    const char *environment[2]; /* for process_start */
};

/* Makes the folders and containers.conf under STATE_FOLDER. Blocks. Strings are in ARENA. */
nodiscard struct error *podman_init(struct podman *podman, struct arena *arena, const char *state_folder);

/* "CONTAINER_POD-UID_ATTEMPT" */
char *podman_name(struct arena *arena, const char *uid, const char *container, unsigned attempt);

struct podman_container {
    const struct pod *pod;
    const struct value *tree; /* of the pod, for its volumes */
    const struct container *container;
    unsigned attempt;
    const char *const *cdi_ids;
    size_t n_cdi_ids;
};

/*
 * argv for running the container in the foreground: its exit code is podman's. ERROR_INVALID if the container
 * cannot be run here (no root folder for the image, no command, a value from somewhere that we do not have).
 */
nodiscard struct error *podman_run(struct arena *arena, const struct podman *podman,
                                   const struct podman_container *container, const char *const **out);

/* argv for ending it: TERM, after GRACE_SECONDS KILL. */
const char *const *podman_stop(struct arena *arena, const struct podman *podman, const char *name,
                               int64_t grace_seconds);

/* argv for clearing away whatever is left from before. */
const char *const *podman_clear(struct arena *arena, const struct podman *podman);

/* Exit codes that may be podman's own: it could not run the container, and the log's last line says why. */
static inline bool podman_may_have_failed(int exit_code)
{
    return exit_code >= 125 && exit_code <= 127;
}

/*
 * The folder of the host behind a volume of a pod, or NULL: only emptyDir (*OURS: it has to be made) and
 * hostPath are known.
 */
const char *podman_volume(struct arena *arena, const struct podman *podman, const struct value *pod,
                          const char *volume, bool *ours);
