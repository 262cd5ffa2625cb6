/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What there is: groups, versions and resources, in the old form (a document per level) and in the new one
 * (everything at once, for clients that ask for it), and the few pages that say how the server is.
 */

#include "driver/standalone/rest/request.h"

nodiscard struct error *serve_version(struct request *req);
nodiscard struct error *serve_health(struct request *req);
nodiscard struct error *serve_core_versions(struct request *req);
nodiscard struct error *serve_groups(struct request *req);
/* /apis/GROUP, /apis/GROUP/VERSION and /api/v1: the target has the group as name and the version, or NULL. */
nodiscard struct error *serve_group_or_version(struct request *req);

/* The versions of a group, the most trusted first, NULL at the end; empty if there is no such group. */
const char *const *group_versions(struct arena *arena, const struct resources *resources, const char *group);
/* Every group, core first, NULL at the end. */
const char *const *group_names(struct arena *arena, const struct resources *resources);
