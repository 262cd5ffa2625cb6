/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One pod on the node, from binding to its end.
 */

#include "driver/kube/cache.h"
#include "driver/kube/recorder.h"
#include "driver/standalone/node/podman.h"
#include "driver/standalone/node/prepared.h"

struct worker;

/* What the workers of a node share. */
struct worker_room {
    struct loop *loop;
    struct kube_client *client;
    struct recorder *recorder;
    struct kube_cache *claims; /* typed: struct resource_claim */
    struct prepared *prepared;
    struct podman podman;
    const char *log_folder;
    void (*gone)(struct worker *worker); /* a worker has finished; worker_free it */
};

/* POD is typed (struct pod) and bound to the node. */
struct worker *worker_new(struct worker_room *room, const struct kube_object *pod);
void worker_free(struct worker *worker);
struct worker_room *worker_room_of(const struct worker *worker);
const char *worker_uid(const struct worker *worker);

/* The pod has changed; NULL: it is not in the API any more, so whatever runs has to end at once. */
void worker_update(struct worker *worker, const struct kube_object *pod);
/* Something else has changed: a claim, a plugin. */
void worker_nudge(struct worker *worker);
/* Whether it uses the claim. */
bool worker_uses_claim(const struct worker *worker, const char *namespace, const char *name);

/* Ends the containers and nothing else; `gone` is called when none is left. */
void worker_abandon(struct worker *worker, int64_t grace_seconds);
