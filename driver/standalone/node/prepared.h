/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which claims are prepared on the node, for which pods, and with which devices: kubelet's DRA manager.
 * Prepare is called for each driver with all of the pod's claims that it has devices in and that are not
 * prepared yet; unprepare when no pod uses a claim any more.
 */

#include "api/base/vec.h"
#include "api/core/pod.h"
#include "driver/standalone/node/plugins.h"

struct prepared;
struct prepare;

struct prepared *prepared_new(struct plugins *plugins);
/* No request may be in flight. */
void prepared_free(struct prepared *prepared);

/* A claim of a pod, as the API has it. */
struct prepare_claim {
    const char *entry; /* of the pod's spec.resourceClaims; "" for an extended-resource claim */
    const char *namespace;
    const struct resource_claim *claim; /* allocated, and reserved for the pod */
};

/* One pod's preparation or unpreparation; embedded in its owner, one at a time. */
struct prepare {
    struct prepared *prepared;
    char *pod_uid;
    struct grpc_request request;
    char *driver;
    bool unprepares;
    VEC(char *) uids; /* in the request */
    void (*done)(struct prepare *prepare, struct error *err);
};

/*
 * Takes one step: calls the next driver that has something to prepare for the pod. True if a call was
 * started; DONE is then called once, later, and the caller steps again unless there was an error. False if
 * nothing is left to do (*ERR NULL) or it cannot be done now: *ERR says why, ERROR_CONFLICT while a claim is
 * in a call for another pod.
 */
bool prepare_step(struct prepared *prepared, struct prepare *prepare, const char *pod_uid,
                  const struct prepare_claim *claims, size_t n_claims,
                  void (*done)(struct prepare *prepare, struct error *err), struct error **err);

/* The same way back, for claims that no other pod uses. Works from what is remembered, without the API. */
bool unprepare_step(struct prepared *prepared, struct prepare *prepare, const char *pod_uid,
                    void (*done)(struct prepare *prepare, struct error *err), struct error **err);

/*
 * Appends the CDI ids that a container gets: the devices of each claim that it names, or of one request of
 * it. MAPPINGS are those of the pod's extended-resource claim. Borrowed until the claim is unprepared.
 */
typedef VEC(const char *) cdi_ids;
void prepared_cdi_ids(const struct prepared *prepared, const struct pod *pod,
                      const struct container *container, const struct prepare_claim *claims, size_t n_claims,
                      cdi_ids *out);
