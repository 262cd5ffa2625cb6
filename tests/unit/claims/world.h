/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster in miniature for the simulation: an API server that keeps every version of claims and pods, and
 * the others who work on them: users, the resource claim controller, the scheduler, kubelets with the
 * plugin's refusal. Each acts one small random step at a time. Objects never change; a write makes a new
 * version.
 */

#include "api/base/vec.h"
#include "api/core/pod.h"

enum {
    WORLD_PODS = 5,
    WORLD_SHARED = 2,                         /* claims that users make */
    WORLD_CLAIMS = WORLD_SHARED + WORLD_PODS, /* and one from a template for each pod */
};

struct world_options {
    uint64_t seed;
    bool all_gated;      /* no pod comes without the gate */
    bool no_third_fence; /* the plugin prepares whatever it is told to */
    bool restarts;       /* leaders crash, and list afresh */
};

struct world_event {
    size_t index;
    const void *object; /* NULL: gone */
};

typedef VEC(struct world_event) world_log;

struct world {
    struct world_options options;
    struct arena *arena;
    uint64_t random, version, n_made;
    int64_t now; /* seconds, for timestamps */
    const struct resource_claim *claims[WORLD_CLAIMS];
    const struct pod *pods[WORLD_PODS];
    world_log claim_log, pod_log;
    size_t scheduler_at; /* how much of the claims' log the scheduler has seen */
    const struct resource_claim *scheduler_claims[WORLD_CLAIMS];
    /* What runs: the claims of a pod as they were prepared. */
    const struct resource_claim *prepared[WORLD_PODS][2];
    bool running[WORLD_PODS];
    bool released[WORLD_CLAIMS]; /* the claim controller owes the removal of the finalizer */
    size_t n_started, n_refused_by_plugin, n_wiped;
};

void world_init(struct world *world, const struct world_options *options);
void world_done(struct world *world);

/* Less than LIMIT. */
size_t world_random(struct world *world, size_t limit);

/* Everybody but the leaders: one random step. CALM: users make and delete nothing any more. */
void world_step(struct world *world, bool calm);

/* --- the API server --- */

/* Conditional writes: false if VERSION is not the newest. MAKE changes the copy that becomes the new one. */
bool world_write_claim(struct world *world, size_t index, const char *version,
                       const struct resource_claim *now);
bool world_write_pod(struct world *world, size_t index, const char *version, const struct pod *now);
void world_delete_claim(struct world *world, size_t index);

struct resource_claim *claim_version(struct world *world, const struct resource_claim *claim);
struct pod *pod_version(struct world *world, const struct pod *pod);
size_t world_claim_index(const char *name);
bool pod_is_bound(const struct pod *pod);

/* --- checks; each names what is wrong, or NULL --- */

const char *world_check(struct world *world);
