/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The three patches that name changes: JSON patch (RFC 6902), merge patch (RFC 7386) and Kubernetes'
 * strategic merge patch. Server-side apply, which names a wish, is in apply.h.
 *
 * All of them are pure: DOCUMENT and PATCH stay as they are, and the result is a tree of its own in ARENA (it
 * may share strings with both, so they must live as long).
 *
 * Errors carry the HTTP status that a real server answers in `number`: 400 for a patch that makes no sense,
 * 413 for one that is too large, 422 for one that does not fit this document.
 */

#include "api/schema/schema.h"
#include "api/value/value.h"

enum {
    PATCH_MAX_OPERATIONS = 10000,     /* of a JSON patch */
    PATCH_MAX_COPIED_BYTES = 3 << 20, /* by all copy operations of a JSON patch together */
    PATCH_MAX_MERGED_ITEMS = 4096,    /* of a list that merges strategically */
};

/* PATCH is a list of operations; all of them apply, or none. */
nodiscard struct error *json_patch_apply(struct arena *arena, const struct value *document,
                                         const struct value *patch, struct value **out);

/* Objects merge, null removes, anything else replaces. Never fails; deep trees were refused when parsed. */
struct value *merge_patch_apply(struct arena *arena, const struct value *document, const struct value *patch);

/*
 * SCHEMA says how lists merge (SCHEMA_MERGE with or without a key, SCHEMA_RETAIN_KEYS); where it says
 * nothing, lists are replaced. Knows $patch (replace, delete, merge), $setElementOrder/X,
 * $deleteFromPrimitiveList/X and $retainKeys.
 */
nodiscard struct error *strategic_patch_apply(struct arena *arena, const struct schema *schema,
                                              const struct value *document, const struct value *patch,
                                              struct value **out);
