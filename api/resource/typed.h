/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Typed structs as values of their own, by the bindings of the tables (decode.h): what a decoder made can be
 * copied to live longer than its arena, and compared by the bytes of its key.
 *
 * What offsets cannot describe (a union, whose table has a decoder of its own: an attribute's value) is left
 * to its owner: a key passes over it, and in a copy it is the same bytes, pointing where they pointed.
 */

#include "api/base/arena.h"
#include "api/base/buf.h"
#include "api/schema/schema.h"

/* Makes *TO, of SCHEMA's size, a copy of *FROM that shares nothing with it. */
void schema_copy(struct arena *arena, const struct schema *schema, const void *from, void *to);

/* Appends bytes that are equal for two structs of SCHEMA just if all that is bound in them is equal. */
void schema_key(const struct schema *schema, const void *typed, struct buf *out);
