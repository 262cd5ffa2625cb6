/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kinds that we know, each with its tables: what the embedded API server serves, and what everyone else
 * looks tables up by.
 */

#include "api/schema/schema.h"

const struct schema_kind *schema_kinds(size_t *n_kinds);

/* NULL if we do not know it. GROUP is "" for core; the kind must be served in VERSION. */
const struct schema_kind *schema_kind_find(const char *group, const char *version, const char *kind);
/* By "resourceclaims". */
const struct schema_kind *schema_resource_find(const char *group, const char *version, const char *plural);
/* By an object's apiVersion and kind. */
const struct schema_kind *schema_kind_of(const struct value *object);

/* The table of KIND in VERSION, or NULL. */
const struct schema *schema_kind_table(const struct schema_kind *kind, const char *version);

/* "resource.k8s.io/v1" into "resource.k8s.io" and "v1"; "v1" into "" and "v1". */
struct api_version {
    char group[64];
    char version[32];
};
nodiscard struct error *api_version_parse(const char *text, struct api_version *out);
