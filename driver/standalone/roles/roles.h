/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a cluster has besides its API server: the controllers, the scheduler's binding and the clean-up, as
 * plain clients, so that they run against any API server. None of them allocates devices.
 */

#include "driver/kube/client.h"

struct roles;

/* CLIENT must live until ROLES have stopped. */
nodiscard struct error *roles_start(struct kube_client *client, struct roles **out);

/* STOPPED is called once, from the loop; ROLES are gone then. */
void roles_stop(struct roles *roles, void (*stopped)(void *context), void *context);

/* Whether the caches are filled and the roles at work. */
bool roles_are_running(const struct roles *roles);
