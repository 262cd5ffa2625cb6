/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Those who work on the world's objects, one small step at a time, and what they share.
 */

#include "api/base/text.h"
#include "tests/unit/claims/world.h"

/* What the API server does for them; no version is asked for. A NULL object is gone. */
void world_store_claim(struct world *world, size_t index, struct resource_claim *claim);
void world_store_pod(struct world *world, size_t index, struct pod *pod);
void world_remove_pod(struct world *world, size_t index);
const struct resource_claim *world_claim_named(const struct world *world, const char *name);

void user_step(struct world *world);
void kueue_step(struct world *world, size_t pod);
void claim_controller_makes(struct world *world, size_t pod);
void claim_controller_step(struct world *world, size_t claim);

/* Its picture of claims may be old: it sees one more event. */
void scheduler_looks(struct world *world);
void scheduler_step(struct world *world, size_t pod, bool calm);
void kubelet_step(struct world *world, size_t pod);
