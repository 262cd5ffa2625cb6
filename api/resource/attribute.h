/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DeviceAttribute between tree and struct: the one type that is a union.
 */

#include "api/resource/decode.h"

/* Hooks of the table; OUT is a struct attribute, whose name is the caller's. */
nodiscard struct error *attribute_decode(struct decoder *decoder, const struct value *tree,
                                         const struct path *path, void *out);
struct value *attribute_encode(struct arena *arena, const void *typed);
