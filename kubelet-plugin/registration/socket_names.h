/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where our sockets stand (node.md 1.1). A socket's path has at most 107 bytes, host and container see it
 * under the same path, and two plugins of one driver on a node (a rolling update) need different names.
 */

#include "api/base/arena.h"
#include "api/base/error.h"

/* "<registry>/<driver>-reg.sock"; with POD_UID, the first of upstream's three candidates that fits. */
nodiscard struct error *registration_socket_path(struct arena *arena, const char *registry,
                                                 const char *driver, const char *pod_uid, char **out);

/* "<plugin folder>/dra.sock"; with POD_UID "<plugin folder>/dra-<pod uid>.sock", shortened if it must be. */
nodiscard struct error *service_socket_path(struct arena *arena, const char *folder, const char *pod_uid,
                                            char **out);
