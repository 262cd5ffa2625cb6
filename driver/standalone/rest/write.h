/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * POST, PUT and PATCH. However the new object came about, two functions store it: one creates, one replaces.
 */

#include "driver/standalone/rest/request.h"

nodiscard struct error *serve_create(struct request *req);
nodiscard struct error *serve_update(struct request *req);
nodiscard struct error *serve_patch(struct request *req);
