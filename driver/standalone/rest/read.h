/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET of one object, and of many.
 */

#include "driver/standalone/rest/request.h"

/* The stored object that the target names; refused with 404 if there is none. Borrowed. */
nodiscard struct error *target_object(struct request *req, struct object **out);

nodiscard struct error *serve_get(struct request *req);
nodiscard struct error *serve_list(struct request *req);

/* What a list, a watch or a delete of many selects. */
struct selection {
    const struct label_selector *labels;
    const struct field_selector *fields;
};
nodiscard struct error *selection_parse(struct request *req, struct selection *out);
bool selection_has(const struct selection *selection, const struct value *object);

/* ?resourceVersion=: 0 for an absent one; *GIVEN says whether it was there at all. */
nodiscard struct error *parse_version(struct request *req, int64_t *out, bool *given);
/* Refuses a version that the server has not reached. */
nodiscard struct error *check_version_reached(struct request *req, int64_t version);
