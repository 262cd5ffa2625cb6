/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * OpenAPI version 2 as gnostic's protobuf (openapi.v2.Document), which is what kubectl asks for.
 */

#include "api/base/buf.h"
#include "driver/standalone/rest/resources.h"

enum { MAX_OPENAPI_BYTES = 16 << 20 };

/* Appends the document of everything that is served. */
void openapi_v2_write(struct arena *arena, const struct resources *resources, const char *kube_version,
                      struct buf *out);
