/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages of the DRA service, from kubelet's side. v1 and v1beta1 are the same on the wire. Pure.
 */

#include "api/base/buf.h"
#include "api/base/error.h"

enum { GRPC_REQUEST_BYTES = 1 << 20 };

struct dra_claim {
    const char *namespace, *name, *uid;
};

struct dra_device {
    char **requests; /* none: it serves all requests of the claim */
    size_t n_requests;
    char **cdi_ids;
    size_t n_cdi_ids;
};

struct dra_devices {
    struct dra_device *items;
    size_t length;
};

void dra_devices_done(struct dra_devices *devices);

/* Whether a container that names REQUEST (NULL: just the claim) gets the device. */
bool dra_device_serves(const struct dra_device *device, const char *request);

/* The request of both calls. */
void dra_request_encode(struct buf *out, const struct dra_claim *claims, size_t n_claims);

/* What the answer says about the claim with UID: its devices, or why not. An answer without it is an error.
 */
nodiscard struct error *dra_prepare_answer(struct span message, const char *uid, struct dra_devices *out);
nodiscard struct error *dra_unprepare_answer(struct span message, const char *uid);
