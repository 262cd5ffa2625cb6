/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Schema tables as OpenAPI schemas, in the two dialects.
 */

#include "driver/standalone/rest/resources.h"

enum openapi_dialect { OPENAPI_V2, OPENAPI_V3 };

/*
 * {NAME: schema} of every table that the kinds of GROUP in VERSION need; NULL for all groups and versions.
 */
struct value *openapi_schemas(struct arena *arena, const struct resources *resources, const char *group,
                              const char *version, enum openapi_dialect dialect);

/* The paths whose patches the documents describe: FOUND is called for each kind of GROUP in VERSION. */
struct openapi_path {
    const struct schema_kind *kind;
    const struct schema_version *version;
    const char *path; /* "/api/v1/namespaces/{namespace}/pods/{name}" */
};

typedef VEC(struct openapi_path) openapi_path_vec;

void openapi_paths(struct arena *arena, const struct resources *resources, const char *group,
                   const char *version, openapi_path_vec *out);
