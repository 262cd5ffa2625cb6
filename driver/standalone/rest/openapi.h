/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The schema tables as OpenAPI documents: version 3 as JSON, one document per group and version, and version
 * 2 as the protobuf that old clients read. kubectl takes from them what it validates, explains and merges by.
 */

#include "driver/standalone/rest/request.h"

nodiscard struct error *serve_openapi_v2(struct request *req);
nodiscard struct error *serve_openapi_v3_index(struct request *req);
nodiscard struct error *serve_openapi_v3(struct request *req);
