/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What patches need of trees beyond api/value.
 */

#include "api/value/value.h"

/* Takes the member NAME, which may hold any byte, out of OBJECT; whether it was there. */
static inline bool member_remove(struct value *object, struct span name)
{
    if (!value_is(object, VALUE_OBJECT))
        return false;
    value_each_member (object, member) {
        if (!span_equal(member->name, name))
            continue;
        struct value_member *end = object->object.members + --object->object.n_members;
        memmove(member, member + 1, (size_t)(end - member) * sizeof(*member));
        return true;
    }
    return false;
}
