/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a method and a path to the handler that answers.
 */

#include "driver/standalone/rest/request.h"

/* Sets the request's target and finds its handler; a path or method that nobody serves is refused. */
nodiscard struct error *route_find(struct request *req, resource_handler **out);
