/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The door between versions: objects are stored in the first version of their kind, and v1beta1 of
 * resource.k8s.io has another shape (requests and devices are nested otherwise).
 */

#include "api/schema/schema.h"

/* OBJECT, which may be changed and shared, in the other version; apiVersion is set. Never NULL. */
struct value *version_to_stored(struct arena *arena, const struct schema_kind *kind, const char *version,
                                struct value *object);
struct value *version_from_stored(struct arena *arena, const struct schema_kind *kind, const char *version,
                                  const struct value *object);

/* "resource.k8s.io/v1", "v1" */
const char *api_version_text(struct arena *arena, const char *group, const char *version);
