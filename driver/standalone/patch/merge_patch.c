/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON merge patch, RFC 7386. The patch looks like the document: members that it has are merged, null takes a
 * member away, and whatever is not an object replaces what was there, lists included.
 */

#include "driver/standalone/patch/patch.h"
#include "driver/standalone/patch/tree.h"

static struct value *merge(struct arena *arena, struct value *target, const struct value *patch)
{
    if (!value_is(patch, VALUE_OBJECT))
        return value_copy(arena, patch);
    if (!value_is(target, VALUE_OBJECT))
        target = value_object(arena);
    value_each_member (patch, member) {
        if (value_is(member->value, VALUE_NULL))
            member_remove(target, member->name);
        else
            value_set_span(arena, target, member->name,
                           merge(arena, value_find(target, member->name), member->value));
    }
    return target;
}

struct value *merge_patch_apply(struct arena *arena, const struct value *document, const struct value *patch)
{
    return merge(arena, document ? value_copy(arena, document) : NULL, patch);
}
