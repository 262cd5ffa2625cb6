/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between trees and typed structs, by the bindings of the tables. Decoding is lenient: members that no row
 * binds are skipped, null is absence; but a wrong type is ERROR_INVALID with its path. Typed structs live in
 * an arena; equal strings in them may share their bytes.
 */

#include "api/schema/path.h"
#include "api/schema/schema.h"
#include "api/value/text_pool.h"

/* OUT is a zeroed struct of SCHEMA's size. */
nodiscard struct error *schema_decode(struct arena *arena, const struct schema *schema,
                                      const struct value *tree, void *out);

/* Absent and empty things are left out unless they are required. */
struct value *schema_encode(struct arena *arena, const struct schema *schema, const void *typed);

/* For tables' own decoders. */
struct decoder {
    struct arena *arena;
    struct text_pool texts;
};

nodiscard struct error *decode_text(struct decoder *decoder, const struct value *value,
                                    const struct path *path, const char **out);
nodiscard struct error *decode_int(const struct value *value, const struct path *path, int64_t *out);
nodiscard struct error *decode_bool(const struct value *value, const struct path *path, bool *out);
