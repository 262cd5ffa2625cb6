/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A controller of the simulation: the production clerk, desk and plans over pictures of the world that may be
 * old, a worker that may be slow, and writes that may arrive late, get lost, or lose their answers.
 */

#include "controller/claims/clerk.h"
#include "controller/claims/desk.h"
#include "tests/unit/claims/world.h"

/* A request on its way to the API server. What it writes was decided when it was sent. */
struct flight {
    enum step_kind kind;
    size_t index; /* of the claim, or of the pod for STEP_OPEN */
    const char *version;
    const void *object; /* the version to be written */
    char pod_key[32];
    bool orphan; /* its sender is no more */
};

struct leader {
    struct world *world;
    struct desk *desk;
    struct clerk *clerk;
    size_t claims_at, pods_at;
    bool stalled; /* the watch brings nothing for a while */
    const struct resource_claim *claims[WORLD_CLAIMS];
    const struct pod *pods[WORLD_PODS];
    struct order *orders, **orders_end;
    struct replies replies;
    VEC(struct flight) flights;
    size_t n_taken_back, n_opened, n_searches, n_conflicts;
};

/* Begins with a list of what there is now. */
void leader_start(struct leader *leader, struct world *world);
void leader_stop(struct leader *leader);
/* Everything in memory is lost; requests that were sent may still arrive. */
void leader_crash(struct leader *leader);

void leader_step(struct leader *leader, bool calm);
/* Whether it has seen everything and has nothing to do. */
bool leader_is_idle(struct leader *leader);
