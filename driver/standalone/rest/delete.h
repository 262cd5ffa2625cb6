/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DELETE, of one object and of many. A delete is the end only of what nothing holds: finalizers and grace
 * periods turn it into an update that sets deletionTimestamp.
 */

#include "driver/standalone/rest/request.h"

nodiscard struct error *serve_delete(struct request *req);
nodiscard struct error *serve_delete_collection(struct request *req);

/* The target's object, with OPTIONS as a DeleteOptions tree (or NULL), and the answer. */
nodiscard struct error *delete_object(struct request *req, const struct value *options);
