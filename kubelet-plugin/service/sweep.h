/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Claims that kubelet has forgotten (its state was wiped, or the API server's) are never unprepared by it.
 * The sweep looks each recorded claim up from time to time; one that is gone, replaced, or no longer
 * allocated to anything of ours for longer than the grace time is unprepared. An API server that does not
 * answer says nothing about a claim.
 *
 * The grace time must be longer than kubelet takes to stop a pod's containers, since we cannot see them.
 */

#include "driver/kube/client.h"
#include "kubelet-plugin/prepare/engine.h"

struct sweep;

/* GRACE_MS 0: never. */
nodiscard struct sweep *sweep_start(struct kube_client *client, struct engine *engine, uint64_t grace_ms);

/* STOPPED is called from the loop once nothing is in flight; then it is gone. */
void sweep_stop(struct sweep *sweep, void (*stopped)(void *ctx), void *ctx);

/* How many claims it has unprepared. */
uint64_t sweep_count(const struct sweep *sweep);
