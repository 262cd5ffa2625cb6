/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A kubelet's stand-in for one node of a cluster on one machine. It does what a kubelet does as far as a DRA
 * driver can tell: finds plugins by their registration sockets, has the claims of a pod prepared before the
 * pod starts and unprepared after the last pod that uses them has ended, wipes the slices of drivers that
 * went away. Containers are run by podman with runc; their devices come in through CDI.
 *
 * No images are pulled: a container's image is the name of a folder with a root file system.
 */

#include "driver/kube/client.h"

struct kubelet;

/* Strings are copied. */
struct kubelet_options {
    const char *node_name;
    const char *folder;       /* kubelet's root directory; plugins register in FOLDER/plugins_registry */
    const char *state_folder; /* podman's storage and configuration; ours alone */
    const char *log_folder;   /* FOLDER/NAMESPACE_POD_UID/CONTAINER.log */

    /* "DIR" for every image, "IMAGE=DIR,IMAGE=DIR,DIR" to tell them apart; NULL: no container can start. */
    const char *root_folder;
    const char *kube_version; /* "1.37" for the node's status; NULL: none */
};

/* CLIENT must live until the kubelet has stopped. */
nodiscard struct error *kubelet_start(struct kube_client *client, const struct kubelet_options *options,
                                      struct kubelet **out);

/* Ends containers (after GRACE_MS by force) and what else is running; STOPPED is called once, from the loop.
 * The claims stay prepared, as when a kubelet stops. */
void kubelet_stop(struct kubelet *kubelet, uint64_t grace_ms, void (*stopped)(void *context), void *context);
