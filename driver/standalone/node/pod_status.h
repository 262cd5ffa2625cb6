/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the node says about a pod: phase, conditions and the states of its containers. Pure.
 */

#include "driver/standalone/node/container.h"

struct pod_report {
    const struct pod *pod;
    const struct value *tree; /* of the pod, for the conditions that it has ... */
    const struct value *said; /* ... and the last patch, which the pod may not show yet; or NULL */
    const struct container_run *runs;
    size_t n_runs;    /* init containers first, in their order */
    bool initialized; /* every init container has done its work */
    bool ending;      /* nothing will be started any more */
    int64_t started;  /* micros since 1970 */
    int64_t now;
    const char *waiting; /* why nothing has started yet, or NULL: "ContainerCreating" */
};

/* Whether every container that counts has ended for good, and with what: "Succeeded" or "Failed"; NULL if
 * not. */
const char *pod_report_outcome(const struct pod_report *report);

/* Whether the container is to be started again, by the pod's restart policy. */
bool container_restarts(const struct pod *pod, const struct container_run *run);

/* A sidecar: an init container that keeps running. */
bool container_is_sidecar(const struct container_run *run);

/*
 * A strategic merge patch of the pod's status subresource. PHASE NULL: Pending until the first container has
 * started, then Running.
 */
struct value *pod_report_patch(struct arena *arena, const struct pod_report *report, const char *phase);
