/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where in a tree a recursive walk stands, kept on its stack for the message that is seldom needed:
 * "spec.devices[3].attributes.model".
 */

#include "api/base/buf.h"
#include "api/value/value.h"

struct path {
    const struct path *parent; /* NULL: the root, which has no text */
    struct span name;          /* of a member; no data: an item */
    size_t index;
};

static inline struct path path_member(const struct path *parent, struct span name)
{
    return (struct path){ parent, name, 0 };
}

static inline struct path path_item(const struct path *parent, size_t index)
{
    return (struct path){ parent, { NULL, 0 }, index };
}

/* Appends its text; nothing for the root. */
void path_format(const struct path *path, struct buf *out);

/* "PATH: must be WANT, not FOUND's type (line L column C)"; ERROR_INVALID */
nodiscard struct error *path_type_error(const struct path *path, const struct value *found, const char *want);

/* Puts the path, and the place of VALUE if it has one, in front of ERR. */
nodiscard struct error *path_wrap(const struct path *path, const struct value *value, struct error *err);
